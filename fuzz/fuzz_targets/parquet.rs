//! Parquet: damaged and made-up files, converted and read as they are.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(init: fuzz::forgive_guarded_panics(), |bytes: &[u8]| fuzz::targets::parquet(bytes));
