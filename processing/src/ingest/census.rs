//! What the cells of one text column are, counted over every record.
//!
//! Invariant: a census of a whole column equals the merged censuses of its parts, in order, so that
//! blocks may be counted on several threads. State is bounded whatever the column holds.

use super::extremes::Extremes;
use super::known::Known;
use super::number::{self, Commas, Plain};
use super::shapes::Shapes;
use super::stamp;
use super::tally::{Hint, Tally};
use super::words;

/// Counts over one column.
#[derive(Clone, Debug, Default)]
pub(super) struct Census {
    /// Cells in all.
    pub(super) cells: u64,
    /// Empty cells, or blanks only.
    pub(super) empty: u64,
    /// Words for "no value", by index.
    pub(super) null_words: Vec<(u8, Tally)>,
    /// Integers that fit 64 bits, without leading zeros.
    pub(super) integers: u64,
    /// Of these, the ones a 64-bit float may not keep.
    pub(super) wide: Tally,
    /// Digits beyond 64 bits.
    pub(super) long: Tally,
    /// Digits with leading zeros.
    pub(super) padded: Tally,
    /// Numbers with a point or an exponent.
    pub(super) decimals: u64,
    /// Of these, more digits than a float keeps.
    pub(super) rounded: Tally,
    /// Of these, an exponent without point or sign.
    pub(super) bare_exponents: Tally,
    /// Of these, infinite.
    pub(super) infinite: Tally,
    /// Numbers whose commas part thousands; with a point, and without.
    pub(super) thousands: [Tally; 2],
    /// Numbers whose comma is the decimal sign.
    pub(super) comma_decimals: Tally,
    /// Numbers whose comma may be either.
    pub(super) comma_either: Tally,
    /// Numbers whose points part thousands.
    pub(super) point_groups: Tally,
    /// `true` and `false`.
    pub(super) truths: u64,
    /// Dates and times.
    pub(super) shapes: Shapes,
    /// Integers that are valid dates or times as digits (`20230103`).
    pub(super) digit_shapes: Shapes,
    /// Anything else.
    pub(super) other: Tally,
    /// Of these, times of day without a date.
    pub(super) clocks: Tally,
    /// Of these, numbers with the same letters or sign behind them all (`12.5%`).
    pub(super) suffix: Suffix,
    /// Text with blanks at an end.
    pub(super) edged: Tally,
    /// Outermost numbers.
    pub(super) extremes: Extremes,
    /// The distinct texts, while they are few.
    pub(super) few: Few,
    /// Whether integers run 1 by 1.
    pub(super) run: Run,
    /// Texts that are nothing but text, seen a while ago: they come again.
    pub(super) known: Known,
}

impl Census {
    /// Takes in one cell of a 1-based row; what number it is, if it is a plain one.
    #[inline]
    pub(super) fn observe(&mut self, raw: &[u8], row: u64) -> Option<Plain> {
        self.cells += 1;
        let cell = words::trimmed(raw);
        let Some(&first) = cell.first() else {
            self.empty += 1;
            return None;
        };
        self.few.add(cell);
        if matches!(first, b'0'..=b'9' | b'-' | b'+' | b'.' | b'i' | b'I')
            && let Some(number) = number::plain(cell)
        {
            self.number(number, cell, row);
            return Some(number);
        }
        self.words(raw, cell, first, row);
        None
    }

