//! The date and time shapes of one column, and what its open numbers turn out to be.

use super::stamp::shape::Narrow;
use super::stamp::{DateForm, Order, Shape, Stamp, calendar};
use super::tally::{Hint, Tally};

/// More shapes than this in one column are not believed to be dates.
const SHAPES_MAX: usize = 12;
/// More distinct years than this are not kept apart.
const YEARS_MAX: usize = 256;

/// Shapes in order of appearance.
#[derive(Clone, Debug, Default)]
pub(super) struct Shapes {
    /// One entry per shape.
    pub(super) list: Vec<ShapeCount>,
    /// `0000-00-00`.
    pub(super) zeros: Tally,
}

/// One shape and what its numbers were.
#[derive(Clone, Debug)]
pub(super) struct ShapeCount {
    pub(super) shape: Shape,
    pub(super) seen: Tally,
    pub(super) narrow: Narrow,
    /// Cells with a one-digit hour.
    pub(super) narrow_hours: u64,
    /// Cells that are no day under each order of [`Order::ALL`].
    pub(super) impossible: [Tally; 3],
    /// How often each number differs from the cell before.
    pub(super) changes: [u64; 3],
    ends: [[u32; 3]; 2],
    /// Years, were the first or the last number the year.
    pub(super) years: [Years; 2],
    /// Cells at midnight.
    pub(super) midnights: u64,
    /// Cells at 24:00.
    pub(super) late_midnights: Tally,
    /// Cells with digits beyond microseconds.
    pub(super) truncated: Tally,
}

impl Shapes {
    /// Takes in one stamp; `false` if the column has too many shapes already.
    pub(super) fn add(&mut self, stamp: &Stamp, row: u64) -> bool {
        if stamp.is_zero() {
            self.zeros.add(row);
            return true;
        }
        let at = match self.list.iter().position(|known| known.shape == stamp.shape) {
            Some(at) => at,
            None if self.list.len() == SHAPES_MAX => return false,
            None => {
                self.list.push(ShapeCount::new(stamp));
                self.list.len() - 1
            }
        };
        self.list[at].add(stamp, row);
        true
    }

    /// Adds the shapes of a later part, whose rows begin behind `before`.
    pub(super) fn merge(&mut self, later: &Self, before: u64) {
        self.zeros.merge(&later.zeros, before);
        for shape in &later.list {
            match self.list.iter_mut().find(|known| known.shape == shape.shape) {
                Some(known) => known.merge(shape, before),
                None => {
                    let mut fresh = shape.empty();
                    fresh.merge(shape, before);
                    self.list.push(fresh);
                }
            }
        }
    }

    /// Cells with a date or time, `0000-00-00` apart.
    pub(super) fn stamps(&self) -> u64 {
        self.list.iter().map(|shape| shape.seen.count).sum()
    }
}

impl ShapeCount {
    fn new(stamp: &Stamp) -> Self {
        Self {
            shape: stamp.shape,
            seen: Tally::default(),
            narrow: Narrow::default(),
            narrow_hours: 0,
            impossible: [Tally::default(); 3],
            changes: [0; 3],
            ends: [stamp.parts; 2],
            years: [Years::default(), Years::default()],
            midnights: 0,
            late_midnights: Tally::default(),
            truncated: Tally::default(),
        }
    }

    fn empty(&self) -> Self {
        Self {
            seen: Tally::default(),
            narrow: Narrow::default(),
            narrow_hours: 0,
            impossible: [Tally::default(); 3],
            changes: [0; 3],
            ends: [self.ends[0]; 2],
            years: [Years::default(), Years::default()],
            midnights: 0,
            late_midnights: Tally::default(),
            truncated: Tally::default(),
            ..*self
        }
    }

    fn add(&mut self, stamp: &Stamp, row: u64) {
        self.seen.add(row);
        self.widen(stamp.narrow);
        self.narrow_hours += u64::from(stamp.narrow.hour);
        for (at, order) in Order::ALL.into_iter().enumerate() {
            // A shape that is not open reads the same under every order.
            if (at == 0 || self.shape.is_open()) && stamp.days(order).is_none() {
                self.impossible[at].add(row);
            }
        }
        let [_, last] = &mut self.ends;
        for ((changes, last), now) in self.changes.iter_mut().zip(last).zip(stamp.parts) {
            *changes += u64::from(*last != now);
            *last = now;
        }
        match self.shape.date {
            DateForm::Short(_) => {
                self.years[0].add(stamp.parts[0], row);
                self.years[1].add(stamp.parts[2], row);
            }
            DateForm::YearFirst(_)
            | DateForm::YearFirstSpaced
            | DateForm::Korean
            | DateForm::Compact => self.years[0].add(stamp.parts[0], row),
            _ => self.years[1].add(stamp.parts[2], row),
        }
        self.midnights += u64::from(stamp.time_us == 0);
        if stamp.time_us == calendar::DAY_US {
            self.late_midnights.add(row);
        }
        if stamp.truncated {
            self.truncated.add(row);
        }
    }

