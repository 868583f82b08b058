//! Detectors over one text: pure, linear in its length.
//!
//! A text is brought to one spelling (full-width digits, conjoining jamo, kinds of dashes) and cut
//! into runs of ASCII digits; the detectors look at the runs and at what stands between them.
//!
//! Invariant: a [`Hits`] says what matched, never the value.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization as _;

use super::secret::has_secret;

/// A shape that is looked for. Outcomes differ by shape, so one detector may have several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Resident number with a hyphen.
    ResidentHyphen,
    /// Resident number of thirteen digits in a row.
    ResidentBare,
    /// Passport number.
    Passport,
    /// Driver's licence number.
    Licence,
    /// Payment card number.
    Card,
    /// Mobile phone number.
    Mobile,
    /// E-mail address.
    Email,
    /// Number plate.
    Plate,
    /// Key, token or password.
    Credential,
}

/// How many shapes there are.
pub(crate) const SHAPES: usize = 9;

impl Shape {
    /// All shapes, in the order of their numbers.
    pub(crate) const ALL: [Self; SHAPES] = [
        Self::ResidentHyphen,
        Self::ResidentBare,
        Self::Passport,
        Self::Licence,
        Self::Card,
        Self::Mobile,
        Self::Email,
        Self::Plate,
        Self::Credential,
    ];

    fn bit(self) -> u16 {
        1 << self as u16
    }
}

/// What matched in a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Hits {
    candidates: u16,
    hits: u16,
    checksums: u16,
    /// A resident number whose holder could be alive (not of the eighteen hundreds).
    pub(crate) living: bool,
}

impl Hits {
    /// Whether the text has the shape, confirmed or not.
    pub(crate) fn is_candidate(self, shape: Shape) -> bool {
        self.candidates & shape.bit() != 0
    }

    /// Whether the shape is confirmed by date, region or sum, as far as it has any.
    pub(crate) fn is_hit(self, shape: Shape) -> bool {
        self.hits & shape.bit() != 0
    }

    /// Whether a check digit is right that a hit does not need.
    pub(crate) fn checksum_ok(self, shape: Shape) -> bool {
        self.checksums & shape.bit() != 0
    }

    /// Whether the text has any shape.
    pub(crate) fn any(self) -> bool {
        self.candidates != 0
    }

    /// What matches in another text of the same cell.
    pub(crate) fn add(&mut self, other: Self) {
        self.candidates |= other.candidates;
        self.hits |= other.hits;
        self.checksums |= other.checksums;
        self.living |= other.living;
    }

    fn note(&mut self, shape: Shape, hit: bool) {
        self.candidates |= shape.bit();
        if hit {
            self.hits |= shape.bit();
        }
    }
}

/// A calendar day.
pub(crate) type Day = (i32, u8, u8);

/// The text in one spelling: compatibility composition, one kind of hyphen, nothing invisible.
pub(crate) fn normal(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    // A vowel sign and a long-vowel mark look like dashes, and are typed for them.
    let drawn = text.chars().map(|c| if matches!(c, '\u{3161}' | '\u{30fc}') { '-' } else { c });
    let plain = drawn.nfkc().filter_map(|c| match c {
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{2500}' | '\u{fe63}' | '\u{ff0d}' => Some('-'),
        '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{ad}' => None,
        other => Some(other),
    });
    Cow::Owned(plain.collect())
}

/// Searches a text.
pub(crate) fn search(text: &str, today: Day) -> Hits {
    let mut hits = Hits::default();
    if has_secret(text) {
        hits.note(Shape::Credential, true);
    }
    if !may_match(text) {
        return hits;
    }
    let text = normal(text);
    let bytes = text.as_bytes();
    if bytes.contains(&b'@') && has_email(bytes) {
        hits.note(Shape::Email, true);
    }
    let runs = digit_runs(bytes);
    for at in 0..runs.len() {
        let view = View { text: &text, runs: &runs, at };
        resident(view, today, &mut hits);
        mobile(view, &mut hits);
        licence(view, &mut hits);
        card(view, &mut hits);
        plate(view, &mut hits);
        passport(view, &mut hits);
    }
    hits
}

