//! The lines of an answer about a table: one JSON object each.

use processing::delta::Table;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::query::Format;
use crate::trade::delivery::revisions::Revision;

/// A file as it is handed out.
#[derive(Clone, Debug)]
pub(super) struct Handed {
    /// The signed link.
    pub(super) url: String,
    /// When it ends, in milliseconds.
    pub(super) expires_ms: i64,
}

/// What the lines tell of.
pub(super) struct About<'a> {
    /// Share, which with schema and table names it.
    pub(super) share: &'a str,
    /// Name of the table.
    pub(super) table: &'a str,
    /// The version.
    pub(super) revision: &'a Revision,
    /// Its columns and bounds.
    pub(super) facts: &'a Table,
    /// Whether the client asked for a version.
    pub(super) versioned: bool,
}

impl About<'_> {
    /// The first two lines: what reads it, and what it is.
    pub(super) fn head(&self, format: Format) -> Vec<Value> {
        let About { revision, facts, .. } = self;
        let (size, files) = (revision.file.total, i32::from(facts.statistics.rows > 0));
        let id = table_id(self.share, self.table);
        match format {
            Format::Parquet => {
                let mut metadata = json!({
                    "id": id, "name": self.table, "format": {"provider": "parquet"},
                    "schemaString": facts.schema, "partitionColumns": [], "configuration": {},
                    "size": size, "numFiles": files,
                });
                if self.versioned {
                    put(&mut metadata, "version", json!(revision.number));
                }
                vec![json!({"protocol": {"minReaderVersion": 1}}), json!({"metaData": metadata})]
            }
            Format::Delta => {
                let metadata = json!({
                    "id": id, "name": self.table,
                    "format": {"provider": "parquet", "options": {}},
                    "schemaString": facts.schema, "partitionColumns": [], "configuration": {},
                    "createdTime": millis(revision),
                });
                let mut outer = json!({"size": size, "numFiles": files, "deltaMetadata": metadata});
                if self.versioned {
                    put(&mut outer, "version", json!(revision.number));
                }
                vec![
                    json!({"protocol": {"deltaProtocol": protocol(facts)}}),
                    json!({"metaData": outer}),
                ]
            }
        }
    }

    /// The line of the file.
    pub(super) fn file(&self, format: Format, handed: &Handed) -> Value {
        let About { revision, facts, .. } = self;
        let (size, id) = (revision.file.total, &revision.file.sha256);
        let (url, stats) = (&handed.url, facts.statistics.text());
        let mut file = match format {
            Format::Parquet => json!({
                "url": url, "id": id, "partitionValues": {}, "size": size, "stats": stats,
                "expirationTimestamp": handed.expires_ms,
            }),
            Format::Delta => json!({
                "id": id, "size": size, "expirationTimestamp": handed.expires_ms,
                "deltaSingleAction": {"add": {
                    "path": url, "partitionValues": {}, "size": size,
                    "modificationTime": millis(revision), "dataChange": true, "stats": stats,
                }},
            }),
        };
        if self.versioned {
            put(&mut file, "version", json!(revision.number));
            put(&mut file, "timestamp", json!(millis(revision)));
        }
        json!({"file": file})
    }
}

fn put(object: &mut Value, name: &str, value: Value) {
    if let Some(fields) = object.as_object_mut() {
        fields.insert(name.to_owned(), value);
    }
}

fn millis(revision: &Revision) -> i64 {
    revision.published_at.as_micros().div_euclid(1_000)
}

/// What a reader of the log must know. Times without a zone are a feature of their own.
fn protocol(facts: &Table) -> Value {
    if facts.naive_times {
        json!({"minReaderVersion": 3, "minWriterVersion": 7,
               "readerFeatures": ["timestampNtz"], "writerFeatures": ["timestampNtz"]})
    } else {
        json!({"minReaderVersion": 1, "minWriterVersion": 2})
    }
}

/// The id of a table: a UUID that its names always give.
fn table_id(share: &str, table: &str) -> String {
    let digest = Sha256::digest(format!("{share}/{table}").as_bytes());
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(digest.iter()).for_each(|(to, from)| *to = *from);
    uuid::Builder::from_custom_bytes(bytes).into_uuid().to_string()
}

/// Lines as they are sent.
pub(super) fn text(lines: &[Value]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}
