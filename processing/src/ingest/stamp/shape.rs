//! The shape of a date or time text, and its `strftime` spelling.

/// Which number of a date is which.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(in crate::ingest) enum Order {
    /// Year, month, day.
    Ymd,
    /// Month, day, year.
    Mdy,
    /// Day, month, year.
    Dmy,
}

impl Order {
    /// All orders, in the order in which counts are kept.
    pub(in crate::ingest) const ALL: [Self; 3] = [Self::Ymd, Self::Mdy, Self::Dmy];
}

/// How the date part is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(in crate::ingest) enum DateForm {
    /// `2018-01-31`, with the separator.
    YearFirst(u8),
    /// `2022. 3. 13.` or `2022. 3. 13`
    YearFirstSpaced,
    /// `2022년 3월 13일`
    Korean,
    /// `20180131`
    Compact,
    /// `01/02/2018`: day and month are open.
    YearLast(u8),
    /// `5/4/20`: everything is open.
    Short(u8),
    /// `03JAN2023`, `03-Jan-2023`, with the separator (0 for none).
    DayName(u8),
    /// `03JAN23`, `3-Jan-23`
    DayNameShort(u8),
    /// `Jan 3, 2023`
    NameDay,
}

/// How date and time are joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(in crate::ingest) enum Joint {
    /// No time follows.
    None,
    /// One character.
    Mark(u8),
    /// The time follows at once (`20230103070753`).
    Glued,
}

/// How the time part is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(in crate::ingest) enum TimeForm {
    /// No time.
    None,
    /// Hour and minute, with the separator (0 for none).
    Minutes(u8),
    /// Hour, minute, second.
    Seconds(u8),
    /// With a fraction of the second: separator and fraction mark (0 for none).
    Fraction(u8, u8),
}

/// Where `AM`, `PM`, `오전` or `오후` stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(in crate::ingest) enum Meridiem {
    /// Nowhere: 24 hours.
    None,
    /// Before the hour.
    Before,
    /// Behind the time; the flag says whether a blank precedes it.
    Behind(bool),
}

/// Whether an offset from UTC follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(in crate::ingest) enum Zone {
    /// None: the time is local.
    None,
    /// `Z`, `+09:00`, `+0900`, `+09`; the flag says whether a blank precedes it.
    Offset(bool),
    /// `UTC`, `GMT`, `KST` behind a blank.
    Name,
}

/// Everything about a date or time text but its numbers. Widths (`7:04` against `07:04`) are no
/// part of it, because `11:34` has both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(in crate::ingest) struct Shape {
    pub(in crate::ingest) date: DateForm,
    pub(in crate::ingest) joint: Joint,
    pub(in crate::ingest) time: TimeForm,
    pub(in crate::ingest) meridiem: Meridiem,
    pub(in crate::ingest) zone: Zone,
}

/// Which numbers were seen with one digit only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::ingest) struct Narrow {
    pub(in crate::ingest) month: bool,
    pub(in crate::ingest) day: bool,
    pub(in crate::ingest) hour: bool,
}

impl Shape {
    /// Whether a time of day is part of it.
    pub(in crate::ingest) fn has_time(self) -> bool {
        self.time != TimeForm::None
    }

    /// Whether day and month have to be told apart by the column.
    pub(in crate::ingest) fn is_open(self) -> bool {
        matches!(self.date, DateForm::YearLast(_) | DateForm::Short(_))
    }

    /// Whether the year has two digits.
    pub(in crate::ingest) fn is_short(self) -> bool {
        matches!(self.date, DateForm::Short(_) | DateForm::DayNameShort(_))
    }

