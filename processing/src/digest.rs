//! Digests: of a file's bytes, of a document, of a table's content.
//!
//! All digests are SHA-256 in lower-case hex, 64 characters.
//!
//! | function | covers | changes when |
//! |---|---|---|
//! | [`sha256_file`] | the bytes of a file | anything changes |
//! | [`canonical_sha256`] | a document (rules, report, lineage) | its meaning changes, not its layout |
//! | [`logical_hash`] | names, types, order and values of a table | the content changes, not its encoding |
//! | [`unordered_hash`] | the same without the order of rows | a row changes, comes or goes |

mod logical;
mod unordered;

use std::fmt::Write as _;
use std::io::Read;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::error::Fault;
use crate::progress::{Progress, Silent};

pub(crate) use logical::{ColumnHasher, table_hash};
pub use logical::{logical_hash, logical_hash_with};
pub use unordered::{unordered_hash, unordered_hash_with};

/// SHA-256 of a file's bytes.
///
/// # Errors
/// [`Fault::Transient`] when the file cannot be read.
pub fn sha256_file(path: &Path) -> Result<String, Fault> {
    sha256_file_with(path, &Silent)
}

/// As [`sha256_file`], told to `progress` as the stage `digest`, in bytes.
///
/// # Errors
/// As [`sha256_file`]; [`Fault::Cancelled`].
pub fn sha256_file_with(path: &Path, progress: &dyn Progress) -> Result<String, Fault> {
    let mut file = std::fs::File::open(path)?;
    let total = file.metadata()?.len();
    let mut hasher = Sha256::new();
    let mut buffer = vec![0_u8; 1 << 18];
    let mut done = 0;
    loop {
        progress.at("digest", done, total)?;
        let n = file.read(&mut buffer)?;
        let Some(bytes) = buffer.get(..n).filter(|bytes| !bytes.is_empty()) else { break };
        hasher.update(bytes);
        done += n as u64;
    }
    Ok(hex(&hasher.finalize()))
}

/// Stops an operation when a flag is set, and tells nothing.
pub(crate) struct Unless<'a>(pub(crate) &'a AtomicBool);

impl Progress for Unless<'_> {
    fn at(&self, _stage: &'static str, _done: u64, _total: u64) -> Result<(), Fault> {
        if self.0.load(Ordering::Relaxed) { Err(Fault::Cancelled) } else { Ok(()) }
    }
}

/// SHA-256 of some bytes.
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// SHA-256 of a document in [canonical form](canonical_json).
///
/// # Errors
/// [`Fault::Bug`] when the document cannot be written as JSON (a NaN, a map with other keys).
pub fn canonical_sha256<T: Serialize>(document: &T) -> Result<String, Fault> {
    Ok(sha256(canonical_json(document)?.as_bytes()))
}

/// A document as JSON without blanks and with the keys of every object in byte order.
///
/// For documents whose keys are ASCII this is the order of RFC 8785; numbers are written as the
/// shortest text that reads back to the same number.
///
/// # Errors
/// [`Fault::Bug`] when the document cannot be written as JSON.
pub fn canonical_json<T: Serialize>(document: &T) -> Result<String, Fault> {
    let value = serde_json::to_value(document).map_err(|error| Fault::Bug(error.to_string()))?;
    Ok(canonical_text(&value))
}

/// A JSON value in [canonical form](canonical_json).
pub fn canonical_text(value: &Value) -> String {
    let mut out = String::new();
    write_canonical(value, &mut out);
    out
}

fn write_canonical(value: &Value, out: &mut String) {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<(&String, &Value)> = fields.iter().collect();
            fields.sort_by(|a, b| a.0.cmp(b.0));
            out.push('{');
            for (n, (key, value)) in fields.into_iter().enumerate() {
                if n > 0 {
                    out.push(',');
                }
                out.push_str(&Value::from(key.as_str()).to_string());
                out.push(':');
                write_canonical(value, out);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (n, item) in items.iter().enumerate() {
                if n > 0 {
                    out.push(',');
                }
                write_canonical(item, out);
            }
            out.push(']');
        }
        leaf => out.push_str(&leaf.to_string()),
    }
}

/// Lower-case hex of some bytes.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        let _infallible = write!(out, "{byte:02x}");
        out
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{
        canonical_json, canonical_sha256, logical_hash_with, sha256, sha256_file, sha256_file_with,
        unordered_hash_with,
    };
    use crate::error::Fault;
    use crate::limits::Limits;
    use crate::progress::StopAt;

    #[test]
    fn a_digest_tells_how_far_it_is_and_stops_when_it_is_told_to() {
        let dir = tempfile::tempdir().unwrap();
        let (text, table) = (dir.path().join("a.csv"), dir.path().join("a.parquet"));
        crate::generate::write_csv(crate::generate::Kind::Cnc, 20_000, 1, &text).unwrap();
        let limits = Limits { batch_rows: 1_000, threads: 2, ..Limits::default() };
        let silent = &crate::progress::Silent;
        let made = crate::ingest::convert(&text, &table, None, &limits, silent).unwrap();
        type Task<'a> = &'a dyn Fn(&StopAt) -> Result<String, Fault>;
        let tasks: [(&str, u64, Task<'_>); 3] = [
            ("digest", std::fs::metadata(&text).unwrap().len(), &|p| sha256_file_with(&text, p)),
            ("hash", made.rows, &|p| logical_hash_with(&table, &limits, p)),
            ("hash", made.rows, &|p| unordered_hash_with(&table, &limits, p)),
        ];
        for (stage, total, task) in tasks {
            let patient = StopAt::new(i64::MAX);
            task(&patient).unwrap();
            let heard = patient.heard.into_inner().unwrap();
            assert!(heard.len() > 3 && heard.iter().all(|told| told.0 == stage && told.2 == total));
            assert_eq!(heard.iter().map(|told| told.1).max(), Some(total));
            assert!(matches!(task(&StopAt::new(3)), Err(Fault::Cancelled)));
        }
    }

    #[test]
    fn sha256_agrees_with_the_published_vectors() {
        for (text, hash) in [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ] {
            assert_eq!(sha256(text.as_bytes()), hash);
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("file");
            std::fs::write(&path, text).unwrap();
            assert_eq!(sha256_file(&path).unwrap(), hash);
        }
    }

    #[test]
    fn a_file_larger_than_the_buffer_is_hashed_whole() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        let mut bytes = vec![7_u8; (1 << 18) + 13];
        std::fs::write(&path, &bytes).unwrap();
        let hash = sha256_file(&path).unwrap();
        assert_eq!(hash, sha256(&bytes));
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
        assert_ne!(hash, sha256(&bytes));
    }

    #[test]
    fn canonical_json_sorts_keys_at_every_depth_and_keeps_arrays() {
        let a = json!({"b": [2, 1, {"z": null, "a": "\"ㄱ\n"}], "a": 1.5});
        let b = json!({"a": 1.5, "b": [2, 1, {"a": "\"ㄱ\n", "z": null}]});
        let text = r#"{"a":1.5,"b":[2,1,{"a":"\"ㄱ\n","z":null}]}"#;
        assert_eq!(canonical_json(&a).unwrap(), text);
        assert_eq!(canonical_sha256(&a).unwrap(), canonical_sha256(&b).unwrap());
        assert_ne!(
            canonical_sha256(&json!([1, 2])).unwrap(),
            canonical_sha256(&json!([2, 1])).unwrap()
        );
    }
}
