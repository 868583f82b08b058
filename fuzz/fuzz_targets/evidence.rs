//! Certificates, key lists, private keys and lineages as somebody hands them in.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(init: fuzz::forgive_guarded_panics(), |bytes: &[u8]| fuzz::targets::evidence(bytes));
