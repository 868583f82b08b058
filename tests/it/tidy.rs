//! The rules of the tree that no compiler holds: who may use whom, how large a file is, what a
//! migration may say.

use std::path::{Path, PathBuf};

/// The top of the work tree.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// A file of the tree.
pub(crate) struct Source {
    /// Path from the top, with `/`.
    pub(crate) path: String,
    /// Content.
    pub(crate) text: String,
}

impl Source {
    /// What runs in production: the file without its test modules.
    fn product(&self) -> &str {
        self.text.split("#[cfg(test)]").next().unwrap_or_default()
    }

    /// Lines of code of the product, numbered from 1, without comments.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.product().lines().enumerate();
        lines
            .map(|(at, line)| (at + 1, line.split("//").next().unwrap_or_default()))
            .filter(|(_, line)| !line.trim().is_empty())
    }

    fn is_test(&self) -> bool {
        let name = self.path.rsplit('/').next().unwrap_or_default();
        self.path.starts_with("tests/")
            || self.path.contains("/tests/")
            || name.trim_end_matches(".rs").ends_with("tests")
            || ["period_vectors.rs", "testing.rs", "fixture.rs"].contains(&name)
    }
}

/// Files below `folders` whose name ends with `ending`.
fn files(folders: &[&str], ending: &str) -> Vec<Source> {
    let mut found = Vec::new();
    let mut open: Vec<PathBuf> = folders.iter().map(|folder| root().join(folder)).collect();
    while let Some(dir) = open.pop() {
        for entry in std::fs::read_dir(&dir).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.to_string_lossy().ends_with(ending) {
                let text = std::fs::read_to_string(&path).unwrap();
                let path = path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
                found.push(Source { path, text });
            }
        }
    }
    found.sort_by(|one, other| one.path.cmp(&other.path));
    found
}

/// Rust files below `folders`.
pub(crate) fn sources(folders: &[&str]) -> Vec<Source> {
    let found = files(folders, ".rs");
    assert!(!found.is_empty(), "nothing below {folders:?}");
    found
}

const CRATES: &[&str] =
    &["schema/src", "processing/src", "marketplace/src", "tests/src", "tests/it"];

/// Fails with every line of `found`.
#[track_caller]
fn none(found: Vec<String>, rule: &str) {
    assert!(found.is_empty(), "{rule}:\n{}", found.join("\n"));
}

/// Every line of code below `folders` for which `is_bad` says so.
fn lines(folders: &[&str], is_bad: impl Fn(&Source, &str) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    for file in sources(folders) {
        for (at, line) in file.code() {
            if is_bad(&file, line) {
                found.push(format!("{}:{at}: {}", file.path, line.trim()));
            }
        }
    }
    found
}

/// Whether `word` stands in `line` by itself.
fn has_word(line: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        let before = line.get(..at).and_then(|text| text.chars().next_back());
        let after = line.get(at + word.len()..).and_then(|text| text.chars().next());
        !before.is_some_and(part) && !after.is_some_and(part)
    })
}

#[test]
fn files_are_short() {
    let long = sources(CRATES)
        .into_iter()
        .filter(|file| file.text.lines().count() > 500)
        .map(|file| format!("{}: {} lines", file.path, file.text.lines().count()))
        .collect();
    none(long, "a file has at most 500 lines");
}

#[test]
fn every_module_says_what_it_is() {
    let silent = sources(CRATES)
        .into_iter()
        .filter(|file| !file.text.starts_with("//! "))
        .map(|file| file.path)
        .collect();
    none(silent, "a module begins with `//! ` and its purpose");
}

#[test]
fn nothing_is_left_to_do_and_no_machine_is_named() {
    // Put together here, so that this file does not find itself.
    let words =
        [["TO", "DO"], ["FIX", "ME"], ["XX", "X"], ["/work", "/"], ["/ro", "ot/"], ["/ho", "me/"]]
            .map(|parts| parts.concat());
    let mut found = Vec::new();
    for ending in [".rs", ".sql", ".toml", ".md"] {
        for file in
            files(&["schema", "processing", "marketplace", "tests", "migrations", "docs"], ending)
        {
            for (at, line) in file.text.lines().enumerate() {
                if words.iter().any(|word| line.contains(word.as_str())) {
                    found.push(format!("{}:{}: {}", file.path, at + 1, line.trim()));
                }
            }
        }
    }
    none(found, "no reminders and no paths of one machine");
}

/// Features in the order in which they may use each other: only those before.
const ORDER: &[&str] = &[
    "audit",
    "outbox",
    "ledger",
    "documents",
    "parties",
    "obligations",
    "programme",
    "vouchers",
    "catalog",
    "quality",
    "trade",
    "support",
    "applications",
    "execution",
    "settlement",
    "sanctions",
    "signals",
];

