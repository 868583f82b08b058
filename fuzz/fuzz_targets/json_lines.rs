//! JSON Lines: the bytes behind the first brace of an object.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(init: fuzz::forgive_guarded_panics(), |bytes: &[u8]| fuzz::targets::json_lines(bytes));
