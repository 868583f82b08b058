//! `docs/RULES.md` against the tree: every rule is there, and every test that it names exists.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

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

/// The rules that the name of a test begins with: `r_012_…` one, `r_007_r_135_…` both,
/// `r_100_to_r_102_…` a run.
fn rules_of(test: &str) -> BTreeSet<u16> {
    let mut rules = BTreeSet::new();
    let mut words = test.split('_').peekable();
    let mut run: Option<u16> = None;
    while words.next_if_eq(&"r").is_some() {
        let number = words.peek().filter(|word| word.len() == 3).and_then(|word| word.parse().ok());
        let Some(number) = number else { break };
        words.next();
        rules.extend(run.take().unwrap_or(number)..=number);
        if words.next_if_eq(&"to").is_some() {
            run = Some(number);
        }
    }
    rules
}

#[test]
fn the_name_of_a_test_says_its_rules() {
    let of = |test| rules_of(test).into_iter().collect::<Vec<_>>();
    assert_eq!(of("r_012_the_same_plan"), [12]);
    assert_eq!(of("r_007_r_135_a_bar"), [7, 135]);
    assert_eq!(of("r_130_to_r_132_no_measure"), [130, 131, 132]);
    assert!(of("state_and_command_matrix").is_empty() && of("reads_r_012").is_empty());
}

/// The place of a notice: keys, numbers of a list, or the code of a programme.
fn at<'v>(notice: &'v Value, path: &str) -> Option<&'v Value> {
    path.split('.').try_fold(notice, |value, key| match value.as_array() {
        Some(list) => match key.parse::<usize>() {
            Ok(nth) => list.get(nth),
            Err(_) => list.iter().find(|item| item["code"] == key),
        },
        None => value.get(key),
    })
}

/// `path = value` between backquotes: what is wrong with each, and how many there are.
fn figures(notice: &Value, note: &str) -> (usize, Vec<String>) {
    let told = named(note);
    let figures: Vec<_> = told.iter().filter_map(|text| text.split_once(" = ")).collect();
    let wrong = figures.iter().filter_map(|(path, value)| {
        let value = serde_json::from_str::<Value>(value).ok();
        let found = at(notice, path);
        (value.is_none() || found != value.as_ref()).then(|| format!("{path} is {found:?}"))
    });
    (figures.len(), wrong.collect())
}

#[test]
fn every_row_says_how_its_rule_is_held() {
    let notice = std::fs::read(root().join("schema/data/notice-2024.json")).unwrap();
    let notice: Value = serde_json::from_slice(&notice).unwrap();
    assert_eq!(at(&notice, "programmes.P14.policy.listing_months"), Some(&12.into()));
    assert_eq!(at(&notice, "parameters.none"), None);
    let mut wrong = Vec::new();
    for row in rows(&page(), "R-") {
        let [rule, _, held, tests] = row.as_slice() else {
            wrong.push(format!("{row:?} has not four cells"));
            continue;
        };
        let number = rule.trim_start_matches("R-").parse::<u16>().unwrap();
        let (word, note) = held.split_once(": ").unwrap_or((held, ""));
        let tests_named = named(tests);
        let own = tests_named.iter().any(|test| rules_of(test).contains(&number));
        let (count, faults) = figures(&notice, note);
        wrong.extend(faults.into_iter().map(|fault| format!("{rule}: {fault}")));
        let fits = match word {
            "enforced" => own,
            "parameter" => count > 0 && !tests_named.is_empty(),
            "out of scope" => note.len() > 40 && tests_named.is_empty(),
            _ => false,
        };
        if !fits {
            wrong.push(format!("{rule}: {held} ({tests})"));
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
