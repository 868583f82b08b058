//! Parquet: damaged and made-up files, converted and read as they are.

#![no_main]

use std::sync::LazyLock;

use fuzz::{Bench, ingest_all_ways, judged, measure};
use libfuzzer_sys::fuzz_target;
use processing::ingest;

static BENCH: LazyLock<Bench> = LazyLock::new(Bench::new);

fuzz_target!(init: fuzz::forgive_guarded_panics(), |bytes: &[u8]| {
    let input = BENCH.file("input", bytes);
    ingest_all_ways(&BENCH, &input);
    if let Some(dictionary) = judged(ingest::dictionary_of(&input)) {
        measure(&BENCH, &input, &dictionary);
    }
});
