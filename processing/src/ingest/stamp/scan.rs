//! Reading one cell as a date or time.

use super::calendar::{self, DAY_US};
use super::fixed::iso;
use super::shape::{DateForm, Joint, Meridiem, Narrow, Order, Shape, TimeForm, Zone};

/// One cell read as a date or time; the meaning of its first numbers may be open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ingest) struct Stamp {
    pub(in crate::ingest) shape: Shape,
    pub(in crate::ingest) narrow: Narrow,
    /// The numbers of the date in the order written (month names as numbers).
    pub(in crate::ingest) parts: [u32; 3],
    /// Microseconds since midnight; 24:00 is a whole day.
    pub(in crate::ingest) time_us: i64,
    /// Minutes ahead of UTC, if the cell says so.
    pub(in crate::ingest) offset_min: Option<i32>,
    /// Digits beyond microseconds were dropped.
    pub(in crate::ingest) truncated: bool,
}

impl Stamp {
    /// Days since 1970-01-01 under an order of the parts; `None` if there is no such day.
    pub(in crate::ingest) fn days(&self, order: Order) -> Option<i32> {
        let [a, b, c] = self.parts;
        let (year, month, day) = match (self.shape.date, order) {
            (DateForm::YearLast(_), Order::Ymd) => return None,
            (DateForm::YearLast(_) | DateForm::Short(_), Order::Mdy) => (c, a, b),
            (DateForm::YearLast(_) | DateForm::Short(_), Order::Dmy) => (c, b, a),
            (DateForm::DayName(_) | DateForm::DayNameShort(_), _) => (c, b, a),
            (DateForm::NameDay, _) => (c, a, b),
            _ => (a, b, c),
        };
        let year = if self.shape.is_short() {
            calendar::century(year)
        } else {
            i32::try_from(year).ok()?
        };
        calendar::days(year, month, day)
    }

    /// Microseconds since 1970-01-01 in UTC.
    pub(in crate::ingest) fn instant_us(&self, order: Order, offset_min: i32) -> Option<i64> {
        let days = i64::from(self.days(order)?);
        let offset = i64::from(self.offset_min.unwrap_or(offset_min));
        Some(days * DAY_US + self.time_us - offset * 60_000_000)
    }

    /// `0000-00-00`, which MySQL writes for "no date".
    pub(in crate::ingest) fn is_zero(&self) -> bool {
        self.parts == [0; 3]
    }
}

/// A cursor over a cell.
struct Cursor<'a> {
    rest: &'a [u8],
}

impl Cursor<'_> {
    fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        if found {
            self.rest = &self.rest[1..];
        }
        found
    }

    fn take_text(&mut self, text: &[u8]) -> bool {
        let found =
            self.rest.len() >= text.len() && self.rest[..text.len()].eq_ignore_ascii_case(text);
        if found {
            self.rest = &self.rest[text.len()..];
        }
        found
    }

    fn blanks(&mut self) -> bool {
        let before = self.rest.len();
        while self.take(b' ') {}
        before != self.rest.len()
    }

    /// A run of up to nine digits: its value and width.
    fn number(&mut self) -> (u32, usize) {
        let mut value = 0;
        let mut width = 0;
        while let Some(byte) = self.peek()
            && byte.is_ascii_digit()
            && width < 9
        {
            value = value * 10 + u32::from(byte - b'0');
            width += 1;
            self.rest = &self.rest[1..];
        }
        (value, width)
    }

    /// One or two digits; whether it was one.
    fn small(&mut self) -> Option<(u32, bool)> {
        match self.number() {
            (value, 1) => Some((value, true)),
            (value, 2) => Some((value, false)),
            _ => None,
        }
    }

    fn month_name(&mut self) -> Option<u32> {
        const NAMES: [&str; 12] = [
            "january",
            "february",
            "march",
            "april",
            "may",
            "june",
            "july",
            "august",
            "september",
            "october",
            "november",
            "december",
        ];
        let name = NAMES.iter().position(|name| {
            self.rest.get(..3).is_some_and(|head| head.eq_ignore_ascii_case(&name.as_bytes()[..3]))
        })?;
        if !self.take_text(NAMES[name].as_bytes()) {
            self.rest = &self.rest[3..];
            self.take(b'.');
        }
        u32::try_from(name + 1).ok()
    }
}