#[test]
fn features_use_only_the_features_before_them() {
    let mut found = Vec::new();
    for file in sources(&["marketplace/src"]) {
        let Some(mine) = ORDER
            .iter()
            .position(|name| file.path.starts_with(&format!("marketplace/src/{name}/")))
        else {
            continue;
        };
        let code: String = file.code().map(|(_, line)| format!("{} ", line.trim())).collect();
        let groups: Vec<&str> =
            code.split("use crate::{").skip(1).filter_map(|rest| rest.split(';').next()).collect();
        for later in ORDER.get(mine + 1..).unwrap_or_default() {
            let named =
                ["::", ";", " as"].iter().any(|end| code.contains(&format!("crate::{later}{end}")));
            let grouped = groups.iter().any(|group| {
                group.split([',', '{', '}']).any(|path| {
                    let path = path.trim();
                    path == *later || path.starts_with(&format!("{later}::"))
                })
            });
            if named || grouped {
                found.push(format!("{} uses {later}", file.path));
            }
        }
    }
    none(found, "audit → ledger → parties → … : a feature uses only those before it");
    let handlers = lines(&["marketplace/src"], |file, line| {
        file.path != "marketplace/src/routes.rs"
            && ORDER.iter().any(|name| line.contains(&format!("crate::{name}::http")))
    });
    none(handlers, "nobody but routes.rs names the handlers of a feature");
}

#[test]
fn rules_know_nothing_but_the_vocabulary() {
    let found = lines(&["marketplace/src"], |file, line| {
        if !file.path.ends_with("/rules.rs") {
            return false;
        }
        let outside = line.trim().strip_prefix("use ").is_some_and(|path| {
            !["schema::", "std::", "super::", "self::", "crate::limits"]
                .iter()
                .any(|start| path.starts_with(start))
                // A short name for words of this file, inside a function.
                && !path.starts_with(char::is_uppercase)
        });
        let line = line.replace("pub(in crate::", "pub(in ");
        let reaches = line
            .match_indices("crate::")
            .any(|(at, _)| !line.get(at..).unwrap_or_default().starts_with("crate::limits"));
        let neighbour = line.trim().starts_with("use super::")
            && ["store", "service", "http"].iter().any(|name| has_word(&line, name));
        let acts = has_word(&line, "async") || has_word(&line, "Db") || line.contains("now()");
        outside || reaches || neighbour || acts
    });
    none(found, "rules are pure: schema, std and limits only");
}

#[test]
fn handlers_leave_the_tables_to_the_services() {
    let found = lines(&["marketplace/src"], |file, line| {
        let handler =
            file.path.ends_with("/http.rs") || file.path.starts_with("marketplace/src/http/");
        let names = line.contains("store::") && !line.contains("db::store::");
        let imports = line.trim().starts_with("use ") && has_word(line, "store");
        let queries = line.contains("diesel::") || line.contains("db::schema");
        handler && (names || imports || queries)
    });
    none(found, "http calls services, never a store");
}

#[test]
fn only_the_dialect_knows_which_database_it_is() {
    const KNOWING: &[&str] = &["marketplace/src/db/dialect.rs", "marketplace/src/db/migrate.rs"];
    let found = lines(&["marketplace/src"], |file, line| {
        let backend = ["Db::Sqlite", "Db::Postgres", "PgConnection", "SqliteConnection"];
        !KNOWING.contains(&file.path.as_str()) && backend.iter().any(|name| line.contains(name))
    });
    none(found, "only db/dialect.rs and db/migrate.rs match on the backend");
}

#[test]
fn processing_sees_no_database_and_no_network() {
    let found = lines(&["processing/src"], |_, line| {
        ["diesel", "actix", "actix_web", "reqwest", "utoipa"]
            .iter()
            .any(|name| has_word(line, name))
    });
    none(found, "processing never names the database or the web");
}

#[test]
fn the_vocabulary_does_no_input_or_output() {
    let found = lines(&["schema/src"], |file, line| {
        let named =
            ["actix_web", "tokio", "reqwest", "object_store", "arrow", "parquet", "futures"];
        let reaches = ["std::fs", "std::net", "std::env", "std::process", "std::time::SystemTime"];
        named.iter().any(|name| has_word(line, name) && line.contains(&format!("{name}::")))
            || (!file.is_test() && reaches.iter().any(|name| line.contains(name)))
    });
    none(found, "schema does no I/O");
}

#[test]
fn the_service_never_names_the_table_format() {
    let found = lines(&["marketplace/src"], |_, line| {
        ["arrow::", "parquet::", "datafusion::"].iter().any(|name| {
            line.match_indices(name).any(|(at, _)| {
                let before = line.get(..at).and_then(|text| text.chars().next_back());
                !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':')
            })
        })
    });
    none(found, "marketplace passes files and reports, never arrow types");
    let manifest = std::fs::read_to_string(root().join("marketplace/Cargo.toml")).unwrap();
    for name in ["arrow", "parquet", "datafusion"] {
        assert!(!manifest.lines().any(|line| line.starts_with(name)), "{name} in marketplace");
    }
}

