//! Workbooks: files as they are, and sheets, words and records put into a sound workbook.

#![no_main]

use std::sync::LazyLock;

use fuzz::{Bench, book, ingest_all_ways};
use libfuzzer_sys::fuzz_target;

static BENCH: LazyLock<Bench> = LazyLock::new(Bench::new);

fuzz_target!(init: fuzz::forgive_guarded_panics(), |bytes: &[u8]| {
    let file = match bytes {
        [1, sheet @ ..] => book::xlsx(b"<sst><si><t>a</t></si><si><t>b</t></si></sst>", sheet),
        [2, parts @ ..] => {
            let at = parts.iter().position(|byte| *byte == 0).unwrap_or(parts.len());
            let (shared, sheet) = parts.split_at(at);
            book::xlsx(shared, sheet.get(1..).unwrap_or_default())
        }
        [3, content @ ..] => book::ods(content),
        [4, sheet @ ..] => book::xlsb(sheet),
        [5, stream @ ..] => book::xls(stream),
        _ => bytes.to_vec(),
    };
    ingest_all_ways(&BENCH, &BENCH.file("input", &file));
});
