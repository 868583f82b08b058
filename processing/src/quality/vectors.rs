//! The vectors of the rulebook, R-160 to R-164 and edge case 17.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array};
use schema::data::quality::{Check, Dimension, Index, Indices, RuleSet, Weights};

use super::tests::{column, hundredths, rules, run};
use super::{Observed, RuleCount, grade, index, indices, overall};

#[test]
fn r_160_every_index_is_computed_from_exact_counts() {
    let observed = Observed {
        rows: 1_000,
        cells: 3_000,
        null_cells: 20,
        nan_cells: 10,
        rules: vec![RuleCount { keys: Some((239, 238)), ..RuleCount::default() }],
        failed: vec![
            (Dimension::Validity, 5),
            (Dimension::Consistency, 0),
            (Dimension::Accuracy, 1_000),
            (Dimension::Timeliness, 333),
        ],
        ..Observed::default()
    };
    let found = indices(&observed);
    assert_eq!(found.completeness, Some(Index { passed: 2_970, total: 3_000, hundredths: 9_900 }));
    assert_eq!(found.uniqueness, Some(Index { passed: 238, total: 239, hundredths: 9_958 }));
    assert_eq!(found.validity, Some(Index { passed: 995, total: 1_000, hundredths: 9_950 }));
    assert_eq!(found.consistency, Some(Index { passed: 1_000, total: 1_000, hundredths: 10_000 }));
    assert_eq!(found.accuracy, Some(Index { passed: 0, total: 1_000, hundredths: 0 }));
    // k = 2 of the n = 3 that apply are below 100.
    assert_eq!(found.integrity, Some(Index { passed: 1, total: 3, hundredths: 3_333 }));
    assert_eq!(found.timeliness, Some(Index { passed: 667, total: 1_000, hundredths: 6_670 }));
}

#[test]
fn r_160_an_index_is_rounded_half_up_but_full_only_if_nothing_failed() {
    assert_eq!(hundredths(index(2, 3)), Some(6_667));
    assert_eq!(hundredths(index(5, 6)), Some(8_333));
    assert_eq!(hundredths(index(1, 8_000)), Some(1), "0.0125 % is 0.01");
    assert_eq!(hundredths(index(1, 20_000)), Some(1), "0.005 % is 0.01");
    assert_eq!(hundredths(index(999_999, 1_000_000)), Some(9_999));
    assert_eq!(hundredths(index(u64::MAX - 1, u64::MAX)), Some(9_999));
    assert_eq!(hundredths(index(7, 7)), Some(10_000));
    assert_eq!(index(0, 0), None);
}

#[test]
fn r_160_several_keys_count_by_the_worst() {
    let keys = |keys| RuleCount { keys: Some(keys), ..RuleCount::default() };
    let observed = Observed {
        rows: 10,
        rules: vec![keys((10, 10)), keys((4, 1)), keys((5, 2))],
        ..Observed::default()
    };
    assert_eq!(hundredths(indices(&observed).uniqueness), Some(2_500));
}

#[test]
fn r_161_completeness_divides_by_cells_not_rows() {
    let observed = Observed { rows: 10, cells: 30, null_cells: 6, ..Observed::default() };
    assert_eq!(hundredths(indices(&observed).completeness), Some(8_000));
}

#[test]
fn r_161_columns_with_more_than_30_percent_nulls_are_flagged_not_dropped() {
    let with = |nulls| {
        let cells = (0..10).map(|row| (row >= nulls).then_some(1_i64));
        let report = run(&[("x", Arc::new(cells.collect::<Int64Array>()))], &rules(vec![]));
        report.notices.iter().filter(|n| n.code == "mostly-null").count()
    };
    assert_eq!((with(3), with(4)), (0, 1));
}

#[test]
fn r_162_overall_is_the_weighted_sum() {
    let of = |hundredths| Some(Index { passed: 0, total: 1, hundredths });
    let vector = Indices {
        completeness: of(10_000),
        uniqueness: of(9_958),
        validity: of(10_000),
        accuracy: of(10_000),
        integrity: of(8_333),
        ..Indices::default()
    };
    assert_eq!(overall(&vector, &Weights::default()), Some(9_829));
    let fewer = Indices { uniqueness: None, integrity: None, ..vector };
    assert_eq!(overall(&fewer, &Weights::default()), Some(10_000), "shared out in proportion");
    let half = Indices { completeness: of(9_000), validity: of(10_000), ..Indices::default() };
    assert_eq!(overall(&half, &Weights::default()), Some(9_143), "(6·90 + 1·100)/7");
    assert_eq!(overall(&Indices::default(), &Weights::default()), None);
}

#[test]
fn r_163_grades_follow_the_table() {
    let rules = RuleSet::default();
    for (overall, wanted) in [
        (10_000, "A"),
        (9_938, "A"),
        (9_937, "B"),
        (9_770, "B"),
        (9_769, "C"),
        (9_500, "C"),
        (9_499, "REJECT"),
        (0, "REJECT"),
    ] {
        assert_eq!(grade(overall, &rules), wanted, "{overall}");
    }
}

#[test]
fn r_164_a_report_names_tool_and_rule_set_and_repeats_byte_for_byte() {
    let columns: Vec<(&str, ArrayRef)> = vec![("x", Arc::new(Int64Array::from(vec![1, 2])))];
    let set = rules(vec![Check::NotNull { column: column("x") }]);
    let (a, b) = (run(&columns, &set), run(&columns, &set));
    assert_eq!(serde_json::to_string(&a).unwrap(), serde_json::to_string(&b).unwrap());
    assert!(a.tool.starts_with("jangteo-process "));
    assert_eq!(a.rule_set_digest, super::rule_set_digest(&set).unwrap());
    assert_eq!(a.results.len(), 1, "every rule is listed");
}

#[test]
fn edge_17_no_rows_and_no_key_are_not_applicable_and_not_listable() {
    let none: Vec<(&str, ArrayRef)> = vec![("x", Arc::new(Int64Array::from(Vec::<i64>::new())))];
    let set = rules(vec![
        Check::Unique { columns: vec![] },
        Check::Range { column: column("x"), min: None, max: None },
    ]);
    let report = run(&none, &set);
    assert_eq!(report.indices, Indices::default());
    assert_eq!((report.overall, report.grade, report.listable), (None, None, false));
    let some: Vec<(&str, ArrayRef)> = vec![("x", Arc::new(Int64Array::from(vec![1])))];
    let report = run(&some, &rules(vec![]));
    assert_eq!(report.indices.uniqueness, None);
    assert_eq!((report.overall, report.listable), (Some(10_000), false));
    assert_eq!(report.notices[0].code, "no-key");
}
