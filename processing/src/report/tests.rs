//! Pages of hostile, personal, empty and wide tables; the sketch against a slow count.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, StringArray, TimestampMicrosecondArray};
use proptest::prelude::*;
use schema::data::column::{Dictionary, Role, ValueType};
use schema::data::lineage::{Fitted, FittedValue, Lineage, Output, StepRecord};
use schema::data::profile::{Profile, Scalar};
use schema::data::quality::{Check, Report, Rule, RuleSet, Severity};
use schema::lang::Lang;

use super::sketch::{Axis, BLOCKS, BUCKETS, SampleCell, Sketch, sketch};
use super::{Page, html};
use crate::privacy;
use crate::profile::testing::{Layout, dictionary, file, limits};
use crate::progress::Silent;
use crate::quality::assess;

struct Made {
    dictionary: Dictionary,
    profile: Profile,
    report: Report,
    privacy: schema::data::privacy::PrivacyReport,
    sketch: Sketch,
}

fn rule(id: &str, check: Check) -> Rule {
    Rule {
        id: id.to_owned(),
        check,
        severity: Severity::Error,
        tolerance_bp: 0,
        dimension: None,
        reason: None,
    }
}

fn made(
    columns: &[(&str, ArrayRef)],
    roles: &[(&str, ValueType, Role)],
    rules: Vec<Rule>,
    layout: Layout,
    threads: usize,
) -> Made {
    let file = file(columns, layout);
    let dictionary = dictionary(roles);
    let limits = limits(threads);
    let rules = RuleSet { rules, ..RuleSet::default() };
    let assessed = assess(file.path(), &dictionary, &rules, &limits, &Silent).unwrap();
    let privacy =
        privacy::scan(file.path(), &dictionary, "a.csv", (2024, 5, 1), &limits, &Silent).unwrap();
    let report = Some(&assessed.report);
    let sketch =
        sketch(file.path(), &dictionary, &assessed.profile, report, &privacy, &limits, &Silent);
    let sketch = sketch.unwrap();
    Made { dictionary, profile: assessed.profile, report: assessed.report, privacy, sketch }
}

fn page<'a>(made: &'a Made, name: &'a str) -> Page<'a> {
    Page {
        name,
        lang: Lang::Ko,
        dictionary: &made.dictionary,
        profile: &made.profile,
        privacy: &made.privacy,
        report: Some(&made.report),
        suggested: false,
        sketch: Some(&made.sketch),
        before: None,
        lineage: None,
        file_sha256: None,
        logical_sha256: None,
        certificate: None,
    }
}