/// Searches an integer as its digits. Shapes that need more than digits cannot match, and a mobile
/// number has lost its leading zero, so that only resident and card numbers are left.
pub(crate) fn search_integer(value: u64, today: Day) -> Hits {
    let mut hits = Hits::default();
    if value < 1_000_000_000_000 {
        return hits;
    }
    let text = value.to_string();
    let runs = [(0, text.len())];
    let view = View { text: &text, runs: &runs, at: 0 };
    resident(view, today, &mut hits);
    card(view, &mut hits);
    hits
}

/// Whether a text has six digits or an at sign: less cannot match.
fn may_match(text: &str) -> bool {
    if text.is_ascii() {
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        return digits >= 6 || text.contains('@');
    }
    let digits = text.chars().filter(|c| c.is_numeric()).count();
    digits >= 6 || text.contains(['@', '＠', '﹫'])
}

/// Maximal runs of digits, as `(begin, end)`.
fn digit_runs(bytes: &[u8]) -> Vec<(usize, usize)> {
    let mut runs = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let begin = at;
        while at < bytes.len() && bytes[at].is_ascii_digit() {
            at += 1;
        }
        if at > begin {
            runs.push((begin, at));
        } else {
            at += 1;
        }
    }
    runs
}

/// A run and its surroundings.
#[derive(Clone, Copy)]
struct View<'a> {
    text: &'a str,
    runs: &'a [(usize, usize)],
    at: usize,
}

impl<'a> View<'a> {
    /// The run `ahead` of this one.
    fn run(self, ahead: usize) -> Option<&'a str> {
        self.runs.get(self.at + ahead).map(|(begin, end)| &self.text[*begin..*end])
    }

    fn len(self, ahead: usize) -> usize {
        self.runs.get(self.at + ahead).map_or(0, |(begin, end)| end - begin)
    }

    /// The text between the run `ahead` and the next.
    fn between(self, ahead: usize) -> &'a str {
        match (self.runs.get(self.at + ahead), self.runs.get(self.at + ahead + 1)) {
            (Some((_, end)), Some((begin, _))) => &self.text[*end..*begin],
            _ => "",
        }
    }

    /// Whether `count` more runs follow, each behind one of these separators.
    fn joined(self, count: usize, by: &[&str]) -> bool {
        self.at + count < self.runs.len() && (0..count).all(|i| by.contains(&self.between(i)))
    }

    fn before(self) -> &'a [u8] {
        &self.text.as_bytes()[..self.runs[self.at].0]
    }

    fn after(self, ahead: usize) -> &'a [u8] {
        &self.text.as_bytes()[self.runs[self.at + ahead].1..]
    }

    /// Whether this run to the one `ahead` stand alone: no ASCII letter beside them and no part of
    /// a decimal number. Hangul may touch: `번호900101-1234567입니다`.
    fn alone(self, ahead: usize) -> bool {
        let before = match self.before() {
            [.., digit, b'.'] => !digit.is_ascii_digit(),
            [.., last] => !last.is_ascii_alphanumeric(),
            [] => true,
        };
        let after = match self.after(ahead) {
            [b'.', digit, ..] => !digit.is_ascii_digit(),
            [first, ..] => !first.is_ascii_alphanumeric(),
            [] => true,
        };
        before && after
    }

    /// Whether a hyphen joins the runs to more digits on either side, as in a longer code.
    fn in_longer_code(self, ahead: usize) -> bool {
        matches!(self.before(), [.., digit, b'-'] if digit.is_ascii_digit())
            || matches!(self.after(ahead), [b'-', digit, ..] if digit.is_ascii_digit())
    }
}

/// six and seven digits whose date is real and not in the future. With a blank or a low line
/// between them they are two numbers more often than one, so the check digit must be right, too.
fn resident(view: View<'_>, today: Day, hits: &mut Hits) {
    const HYPHENS: [&str; 4] = ["-", " - ", " -", "- "];
    const BLANKS: [&str; 3] = [" ", "  ", "_"];
    let halves = view.len(0) == 6 && view.len(1) == 7 && view.alone(1);
    let blank = halves && view.joined(1, &BLANKS);
    let (shape, digits) = if view.len(0) == 13 && view.alone(0) {
        (Shape::ResidentBare, view.run(0).map(str::to_owned))
    } else if blank || halves && view.joined(1, &HYPHENS) {
        (Shape::ResidentHyphen, view.run(0).zip(view.run(1)).map(|(a, b)| format!("{a}{b}")))
    } else {
        return;
    };
    let Some(digits) = digits.as_deref().map(str::as_bytes) else { return };
    if blank && !resident_checksum(digits) {
        return;
    }
    let born = birthday(digits).filter(|day| *day <= today);
    hits.note(shape, born.is_some());
    if let Some((year, ..)) = born {
        hits.living |= year >= 1900;
        if resident_checksum(digits) {
            hits.checksums |= shape.bit();
        }
    }
}

