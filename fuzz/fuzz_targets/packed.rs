//! gzip and zstd: bytes as they are, and text that is packed here and then damaged or glued.

#![no_main]

use std::io::Write as _;
use std::sync::LazyLock;

use fuzz::{Bench, ingest_all_ways};
use libfuzzer_sys::fuzz_target;

static BENCH: LazyLock<Bench> = LazyLock::new(Bench::new);

fuzz_target!(init: fuzz::forgive_guarded_panics(), |bytes: &[u8]| {
    let packed = match bytes {
        [how @ 1..=5, at, bit, text @ ..] => made(*how, *at, *bit, text),
        _ => bytes.to_vec(),
    };
    ingest_all_ways(&BENCH, &BENCH.file("input", &packed));
});

/// Packed text, with one byte changed at a place if `bit` is not 0.
fn made(how: u8, at: u8, bit: u8, text: &[u8]) -> Vec<u8> {
    let half = text.len() / 2;
    let mut packed = match how {
        1 => gzip(text),
        2 => zstd(text),
        3 => [gzip(&text[..half]), gzip(&text[half..])].concat(),
        4 => [zstd(&text[..half]), zstd(&text[half..])].concat(),
        _ => gzip(&zstd(text)),
    };
    let at = usize::from(at) * packed.len() / 256;
    packed[at] ^= bit;
    packed
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut pack = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    pack.write_all(text).expect("memory takes bytes");
    pack.finish().expect("memory takes bytes")
}

fn zstd(text: &[u8]) -> Vec<u8> {
    zstd::bulk::compress(text, 1).expect("memory takes bytes")
}
