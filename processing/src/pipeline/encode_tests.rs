//! Categories as numbers.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::fixture::{check, clean, clean_within, fault};
use crate::limits::Limits;

const TABLE: &str = "
    c:t | n:i | b:b | x:f
    b   | 10  | true | 1
    a   | 9   | -    | 2
    -   | -   | false | 3
    b   | -1  | true | 4";

#[test]
fn labels_are_places_among_the_values_found() {
    let done = check(
        "steps: [{encode: {columns: [c, n, b], method: label}}]",
        TABLE,
        "c | n | b | x\n1 | 2 | 1 | 1.0\n0 | 1 | - | 2.0\n- | - | 0 | 3.0\n1 | 0 | 1 | 4.0",
    );
    assert_eq!(
        done.fitted(),
        [
            "c.category_0=\"a\"",
            "c.category_1=\"b\"",
            "n.category_0=\"-1\"",
            "n.category_1=\"9\"",
            "n.category_2=\"10\"",
            "b.category_0=\"false\"",
            "b.category_1=\"true\"",
        ]
    );
    assert_eq!(done.changed(), 9);
}

#[test]
fn one_hot_makes_a_column_of_each_value_in_its_place() {
    let done = check(
        "steps: [{encode: {columns: [c, b], method: one_hot}}]",
        TABLE,
        "c=a | c=b | n | b=false | b=true | x
         0 | 1 | 10 | 0 | 1 | 1.0
         1 | 0 | 9 | - | - | 2.0
         - | - | - | 1 | 0 | 3.0
         0 | 1 | -1 | 0 | 1 | 4.0",
    );
    assert_eq!(done.fitted().len(), 4);
    // Named beforehand, the columns can be used by the steps behind.
    check(
        "steps: [{encode: {columns: [c], method: one_hot, order: [b], unknown: other}}, {select: {columns: [c=b, 'c=*']}}]",
        TABLE,
        "c=b | c=*\n1 | 0\n0 | 1\n- | -\n1 | 0",
    );
    check(
        "steps: [{encode: {columns: [c], method: one_hot, order: [b], unknown: to_null}}, {select: {columns: [c=b]}}]",
        TABLE,
        "c=b\n1\n-\n-\n1",
    );
}

#[test]
fn ordinals_are_places_in_the_order_given() {
    check(
        "steps: [{encode: {columns: [c], method: ordinal, order: [c, b, a]}}, {select: {columns: [c]}}]",
        TABLE,
        "c\n1\n2\n-\n1",
    );
    check(
        "steps: [{encode: {columns: [n], method: ordinal, order: [9, -1], unknown: other}}, {select: {columns: [n]}}]",
        TABLE,
        "n\n2\n0\n-\n1",
    );
    for (spec, code) in [
        ("{columns: [c], method: ordinal}", "order-invalid"),
        ("{columns: [c], method: label, order: [a]}", "order-invalid"),
        ("{columns: [c], method: ordinal, order: [a, a]}", "order-invalid"),
        ("{columns: [c], method: ordinal, order: [a]}", "category-unknown"),
        ("{columns: [x], method: label}", "column-type"),
        ("{columns: [], method: label}", "columns-none"),
        ("{columns: [c], method: label, categories_max: 1}", "categories-too-many"),
        ("{columns: [c], method: label, categories_max: 0}", "categories-max-invalid"),
        ("{columns: [c], method: one_hot, order: ['*'], unknown: other}", "order-invalid"),
    ] {
        assert_eq!(fault(&format!("steps: [{{encode: {spec}}}]"), TABLE), code, "{spec}");
    }
    assert_eq!(
        fault("steps: [{encode: {columns: [c], method: one_hot}}]", "c:t | c=a:t\n a | b"),
        "column-repeated"
    );
    // Nothing but nulls, one row, no row.
    check(
        "steps: [{encode: {columns: [c], method: label}}]",
        "c:t | x:i\n - | 1\n - | 2",
        "c | x\n- | 1\n- | 2",
    );
    check("steps: [{encode: {columns: [c], method: one_hot}}]", "c:t | x:i\n - | 1", "x\n1");
    check("steps: [{encode: {columns: [c], method: label}}]", "c:t", "c");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 30, ..ProptestConfig::default() })]

    #[test]
    fn labels_turn_back_into_values(values in prop::collection::vec(prop::option::of(-30_i64..30), 0..40)) {
        let mut table = String::from("n:i | k:i");
        for (k, value) in values.iter().enumerate() {
            let cell = value.map_or("-".to_owned(), |value| value.to_string());
            table.push_str(&format!("\n{cell} | {k}"));
        }
        let spec = "steps: [{encode: {columns: [n], method: label}}]";
        let done = clean(spec, &table).unwrap();
        let sorted: Vec<i64> = values.iter().flatten().copied().collect::<BTreeSet<_>>().into_iter().collect();
        let back: Vec<Option<i64>> = done
            .text
            .lines()
            .skip(1)
            .map(|line| line.split(" | ").next().unwrap().parse::<usize>().ok().map(|at| sorted[at]))
            .collect();
        prop_assert_eq!(back, values);
        let told: Vec<String> = sorted.iter().enumerate().map(|(n, v)| format!("n.category_{n}=\"{v}\"")).collect();
        prop_assert_eq!(done.fitted(), told);
        let limits = Limits { batch_rows: 3, ..Limits::default() };
        prop_assert!(clean_within(spec, &table, &limits).unwrap().bytes == done.bytes);
    }
}
