//! `docs/RULES.md` against the tree: every rule is there, and every test that it names exists.

use std::collections::{BTreeMap, BTreeSet};

use super::tidy::{root, sources};

/// Every rule of the rulebook, as first and last numbers of its runs.
const RULES: &[(u16, u16)] = &[
    (1, 13),
    (20, 30),
    (40, 44),
    (50, 66),
    (70, 76),
    (80, 84),
    (90, 97),
    (100, 108),
    (130, 135),
    (140, 155),
    (160, 165),
    (170, 175),
    (180, 184),
    (190, 193),
    (200, 201),
    (210, 214),
];

/// Features that a rule may be said to be in.
const FEATURES: &[&str] = &[
    "applications",
    "documents",
    "execution",
    "obligations",
    "outbox",
    "parties",
    "programme",
    "sanctions",
    "settlement",
    "signals",
    "support",
    "trade",
    "vouchers",
];

fn page() -> String {
    std::fs::read_to_string(root().join("docs/RULES.md")).unwrap()
}

/// Rows of the tables whose first cell begins with `letter`.
fn rows(page: &str, letter: &str) -> Vec<Vec<String>> {
    page.lines()
        .filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"))
        .map(|line| line.split(" | ").map(|cell| cell.trim().to_owned()).collect())
        .filter(|cells: &Vec<String>| cells[0].starts_with(letter))
        .collect()
}

/// What stands between backquotes and looks like a test.
fn named(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn every_rule_has_one_row() {
    let wanted: BTreeSet<String> = RULES
        .iter()
        .flat_map(|(first, last)| (*first..=*last).map(|number| format!("R-{number:03}")))
        .collect();
    let page = page();
    let mut found = BTreeMap::new();
    for row in rows(&page, "R-") {
        *found.entry(row[0].clone()).or_insert(0) += 1;
    }
    let twice: Vec<_> = found.iter().filter(|(_, count)| **count > 1).collect();
    assert!(twice.is_empty(), "twice: {twice:?}");
    let found: BTreeSet<String> = found.into_keys().collect();
    let missing: Vec<_> = wanted.difference(&found).collect();
    let unknown: Vec<_> = found.difference(&wanted).collect();
    assert!(missing.is_empty() && unknown.is_empty(), "missing {missing:?}, unknown {unknown:?}");
    let readings: Vec<String> = rows(&page, "A-").into_iter().map(|row| row[0].clone()).collect();
    let all: Vec<String> = (1..=27).map(|number| format!("A-{number:02}")).collect();
    assert_eq!(readings, all);
}

#[test]
fn every_row_says_how_its_rule_is_held() {
    let mut wrong = Vec::new();
    for row in rows(&page(), "R-") {
        let [rule, _, held, tests] = row.as_slice() else {
            wrong.push(format!("{row:?} has not four cells"));
            continue;
        };
        let (word, note) = held.split_once(": ").unwrap_or((held, ""));
        let tests = named(tests);
        let fits = match word {
            "enforced" => !tests.is_empty(),
            "parameter" => note.contains('`') && !tests.is_empty(),
            "out of scope" => note.len() > 10 && tests.is_empty(),
            other => other.strip_prefix("in ").is_some_and(|name| FEATURES.contains(&name)),
        };
        if !fits {
            wrong.push(format!("{rule}: {held}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_test_that_is_named_exists() {
    let mut known = BTreeSet::new();
    for file in sources(&["schema/src", "processing", "marketplace/src", "tests"]) {
        let mut is_test = false;
        for line in file.text.lines().map(str::trim) {
            is_test |= ["#[test]", "#[tokio::test", "#[actix_web::test", "#[actix_rt::test"]
                .iter()
                .any(|attribute| line.starts_with(attribute));
            if let Some(rest) = line.strip_prefix("fn ").or(line.strip_prefix("async fn ")) {
                if is_test {
                    known.insert(rest.split('(').next().unwrap_or_default().to_owned());
                }
                is_test = false;
            }
        }
    }
    let page = page();
    let mut missing = Vec::new();
    for row in rows(&page, "R-").into_iter().chain(rows(&page, "A-")) {
        let cell = row.last().unwrap();
        missing.extend(
            named(cell)
                .into_iter()
                .filter(|name| !known.contains(name))
                .map(|name| format!("{}: {name}", row[0])),
        );
    }
    assert!(missing.is_empty(), "no such tests:\n{}", missing.join("\n"));
}