/// Every tag is closed where it should be, and only known tags and attributes stand on the page.
#[track_caller]
fn well_formed(text: &str) {
    const VOID: [&str; 4] = ["meta", "input", "br", "!DOCTYPE"];
    let body = text.split_once("</style>").unwrap().1;
    // Both were opened before the style.
    let mut open: Vec<&str> = vec!["html", "head"];
    let mut rest = body;
    while let Some((_, tag)) = rest.split_once('<') {
        let (tag, behind) = tag.split_once('>').unwrap();
        rest = behind;
        let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap();
        assert!(!["script", "img", "iframe", "object", "link"].contains(&name), "{tag}");
        assert!(
            !tag.contains(" on") && !tag.contains("javascript:") && !tag.contains("style="),
            "{tag}"
        );
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name), "near {}", &behind[..behind.len().min(80)]);
        } else if !tag.ends_with('/') && !VOID.contains(&name) {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn hostile_names_and_values_are_only_text() {
    let evil = "\"><script>alert(1)</script><img src=x onerror=alert(1)>'&\u{202e}";
    let columns: Vec<(&str, ArrayRef)> = vec![
        (evil, Arc::new(StringArray::from(vec![evil, "</td></table>", "ok"]))),
        ("javascript:alert(1)", Arc::new(Float64Array::from(vec![1.0, f64::NAN, 1e300]))),
    ];
    let rules = vec![
        rule(
            evil,
            Check::Set { column: evil.to_owned(), values: vec![Scalar::Text(evil.to_owned())] },
        ),
        rule("r", Check::Regex { column: evil.to_owned(), pattern: "<b>|^\"$".to_owned() }),
        rule("n", Check::NotNull { column: "javascript:alert(1)".to_owned() }),
    ];
    let made = made(&columns, &[], rules, Layout::PLAIN, 1);
    let lineage = Lineage {
        engine: evil.to_owned(),
        input_sha256: evil.to_owned(),
        with: Vec::new(),
        spec_sha256: evil.to_owned(),
        steps: vec![StepRecord {
            number: 1,
            step: evil.to_owned(),
            rows_in: 3,
            rows_out: 2,
            columns_in: 3,
            columns_out: 2,
            cells_changed: 1,
            fitted: vec![Fitted {
                column: evil.to_owned(),
                group: vec![evil.to_owned()],
                name: evil.to_owned(),
                value: FittedValue::Text(evil.to_owned()),
            }],
            fitted_left_out: 0,
            dropped_columns: vec![evil.to_owned()],
        }],
        output: Output {
            sha256: evil.to_owned(),
            size_bytes: 1,
            logical_sha256: evil.to_owned(),
            rows: 2,
            columns: 2,
        },
    };
    let page = Page {
        lineage: Some(&lineage),
        before: Some(&made.profile),
        file_sha256: Some(evil),
        ..page(&made, evil)
    };
    let text = html(&page);
    well_formed(&text);
    assert!(!text.contains("<script") && !text.contains("<img") && !text.contains('\u{202e}'));
    assert!(text.contains("&lt;script&gt;alert(1)"));
    assert!(text.contains("default-src &#39;none&#39;"));
}

#[test]
fn personal_values_are_nowhere_on_the_page() {
    let people = ["900101-1234568", "850505-2345678", "010-1234-5678", "kim@example.kr"];
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("memo", Arc::new(StringArray::from(people.to_vec()))),
        ("작업자", Arc::new(StringArray::from(vec!["홍길동", "홍길동", "김철수", "이영희"]))),
        ("010-9876-5432", Arc::new(Int64Array::from(vec![1, 2, 3, 4]))),
        ("temp", Arc::new(Float64Array::from(vec![1.0, 2.0, 99.0, 4.0]))),
    ];
    let rules = vec![
        rule("a", Check::Set { column: "memo".to_owned(), values: Vec::new() }),
        rule("b", Check::Set { column: "작업자".to_owned(), values: Vec::new() }),
        rule(
            "c",
            Check::Range {
                column: "010-9876-5432".to_owned(),
                min: Some(Scalar::Integer(3)),
                max: None,
            },
        ),
        rule(
            "d",
            Check::Range { column: "temp".to_owned(), min: None, max: Some(Scalar::Integer(9)) },
        ),
    ];
    let made = made(&columns, &[], rules, Layout::PLAIN, 1);
    let cells = || made.sketch.samples.iter().flat_map(|s| &s.rows).flat_map(|row| &row.cells);
    assert!(cells().any(|cell| *cell == SampleCell::Masked));
    assert!(cells().any(|cell| *cell == SampleCell::Value(Scalar::Number(99.0))));
    let text = html(&page(&made, "a.csv"));
    well_formed(&text);
    let stored = serde_json::to_string(&made.sketch).unwrap();
    for value in people.iter().chain(&["홍길동", "김철수", "010-9876-5432"]) {
        assert!(!text.contains(value), "{value}");
        assert!(!stored.contains(value), "{value}");
    }
    assert!(text.contains("개인정보가 발견되어") && text.contains("●●●"));
    assert!(text.contains("작업자") && text.contains("열 3 · column 3"));
}