#[test]
fn time_and_ids_come_from_the_clock() {
    let found = lines(&["marketplace/src", "schema/src", "processing/src"], |file, line| {
        let made = ["SystemTime::now", "Utc::now", "Timestamp::now", "Zoned::now"]
            .iter()
            .any(|call| line.contains(call));
        let ids = ["new_v7", "now_v7", "new_v4"].iter().any(|call| line.contains(call));
        // The desk command has a clock of its own: it is its own edge.
        let edge = ["marketplace/src/clock.rs", "processing/src/cli/"]
            .iter()
            .any(|path| file.path.starts_with(path));
        !edge && !file.is_test() && (made || ids)
    });
    none(found, "only clock.rs reads the time and makes ids");
}

#[test]
fn the_books_are_only_added_to() {
    let mut found = Vec::new();
    for file in sources(&["marketplace/src"]) {
        let code: String = file.code().map(|(_, line)| format!("{line}\n")).collect();
        for call in ["diesel::update(", "diesel::delete("] {
            for (at, _) in code.match_indices(call) {
                let target: String = code.get(at..).unwrap_or_default().chars().take(160).collect();
                let kept = ["ledger_transfers", "transfers", "audit"];
                if kept.iter().any(|table| has_word(&target, table))
                    || file.path.starts_with("marketplace/src/audit/")
                {
                    found.push(format!("{}: {target}", file.path));
                }
            }
        }
    }
    none(found, "transfers and audit lines are never updated or deleted");
    let sql = lines(&["marketplace/src"], |file, line| {
        let line = line.to_uppercase();
        let test = file.is_test();
        !test
            && [
                "UPDATE LEDGER_TRANSFERS",
                "FROM LEDGER_TRANSFERS",
                "UPDATE AUDIT",
                "DELETE FROM AUDIT",
            ]
            .iter()
            .any(|text| line.contains(text))
    });
    none(sql, "transfers and audit lines are never updated or deleted");
}

#[test]
fn transactions_are_begun_in_one_place() {
    let found = lines(&["marketplace/src"], |file, line| {
        !file.path.starts_with("marketplace/src/db/")
            && [".transaction(", ".transaction::<", "begin_transaction", ".immediate_transaction("]
                .iter()
                .any(|call| line.contains(call))
    });
    none(found, "transactions are those of Store::read and Store::write");
}

#[test]
fn inserts_go_one_by_one() {
    let found = lines(&["marketplace/src"], |_, line| {
        [".on_conflict", "do_nothing()", "for_update()", ".values(&rows)", ".values(rows)"]
            .iter()
            .any(|call| line.contains(call))
    });
    none(found, "these differ between the databases");
}

#[test]
fn names_say_what_they_hold() {
    let found = sources(CRATES)
        .into_iter()
        .map(|file| file.path)
        .filter(|path| {
            ["utils", "util", "helpers", "helper", "common", "misc", "manager"].iter().any(|name| {
                path.ends_with(&format!("/{name}.rs")) || path.contains(&format!("/{name}/"))
            })
        })
        .collect();
    none(found, "no utils, helpers or common");
}

#[test]
fn migrations_are_portable_and_can_be_taken_back() {
    let words = [
        "SERIAL",
        "BIGSERIAL",
        "JSONB",
        "JSON",
        "TRIGGER",
        "AUTOINCREMENT",
        "UUID",
        "TIMESTAMP",
        "TIMESTAMPTZ",
        "NUMERIC",
        "REAL",
        "DOUBLE",
        "FLOAT",
        "BLOB",
        "BYTEA",
        "ENUM",
        "VIEW",
        "FUNCTION",
        "PROCEDURE",
        "GENERATED",
        "STRICT",
        "DATE",
        "NOW()",
        "CURRENT_TIMESTAMP",
    ];
    let mut found = Vec::new();
    for file in files(&["migrations"], ".sql") {
        for (at, line) in file.text.lines().enumerate() {
            let code = line.split("--").next().unwrap_or_default();
            if words.iter().any(|word| has_word(code, word)) {
                found.push(format!("{}:{}: {}", file.path, at + 1, line.trim()));
            }
        }
        let folder = Path::new(&file.path).parent().unwrap().to_owned();
        for name in ["up.sql", "down.sql"] {
            assert!(root().join(&folder).join(name).is_file(), "{folder:?} has no {name}");
        }
        if file.path.ends_with("down.sql") {
            assert!(file.text.contains("DROP TABLE"), "{} takes nothing back", file.path);
        }
    }
    none(found, "one SQL for both databases: see migrations/README.md");
}
