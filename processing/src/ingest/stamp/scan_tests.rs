//! Shapes seen in factory files, and texts that only look like dates.

use super::super::digits;
use super::super::shape::{Narrow, Order, Shape};
use super::scan;

fn instant(text: &str, order: Order) -> Option<i64> {
    let stamp = scan(text.as_bytes()).or_else(|| digits(text.as_bytes()))?;
    stamp.instant_us(order, 540)
}

/// 2023-01-03 07:07:53 in Korea.
const MORNING: i64 = 1_672_697_273_000_000;

#[test]
fn one_instant_in_many_shapes() {
    for text in [
        "2023-01-03 07:07:53",
        "2023/01/03 07:07:53",
        "2023.01.03 7:07:53",
        "2023. 1. 3. 07:07:53",
        "2023. 1. 3 오전 7:07:53",
        "2023년 1월 3일 07:07:53",
        "2023-01-03T07:07:53",
        "2023-01-03T07:07:53.000",
        "2023-01-02T22:07:53Z",
        "2023-01-02 22:07:53 UTC",
        "2023-01-03 07:07:53 KST",
        "2023-01-03T07:07:53+09:00",
        "2023-01-03T07:07:53+0900",
        "2023-01-03 06:07:53 +08",
        "2023-01-02T20:07:53-02:00",
        "2023-01-03 오전 07:07:53",
        "2023-01-03 오전 7:07:53",
        "2023-01-03 7:07:53 AM",
        "2023-01-03 7:07:53am",
        "2023-01-03-07.07.53.000000",
        "2023-01-03 07:07:53:000",
        "03JAN2023:07:07:53",
        "03Jan2023 07:07:53",
        "3-Jan-2023 07:07:53",
        "3 January 2023 07:07:53",
        "03-JAN-23 07.07.53",
        "Jan 3, 2023 7:07:53 AM",
        "January 3 2023 07:07:53",
        "20230103 070753",
        "20230103T070753Z",
        "20230103070753",
        "20230103070753000",
    ] {
        let expected =
            if text == "20230103T070753Z" { MORNING + 540 * 60_000_000 } else { MORNING };
        assert_eq!(instant(text, Order::Ymd), Some(expected), "{text}");
    }
}

#[test]
fn the_short_way_gives_what_the_long_way_gives() {
    // A blank more takes the long way and means the same.
    for (short, long) in [
        ("2023-01-03 07:07:53", "2023-01-03  07:07:53"),
        ("2023-01-03T07:07:53", "2023-01-03T 07:07:53"),
        ("2023-01-03 07:07:53.127", "2023-01-03  07:07:53.127"),
    ] {
        assert_eq!(scan(short.as_bytes()).unwrap(), scan(long.as_bytes()).unwrap());
    }
    for text in ["2023-01-03 24:00:00", "2023-13-03", "2023-01-03 07:07:5x"] {
        let stamp = scan(text.as_bytes());
        assert_eq!(stamp.is_some(), text != "2023-01-03 07:07:5x", "{text}");
    }
}

#[test]
fn the_order_of_open_numbers_comes_from_outside() {
    for (text, order, expected) in [
        ("01/03/2023 07:07:53", Order::Mdy, Some(MORNING)),
        ("03/01/2023 07:07:53", Order::Dmy, Some(MORNING)),
        ("3.1.2023 7:07:53", Order::Dmy, Some(MORNING)),
        ("1/3/23 7:07:53", Order::Mdy, Some(MORNING)),
        ("3/1/23 7:07:53", Order::Dmy, Some(MORNING)),
        ("23/1/3 7:07:53", Order::Ymd, None),
        ("23/01/03 7:07:53", Order::Ymd, Some(MORNING)),
        ("13/01/2023 07:07", Order::Mdy, None),
        ("01/02/2023", Order::Ymd, None),
        ("30/02/2023", Order::Dmy, None),
    ] {
        assert_eq!(instant(text, order), expected, "{text}");
    }
}

#[test]
fn meridiem_and_midnight() {
    for (text, hours) in [
        ("2020-10-16 오전 12:00:00", 0),
        ("2020-10-16 오후 12:00:00", 12),
        ("2020-10-16 오후 1:00:00", 13),
        ("2020-10-16 12:00 AM", 0),
        ("2020-10-16 11:00 pm", 23),
        ("2020-10-16 24:00", 24),
    ] {
        let stamp = scan(text.as_bytes()).unwrap();
        assert_eq!(stamp.time_us, hours * 3_600_000_000, "{text}");
    }
}

#[test]
fn fractions_are_microseconds() {
    for (text, us, truncated) in [
        ("2023-01-03 00:00:00.5", 500_000, false),
        ("2023-01-03 00:00:00.123456", 123_456, false),
        ("2023-01-03 00:00:00,123", 123_000, false),
        ("2023-01-03 00:00:00.123456789", 123_456, true),
        ("2023-01-03 00:00:00.123456000", 123_456, false),
    ] {
        let stamp = scan(text.as_bytes()).unwrap();
        assert_eq!((stamp.time_us, stamp.truncated), (us, truncated), "{text}");
    }
}

#[test]
fn what_is_no_date_is_not_read_as_one() {
    for text in [
        "",
        "12345",
        "192.168.0.1",
        "1.2.3.4",
        "5.4.20",
        "12-34",
        "2023-1",
        "2023-01-03 25:00",
        "2023-01-03 12:60",
        "2023-01-03 12:00:00 XYZ",
        "2023-01-03 12:00:00+25:00",
        "2023-01-03x",
        "2023-01/03",
        "오전 12:00:00",
        "12:00:00",
        "650톤-우진2호기",
        "P-2023-01-03",
        "01 02 2023",
        "Ch_000001596334.json",
        "May be later",
        "20231303070753",
        "99991231",
        "20230103 13:00 PM PM",
    ] {
        let stamp = scan(text.as_bytes()).or_else(|| digits(text.as_bytes()));
        assert!(stamp.is_none_or(|stamp| stamp.days(Order::Ymd).is_none()), "{text}: {stamp:?}");
    }
}

#[test]
fn every_spelling_offered_is_understood_again() {
    for text in [
        "2023-01-03",
        "2023-01-03 07:07",
        "2023-01-03T07:07:53.123+09:00",
        "2023-01-03 07:07:53 +09:00",
        "2023-01-03 07:07:53 UTC",
        "2023. 1. 3. 오후 7:07",
        "2023년 1월 3일",
        "03JAN2023:07:07:53",
        "3-Jan-23",
        "Jan 3, 2023",
        "01/03/2023 7:07 PM",
        "5/4/20 0:00",
        "20230103",
        "20230103070753",
        "20230103070753000",
        "20230103 070753",
        "2023-01-03-07.07.53.000000",
    ] {
        let stamp = scan(text.as_bytes()).or_else(|| digits(text.as_bytes())).unwrap();
        for order in Order::ALL {
            if stamp.days(order).is_none() {
                continue;
            }
            for narrow in [Narrow::default(), Narrow { month: true, day: true, hour: true }] {
                let format = stamp.shape.format(order, narrow);
                let (shape, found) =
                    Shape::from_format(&format).unwrap_or_else(|| panic!("{format}"));
                assert_eq!(shape, stamp.shape, "{text} {format}");
                if stamp.shape.is_open() {
                    assert_eq!(found, order, "{format}");
                }
            }
        }
    }
    assert_eq!(Shape::from_format("%Q"), None);
    assert_eq!(Shape::from_format("no date"), None);
}
