//! Workbooks: files as they are, and sheets, words and records put into a sound workbook.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(init: fuzz::forgive_guarded_panics(), |bytes: &[u8]| fuzz::targets::workbook(bytes));