/// The birthday in the first seven of some digits, if it is a real day.
pub(crate) fn birthday(digits: &[u8]) -> Option<Day> {
    let digit = |at: usize| digits.get(at).map(|byte| byte.wrapping_sub(b'0'));
    let pair = |at: usize| Some(digit(at)? * 10 + digit(at + 1)?);
    let century = match digit(6)? {
        1 | 2 | 5 | 6 => 1900,
        3 | 4 | 7 | 8 => 2000,
        _ => 1800,
    };
    let (year, month, day) = (century + i32::from(pair(0)?), pair(2)?, pair(4)?);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return None,
    };
    (1..=days).contains(&day).then_some((year, month, day))
}

/// Whether the last of thirteen digits is the check digit of the others. For foreign residents
/// (seventh digit 5 to 8) numbers were also given with a check digit two higher.
fn resident_checksum(digits: &[u8]) -> bool {
    let weights = [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5];
    let sum: u32 = digits.iter().zip(weights).map(|(d, w)| u32::from(d - b'0') * w).sum();
    let last = digits.last().map_or(0, |digit| u32::from(digit - b'0'));
    let own = (11 - sum % 11) % 10;
    let foreign = matches!(digits.get(6), Some(b'5'..=b'8'));
    own == last || (foreign && (own + 2) % 10 == last)
}

/// `01[016789]-?\d{3,4}-?\d{4}`, also with blanks or points, and with +82.
fn mobile(view: View<'_>, hits: &mut Hits) {
    const BY: [&str; 3] = ["-", " ", "."];
    let lens = [view.len(0), view.len(1), view.len(2), view.len(3)];
    let prefix = |run: &str| {
        matches!(run.as_bytes(), [b'0', b'1', b'0' | b'1' | b'6' | b'7' | b'8' | b'9', ..])
    };
    let Some(first) = view.run(0) else { return };
    let ahead = match lens {
        [10 | 11, ..] if prefix(first) => 0,
        [3, 7 | 8, ..] | [6 | 7, 4, ..] if prefix(first) && view.joined(1, &BY) => 1,
        [3, 3 | 4, 4, _] if prefix(first) && view.joined(2, &BY) => 2,
        [2, 2, 3 | 4, 4]
            if first == "82"
                && view.run(1).is_some_and(|run| prefix(&format!("0{run}")))
                && view.joined(3, &BY) =>
        {
            3
        }
        _ => return,
    };
    if view.alone(ahead) && !view.in_longer_code(ahead) {
        hits.note(Shape::Mobile, true);
    }
}

/// `11-22-333333-44` with a region from 11 to 28, or the older form behind a region's name.
fn licence(view: View<'_>, hits: &mut Hits) {
    const REGIONS: [&str; 17] = [
        "서울", "부산", "경기", "강원", "충북", "충남", "전북", "전남", "경북", "경남", "제주",
        "대구", "인천", "광주", "대전", "울산", "세종",
    ];
    let lens = [view.len(0), view.len(1), view.len(2), view.len(3)];
    if lens == [2, 2, 6, 2] && view.joined(3, &["-"]) && view.alone(3) && !view.in_longer_code(3) {
        let region = view.run(0).and_then(|run| run.parse::<u8>().ok());
        hits.note(Shape::Licence, region.is_some_and(|code| (11..=28).contains(&code)));
    } else if lens[..3] == [2, 6, 2]
        && view.joined(2, &["-"])
        && view.alone(2)
        && let before = view.text[..view.runs[view.at].0].trim_end_matches([' ', '-'])
        && REGIONS.iter().any(|region| before.ends_with(region))
    {
        hits.note(Shape::Licence, true);
    }
}

