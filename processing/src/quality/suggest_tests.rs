//! Suggestions hold for the data that made them, and say why.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, StringArray, TimestampMicrosecondArray};
use proptest::prelude::*;
use schema::data::column::{Dictionary, Role, ValueType};
use schema::data::profile::Scalar;
use schema::data::quality::{Check, Report, RuleSet};

use super::document::parse;
use super::{Process, assess, propose};
use crate::profile::profile;
use crate::profile::testing::{Layout, dictionary, file, limits};
use crate::progress::Silent;

/// The suggestion for a table, and what comes of it there.
fn suggested(
    process: Option<Process>,
    columns: &[(&str, ArrayRef)],
    declared: &Dictionary,
) -> (RuleSet, Report) {
    let file = file(columns, Layout { group_rows: 50, ..Layout::PLAIN });
    let found = profile(file.path(), declared, &limits(2), &Silent).unwrap();
    let set = propose(process, &found, declared);
    let assessment = assess(file.path(), declared, &set, &limits(2), &Silent).unwrap();
    // What a person edits is the same set.
    assert_eq!(parse(&serde_saphyr::to_string(&set).unwrap()).unwrap().set, set);
    for rule in &set.rules {
        let reason = rule.reason.as_ref().unwrap();
        let hangul = |text: &str| text.chars().any(|c| ('가'..='힣').contains(&c));
        assert!(hangul(&reason.ko) && !reason.en.is_empty() && !hangul(&reason.en), "{}", rule.id);
    }
    (set, assessment.report)
}

fn range_of(set: &RuleSet, id: &str) -> (f64, f64) {
    let rule = set.rules.iter().find(|rule| rule.id == id).unwrap_or_else(|| panic!("{set:?}"));
    match &rule.check {
        Check::Range { min: Some(Scalar::Number(min)), max: Some(Scalar::Number(max)), .. } => {
            (*min, *max)
        }
        other => panic!("{other:?}"),
    }
}

/// Rules that are broken, but for rows that occur again.
fn broken_but_for_rows(report: &Report) -> Vec<&str> {
    broken(report).into_iter().filter(|id| *id != "unique.row").collect()
}

fn broken(report: &Report) -> Vec<&str> {
    let failed = report.results.iter().filter(|result| !result.passed);
    failed.map(|result| result.rule.id.as_str()).collect()
}

#[test]
fn outliers_do_not_lower_the_index_of_data_that_nobody_has_judged() {
    let mut cells: Vec<f64> = (0..1_000).map(|row| 100.0 + f64::from(row % 20)).collect();
    cells[500] = 5_000.0;
    cells[501] = -3_000.0;
    let columns: [(&str, ArrayRef); 1] = [("x", Arc::new(Float64Array::from(cells)))];
    let (set, report) = suggested(None, &columns, &dictionary(&[]));
    assert_eq!(range_of(&set, "range.x"), (-3_800.0, 5_800.0));
    assert_eq!(report.indices.validity.unwrap().hundredths, 10_000);
}

