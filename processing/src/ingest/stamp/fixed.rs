//! Dates and times at fixed places of a cell: the most frequent shape, and digits alone.

use super::scan::Stamp;
use super::shape::{DateForm, Joint, Meridiem, Narrow, Order, Shape, TimeForm, Zone};

/// The most frequent shape, `2023-01-03 07:07:53.123`, at fixed places. It gives the stamp that the
/// cursor would give, sooner.
pub(super) fn iso(cell: &[u8]) -> Option<Stamp> {
    let two = |at: usize| {
        let (tens, ones) = (cell[at].wrapping_sub(b'0'), cell[at + 1].wrapping_sub(b'0'));
        (tens <= 9 && ones <= 9).then(|| u32::from(tens) * 10 + u32::from(ones))
    };
    if !matches!(cell.len(), 10 | 19 | 23) || cell[4] != b'-' || cell[7] != b'-' {
        return None;
    }
    let parts = [two(0)? * 100 + two(2)?, two(5)?, two(8)?];
    let mut stamp = Stamp {
        shape: Shape {
            date: DateForm::YearFirst(b'-'),
            joint: Joint::None,
            time: TimeForm::None,
            meridiem: Meridiem::None,
            zone: Zone::None,
        },
        narrow: Narrow::default(),
        parts,
        time_us: 0,
        offset_min: None,
        truncated: false,
    };
    if cell.len() == 10 {
        return Some(stamp);
    }
    if !matches!(cell[10], b' ' | b'T') || cell[13] != b':' || cell[16] != b':' {
        return None;
    }
    let (hour, minute, second) = (two(11)?, two(14)?, two(17)?);
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    stamp.shape.joint = Joint::Mark(cell[10]);
    stamp.shape.time = TimeForm::Seconds(b':');
    let mut millis = 0;
    if cell.len() == 23 {
        let last = cell[22].wrapping_sub(b'0');
        if cell[19] != b'.' || last > 9 {
            return None;
        }
        millis = two(20)? * 10 + u32::from(last);
        stamp.shape.time = TimeForm::Fraction(b':', b'.');
    }
    let seconds = i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second);
    stamp.time_us = seconds * 1_000_000 + i64::from(millis) * 1000;
    Some(stamp)
}

/// Reads a cell of digits only as `YYYYMMDD`, `YYYYMMDDhhmm`, `YYYYMMDDhhmmss` or, with
/// milliseconds, 17 digits. Years beyond 1970 to 2099 are not believed.
pub(in crate::ingest) fn digits(cell: &[u8]) -> Option<Stamp> {
    if !matches!(cell.len(), 8 | 12 | 14 | 17) || !cell.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let number = |range: std::ops::Range<usize>| {
        cell[range].iter().fold(0_u32, |value, byte| value * 10 + u32::from(byte - b'0'))
    };
    let parts = [number(0..4), number(4..6), number(6..8)];
    let mut shape = Shape {
        date: DateForm::Compact,
        joint: Joint::None,
        time: TimeForm::None,
        meridiem: Meridiem::None,
        zone: Zone::None,
    };
    let mut time_us = 0;
    if cell.len() > 8 {
        shape.joint = Joint::Glued;
        let second = if cell.len() >= 14 { number(12..14) } else { 0 };
        let millis = if cell.len() == 17 { number(14..17) } else { 0 };
        let (hour, minute) = (number(8..10), number(10..12));
        if hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let seconds = i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second);
        time_us = seconds * 1_000_000 + i64::from(millis) * 1000;
        shape.time = match cell.len() {
            12 => TimeForm::Minutes(0),
            14 => TimeForm::Seconds(0),
            _ => TimeForm::Fraction(0, 0),
        };
    }
    let stamp = Stamp {
        shape,
        narrow: Narrow::default(),
        parts,
        time_us,
        offset_min: None,
        truncated: false,
    };
    (1970..2100).contains(&parts[0]).then_some(())?;
    stamp.days(Order::Ymd).map(|_| stamp)
}

/// Whether a cell is a time of day without a date: `7:04`, `07:04:30`, `07:04:30.5`.
pub(in crate::ingest) fn is_clock(cell: &[u8]) -> bool {
    let Some(colon) = cell.iter().position(|byte| *byte == b':') else { return false };
    let (hour, rest) = (&cell[..colon], &cell[colon + 1..]);
    let digits = |text: &[u8]| !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    let (minute, seconds) = match rest.iter().position(|byte| *byte == b':') {
        Some(colon) => (&rest[..colon], Some(&rest[colon + 1..])),
        None => (rest, None),
    };
    let fine = seconds.is_none_or(|seconds| {
        let whole = seconds.get(..2).unwrap_or_default();
        let fraction = seconds.get(2..).unwrap_or_default();
        whole.len() == 2
            && digits(whole)
            && (fraction.is_empty() || fraction[0] == b'.' && digits(&fraction[1..]))
    });
    digits(hour) && hour.len() <= 2 && minute.len() == 2 && digits(minute) && fine
}