/// A number of an issuer's prefix and length, in a row or in groups, whose Luhn sum is right.
fn card(view: View<'_>, hits: &mut Hits) {
    const BY: [&str; 2] = ["-", " "];
    let lens = [view.len(0), view.len(1), view.len(2), view.len(3)];
    let ahead = match lens {
        [13..=19, ..] => 0,
        [4, 4, 4, 4] if view.joined(3, &BY) => 3,
        [4, 6, 4 | 5, _] if view.joined(2, &BY) => 2,
        _ => return,
    };
    if !view.alone(ahead) || view.in_longer_code(ahead) {
        return;
    }
    let number: String = (0..=ahead).filter_map(|i| view.run(i)).collect();
    if issued(&number) {
        hits.note(Shape::Card, luhn(number.as_bytes()));
    }
}

/// Whether an issuer of payment cards gives numbers of this prefix and length.
fn issued(number: &str) -> bool {
    let prefix = |digits: usize| number.get(..digits).and_then(|p| p.parse::<u32>().ok());
    let (Some(two), Some(three), Some(four)) = (prefix(2), prefix(3), prefix(4)) else {
        return false;
    };
    match number.len() {
        14 => matches!(three, 300..=305) || matches!(two, 36 | 38 | 39),
        15 => matches!(two, 34 | 37),
        16 => {
            matches!(two, 40..=49 | 51..=55 | 62 | 65 | 94)
                || matches!(four, 2221..=2720 | 3528..=3589 | 6011)
                || matches!(three, 644..=649)
        }
        13 | 19 => matches!(two, 40..=49),
        _ => false,
    }
}

/// Whether the Luhn sum of some digits is right.
pub(crate) fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(at, digit)| {
            let value = u32::from(digit.wrapping_sub(b'0')) << (at % 2);
            if value > 9 { value - 9 } else { value }
        })
        .sum();
    sum.is_multiple_of(10)
}

/// `\d{2,3}[가-힣]\d{4}`.
fn plate(view: View<'_>, hits: &mut Hits) {
    if !matches!(view.len(0), 2 | 3) || view.len(1) != 4 {
        return;
    }
    let mut between = view.between(0).chars();
    let one_syllable = matches!((between.next(), between.next()), (Some('가'..='힣'), None));
    let number = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
    let free = !view.before().last().is_some_and(number)
        && !view.after(1).first().is_some_and(u8::is_ascii_alphanumeric);
    if one_syllable && free {
        hits.note(Shape::Plate, true);
    }
}

/// A letter of a passport's kind and eight digits, or three digits, a letter and four digits.
fn passport(view: View<'_>, hits: &mut Hits) {
    let letter_before = match view.before() {
        [.., before, letter] if before.is_ascii_alphanumeric() => {
            let _ = letter;
            None
        }
        [.., letter] => Some(letter.to_ascii_uppercase()),
        [] => None,
    };
    if !matches!(letter_before, Some(b'M' | b'S' | b'R' | b'O' | b'D' | b'G')) {
        return;
    }
    let ends = |ahead: usize| !view.after(ahead).first().is_some_and(u8::is_ascii_alphanumeric);
    let new_form = view.len(0) == 3
        && view.len(1) == 4
        && matches!(view.between(0).as_bytes(), [letter] if letter.is_ascii_alphabetic())
        && ends(1);
    if (view.len(0) == 8 && ends(0)) || new_form {
        hits.note(Shape::Passport, true);
    }
}

/// Whether a text has an address: a local part, one at sign, a domain of two or more labels of
/// which the last is of letters.
fn has_email(bytes: &[u8]) -> bool {
    let local = |byte: &u8| byte.is_ascii_alphanumeric() || b"._%+-".contains(byte);
    let domain = |byte: &u8| byte.is_ascii_alphanumeric() || b".-".contains(byte);
    let at_signs = (0..bytes.len()).filter(|at| bytes[*at] == b'@');
    at_signs.into_iter().any(|at| {
        let behind = &bytes[at + 1..];
        let end = behind.iter().position(|byte| !domain(byte)).unwrap_or(behind.len());
        let name = behind[..end].trim_ascii_end();
        let name = name.strip_suffix(b".").unwrap_or(name);
        let labels: Vec<&[u8]> = name.split(|byte| *byte == b'.').collect();
        let top = labels.last().copied().unwrap_or(&[]);
        at > 0
            && bytes.get(at - 1).is_some_and(local)
            && labels.len() >= 2
            && labels.iter().all(|label| !label.is_empty())
            && top.len() >= 2
            && top.iter().all(u8::is_ascii_alphabetic)
    })
}