    fn widen(&mut self, narrow: Narrow) {
        self.narrow.month |= narrow.month;
        self.narrow.day |= narrow.day;
        self.narrow.hour |= narrow.hour;
    }

    fn merge(&mut self, later: &Self, before: u64) {
        self.seen.merge(&later.seen, before);
        self.widen(later.narrow);
        self.narrow_hours += later.narrow_hours;
        for (sum, tally) in self.impossible.iter_mut().zip(&later.impossible) {
            sum.merge(tally, before);
        }
        for at in 0..3 {
            let seam = self.ends[1][at] != later.ends[0][at];
            self.changes[at] += later.changes[at] + u64::from(seam);
        }
        self.ends[1] = later.ends[1];
        for (sum, years) in self.years.iter_mut().zip(&later.years) {
            sum.merge(years, before);
        }
        self.midnights += later.midnights;
        self.late_midnights.merge(&later.late_midnights, before);
        self.truncated.merge(&later.truncated, before);
    }

    /// Orders under which every cell is a day.
    pub(super) fn possible(&self) -> Vec<Order> {
        Order::ALL
            .into_iter()
            .enumerate()
            .filter(|(at, _)| self.impossible[*at].count == 0)
            .filter(|(at, _)| *at == 0 || self.shape.is_open())
            .map(|(_, order)| order)
            .collect()
    }

    /// The years under an order.
    pub(super) fn years(&self, order: Order) -> &Years {
        match (self.shape.date, order) {
            (DateForm::Short(_), Order::Ymd) => &self.years[0],
            (DateForm::Short(_), _) => &self.years[1],
            _ => &self.years[usize::from(self.years[0].list.is_empty())],
        }
    }
}

/// How the order of a shape was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decided {
    /// No other order makes days of all cells.
    Certain(Order),
    /// Several do; this one makes the day change most often and the year least often.
    Likely(Order),
    /// Several do and nothing tells them apart: the habit of the separator.
    Habit(Order),
    /// No order makes days of all cells.
    Impossible,
}

impl Decided {
    /// The order, if there is one.
    pub(super) fn order(self) -> Option<Order> {
        match self {
            Self::Certain(order) | Self::Likely(order) | Self::Habit(order) => Some(order),
            Self::Impossible => None,
        }
    }
}

/// Decides the order of one shape from all its cells.
pub(super) fn decide(shape: &ShapeCount) -> Decided {
    let mut possible = shape.possible();
    match possible.as_slice() {
        [] => return Decided::Impossible,
        [order] => return Decided::Certain(*order),
        _ => {}
    }
    // From one record to the next days change more often than months, months than years.
    let rank = |order: &Order| {
        let [a, b, c] = shape.changes;
        let (year, month, day) = match order {
            Order::Ymd => (a, b, c),
            Order::Mdy => (c, a, b),
            Order::Dmy => (c, b, a),
        };
        (u8::from(year <= month) + u8::from(month <= day), day.saturating_sub(year), day)
    };
    possible.sort_by_key(|order| std::cmp::Reverse(rank(order)));
    if rank(&possible[0]) > rank(&possible[1]) {
        return Decided::Likely(possible[0]);
    }
    let tied = |order: Order| possible.contains(&order) && rank(&order) == rank(&possible[0]);
    let (DateForm::YearLast(mark) | DateForm::Short(mark)) = shape.shape.date else {
        return Decided::Habit(possible[0]);
    };
    // A stroke is the American habit, point and dash the European one.
    let habit = if mark == b'/' { Order::Mdy } else { Order::Dmy };
    Decided::Habit(if tied(habit) { habit } else { possible[0] })
}

/// Rows per year.
#[derive(Clone, Debug, Default)]
pub(super) struct Years {
    list: Vec<(u32, Tally)>,
    last: Hint,
    many: bool,
}

impl Years {
    fn slot(&mut self, year: u32) -> Option<&mut Tally> {
        if self.list.get(self.last.0).is_none_or(|(known, _)| *known != year) {
            match self.list.binary_search_by_key(&year, |(known, _)| *known) {
                Ok(at) => self.last.0 = at,
                Err(_) if self.list.len() == YEARS_MAX => {
                    self.many = true;
                    return None;
                }
                Err(at) => {
                    self.list.insert(at, (year, Tally::default()));
                    self.last.0 = at;
                }
            }
        }
        Some(&mut self.list[self.last.0].1)
    }

    fn add(&mut self, year: u32, row: u64) {
        if let Some(tally) = self.slot(year) {
            tally.add(row);
        }
    }