/// The date part of a cell.
struct Date {
    form: DateForm,
    parts: [u32; 3],
    narrow: Narrow,
}

const LONGEST: usize = 48;

/// Reads a trimmed cell as a date, or a date and a time. Cells of digits only are left to
/// [`digits`](super::digits), because they are numbers first.
pub(in crate::ingest) fn scan(cell: &[u8]) -> Option<Stamp> {
    if !(6..=LONGEST).contains(&cell.len()) {
        return None;
    }
    if let Some(stamp) = iso(cell) {
        return Some(stamp);
    }
    let mut cursor = Cursor { rest: cell };
    let date = date(&mut cursor)?;
    let mut stamp = Stamp {
        shape: Shape {
            date: date.form,
            joint: Joint::None,
            time: TimeForm::None,
            meridiem: Meridiem::None,
            zone: Zone::None,
        },
        narrow: date.narrow,
        parts: date.parts,
        time_us: 0,
        offset_min: None,
        truncated: false,
    };
    if cursor.rest.is_empty() {
        return Some(stamp).filter(|_| date.form != DateForm::Compact);
    }
    stamp.shape.joint = joint(&mut cursor)?;
    time(&mut cursor, &mut stamp)?;
    zone(&mut cursor, &mut stamp)?;
    cursor.rest.is_empty().then_some(stamp)
}

fn joint(cursor: &mut Cursor<'_>) -> Option<Joint> {
    if cursor.blanks() {
        return Some(Joint::Mark(b' '));
    }
    let mark = cursor.peek()?;
    if !matches!(mark, b'T' | b't' | b':' | b'_' | b'-' | b'/') {
        return None;
    }
    cursor.take(mark);
    cursor.blanks();
    Some(Joint::Mark(mark.to_ascii_uppercase()))
}

fn date(cursor: &mut Cursor<'_>) -> Option<Date> {
    if cursor.peek()?.is_ascii_alphabetic() {
        return date_by_name(cursor);
    }
    let (first, width) = cursor.number();
    match width {
        4 => year_first(cursor, first),
        8 => {
            let parts = [first / 10_000, first / 100 % 100, first % 100];
            Some(Date { form: DateForm::Compact, parts, narrow: Narrow::default() })
        }
        1 | 2 => year_last(cursor, first, width == 1),
        _ => None,
    }
}

fn year_first(cursor: &mut Cursor<'_>, year: u32) -> Option<Date> {
    if cursor.take_text("년".as_bytes()) {
        cursor.blanks();
        let (month, _) = cursor.small()?;
        cursor.take_text("월".as_bytes()).then_some(())?;
        cursor.blanks();
        let (day, _) = cursor.small()?;
        cursor.take_text("일".as_bytes()).then_some(())?;
        let narrow = Narrow::default();
        return Some(Date { form: DateForm::Korean, parts: [year, month, day], narrow });
    }
    let mark = cursor.peek().filter(|mark| matches!(mark, b'-' | b'/' | b'.' | b'_'))?;
    cursor.take(mark);
    let spaced = mark == b'.' && cursor.blanks();
    let (month, narrow_month) = cursor.small()?;
    cursor.take(mark).then_some(())?;
    if spaced {
        cursor.blanks();
    }
    let (day, narrow_day) = cursor.small()?;
    if spaced {
        cursor.take(b'.');
    }
    let form = if spaced { DateForm::YearFirstSpaced } else { DateForm::YearFirst(mark) };
    let narrow = Narrow { month: narrow_month, day: narrow_day, hour: false };
    Some(Date { form, parts: [year, month, day], narrow })
}