fn signal(rows: i64) -> Vec<(&'static str, ArrayRef)> {
    let second = 1_000_000;
    // A pause of 1,000 s behind the 300th row, on two machines in turn.
    let time = |row: i64| (row + if row > 300 { 1_000 } else { 0 }) * second;
    let values = (0..rows).map(|row| match row {
        150 => Some(900.0),
        200..=260 => None,
        row => Some((row % 7) as f64 - 3.0),
    });
    let machines = (0..rows).map(|row| if row % 2 == 0 { "M1" } else { "M2" });
    vec![
        (
            "t",
            Arc::new(
                TimestampMicrosecondArray::from_iter_values((0..rows).map(time))
                    .with_timezone("UTC"),
            ),
        ),
        ("machine", Arc::new(StringArray::from_iter_values(machines))),
        ("온도", Arc::new(Float64Array::from_iter(values))),
    ]
}

const SIGNAL: [(&str, ValueType, Role); 3] = [
    ("t", ValueType::Timestamp, Role::Time),
    ("machine", ValueType::Text, Role::Machine),
    ("온도", ValueType::Number, Role::State),
];

fn signal_rules() -> Vec<Rule> {
    let range =
        Check::Range { column: "온도".to_owned(), min: None, max: Some(Scalar::Number(100.0)) };
    let gap = Check::MaxGap { column: "t".to_owned(), group: None, micros: 5_000_000 };
    vec![rule("range", range), rule("gap", gap)]
}

#[test]
fn a_series_shows_its_gap_its_silence_and_what_breaks_a_rule() {
    let made = made(&signal(600), &SIGNAL, signal_rules(), Layout::PLAIN, 2);
    let Axis::Time { column: 0, from_us: 0, to_us, step_us: Some(1_000_000), outside: 0 } =
        made.sketch.axis
    else {
        panic!("{:?}", made.sketch.axis)
    };
    assert_eq!(to_us, 1_599_000_000);
    assert_eq!(made.sketch.plots.len(), 2);
    assert_eq!(made.sketch.plots[0].group.as_deref(), Some("M1"));
    let sample = &made.sketch.samples[0];
    assert_eq!((sample.rule, sample.rows[0].row), (0, 151));
    assert!(sample.rows[0].cells.contains(&SampleCell::Value(Scalar::Number(900.0))));
    let text = html(&page(&made, "a.parquet"));
    well_formed(&text);
    for part in
        ["class=\"gap\"", "class=\"silent\"", "class=\"broken\"", "‘온도’은(는) 100 이하여야"]
    {
        assert!(text.contains(part), "{part}");
    }
    assert!(text.contains("1970-01-01 09:00:00"), "the axis is in the time of the place");
}

#[test]
fn a_page_does_not_depend_on_threads_or_layout() {
    let of = |layout, threads| {
        let made = made(&signal(900), &SIGNAL, signal_rules(), layout, threads);
        html(&page(&made, "a.parquet"))
    };
    let first = of(Layout::PLAIN, 1);
    for (group_rows, threads) in [(7, 1), (64, 3), (900, 2)] {
        assert_eq!(of(Layout { group_rows, dictionary: false, statistics: false }, threads), first);
    }
}

#[test]
fn tables_without_rows_or_values_have_a_page() {
    let none: Vec<Option<f64>> = vec![None; 3];
    for columns in [
        vec![("a", Arc::new(Int64Array::from(Vec::<i64>::new())) as ArrayRef)],
        vec![("a", Arc::new(Float64Array::from(none)) as ArrayRef)],
        vec![("a", Arc::new(Float64Array::from(vec![f64::INFINITY])) as ArrayRef)],
        vec![("a", Arc::new(Float64Array::from(vec![f64::MIN, f64::MAX])) as ArrayRef)],
        vec![(
            "a",
            Arc::new(TimestampMicrosecondArray::from(vec![i64::MIN, i64::MAX])) as ArrayRef,
        )],
    ] {
        let made = made(&columns, &[], Vec::new(), Layout::PLAIN, 1);
        let text = html(&page(&made, "a"));
        well_formed(&text);
        assert!(!text.contains(">NaN") && !text.contains(">inf"), "{text}");
    }
}

