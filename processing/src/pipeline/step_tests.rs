//! Each step by example.

use schema::data::column::ValueType;

use super::fixture::{check, clean, fault};

const THREE: &str = "
    a:i | b:f  | c:t
    1   | 1.5  | x
    2   |      | y
    3   | NaN  |  ";

#[test]
fn select_orders_and_drop_keeps_the_rest() {
    check("steps: [{select: {columns: [c, a]}}]", THREE, "c | a\nx | 1\ny | 2\n- | 3");
    check("steps: [{drop_columns: {columns: [b, c]}}]", THREE, "a\n1\n2\n3");
    for (spec, code) in [
        ("steps: [{select: {columns: []}}]", "columns-none"),
        ("steps: [{select: {columns: [a, a]}}]", "column-repeated"),
        ("steps: [{select: {columns: [z]}}]", "column-unknown"),
        ("steps: [{drop_columns: {columns: [a, b, c]}}]", "columns-none"),
    ] {
        assert_eq!(fault(spec, THREE), code, "{spec}");
    }
}

#[test]
fn rename_swaps_at_once_and_keeps_names_unique() {
    let done = check(
        "steps: [{rename: {columns: {a: b, b: a}}}]",
        THREE,
        "b | a | c\n1 | 1.5 | x\n2 | - | y\n3 | NaN | -",
    );
    assert_eq!(done.dictionary.columns[0].name, "b");
    for (spec, code) in [
        ("steps: [{rename: {columns: {a: c}}}]", "column-repeated"),
        ("steps: [{rename: {columns: {a: ' c'}}}]", "column-name"),
        ("steps: [{rename: {columns: {a: ''}}}]", "column-name"),
    ] {
        assert_eq!(fault(spec, THREE), code, "{spec}");
    }
}

#[test]
fn cast_changes_type_exactly_or_says_which_row_does_not_fit() {
    let done = check(
        "steps: [{cast: {columns: {a: number, b: text}}}]",
        "a:i | b:i\n 1 | 10\n 2 | ",
        "a | b\n1.0 | 10\n2.0 | -",
    );
    assert_eq!(done.dictionary.columns[0].value_type, ValueType::Number);
    assert_eq!(done.changed(), 0);
    let texts = "a:t\n 1\n x\n 2.0\n -";
    assert_eq!(fault("steps: [{cast: {columns: {a: integer}}}]", texts), "cast-failed");
    let done = check(
        "steps: [{cast: {columns: {a: integer}, on_error: to_null}}]",
        texts,
        "a\n1\n-\n-\n-",
    );
    assert_eq!(done.changed(), 2);
}

#[test]
fn cast_does_not_round_silently() {
    for (from, to, expected, changed) in [
        ("a:f\n 1.0\n 1.5\n 1e300", "integer", "a\n1\n-\n-", 2),
        ("a:i\n 9007199254740993\n 4", "number", "a\n-\n4.0", 1),
        ("a:f\n 0.25\n 0.125", "{decimal: {precision: 5, scale: 2}}", "a\n0.25\n-", 1),
        ("a:i\n 1\n 0\n 7", "boolean", "a\ntrue\nfalse\n-", 1),
        ("a:f\n -0.0\n 2.0", "integer", "a\n0\n2", 0),
    ] {
        let spec = format!("steps: [{{cast: {{columns: {{a: {to}}}, on_error: to_null}}}}]");
        let done = check(&spec, from, expected);
        assert_eq!(done.changed(), changed, "{spec} {from}");
    }
}