    /// Takes in a cell that is no plain number.
    fn words(&mut self, raw: &[u8], cell: &[u8], first: u8, row: u64) {
        if self.known.holds(cell) {
            self.other.add(row);
            if cell.len() != raw.len() {
                self.edged.add(row);
            }
            return;
        }
        if matches!(first, b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z')
            && let Some(stamp) = stamp::scan(cell)
            && self.shapes.add(&stamp, row)
        {
            return;
        }
        if self.separated(cell, first, row) {
            return;
        }
        if let Some(word) = words::null_word(cell) {
            match self.null_words.iter_mut().find(|(known, _)| *known == word) {
                Some((_, tally)) => tally.add(row),
                None => {
                    let mut tally = Tally::default();
                    tally.add(row);
                    self.null_words.push((word, tally));
                }
            }
            return;
        }
        if words::truth(cell).is_some() {
            self.truths += 1;
            return;
        }
        self.other.add(row);
        self.suffix.add(cell, first);
        if stamp::is_clock(cell) {
            self.clocks.add(row);
        } else {
            self.known.keep(cell);
        }
        if cell.len() != raw.len() {
            self.edged.add(row);
        }
    }

    fn number(&mut self, number: Plain, cell: &[u8], row: u64) {
        match number {
            Plain::Integer(value) => {
                self.integers += 1;
                if value.unsigned_abs() > number::EXACT_FLOAT_MAX {
                    self.wide.add(row);
                }
                if matches!(cell.len(), 8 | 12 | 14 | 17)
                    && let Some(stamp) = stamp::digits(cell)
                {
                    self.digit_shapes.add(&stamp, row);
                }
                self.run.add(value);
                #[expect(
                    clippy::cast_precision_loss,
                    reason = "a suspect is confirmed by a person"
                )]
                self.extremes.add(value as f64, row);
            }
            Plain::Long => self.long.add(row),
            Plain::Padded(value) => {
                self.padded.add(row);
                self.extremes.add(value, row);
            }
            Plain::Decimal(decimal) => {
                self.decimals += 1;
                if decimal.rounded {
                    self.rounded.add(row);
                }
                if decimal.bare_exponent {
                    self.bare_exponents.add(row);
                }
                if decimal.value.is_infinite() {
                    self.infinite.add(row);
                }
                self.extremes.add(decimal.value, row);
            }
        }
    }

    fn separated(&mut self, cell: &[u8], first: u8, row: u64) -> bool {
        if !matches!(first, b'0'..=b'9' | b'-' | b'+') {
            return false;
        }
        match number::commas(cell) {
            None => return false,
            Some(Commas::Thousands { point }) => self.thousands[usize::from(point)].add(row),
            Some(Commas::Decimal) => self.comma_decimals.add(row),
            Some(Commas::Either) => self.comma_either.add(row),
            Some(Commas::Points) => self.point_groups.add(row),
        }
        true
    }

    /// Adds the census of a later part, whose rows begin behind `before`.
    pub(super) fn merge(&mut self, later: &Self, before: u64) {
        self.cells += later.cells;
        self.empty += later.empty;
        self.integers += later.integers;
        self.decimals += later.decimals;
        self.truths += later.truths;
        for (word, tally) in &later.null_words {
            match self.null_words.iter_mut().find(|(known, _)| known == word) {
                Some((_, sum)) => sum.merge(tally, before),
                None => {
                    let mut sum = Tally::default();
                    sum.merge(tally, before);
                    self.null_words.push((*word, sum));
                }
            }
        }
        for (sum, tally) in [
            (&mut self.wide, &later.wide),
            (&mut self.long, &later.long),
            (&mut self.padded, &later.padded),
            (&mut self.rounded, &later.rounded),
            (&mut self.bare_exponents, &later.bare_exponents),
            (&mut self.infinite, &later.infinite),
            (&mut self.comma_decimals, &later.comma_decimals),
            (&mut self.comma_either, &later.comma_either),
            (&mut self.point_groups, &later.point_groups),
            (&mut self.other, &later.other),
            (&mut self.clocks, &later.clocks),
            (&mut self.edged, &later.edged),
        ] {
            sum.merge(tally, before);
        }
        for (sum, tally) in self.thousands.iter_mut().zip(&later.thousands) {
            sum.merge(tally, before);
        }
        self.shapes.merge(&later.shapes, before);
        self.digit_shapes.merge(&later.digit_shapes, before);
        self.extremes.merge(&later.extremes, before);
        self.suffix.merge(&later.suffix);
        self.few.merge(&later.few);
        self.run.merge(&later.run);
    }

    /// Cells that say something: neither empty nor a word for "no value".
    pub(super) fn values(&self) -> u64 {
        self.cells - self.empty - self.null_word_count()
    }

    /// Cells with a word for "no value", `0000-00-00` included.
    pub(super) fn null_word_count(&self) -> u64 {
        self.null_words.iter().map(|(_, tally)| tally.count).sum::<u64>() + self.shapes.zeros.count
    }

    /// Cells with any kind of number.
    pub(super) fn numbers(&self) -> u64 {
        let plain = self.integers + self.long.count + self.padded.count + self.decimals;
        plain + self.separated_numbers()
    }

    /// Numbers written with commas or groups.
    pub(super) fn separated_numbers(&self) -> u64 {
        let thousands = self.thousands[0].count + self.thousands[1].count;
        let decimal = self.comma_decimals.count + self.point_groups.count;
        thousands + decimal + self.comma_either.count
    }
}

/// The distinct values of a column, up to sixteen.
#[derive(Clone, Debug, Default)]
pub(super) struct Few {
    values: Vec<Box<[u8]>>,
    many: bool,
    last: Hint,
}

impl Few {
    const MOST: usize = 16;

    /// Takes in one value.
    #[inline]
    pub(super) fn add(&mut self, cell: &[u8]) {
        if !self.many && self.values.get(self.last.0).is_none_or(|value| **value != *cell) {
            self.find(cell);
        }
    }

    fn find(&mut self, cell: &[u8]) {
        // Values often come in turn; then the next is the one behind the last.
        let turn = self.last.0 + 1;
        if self.values.get(turn).is_some_and(|value| **value == *cell) {
            self.last.0 = turn;
            return;
        }
        match self.values.iter().position(|value| **value == *cell) {
            Some(at) => self.last.0 = at,
            None if self.values.len() == Self::MOST => {
                self.many = true;
                self.values.clear();
            }
            None => {
                self.last.0 = self.values.len();
                self.values.push(cell.into());
            }
        }
    }

