//! Filters, derived columns and the order of columns.

use proptest::prelude::*;

use super::fixture::{check, clean, clean_within, fault};
use crate::error::Fault;
use crate::limits::Limits;

const TABLE: &str = "
    a:i | x:f[V] | 온도:f | label:t{-}
    1   | 2.5    | 20.5   | OK
    2   | NaN    | 21     | NG
    3   |        | 19     | OK
    4   | -0.0   | 25     | ";

#[test]
fn filter_keeps_the_rows_for_which_a_condition_holds() {
    for (spec, expected) in [
        ("{where: \"온도 > 20 AND label = 'OK'\"}", "1 | 2.5 | 20.5 | OK"),
        ("{where: 'x < 1'}", "4 | 0.0 | 25.0 | -"),
        (
            "{where: 'x > 1', keep_unknown: true}",
            "1 | 2.5 | 20.5 | OK\n2 | NaN | 21.0 | NG\n3 | - | 19.0 | OK",
        ),
        ("{where: 'label IS NULL'}", "4 | 0.0 | 25.0 | -"),
        ("{where: 'false'}", ""),
    ] {
        let expected = expected.replace("4 | 0.0", "4 | -0.0");
        check(
            &format!("steps: [{{filter: {spec}}}]"),
            TABLE,
            &format!("a | x | 온도 | label\n{expected}"),
        );
    }
    assert_eq!(fault("steps: [{filter: {where: 'a + 1'}}]", TABLE), "expression-type");
    assert_eq!(fault("steps: [{filter: {where: 'temp > 1'}}]", TABLE), "column-unknown");
    assert_eq!(fault("steps: [{filter: {where: '1 / (a - 3) > 0'}}]", TABLE), "expression-failed");
}

#[test]
fn derive_computes_all_columns_from_the_table_before() {
    let done = check(
        "steps: [{derive: {columns: {x: 'x * 2', a: 'a + 1', neu: 'a', w: 'x * a'}, units: {w: W, x: ℃}}}]",
        TABLE,
        "a | x | 온도 | label | neu | w
         2 | 5.0 | 20.5 | OK | 1 | 2.5
         3 | - | 21.0 | NG | 2 | -
         4 | - | 19.0 | OK | 3 | -
         5 | 0.0 | 25.0 | - | 4 | 0.0",
    );
    // Four of a, and of x 2.5 and NaN; 0.0 equals −0.0.
    assert_eq!(done.changed(), 6);
    let unit = |n: usize| done.dictionary.columns[n].unit.as_deref();
    assert_eq!((unit(0), unit(1), unit(5)), (None, Some("Cel"), Some("W")));
    check(
        "steps: [{derive: {columns: {q: '6 / (a - 3)'}, on_error: to_null}}, {select: {columns: [q]}}]",
        TABLE,
        "q\n-3\n-6\n-\n6",
    );
    for (spec, code) in [
        ("{columns: {}}", "columns-none"),
        ("{columns: {' b': '1'}}", "column-name"),
        ("{columns: {b: 'NULL'}}", "expression-type"),
        ("{columns: {b: 'a'}, units: {c: W}}", "unit-unused"),
        ("{columns: {b: 'sum(a)'}}", "expression-not-allowed"),
    ] {
        assert_eq!(fault(&format!("steps: [{{derive: {spec}}}]"), TABLE), code, "{spec}");
    }
}

#[test]
fn a_fault_names_column_and_row_of_the_table_before_the_step() {
    let spec = "steps: [{filter: {where: 'a > 1'}}, {derive: {columns: {q: '6 / (a - 3)'}}}]";
    for batch_rows in [1, 3, 100] {
        let limits = Limits { batch_rows, ..Limits::default() };
        let Err(Fault::Input(fault)) = clean_within(spec, TABLE, &limits) else { panic!() };
        assert_eq!((fault.row, fault.column.as_deref()), (Some(2), Some("q")));
        assert!(
            fault.text.en.starts_with("step 2 (derive): computing “q”: row 2: "),
            "{}",
            fault.text.en
        );
    }
}

#[test]
fn reorder_moves_the_ends() {
    check(
        "steps: [{reorder: {first: [label, x], last: [a]}}, {filter: {where: 'a = 1'}}]",
        TABLE,
        "label | x | 온도 | a\nOK | 2.5 | 20.5 | 1",
    );
    for (spec, code) in [
        ("{}", "columns-none"),
        ("{first: [a], last: [a]}", "column-repeated"),
        ("{first: [z]}", "column-unknown"),
    ] {
        assert_eq!(fault(&format!("steps: [{{reorder: {spec}}}]"), TABLE), code, "{spec}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 30, ..ProptestConfig::default() })]

    #[test]
    fn filter_and_derive_agree_with_a_loop(
        rows in prop::collection::vec((prop::option::of(-9_i64..9), prop::option::of(-4_i8..4)), 0..30),
        keep_unknown: bool,
        bound in -9_i64..9,
    ) {
        let cell = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
        let mut table = String::from("i:i | x:f");
        let mut wanted = String::from("i | x | y");
        for (i, x) in &rows {
            let x = x.map(|x| f64::from(x) / 2.0);
            table.push_str(&format!("\n{} | {}", cell(i.map(|i| i.to_string())), cell(x.map(|x| format!("{x:?}")))));
            let holds = match (i, x) {
                (Some(i), _) if *i > bound => Some(true),
                (_, Some(x)) if x < 0.0 => Some(true),
                (Some(_), Some(_)) => Some(false),
                _ => None,
            };
            if holds.unwrap_or(keep_unknown) {
                let y = i.zip(x).map(|(i, x)| i as f64 * x + 0.0);
                let cells = [i.map(|i| i.to_string()), x.map(|x| format!("{x:?}")), y.map(|y| format!("{y:?}"))];
                wanted.push_str(&format!("\n{}", cells.map(cell).join(" | ")));
            }
        }
        let spec = format!(
            "steps: [{{filter: {{where: 'i > {bound} OR x < 0', keep_unknown: {keep_unknown}}}}}, {{derive: {{columns: {{y: 'i * x'}}}}}}]"
        );
        prop_assert_eq!(clean(&spec, &table).unwrap().text, wanted);
    }
}