#[test]
fn cast_reads_times_in_the_zone_of_the_file() {
    check(
        "steps: [{cast: {columns: {a: timestamp}, formats: ['%d/%m/%Y %H:%M', '%Y-%m-%d']}}]",
        "a:t\n 01/02/2018 00:15\n 2018-02-02",
        "a\n2018-01-31T15:15:00Z\n2018-02-01T15:00:00Z",
    );
    check(
        "steps: [{cast: {columns: {a: timestamp}}}]",
        "a:t\n 2018-02-01 00:15:00\n 2018-02-01T00:15:00+00:00",
        "a\n2018-01-31T15:15:00Z\n2018-02-01T00:15:00Z",
    );
    check(
        "steps: [{cast: {columns: {a: date}}}, {cast: {columns: {a: timestamp}}}]",
        "a:s\n 2018-01-31T15:15:00Z\n 2018-01-31T14:59:59Z",
        "a\n2018-01-31T15:00:00Z\n2018-01-30T15:00:00Z",
    );
    check(
        "steps: [{cast: {columns: {a: date}, formats: ['%m/%d/%y'], on_error: to_null}}]",
        "a:t\n 5/4/20\n 13/4/20",
        "a\n2020-05-04\n-",
    );
    assert_eq!(
        fault("steps: [{cast: {columns: {a: {decimal: {precision: 40, scale: 2}}}}}]", "a:i\n1"),
        "cast-impossible"
    );
}

#[test]
fn filter_range_keeps_both_bounds() {
    let table = "a:i | b:f\n 1 | 0.5\n 2 | NaN\n 3 | \n 4 | inf\n 9007199254740993 | 2.5";
    for (spec, expected) in [
        ("{column: a, min: 2, max: 3}", "a | b\n2 | NaN\n3 | -"),
        ("{column: a, min: 1.5, max: 2.5}", "a | b\n2 | NaN"),
        ("{column: a, min: 9007199254740993}", "a | b\n9007199254740993 | 2.5"),
        ("{column: b, min: 0.5, max: 2.5}", "a | b\n1 | 0.5\n9007199254740993 | 2.5"),
        ("{column: b, min: 100, keep_missing: true}", "a | b\n2 | NaN\n3 | -\n4 | inf"),
        ("{column: a, max: 0}", "a | b"),
    ] {
        check(&format!("steps: [{{filter_range: {spec}}}]"), table, expected);
    }
    for spec in ["{column: a}", "{column: a, min: 2, max: 1}", "{column: a, min: .nan}"] {
        let spec = format!("steps: [{{filter_range: {spec}}}]");
        assert_eq!(fault(&spec, table), "bounds-invalid", "{spec}");
    }
    assert_eq!(fault("steps: [{filter_range: {column: c, min: 1}}]", THREE), "column-type");
}

#[test]
fn sort_is_stable_and_puts_missing_last() {
    let table = "k:f | n:i\n 2 | 1\n | 2\n 1 | 3\n NaN | 4\n 2 | 5\n -0.0 | 6\n 0.0 | 7";
    for (by, order) in [
        ("[{column: k}]", "6 7 3 1 5 2 4"),
        ("[{column: k, descending: true}]", "1 5 3 6 7 2 4"),
        ("[{column: k, nulls_first: true}]", "2 4 6 7 3 1 5"),
        ("[{column: k}, {column: n, descending: true}]", "7 6 3 5 1 4 2"),
    ] {
        let spec = format!("steps: [{{sort: {{by: {by}}}}}, {{select: {{columns: [n]}}}}]");
        check(&spec, table, &format!("n\n{}", order.replace(' ', "\n")));
    }
    check(
        "steps: [{sort: {by: [{column: c}]}}]",
        "c:t\n 나\n 가\n -\n 10\n 9",
        "c\n10\n9\n가\n나\n-",
    );
}

#[test]
fn duplicates_go_and_the_first_stays() {
    let table = "
        a:i | b:f  | c:t
        1   | 0.0  | x
        1   | -0.0 | x
        1   | NaN  | x
        1   | NaN  | x
        1   |      | x
        1   |      | x
        2   | 0.0  | y";
    check(
        "steps: [{drop_duplicates: {}}]",
        table,
        "a | b | c\n1 | 0.0 | x\n1 | NaN | x\n1 | - | x\n2 | 0.0 | y",
    );
    check("steps: [{drop_duplicates: {keys: [c]}}]", table, "a | b | c\n1 | 0.0 | x\n2 | 0.0 | y");
}

