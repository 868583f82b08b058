//! gzip and zstd: bytes as they are, and text that is packed here and then damaged or glued.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(init: fuzz::forgive_guarded_panics(), |bytes: &[u8]| fuzz::targets::packed(bytes));
