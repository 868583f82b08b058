//! Separated text: any bytes as a file.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(init: fuzz::forgive_guarded_panics(), |bytes: &[u8]| fuzz::targets::text(bytes));
