//! What people write: pipelines, rules and dictionaries as YAML or JSON, applied to a small table.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(init: fuzz::forgive_guarded_panics(), |bytes: &[u8]| fuzz::targets::spec(bytes));