    fn merge(&mut self, later: &Self, before: u64) {
        for (year, tally) in &later.list {
            if let Some(sum) = self.slot(*year) {
                sum.merge(tally, before);
            }
        }
        self.many |= later.many;
    }

    /// Years that cannot belong to the others: all but those around the most frequent year that
    /// hold a fair share of rows, and their neighbours. With how many rows each.
    pub(super) fn strays(&self, short: bool) -> Vec<(i32, Tally)> {
        let year_of = |year: u32| {
            if short { calendar::century(year) } else { i32::try_from(year).unwrap_or(0) }
        };
        let mut years: Vec<(i32, Tally)> =
            self.list.iter().map(|(year, tally)| (year_of(*year), *tally)).collect();
        years.sort_by_key(|(year, _)| *year);
        let Some((mode, most)) = years
            .iter()
            .max_by_key(|(year, tally)| (tally.count, *year))
            .map(|(year, tally)| (*year, tally.count))
        else {
            return Vec::new();
        };
        let fair = |year: i32| {
            years
                .iter()
                .any(|(known, tally)| *known == year && tally.count.saturating_mul(200) >= most)
        };
        let (mut from, mut to) = (mode, mode);
        while fair(from - 1) || fair(from - 2) {
            from -= 1;
        }
        while fair(to + 1) || fair(to + 2) {
            to += 1;
        }
        years.retain(|(year, _)| *year < from - 1 || *year > to + 1);
        let strays: u64 = years.iter().map(|(_, tally)| tally.count).sum();
        let all: u64 = self.list.iter().map(|(_, tally)| tally.count).sum();
        // A column that is mostly strays (birth years, delivery dates) has no main years.
        if strays.saturating_mul(5) > all { Vec::new() } else { years }
    }
}

#[cfg(test)]
mod tests {
    use super::super::stamp::scan;
    use super::*;

    fn of(cells: &[&str]) -> Shapes {
        let mut shapes = Shapes::default();
        for (row, cell) in (1..).zip(cells) {
            assert!(shapes.add(&scan(cell.as_bytes()).unwrap(), row), "{cell}");
        }
        shapes
    }

    fn decided(cells: &[&str]) -> Decided {
        decide(&of(cells).list[0])
    }

    #[test]
    fn one_cell_above_twelve_decides_the_column() {
        let steel = ["01/01/2018 00:15", "02/01/2018 00:00", "31/01/2018 10:00"];
        assert_eq!(decided(&steel), Decided::Certain(Order::Dmy));
        assert_eq!(decided(&["5/4/20 0:00", "5/14/20 0:00"]), Decided::Certain(Order::Mdy));
        assert_eq!(decided(&["5/4/20", "5/14/20", "6/30/99"]), Decided::Certain(Order::Mdy));
        assert_eq!(decided(&["20/05/04", "99/12/31"]), Decided::Certain(Order::Ymd));
    }

    #[test]
    fn the_number_that_changes_most_is_the_day() {
        let days = ["01/02/2020", "02/02/2020", "03/02/2020", "04/02/2020"];
        assert_eq!(decided(&days), Decided::Likely(Order::Dmy));
        let days = ["02/01/2020", "02/02/2020", "02/03/2020"];
        assert_eq!(decided(&days), Decided::Likely(Order::Mdy));
    }

    #[test]
    fn without_any_clue_the_separator_decides_and_says_so() {
        assert_eq!(decided(&["3/4/2020"]), Decided::Habit(Order::Mdy));
        assert_eq!(decided(&["3.4.2020"]), Decided::Habit(Order::Dmy));
    }

    #[test]
    fn contradicting_cells_are_impossible() {
        assert_eq!(decided(&["13/01/2020", "01/13/2020"]), Decided::Impossible);
        assert_eq!(decided(&["2020-02-30"]), Decided::Impossible);
    }

    #[test]
    fn damaged_years_are_strays_and_neighbours_are_not() {
        let mut cells = vec!["5/4/20"; 400];
        cells.extend(["12/31/99"; 9]);
        cells.extend(["5/4/19", "5/4/21", "5/4/64"]);
        let shapes = of(&cells);
        let strays = shapes.list[0].years(Order::Mdy).strays(true);
        let strays: Vec<(i32, u64)> =
            strays.iter().map(|(year, tally)| (*year, tally.count)).collect();
        assert_eq!(strays, [(1999, 9), (2064, 1)]);
    }

    #[test]
    fn shapes_are_kept_apart_but_widths_are_not() {
        let shapes = of(&["2022-03-13 7:04", "2022-02-25 11:34", "2022-02-10 06:30:00"]);
        let counts: Vec<u64> = shapes.list.iter().map(|shape| shape.seen.count).collect();
        assert_eq!(counts, [2, 1]);
        assert_eq!(shapes.list[0].narrow_hours, 1);
    }
}