fn year_last(cursor: &mut Cursor<'_>, first: u32, narrow_first: bool) -> Option<Date> {
    let mark = cursor.peek()?;
    if mark.is_ascii_alphabetic() {
        return day_name(cursor, first, narrow_first, 0);
    }
    if !matches!(mark, b'-' | b'/' | b'.' | b' ') {
        return None;
    }
    cursor.take(mark);
    if cursor.peek()?.is_ascii_alphabetic() {
        return day_name(cursor, first, narrow_first, mark);
    }
    if mark == b' ' {
        return None;
    }
    let (second, narrow_second) = cursor.small()?;
    cursor.take(mark).then_some(())?;
    let (third, width) = cursor.number();
    let form = match width {
        4 => DateForm::YearLast(mark),
        // `5.4.20` is a version or a dimension as often as a date.
        2 if mark != b'.' || !narrow_second => DateForm::Short(mark),
        _ => return None,
    };
    // Which of the two is the month is open, so a narrow one makes both narrow.
    let narrow = narrow_first || narrow_second;
    let narrow = Narrow { month: narrow, day: narrow, hour: false };
    Some(Date { form, parts: [first, second, third], narrow })
}

fn day_name(cursor: &mut Cursor<'_>, day: u32, narrow: bool, mark: u8) -> Option<Date> {
    let month = cursor.month_name()?;
    if mark != 0 {
        cursor.take(mark).then_some(())?;
    }
    let (year, width) = cursor.number();
    let form = match width {
        4 => DateForm::DayName(mark),
        2 => DateForm::DayNameShort(mark),
        _ => return None,
    };
    let narrow = Narrow { day: narrow, ..Narrow::default() };
    Some(Date { form, parts: [day, month, year], narrow })
}

fn date_by_name(cursor: &mut Cursor<'_>) -> Option<Date> {
    let month = cursor.month_name()?;
    cursor.blanks().then_some(())?;
    let (day, _) = cursor.small()?;
    cursor.take(b',');
    cursor.blanks().then_some(())?;
    let (year, width) = cursor.number();
    let parts = [month, day, year];
    (width == 4).then_some(Date { form: DateForm::NameDay, parts, narrow: Narrow::default() })
}

fn meridiem(cursor: &mut Cursor<'_>) -> Option<bool> {
    for (text, afternoon) in [
        ("오전", false),
        ("오후", true),
        ("AM", false),
        ("PM", true),
        ("a.m.", false),
        ("p.m.", true),
    ] {
        if cursor.take_text(text.as_bytes()) {
            return Some(afternoon);
        }
    }
    None
}

fn time(cursor: &mut Cursor<'_>, stamp: &mut Stamp) -> Option<()> {
    let mut afternoon = meridiem(cursor);
    if afternoon.is_some() {
        stamp.shape.meridiem = Meridiem::Before;
        cursor.blanks();
    }
    let (first, width) = cursor.number();
    let (mut hour, minute, second, fraction) = match width {
        1 | 2 => {
            stamp.narrow.hour = width == 1;
            let (minute, second, fraction) = clock(cursor, stamp)?;
            (first, minute, second, fraction)
        }
        4 => {
            stamp.shape.time = TimeForm::Minutes(0);
            (first / 100, first % 100, 0, 0)
        }
        6 => {
            stamp.shape.time = TimeForm::Seconds(0);
            let fraction = fraction(cursor, stamp, 0)?;
            (first / 10_000, first / 100 % 100, first % 100, fraction)
        }
        9 => {
            stamp.shape.time = TimeForm::Fraction(0, 0);
            let seconds = first / 1000;
            (seconds / 10_000, seconds / 100 % 100, seconds % 100, i64::from(first % 1000) * 1000)
        }
        _ => return None,
    };
    if afternoon.is_none() {
        let blank = cursor.blanks();
        afternoon = meridiem(cursor);
        match afternoon {
            Some(_) => stamp.shape.meridiem = Meridiem::Behind(blank),
            // The blank belongs to a zone.
            None if blank => stamp.shape.zone = Zone::Offset(true),
            None => {}
        }
    }
    if let Some(afternoon) = afternoon {
        (hour <= 12).then_some(())?;
        hour = hour % 12 + if afternoon { 12 } else { 0 };
    }
    let midnight = hour == 24 && minute == 0 && second == 0 && fraction == 0;
    (midnight || (hour < 24 && minute < 60 && second < 60)).then_some(())?;
    let seconds = i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second);
    stamp.time_us = seconds * 1_000_000 + fraction;
    Some(())
}

