//! Suggestions on small tables, measured and run for real.

use schema::data::column::{Dictionary, Role};
use schema::data::pipeline::{PipelineSpec, Step};

use super::super::file::{dictionary, open};
use super::super::fixture::{text, write};
use super::super::{check, parse, run};
use super::suggest;
use crate::limits::Limits;
use crate::profile::profile;
use crate::progress::Silent;

/// Columns with other roles than `unknown`, as `name=role`.
type Roles<'a> = &'a [(&'a str, Role)];

fn suggested(table: &str, roles: Roles<'_>) -> (PipelineSpec, String) {
    let dir = tempfile::tempdir().unwrap();
    let path = write(dir.path(), table);
    let (_, metadata) = open(&path).unwrap();
    let mut dictionary: Dictionary = dictionary(&metadata);
    for (name, role) in roles {
        dictionary.columns.iter_mut().find(|c| c.name == *name).unwrap().role = *role;
    }
    if let Some(column) = dictionary.columns.iter_mut().find(|c| c.name == "stamp") {
        column.formats = vec!["%Y-%m-%d %H:%M:%S".to_owned()];
    }
    if let Some(column) = dictionary.columns.iter_mut().find(|c| c.name == "mixed") {
        column.confidence_bp = Some(9_600);
    }
    let limits = Limits::default();
    let profile = profile(&path, &dictionary, &limits, &Silent).unwrap();
    let spec = suggest(&profile, &dictionary);
    check(&spec, &dictionary).unwrap();
    let yaml = serde_saphyr::to_string(&spec).unwrap();
    assert_eq!(parse(&yaml).unwrap(), spec, "{yaml}");
    for note in &spec.notes {
        assert!(note.step as usize <= spec.steps.len());
        assert!(!note.text.ko.is_empty() && !note.text.en.is_empty());
    }
    let out = dir.path().join("out.parquet");
    run(&spec, &path, &out, &limits, &Silent).unwrap();
    (spec, text(&out))
}

fn names(spec: &PipelineSpec) -> Vec<&'static str> {
    spec.steps.iter().map(Step::name).collect()
}

/// `rows` records a second apart, each made of its number.
fn records(head: &str, rows: usize, row: impl Fn(usize) -> String) -> String {
    let lines = (0..rows).map(row).collect::<Vec<_>>().join("\n");
    format!("{head}\n{lines}")
}

fn second(n: usize) -> String {
    format!("2024-05-01T{:02}:{:02}:{:02}Z", n / 3_600, n / 60 % 60, n % 60)
}

#[test]
fn a_clean_table_is_left_alone() {
    let table = records("t:s | x:f", 50, |n| format!("{} | {n}.5", second(n)));
    let (spec, _) = suggested(&table, &[("t", Role::Time), ("x", Role::State)]);
    assert_eq!(spec, PipelineSpec::default());
    assert_eq!(suggested("a:i | b:f", &[]).0, PipelineSpec::default());
}

#[test]
fn damaged_years_go_and_seasons_stay() {
    let day = |n: usize| match n {
        7 => "1969-05-04".to_owned(),
        19 => "2068-05-04".to_owned(),
        0 => "2019-11-01".to_owned(),
        n => format!("2020-{:02}-{:02}", 5 + n / 28, 1 + n % 28),
    };
    let table = records("t:d | x:i", 100, |n| format!("{} | {n}", day(n)));
    let (spec, out) = suggested(&table, &[("t", Role::Time)]);
    // The damaged years also made the file run backward.
    assert_eq!(names(&spec), ["drop_rows_with_bad_time", "sort"]);
    assert_eq!(out.lines().count(), 1 + 98);
    assert!(out.contains("2019-11-01") && !out.contains("1969") && !out.contains("2068"));
}

#[test]
fn duplicates_go_and_a_single_column_gets_row_numbers() {
    let (spec, out) = suggested("a:i | b:i\n 1 | 1\n 1 | 1\n 1 | 2", &[]);
    assert_eq!(names(&spec), ["drop_duplicates"]);
    assert_eq!(out, "a | b\n1 | 1\n1 | 2");
    let (spec, out) = suggested("a:i\n 5\n 5\n 6", &[]);
    assert_eq!(names(&spec), ["number_rows"]);
    assert_eq!(out, "row_no | a\n1 | 5\n2 | 5\n3 | 6");
}

#[test]
fn sparse_columns_go_and_are_named_with_their_share() {
    let table = records("a:i | b:f | c:f{9999} | d:i | y:t", 10, |n| {
        let b = if n < 4 { String::new() } else { format!("{n}.0") };
        let c = if n < 5 { "9999".to_owned() } else { format!("{n}.0") };
        let d = if n < 3 { String::new() } else { n.to_string() };
        format!("{n} | {b} | {c} | {d} | -")
    });
    let (spec, out) = suggested(&table, &[]);
    assert_eq!(names(&spec), ["sentinel_to_null", "drop_columns"]);
    assert!(out.starts_with("a | d\n"), "{out}");
    let en = &spec.notes[1].text.en;
    assert!(en.contains("b (40.00 %), c (50.00 %), y (100.00 %)"), "{en}");
}

#[test]
fn the_only_label_stays_and_none_is_made_up() {
    let reason = |n: usize| if n == 3 { "burr" } else { "" };
    let table = records("a:i | why:t", 40, |n| format!("{n} | {}", reason(n)));
    let (spec, out) = suggested(&table, &[("why", Role::Label)]);
    assert_eq!(names(&spec), Vec::<&str>::new());
    assert_eq!(out.lines().filter(|line| line.ends_with("| -")).count(), 39);
    // With a verdict beside it the sparse reason may go; rows without a verdict go too.
    let verdict = |n: usize| if n == 20 { "" } else { "ok" };
    let table =
        records("a:i | why:t | y:t", 40, |n| format!("{n} | {} | {}", reason(n), verdict(n)));
    let (spec, out) = suggested(&table, &[("why", Role::Label), ("y", Role::Label)]);
    assert_eq!(names(&spec), ["drop_columns", "drop_missing_rows"]);
    assert_eq!(out.lines().count(), 1 + 39);
}

#[test]
fn short_gaps_of_signals_are_filled_and_long_ones_are_not() {
    let x = |n: usize| match n {
        10..=12 | 30..=59 => String::new(),
        n => format!("{n}.0"),
    };
    let table = records("t:s | m:t | x:f | q:f", 200, |n| {
        let q = if n == 5 { String::new() } else { "1.5".to_owned() };
        format!("{} | M1 | {} | {q}", second(n), x(n))
    });
    let roles = [("t", Role::Time), ("m", Role::Machine), ("x", Role::State), ("q", Role::Quality)];
    let (spec, out) = suggested(&table, &roles);
    assert_eq!(names(&spec), ["fill_missing"]);
    let rows: Vec<&str> = out.lines().skip(1).collect();
    assert!(rows[11].contains("| 11.0 |"), "{}", rows[11]);
    assert!(rows[40].contains("| - |"), "{}", rows[40]);
    assert!(rows[5].ends_with("| -"), "{}", rows[5]);
}

#[test]
fn items_are_no_samples_of_a_signal() {
    let x = |n: usize| if n == 7 { String::new() } else { format!("{n}.0") };
    let table = records("t:s | plate:t | x:f", 50, |n| format!("{} | P{n} | {}", second(n), x(n)));
    let roles = [("t", Role::Time), ("plate", Role::Lot), ("x", Role::State)];
    assert_eq!(names(&suggested(&table, &roles).0), Vec::<&str>::new());
}

#[test]
fn a_mostly_ordered_file_is_put_in_order() {
    let place = |n: usize| if n == 20 { 10 } else { n };
    let table = records("t:s | x:i", 60, |n| format!("{} | {n}", second(place(n))));
    let (spec, _) = suggested(&table, &[("t", Role::Time)]);
    assert_eq!(names(&spec), ["sort"]);
    let shuffled = records("t:s | x:i", 60, |n| format!("{} | {n}", second(n * 37 % 60)));
    assert_eq!(names(&suggested(&shuffled, &[("t", Role::Time)]).0), Vec::<&str>::new());
    // Two machines, one after the other, each in order.
    let apart =
        records("t:s | m:t | x:i", 60, |n| format!("{} | M{} | {n}", second(n % 30), n / 30));
    let roles = [("t", Role::Time), ("m", Role::Machine)];
    assert_eq!(names(&suggested(&apart, &roles).0), Vec::<&str>::new());
}

#[test]
fn columns_kept_as_text_by_a_few_values_get_their_type() {
    let table = records("stamp:t | mixed:t", 40, |n| {
        let mixed = if n == 9 { "측정불가".to_owned() } else { format!("{}.5", n % 9) };
        if n == 3 {
            format!("2024-02-30 08:00:00 | {mixed}")
        } else {
            format!("2024-05-01 08:00:{n:02} | {mixed}")
        }
    });
    let (spec, out) = suggested(&table, &[]);
    assert_eq!(names(&spec), ["cast", "drop_rows_with_bad_time", "sort"]);
    let rows: Vec<&str> = out.lines().collect();
    assert_eq!(rows.len(), 1 + 39);
    assert_eq!(rows[1], "2024-04-30T23:00:00Z | 0.5");
    assert_eq!(rows.iter().filter(|row| row.ends_with("| -")).count(), 1);
}

#[test]
fn constant_columns_are_pointed_out_and_stay() {
    let (spec, out) = suggested("a:i | b:t\n 1 | x\n 2 | x", &[]);
    assert_eq!(names(&spec), Vec::<&str>::new());
    assert!(spec.notes[0].step == 0 && spec.notes[0].text.en.ends_with("b"), "{:?}", spec.notes);
    assert_eq!(out, "a | b\n1 | x\n2 | x");
}

#[test]
fn readings_beyond_physics_become_empty_where_they_are_few() {
    let table = |hot: usize| {
        records("t:s | oil_temp:f | torque:f", 100, move |n| {
            let temp = if n % 100 < hot { 912.5 } else { 50.5 + (n % 7) as f64 };
            format!("{} | {temp:?} | {n}.5", second(n))
        })
    };
    let roles: Roles<'_> = &[("t", Role::Time), ("oil_temp", Role::State), ("torque", Role::State)];
    let (spec, out) = suggested(&table(2), roles);
    assert_eq!(names(&spec)[0], "derive");
    let Step::Derive(step) = &spec.steps[0] else { panic!("{spec:?}") };
    assert_eq!(
        step.columns.get("oil_temp").map(String::as_str),
        Some(r#"CASE WHEN "oil_temp" >= -30 AND "oil_temp" <= 200 THEN "oil_temp" END"#)
    );
    assert_eq!(step.columns.len(), 1);
    assert!(spec.notes[0].text.ko.contains("oil_temp (-30–200)"));
    assert!(!out.contains("912.5") && out.contains("56.5"));
    // A tenth of a column is no accident: its unit must be another one.
    assert_eq!(suggested(&table(10), roles).0, PipelineSpec::default());
}
