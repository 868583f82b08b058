//! JSON Lines: the bytes behind the first brace of an object.

#![no_main]

use std::sync::LazyLock;

use fuzz::{Bench, ingest_all_ways, measure};
use libfuzzer_sys::fuzz_target;

static BENCH: LazyLock<Bench> = LazyLock::new(Bench::new);

fuzz_target!(init: fuzz::forgive_guarded_panics(), |bytes: &[u8]| {
    let text =
        if bytes.first() == Some(&b'{') { bytes.to_vec() } else { [&b"{\""[..], bytes].concat() };
    let input = BENCH.file("input", &text);
    if let Some((table, dictionary)) = ingest_all_ways(&BENCH, &input) {
        measure(&BENCH, &table, &dictionary);
    }
});