#[test]
fn sentinels_become_null_in_the_type_of_the_column() {
    let table = "a:i{1449} | b:f | c:t\n 1449 | -1 | -1\n 14490 | -1.5 | none\n | 9999 | ok";
    let done = check(
        "steps: [{sentinel_to_null: {columns: {a: [1449.0], b: [-1, 9999], c: ['-1', none]}}}]",
        table,
        "a | b | c\n- | - | -\n14490 | -1.5 | -\n- | - | ok",
    );
    assert_eq!(done.changed(), 5);
    let done = check(
        "steps: [{sentinel_to_null: {}}]",
        table,
        "a | b | c\n- | -1.0 | -1\n14490 | -1.5 | none\n- | 9999.0 | ok",
    );
    assert_eq!(done.changed(), 1);
    assert_eq!(done.dictionary.columns[0].sentinels, Vec::<String>::new());
    assert_eq!(
        fault("steps: [{sentinel_to_null: {columns: {a: [1.5]}}}]", table),
        "value-unreadable"
    );
}

#[test]
fn rows_with_gaps_or_bad_times_go() {
    check("steps: [{drop_missing_rows: {columns: [b]}}]", THREE, "a | b | c\n1 | 1.5 | x");
    check(
        "steps: [{drop_missing_rows: {columns: [a, c]}}]",
        THREE,
        "a | b | c\n1 | 1.5 | x\n2 | - | y",
    );
    let days = "t:d\n 1969-12-31\n 2020-05-04\n 2068-01-01\n -";
    check(
        "steps: [{drop_rows_with_bad_time: {column: t, min: '2020-01-01', max: '2020-12-31'}}]",
        days,
        "t\n2020-05-04",
    );
    check(
        "steps: [{drop_rows_with_bad_time: {column: t, max: '2060-01-01', keep_missing: true}}]",
        days,
        "t\n1969-12-31\n2020-05-04\n-",
    );
    check(
        "steps: [{drop_rows_with_bad_time: {column: t, min: '2020-05-04', max: '2020-05-04'}}]",
        "t:s\n 2020-05-03T14:59:59Z\n 2020-05-03T15:00:00Z\n 2020-05-04T14:59:59Z\n 2020-05-04T15:00:00Z",
        "t\n2020-05-03T15:00:00Z\n2020-05-04T14:59:59Z",
    );
}

#[test]
fn usual_times_are_found_on_the_data() {
    let mut days = String::from("t:d");
    for day in 1..=28 {
        days.push_str(&format!("\n 2020-05-{day:02}"));
    }
    days.push_str("\n 1969-05-01\n -");
    let spec = "steps: [{drop_rows_with_bad_time: {column: t, usual: true, max: '2020-05-03'}}]";
    let done = check(spec, &days, "t\n2020-05-01\n2020-05-02\n2020-05-03");
    assert_eq!(done.fitted(), ["t.lower=\"2019-01-01\"", "t.upper=\"2021-12-31\""]);
    check("steps: [{drop_rows_with_bad_time: {column: t, usual: true}}]", "t:s\n -", "t");
}

#[test]
fn columns_without_content_go() {
    let table = "
        a:i | b:f | c:t | d:i | e:f
        1   |     | x   | 5   | NaN
        2   | 7   |     | 5   |
        3   |     | x   | 5   | NaN
        4   | 8   | x   | 5   | ";
    let done = check(
        "steps: [{drop_constant: {except: [d]}}]",
        table,
        "
        a | b | d
        1 | - | 5
        2 | 7.0 | 5
        3 | - | 5
        4 | 8.0 | 5",
    );
    assert_eq!(done.lineage.steps[0].dropped_columns, ["c", "e"]);
    let done = check(
        "steps: [{drop_sparse: {}}]",
        table,
        "
        a | b | c | d
        1 | - | x | 5
        2 | 7.0 | - | 5
        3 | - | x | 5
        4 | 8.0 | x | 5",
    );
    assert_eq!(done.lineage.steps[0].dropped_columns, ["e"]);
    let done = check(
        "steps: [{drop_sparse: {above_percent: 25, except: [e]}}, {select: {columns: [a, c, e]}}]",
        table,
        "a | c | e\n1 | x | NaN\n2 | - | -\n3 | x | NaN\n4 | x | -",
    );
    assert_eq!(done.lineage.steps[0].dropped_columns, ["b"]);
    // One row, or none, says nothing.
    check("steps: [{drop_constant: {}}]", "a:i\n 1", "a\n1");
    check("steps: [{drop_sparse: {}}]", "a:i", "a");
    assert_eq!(fault("steps: [{drop_constant: {}}]", "a:i\n1\n1"), "columns-none");
    assert_eq!(fault("steps: [{drop_sparse: {above_percent: 100}}]", "a:i\n1"), "percent-invalid");
}

