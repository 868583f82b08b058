//! Text to instants, where clocks change.

use proptest::prelude::*;

use super::fixture::{check, clean, fault};
use crate::error::Fault;

#[test]
fn iso_text_is_read_in_the_zone_of_the_file_or_its_own() {
    let done = check(
        "steps: [{parse_time: {columns: [t]}}]",
        "t:t
         2024-03-01 08:30:00
         2024-03-01T08:30:00.25+01:00
         2024-03-01T08:30
         2024-03-01
         1969-12-31 23:59:59.999999
         -",
        "t
         2024-02-29T23:30:00Z
         2024-03-01T07:30:00.250Z
         2024-02-29T23:30:00Z
         2024-02-29T15:00:00Z
         1969-12-31T14:59:59.999999Z
         -",
    );
    assert_eq!(done.changed(), 0);
    assert_eq!(done.dictionary.columns[0].value_type, schema::data::column::ValueType::Timestamp);
    assert_eq!(done.dictionary.columns[0].role, schema::data::column::Role::Time);
}

#[test]
fn clocks_put_back_and_forward_are_told() {
    // Berlin: no 02:30 on 31 March 2024, two on 27 October 2024. Seoul: no 02:30 on 8 May 1988.
    let table = |text: &str| format!("t:t\n {text}");
    let spec = |more: &str| format!("steps: [{{parse_time: {{columns: [t], {more}}}}}]");
    for (text, more, want) in [
        ("2024-03-31 01:59:59", "zone: Europe/Berlin", "2024-03-31T00:59:59Z"),
        ("2024-03-31 03:00:00", "zone: Europe/Berlin", "2024-03-31T01:00:00Z"),
        ("2024-03-31 02:30:00", "zone: Europe/Berlin, skipped: forward", "2024-03-31T01:30:00Z"),
        ("2024-03-31 02:30:00", "zone: Europe/Berlin, skipped: to_null", "-"),
        ("2024-03-31T02:30:00+01:00", "zone: Europe/Berlin", "2024-03-31T01:30:00Z"),
        ("2024-10-27 01:59:59", "zone: Europe/Berlin", "2024-10-26T23:59:59Z"),
        ("2024-10-27 02:30:00", "zone: Europe/Berlin, ambiguous: earliest", "2024-10-27T00:30:00Z"),
        ("2024-10-27 02:30:00", "zone: Europe/Berlin, ambiguous: latest", "2024-10-27T01:30:00Z"),
        ("2024-10-27 02:30:00", "zone: Europe/Berlin, ambiguous: to_null", "-"),
        ("2024-10-27 03:00:00", "zone: Europe/Berlin", "2024-10-27T02:00:00Z"),
        ("1988-05-08 02:30:00", "zone: Asia/Seoul, skipped: forward", "1988-05-07T17:30:00Z"),
        ("1988-07-01 12:00:00", "zone: Asia/Seoul", "1988-07-01T02:00:00Z"),
        ("1988-07-01 12:00:00", "zone: '+09:00'", "1988-07-01T03:00:00Z"),
        ("1960-06-01 12:00:00", "zone: Asia/Seoul", "1960-06-01T02:30:00Z"),
        ("2024-01-01 00:00:00", "zone: '-0330'", "2024-01-01T03:30:00Z"),
    ] {
        check(&spec(more), &table(text), &format!("t\n{want}"));
    }
    for (text, more, code) in [
        ("2024-03-31 02:30:00", "zone: Europe/Berlin", "time-skipped"),
        ("2024-10-27 02:30:00", "zone: Europe/Berlin", "time-ambiguous"),
        ("1988-10-09 02:30:00", "zone: Asia/Seoul", "time-ambiguous"),
        ("yesterday", "zone: Asia/Seoul", "time-unread"),
        ("2024-02-30", "zone: Asia/Seoul", "time-unread"),
        ("2024-02-01", "zone: Asia/Soul", "zone-unknown"),
        ("2024-02-01", "zone: '+9'", "zone-unknown"),
        ("2024-02-01", "formats: ['%Q']", "format-unknown"),
    ] {
        assert_eq!(fault(&spec(more), &table(text)), code, "{text} {more}");
    }
    let Err(Fault::Input(fault)) = clean(&spec("zone: Asia/Soul"), &table("2024-02-01")) else {
        panic!()
    };
    assert!(fault.text.en.contains("Asia/Seoul"), "{}", fault.text.en);
}

