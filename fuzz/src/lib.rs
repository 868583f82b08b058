//! What must hold of every reader whatever it is given, checked once for each input.
//!
//! Invariants: a fault is the input's ([`Fault::Input`]), never a bug or an accident; converting
//! twice gives the same bytes, also on another number of threads and in other blocks; the
//! dictionary that a conversion found converts the file again; what was written can be read.
//!
//! Deliberately absent: bounds of time and memory, which the fuzzer holds.

pub mod book;
pub mod seeds;
pub mod targets;

use std::path::{Path, PathBuf};

use processing::progress::Silent;
use processing::{Fault, Limits, digest, ingest, pipeline, preview, privacy, profile, quality};
use schema::data::column::Dictionary;
use tempfile::TempDir;

/// Lets a panic in a crate that is not of this project unwind: where one may come on damaged bytes,
/// it is caught (and where it is not, the fuzzer sees it all the same). Panics of this project end
/// the process at once, caught or not.
pub fn forgive_guarded_panics() {
    let default = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let foreign = info.location().is_some_and(|place| {
            place.file().contains("/registry/") || place.file().starts_with("/rustc/")
        });
        if !foreign {
            default(info);
            std::process::abort();
        }
    }));
}

/// A folder in memory where it can be, for the files of one process.
pub struct Bench {
    folder: TempDir,
}

impl Bench {
    /// A new folder.
    pub fn new() -> Self {
        let memory = Path::new("/dev/shm");
        let folder =
            if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
        Self { folder: folder.expect("a folder for files") }
    }

    /// The path of a file in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file.
    pub fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, bytes).expect("the disk takes a file");
        path
    }
}

impl Default for Bench {
    fn default() -> Self {
        Self::new()
    }
}

/// Limits so narrow that small inputs reach them.
pub fn limits(threads: usize) -> Limits {
    Limits {
        columns_max: 200,
        rows_max: 20_000,
        record_bytes_max: 64 << 10,
        name_bytes_max: 100,
        unpacked_bytes_max: 4 << 20,
        unpack_ratio_max: 200,
        sample_bytes: 512,
        block_bytes: if threads == 1 { 64 << 10 } else { 300 },
        batch_rows: if threads == 1 { 1_024 } else { 16 },
        row_group_rows: 100,
        row_group_bytes: 1 << 20,
        memory_bytes_max: 32 << 20,
        pairs_max: 100_000_000,
        threads,
    }
}

/// The result, or nothing if the input was at fault.
///
/// # Panics
/// If anything else was.
pub fn judged<T>(result: Result<T, Fault>) -> Option<T> {
    match result {
        Ok(value) => Some(value),
        Err(Fault::Input(fault)) => {
            let (ko, en) = (&fault.text.ko, &fault.text.en);
            assert!(!fault.code.is_empty() && !ko.is_empty() && !en.is_empty(), "{fault:?}");
            None
        }
        Err(other) => panic!("the input is at fault, not: {other}"),
    }
}

/// Inspects and converts a file in every way.
///
/// # Panics
/// If what must hold does not.
pub fn ingest_all_ways(bench: &Bench, input: &Path) -> Option<(PathBuf, Dictionary)> {
    let (one, two) = (limits(1), limits(2));
    // What the input before this one left.
    for name in ["a.parquet", "b.parquet"] {
        let _absent = std::fs::remove_file(bench.path(name));
    }
    let inspected = judged(ingest::inspect(input, &one));
    assert_eq!(inspected, judged(ingest::inspect(input, &two)), "threads and blocks differ");
    let out = bench.path("a.parquet");
    let converted = judged(ingest::convert(input, &out, None, &one, &Silent));
    let again = bench.path("b.parquet");
    let other = judged(ingest::convert(input, &again, None, &two, &Silent));
    assert_eq!(converted, other, "threads and blocks differ");
    let Some(converted) = converted else {
        assert!(!out.exists(), "a fault leaves no file");
        return None;
    };
    // Another batch size may cut row groups elsewhere; the content is the same, and the bytes are
    // with the same limits.
    assert_eq!(content(&out), content(&again), "threads and blocks differ in content");
    let third = judged(ingest::convert(input, &again, None, &one, &Silent));
    assert!(third.is_some() && read(&out) == read(&again), "the second conversion differs");
    if let Some(dictionary) = inspected {
        let given = ingest::convert(input, &again, Some(&dictionary), &one, &Silent);
        let given = judged(given).expect("what was inspected converts");
        assert_eq!(given.rows, converted.rows);
        assert_eq!(content(&out), content(&again), "the dictionary reads otherwise");
    }
    let stored = judged(ingest::dictionary_of(&out)).expect("what was written is read");
    assert_eq!(stored, converted.dictionary);
    std::fs::remove_file(&again).expect("a file goes");
    Some((out, converted.dictionary))
}

fn content(path: &Path) -> String {
    judged(digest::logical_hash(path, &limits(1))).expect("what was written is read")
}

fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).expect("the file is there")
}

/// Everything that reads a table: profile, rules, personal data, preview, cleaning.
///
/// # Panics
/// If what must hold does not.
pub fn measure(bench: &Bench, table: &Path, dictionary: &Dictionary) {
    let (one, two) = (limits(1), limits(2));
    let hash = judged(digest::logical_hash(table, &one));
    assert_eq!(hash, judged(digest::logical_hash(table, &two)));
    judged(preview::sample(table, 20, &one));
    let found = judged(profile::profile(table, dictionary, &one, &Silent));
    let other = judged(profile::profile(table, dictionary, &two, &Silent));
    assert_eq!(written(&found), written(&other), "threads differ");
    judged(privacy::scan(table, dictionary, "x.csv", (2024, 5, 1), &one, &Silent));
    let Some(found) = found else { return };
    let rules = quality::suggest(&found, dictionary);
    judged(quality::assess(table, dictionary, &rules, &one, &Silent));
    let spec = pipeline::suggest(&found, dictionary);
    judged(pipeline::run(&spec, table, &bench.path("clean.parquet"), &one, &Silent));
}

fn written<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("a document is written")
}