#[test]
fn a_wide_table_has_a_page_of_bounded_size() {
    let names: Vec<String> =
        (0..700).map(|at| format!("센서 {at} {}", "긴이름".repeat(60))).collect();
    let values = |at: i64| {
        let cell =
            move |row: i64| ((row + at) % 3 > 0).then_some((row * 37 % 101 - at) as f64 / 7.0);
        Arc::new(Float64Array::from_iter((0..400).map(cell))) as ArrayRef
    };
    let columns: Vec<(&str, ArrayRef)> =
        names.iter().zip(0..).map(|(name, at)| (name.as_str(), values(at))).collect();
    let rules = names.iter().flat_map(|name| {
        let null = Check::NotNull { column: name.clone() };
        let range =
            Check::Range { column: name.clone(), min: None, max: Some(Scalar::Integer(-50)) };
        [rule(&format!("n {name}"), null), rule(&format!("r {name}"), range)]
    });
    let made = made(&columns, &[], rules.collect(), Layout::PLAIN, 2);
    let text = html(&page(&made, "wide.parquet"));
    well_formed(&text);
    assert!(text.len() < 2_000_000, "{} bytes", text.len());
    assert!(text.contains("100 more columns are in the JSON profile."));
}

#[test]
fn either_language_comes_first() {
    let made = made(&signal(10), &SIGNAL, Vec::new(), Layout::PLAIN, 1);
    for (lang, id, tag) in [(Lang::Ko, "to-ko", "ko"), (Lang::En, "to-en", "en")] {
        let text = html(&Page { lang, ..page(&made, "a") });
        assert!(text.contains(&format!("<html lang=\"{tag}\">")));
        assert!(text.contains(&format!("id=\"{id}\" checked>")));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Missing cells by block and extremes by bucket, counted the slow way.
    #[test]
    fn a_sketch_is_what_a_slow_count_finds(
        values in prop::collection::vec(
            prop_oneof![
                4 => (-5_i32..5).prop_map(|v| Some(f64::from(v))),
                1 => Just(None),
                1 => Just(Some(f64::NAN)),
                1 => Just(Some(f64::INFINITY)),
                1 => Just(Some(-0.0)),
            ],
            1..700,
        ),
        group_rows in 1_usize..300,
        threads in 1_usize..4,
    ) {
        let columns: Vec<(&str, ArrayRef)> =
            vec![("a", Arc::new(Float64Array::from(values.clone())))];
        let layout = Layout { group_rows, ..Layout::PLAIN };
        let made = made(&columns, &[], Vec::new(), layout, threads);
        let rows = values.len();
        let block_rows = rows.div_ceil(BLOCKS);
        let is_missing = |value: &Option<f64>| value.is_none_or(f64::is_nan);
        let blocks: Vec<u64> = (0..BLOCKS)
            .map(|block| {
                let part = values.iter().skip(block * block_rows).take(block_rows);
                part.filter(|value| is_missing(value)).count() as u64
            })
            .collect();
        match made.sketch.missing.first() {
            None => prop_assert!(blocks.iter().all(|count| *count == 0)),
            Some(missing) => prop_assert_eq!(&missing.blocks, &blocks),
        }
        let Some(plot) = made.sketch.plots.first() else { return Ok(()) };
        for bucket in 0..BUCKETS {
            let inside: Vec<f64> = (0..rows)
                .filter(|row| row * BUCKETS / rows == bucket)
                .filter_map(|row| values[row])
                .filter(|value| value.is_finite())
                .collect();
            let low = inside.iter().copied().reduce(f64::min);
            let high = inside.iter().copied().reduce(f64::max);
            prop_assert_eq!(plot.ends[bucket], low.zip(high).map(|(low, high)| [low, high]));
        }
    }
}