#[test]
fn shapes_are_tried_in_order_and_misfits_named_or_null() {
    let table = "t:t\n 01/02/2018 00:15\n 2018-02-02\n x\n -";
    let done = check(
        "steps: [{parse_time: {columns: [t], formats: ['%d/%m/%Y %H:%M', '%Y-%m-%d'], on_error: to_null}}]",
        table,
        "t\n2018-01-31T15:15:00Z\n2018-02-01T15:00:00Z\n-\n-",
    );
    assert_eq!(done.changed(), 1);
    let spec = "steps: [{parse_time: {columns: [t], formats: ['%d/%m/%Y %H:%M', '%Y-%m-%d']}}]";
    let Err(Fault::Input(fault)) = clean(spec, table) else { panic!() };
    assert_eq!(
        (fault.code.as_str(), fault.row, fault.column.as_deref()),
        ("time-unread", Some(3), Some("t"))
    );
}

#[test]
fn day_and_clock_are_joined() {
    check(
        "steps: [{parse_time: {combine: {date: d, clock: c, into: ts}, zone: Asia/Seoul}}]",
        "d:d | c:t\n 2024-03-01 | 08:30:00\n 2024-03-01 | 083000\n - | 08:30:00\n 2024-03-01 | -",
        "d | c | ts
         2024-03-01 | 08:30:00 | 2024-02-29T23:30:00Z
         2024-03-01 | 083000 | 2024-02-29T23:30:00Z
         - | 08:30:00 | -
         2024-03-01 | - | -",
    );
    check(
        "steps: [{parse_time: {combine: {date: d, clock: c, into: ts}}}]",
        "d:i | c:i\n 20240301 | 73000\n 20240301 | 5",
        "d | c | ts\n20240301 | 73000 | 2024-02-29T22:30:00Z\n20240301 | 5 | 2024-02-29T15:00:05Z",
    );
    check(
        "steps: [{parse_time: {combine: {date: d, clock: c, into: ts}, formats: ['%d.%m.%Y %H:%M']}}]",
        "d:t | c:t\n 01.03.2024 | 08:30",
        "d | c | ts\n01.03.2024 | 08:30 | 2024-02-29T23:30:00Z",
    );
    for (spec, code) in [
        ("{}", "columns-none"),
        ("{columns: [d], combine: {date: d, clock: c, into: ts}}", "spec-invalid"),
        ("{combine: {date: d, clock: c, into: d}}", "column-repeated"),
        ("{combine: {date: d, clock: z, into: ts}}", "column-unknown"),
        ("{columns: [n]}", "column-type"),
    ] {
        let table = "d:t | c:t | n:i\n 2024-01-01 | 00:00:00 | 1";
        assert_eq!(fault(&format!("steps: [{{parse_time: {spec}}}]"), table), code, "{spec}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn instants_come_back_from_what_a_clock_shows(
        seconds in prop::collection::vec(-2_000_000_000_i64..4_000_000_000, 1..8),
        name in prop::sample::select(vec!["Asia/Seoul", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]),
        latest: bool,
    ) {
        let zone = jiff::tz::TimeZoneDatabase::bundled().get(name).unwrap();
        let mut table = String::from("t:t");
        let mut wanted = String::from("t");
        for second in seconds {
            let time = jiff::Timestamp::from_second(second).unwrap();
            let clock = zone.to_datetime(time);
            table.push_str(&format!("\n{}", clock.strftime("%Y-%m-%d %H:%M:%S")));
            // Where the clock showed it twice, either may have been meant.
            let shown = zone.to_ambiguous_timestamp(clock);
            let back = if latest { shown.later() } else { shown.earlier() };
            wanted.push_str(&format!("\n{}", back.unwrap()));
        }
        let ambiguous = if latest { "latest" } else { "earliest" };
        let spec = format!("steps: [{{parse_time: {{columns: [t], zone: {name}, ambiguous: {ambiguous}}}}}]");
        prop_assert_eq!(clean(&spec, &table).unwrap().text, wanted);
    }
}