    /// The `strftime` spelling.
    pub(in crate::ingest) fn format(self, order: Order, narrow: Narrow) -> String {
        let month = if narrow.month { "%-m" } else { "%m" };
        let day = if narrow.day { "%-d" } else { "%d" };
        let mut text = String::new();
        let mut three = |parts: [&str; 3], mark: u8| {
            for (at, part) in parts.iter().enumerate() {
                if at > 0 && mark != 0 {
                    text.push(char::from(mark));
                }
                text.push_str(part);
            }
        };
        match (self.date, order) {
            (DateForm::YearFirst(mark), _) => three(["%Y", month, day], mark),
            (DateForm::YearLast(mark), Order::Dmy) => three([day, month, "%Y"], mark),
            (DateForm::YearLast(mark), _) => three([month, day, "%Y"], mark),
            (DateForm::Short(mark), Order::Ymd) => three(["%y", month, day], mark),
            (DateForm::Short(mark), Order::Mdy) => three([month, day, "%y"], mark),
            (DateForm::Short(mark), Order::Dmy) => three([day, month, "%y"], mark),
            (DateForm::DayName(mark), _) => three([day, "%b", "%Y"], mark),
            (DateForm::DayNameShort(mark), _) => three([day, "%b", "%y"], mark),
            (DateForm::YearFirstSpaced, _) => text.push_str("%Y. %-m. %-d."),
            (DateForm::Korean, _) => text.push_str("%Y년 %-m월 %-d일"),
            (DateForm::Compact, _) => text.push_str("%Y%m%d"),
            (DateForm::NameDay, _) => text.push_str("%b %-d, %Y"),
        }
        if let Joint::Mark(mark) = self.joint {
            text.push(char::from(mark));
        }
        self.format_time(narrow, &mut text);
        text
    }

    fn format_time(self, narrow: Narrow, text: &mut String) {
        if self.time == TimeForm::None {
            return;
        }
        if self.meridiem == Meridiem::Before {
            text.push_str("%p ");
        }
        text.push_str(match (self.meridiem, narrow.hour) {
            (Meridiem::None, false) => "%H",
            (Meridiem::None, true) => "%-H",
            (_, false) => "%I",
            (_, true) => "%-I",
        });
        let (TimeForm::Minutes(mark) | TimeForm::Seconds(mark) | TimeForm::Fraction(mark, _)) =
            self.time
        else {
            return;
        };
        let mut push = |mark: u8, part: &str| {
            if mark != 0 {
                text.push(char::from(mark));
            }
            text.push_str(part);
        };
        push(mark, "%M");
        if !matches!(self.time, TimeForm::Minutes(_)) {
            push(mark, "%S");
        }
        if let TimeForm::Fraction(_, point) = self.time {
            push(point, "%f");
        }
        match self.meridiem {
            Meridiem::Behind(true) => text.push_str(" %p"),
            Meridiem::Behind(false) => text.push_str("%p"),
            _ => {}
        }
        match self.zone {
            Zone::None => {}
            Zone::Offset(true) => text.push_str(" %z"),
            Zone::Offset(false) => text.push_str("%z"),
            Zone::Name => text.push_str(" %Z"),
        }
    }

    /// The shape and order a spelling stands for, found by writing a date in that spelling and
    /// scanning it, so that what is offered and what is understood cannot drift apart.
    pub(in crate::ingest) fn from_format(format: &str) -> Option<(Self, Order)> {
        let mut sample = String::new();
        let mut order = Vec::new();
        let mut rest = format.chars();
        while let Some(letter) = rest.next() {
            if letter != '%' {
                sample.push(letter);
                continue;
            }
            let mut code = rest.next()?;
            while matches!(code, '-' | '_' | '.' | '0'..='9') {
                if code == '.' {
                    sample.push('.');
                }
                code = rest.next()?;
            }
            order.extend(matches!(code, 'Y' | 'y' | 'm' | 'd' | 'e').then_some(code));
            sample.push_str(match code {
                'Y' => "2033",
                'y' => "33",
                'm' => "11",
                'd' | 'e' => "22",
                'b' | 'B' | 'h' => "Nov",
                'H' | 'k' => "10",
                'I' | 'l' => "10",
                'M' => "44",
                'S' => "55",
                'f' | 'L' => "666",
                'p' | 'P' => "PM",
                'z' => "+09:00",
                'Z' => "KST",
                'F' => "2033-11-22",
                'T' => "10:44:55",
                'R' => "10:44",
                _ => return None,
            });
        }
        let stamp =
            super::scan::scan(sample.as_bytes()).or_else(|| super::digits(sample.as_bytes()))?;
        let order = match order.as_slice() {
            ['m', 'd' | 'e', ..] => Order::Mdy,
            ['d' | 'e', 'm', ..] => Order::Dmy,
            _ => Order::Ymd,
        };
        Some((stamp.shape, order))
    }
}