#[test]
fn units_convert_exactly_and_are_noted() {
    let done = check(
        "steps: [{unit_convert: {columns: {t: K, p: Pa, q: kPa}, from: {q: psi}}}]",
        "t:f[Cel] | p:i[bar] | q:f\n 25 | 1 | 1\n | 2 | NaN",
        "t | p | q\n298.15 | 100000.0 | 6.894757293168361\n- | 200000.0 | NaN",
    );
    assert_eq!(done.changed(), 4);
    assert_eq!(done.dictionary.columns[0].unit.as_deref(), Some("K"));
    assert_eq!(done.dictionary.columns[1].value_type, ValueType::Number);
    let table = "t:f[Cel] | q:f\n 1 | 1";
    for (spec, code) in [
        ("{columns: {q: K}}", "unit-missing"),
        ("{columns: {t: Pa}}", "unit-incompatible"),
        ("{columns: {t: K}, from: {q: Cel}}", "unit-unused"),
    ] {
        assert_eq!(fault(&format!("steps: [{{unit_convert: {spec}}}]"), table), code, "{spec}");
    }
}

#[test]
fn scaling_stores_its_parameters() {
    let table = "a:i | b:f\n 1 | 5\n 2 | 5\n 3 | \n 4 | 5\n 5 | NaN";
    let done = check(
        "steps: [{scale: {columns: [a, b], method: min_max}}]",
        table,
        "a | b\n0.0 | 0.0\n0.25 | 0.0\n0.5 | -\n0.75 | 0.0\n1.0 | NaN",
    );
    assert_eq!(done.fitted(), ["a.min=1.0", "a.max=5.0", "b.min=5.0", "b.max=5.0"]);
    assert_eq!(done.changed(), 8);
    let done = check(
        "steps: [{scale: {columns: [a], method: robust}}, {select: {columns: [a]}}]",
        table,
        "a\n-1.0\n-0.5\n0.0\n0.5\n1.0",
    );
    assert_eq!(done.lineage.steps[0].fitted.len(), 2);
    let done = clean("steps: [{scale: {columns: [a], method: z}}]", table).unwrap();
    // statistics.stdev([1, 2, 3, 4, 5]) == 1.5811388300841898
    assert_eq!(done.fitted(), ["a.mean=3.0", "a.std=1.5811388300841898"]);
}

#[test]
fn a_fault_names_its_step_in_both_languages() {
    let fault = clean(
        "steps: [{drop_duplicates: {}}, {select: {columns: [mold_tmp]}}]",
        "
        mold_temp:f | b:i
        1.0 | 2",
    )
    .err()
    .unwrap();
    let crate::Fault::Input(fault) = fault else { panic!("{fault}") };
    assert_eq!(fault.code, "column-unknown");
    assert_eq!(fault.column.as_deref(), Some("mold_tmp"));
    assert!(fault.text.en.starts_with("step 2 (select): "), "{}", fault.text.en);
    assert!(fault.text.en.ends_with("close names: mold_temp"), "{}", fault.text.en);
    assert!(fault.text.ko.starts_with("2단계 select: "), "{}", fault.text.ko);
    assert!(fault.text.ko.contains("mold_temp."), "{}", fault.text.ko);
}

#[test]
fn rows_are_numbered_from_one_and_the_name_must_be_new() {
    check("steps: [{number_rows: {name: no}}]", "a:i\n 7\n 7\n 8", "no | a\n1 | 7\n2 | 7\n3 | 8");
    assert_eq!(fault("steps: [{number_rows: {name: a}}]", "a:i\n 7"), "column-name");
    assert_eq!(fault("steps: [{number_rows: {name: ' '}}]", "a:i\n 7"), "column-name");
}