/// `:MM`, `:MM:SS`, `:MM:SS.ffffff` behind an hour.
fn clock(cursor: &mut Cursor<'_>, stamp: &mut Stamp) -> Option<(u32, u32, i64)> {
    let mark = cursor.peek().filter(|mark| matches!(mark, b':' | b'.' | b'-'))?;
    cursor.take(mark);
    let (minute, narrow) = cursor.small()?;
    if narrow {
        return None;
    }
    stamp.shape.time = TimeForm::Minutes(mark);
    if !cursor.take(mark) {
        // `13.05` behind a date may be a number.
        return (mark == b':').then_some((minute, 0, 0));
    }
    let (second, narrow) = cursor.small()?;
    if narrow {
        return None;
    }
    stamp.shape.time = TimeForm::Seconds(mark);
    let fraction = fraction(cursor, stamp, mark)?;
    Some((minute, second, fraction))
}

/// Microseconds behind the seconds; 0 if there is no fraction.
fn fraction(cursor: &mut Cursor<'_>, stamp: &mut Stamp, clock_mark: u8) -> Option<i64> {
    let Some(point) = cursor.peek().filter(|mark| matches!(mark, b'.' | b',' | b':')) else {
        return Some(0);
    };
    cursor.take(point);
    let (value, width) = cursor.number();
    if width == 0 {
        return None;
    }
    stamp.shape.time = TimeForm::Fraction(clock_mark, point);
    let power = i64::from(10_u32.pow(u32::try_from(width).ok()?));
    let nanos = i64::from(value) * (1_000_000_000 / power);
    stamp.truncated = nanos % 1000 != 0;
    Some(nanos / 1000)
}

fn zone(cursor: &mut Cursor<'_>, stamp: &mut Stamp) -> Option<()> {
    let blank = stamp.shape.zone == Zone::Offset(true) || cursor.blanks();
    stamp.shape.zone = Zone::None;
    if cursor.rest.is_empty() {
        return Some(());
    }
    let offset = if cursor.take_text(b"UTC") || cursor.take_text(b"GMT") {
        stamp.shape.zone = Zone::Name;
        0
    } else if cursor.take_text(b"KST") {
        stamp.shape.zone = Zone::Name;
        540
    } else if cursor.take(b'Z') || cursor.take(b'z') {
        stamp.shape.zone = Zone::Offset(blank);
        0
    } else {
        stamp.shape.zone = Zone::Offset(blank);
        let negative = match cursor.peek()? {
            b'+' => false,
            b'-' => true,
            _ => return None,
        };
        cursor.rest = &cursor.rest[1..];
        let (value, width) = cursor.number();
        let (hours, minutes) = match width {
            2 if cursor.take(b':') => (value, cursor.small()?.0),
            2 => (value, 0),
            4 => (value / 100, value % 100),
            _ => return None,
        };
        (hours <= 18 && minutes < 60).then_some(())?;
        let minutes = i32::try_from(hours * 60 + minutes).ok()?;
        if negative { -minutes } else { minutes }
    };
    stamp.offset_min = Some(offset);
    Some(())
}

#[cfg(test)]
#[path = "scan_tests.rs"]
mod tests;