    pub(super) fn merge(&mut self, later: &Self) {
        for value in &later.values {
            self.add(value);
        }
        if later.many {
            self.many = true;
            self.values.clear();
        }
    }

    /// The distinct values in order of appearance; `None` if there are more than sixteen.
    pub(super) fn list(&self) -> Option<&[Box<[u8]>]> {
        (!self.many).then_some(&self.values)
    }
}

/// What stands behind the numbers of a text column, if it is always the same.
#[derive(Clone, Debug, Default)]
pub(super) struct Suffix {
    text: Option<Box<[u8]>>,
    broken: bool,
}

impl Suffix {
    const LONGEST: usize = 12;

    fn add(&mut self, cell: &[u8], first: u8) {
        if self.broken {
            return;
        }
        let numeric =
            |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'.' | b',' | b'-' | b'+');
        let length = cell.iter().take_while(|byte| numeric(byte)).count();
        let suffix = words::trimmed(&cell[length..]);
        let starts = first.is_ascii_digit() || matches!(first, b'-' | b'+');
        if !starts || length == 0 || suffix.len() > Self::LONGEST {
            self.broken = true;
        } else if let Some(text) = &self.text {
            self.broken = **text != *suffix;
        } else {
            self.text = Some(suffix.into());
        }
    }

    fn merge(&mut self, later: &Self) {
        self.broken |= later.broken;
        match (&self.text, &later.text) {
            (Some(own), Some(other)) => self.broken |= own != other,
            (None, Some(other)) => self.text = Some(other.clone()),
            _ => {}
        }
    }

    /// The suffix that all texts have.
    pub(super) fn common(&self) -> Option<&str> {
        let text = self.text.as_deref().filter(|_| !self.broken)?;
        std::str::from_utf8(text).ok().filter(|text| !text.is_empty())
    }
}

/// Whether the integers of a column run one by one.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Run {
    ends: Option<(i64, i64)>,
    broken: bool,
}

impl Run {
    /// Takes in the next integer.
    pub(super) fn add(&mut self, value: i64) {
        match &mut self.ends {
            None => self.ends = Some((value, value)),
            Some((_, last)) => {
                self.broken |= last.checked_add(1) != Some(value);
                *last = value;
            }
        }
    }

    pub(super) fn merge(&mut self, later: &Self) {
        let Some((first, last)) = later.ends else { return };
        self.add(first);
        self.broken |= later.broken;
        self.ends = self.ends.map(|(begin, _)| (begin, last));
    }

    /// Whether at least three integers ran one by one.
    pub(super) fn is_steady(&self) -> bool {
        !self.broken && self.ends.is_some_and(|(first, last)| last.saturating_sub(first) >= 2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(cells: &[&str]) -> Census {
        let mut census = Census::default();
        for (row, cell) in (1..).zip(cells) {
            census.observe(cell.as_bytes(), row);
        }
        census
    }

    #[test]
    fn every_cell_is_counted_once() {
        let cells = [
            "1",
            "007",
            "99999999999999999999",
            "1.5",
            "1e5",
            "inf",
            "1,234",
            "1,5",
            "1,234.5",
            "1.234.567",
            "true",
            "2020-01-02",
            "20200102",
            "0000-00-00",
            "NA",
            "-",
            "",
            "  ",
            "abc",
            " padded ",
            "9007199254740993",
        ];
        let census = of(&cells);
        let shapes: u64 = census.shapes.stamps();
        let sum = census.empty
            + census.null_word_count()
            + census.numbers()
            + census.truths
            + shapes
            + census.other.count;
        assert_eq!(sum, census.cells);
        assert_eq!((census.empty, census.null_word_count(), shapes), (2, 3, 1));
        assert_eq!((census.numbers(), census.other.count, census.edged.count), (12, 2, 1));
        assert_eq!(census.wide.rows.list(), [21]);
    }

    #[test]
    fn merged_parts_equal_the_whole() {
        let cells: Vec<String> = (0..300)
            .map(|at| match at % 11 {
                0 => format!("2020-01-{:02}", at % 28 + 1),
                1 => "NA".to_owned(),
                2 => format!("0{at}"),
                3 => format!("{at}.5"),
                4 => "text".to_owned(),
                5 => format!("{}/{}/2020", at % 12 + 1, at % 25 + 1),
                _ => at.to_string(),
            })
            .collect();
        let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
        let whole = format!("{:?}", of(&cells));
        for cut in [1, 13, 150, 299] {
            let mut parts = of(&cells[..cut]);
            parts.merge(&of(&cells[cut..]), cut as u64);
            assert_eq!(format!("{parts:?}"), whole);
        }
    }

    #[test]
    fn runs_survive_the_cut() {
        let mut parts = of(&["1", "2"]);
        parts.merge(&of(&["3", "4"]), 2);
        assert!(parts.run.is_steady());
        parts.merge(&of(&["6"]), 4);
        assert!(!parts.run.is_steady());
    }
}