#[test]
fn physical_limits_narrow_a_range_or_name_what_is_impossible() {
    let humid = |top: f64| -> [(&'static str, ArrayRef); 2] {
        let humidity: Float64Array =
            (0..500).map(|n| Some(f64::from(n % 100) / 99.0 * top)).collect();
        let steady: Float64Array = (0..500).map(|n| Some(f64::from(n % 7))).collect();
        [("humidity", Arc::new(humidity)), ("y", Arc::new(steady))]
    };
    let (set, report) = suggested(None, &humid(99.0), &dictionary(&[]));
    assert_eq!(range_of(&set, "range.humidity"), (0.0, 100.0), "a tenth more would be 108.9");
    assert_eq!(broken(&report), [] as [&str; 0]);
    let (set, report) = suggested(None, &humid(140.0), &dictionary(&[]));
    assert_eq!(range_of(&set, "range.humidity").1, 154.0);
    assert_eq!(broken(&report), ["common.humidity.humidity"]);
}

#[test]
fn a_pack_may_be_named_or_is_guessed() {
    let cells = || -> ArrayRef {
        Arc::new((0..300).map(|n| Some(f64::from(n % 50))).collect::<Float64Array>())
    };
    let columns = [("molten_temp", cells()), ("sleeve_temperature", cells())];
    let (_, report) = suggested(None, &columns, &dictionary(&[]));
    assert!(broken(&report).contains(&"casting.molten_temperature.molten_temp"), "{report:?}");
    let (_, report) = suggested(Some(Process::Press), &columns, &dictionary(&[]));
    assert!(!broken(&report).contains(&"casting.molten_temperature.molten_temp"));
}

#[test]
fn tables_without_values_get_rules_that_hold() {
    let nothing = |rows: usize| -> Vec<(&'static str, ArrayRef)> {
        vec![
            ("x", Arc::new(Float64Array::from(vec![None::<f64>; rows]))),
            ("s", Arc::new(StringArray::from(vec![None::<&str>; rows]))),
        ]
    };
    let (_, report) = suggested(None, &nothing(0), &dictionary(&[]));
    assert_eq!(broken(&report), ["row_count"]);
    let (_, report) = suggested(None, &nothing(1), &dictionary(&[]));
    assert_eq!(broken(&report), [] as [&str; 0]);
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 40, failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn what_made_a_suggestion_passes_it(
        reals in prop::collection::vec(prop_oneof![
            9 => -1e3..1e3_f64, 1 => Just(-0.0), 1 => prop::num::f64::NORMAL,
        ], 1..300),
        scale in prop_oneof![Just(1_i64), Just(1 << 40), Just(i64::MAX / 1_000)],
        missing in 2_usize..9,
    ) {
        let some = |row: usize| row % missing != 1;
        let rows = reals.len();
        let whole: Int64Array =
            reals.iter().map(|v| Some((v % 500.0) as i64).map(|v| v * scale)).collect();
        let machines: StringArray = (0..rows).map(|row| Some(["A", "B"][row % 2])).collect();
        let times: TimestampMicrosecondArray =
            (0..rows).map(|row| Some(row as i64 * 1_000_000 - 50_000_000)).collect();
        let real: Float64Array =
            reals.iter().enumerate().map(|(row, v)| some(row).then_some(*v)).collect();
        let columns: [(&str, ArrayRef); 4] = [
            ("t", Arc::new(times)), ("m", Arc::new(machines)), ("i", Arc::new(whole)),
            ("f", Arc::new(real)),
        ];
        let declared = dictionary(&[
            ("t", ValueType::Timestamp, Role::Time), ("m", ValueType::Text, Role::Machine),
        ]);
        let (set, report) = suggested(None, &columns, &declared);
        prop_assert!(broken(&report).is_empty(), "{:?} of {:?}", broken(&report), set);
    }
}

#[test]
fn names_get_the_shapes_that_they_have() {
    let lots = |of: &dyn Fn(usize) -> String| -> (RuleSet, Report) {
        let texts: StringArray = (0..200).map(|row| Some(of(row))).collect();
        let columns: [(&str, ArrayRef); 1] = [("lot", Arc::new(texts))];
        suggested(None, &columns, &dictionary(&[("lot", ValueType::Text, Role::Lot)]))
    };
    let pattern = |set: &RuleSet| {
        set.rules.iter().find_map(|rule| match &rule.check {
            Check::Regex { pattern, .. } => Some(pattern.clone()),
            _ => None,
        })
    };
    for (of, want) in [
        (
            &(|row: usize| format!("LOT-{:06}", row * 7)) as &dyn Fn(usize) -> String,
            r"^\p{Lu}\p{Lu}\p{Lu}\-\d{6}$",
        ),
        (&|row| format!("가공{}", row % 1_000 + 1_000), r"^[가-힣ㄱ-ㆎ][가-힣ㄱ-ㆎ]\d\d\d\d$"),
        (
            &|row| if row % 2 == 0 { format!("A.{row:05}") } else { format!("b({row:03})") },
            r"^(?:\p{Lu}\.\d{5}|\p{Ll}\(\d\d\d\))$",
        ),
        (&|row| format!("-----{:02}", row % 90), r"^\-{5}\d\d$"),
    ] {
        let (set, report) = lots(of);
        assert_eq!(pattern(&set).as_deref(), Some(want));
        assert_eq!(broken_but_for_rows(&report), [] as [&str; 0]);
    }
    // Free text, and braces that would be read as a number of repeats.
    for of in [
        &(|row: usize| format!("{}{}", "x".repeat(row % 7 + 1), "9".repeat(row % 5)))
            as &dyn Fn(usize) -> String,
        &|row| format!("A{{{}}}", row % 10),
        &|row| format!("A{{{}", row % 10),
    ] {
        let (set, report) = lots(of);
        assert_eq!(pattern(&set), None);
        assert_eq!(broken_but_for_rows(&report), [] as [&str; 0]);
    }
}

#[test]
fn a_run_that_chance_does_not_explain_is_named_and_holds() {
    let readings = |stuck: usize| -> [(&'static str, ArrayRef); 2] {
        let cells: Float64Array = (0..2_000)
            .map(|row| {
                Some(if (500..500 + stuck).contains(&row) { 7.5 } else { (row * 37 % 101) as f64 })
            })
            .collect();
        let machine: StringArray = (0..2_000).map(|row| Some(["A", "B"][row % 2])).collect();
        [("x", Arc::new(cells)), ("m", Arc::new(machine))]
    };
    let declared =
        dictionary(&[("x", ValueType::Number, Role::State), ("m", ValueType::Text, Role::Machine)]);
    for (stuck, rows, said) in [(0, 10, "By chance"), (80, 40, "Lower it")] {
        let (set, report) = suggested(None, &readings(stuck), &declared);
        let found = set.rules.iter().find(|rule| rule.id == "stuck_run.x").unwrap();
        let want = Check::StuckRun { column: "x".to_owned(), group: Some("m".to_owned()), rows };
        assert_eq!(found.check, want);
        assert!(found.reason.as_ref().unwrap().en.contains(said), "{found:?}");
        assert_eq!(broken_but_for_rows(&report), [] as [&str; 0]);
    }
    // What never moves has no run that is too long.
    let still: [(&str, ArrayRef); 1] = [("x", Arc::new(Float64Array::from(vec![1.0; 500])))];
    let (set, _) = suggested(None, &still, &declared);
    assert!(!set.rules.iter().any(|rule| rule.id == "stuck_run.x"));
}
