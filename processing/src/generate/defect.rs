//! What goes wrong between a sensor and a file; the rates are listed at the top of the module above.

use super::random::Random;
use super::text::{Cell, Row, time};
use super::{Column, Line, Sensor};

/// Seconds from 2024 to 2099, both 1 January.
const TO_2099: i64 = 27_394 * 86_400;

pub(super) struct Defects {
    sensors: Vec<(usize, Sensor)>,
    /// Column that is stuck, its value, and for how many rows still.
    stuck: Option<(usize, Cell, i64)>,
    /// Rows to write before any new one.
    waiting: Vec<Row>,
    /// Rows with a damaged date.
    damaged: [u64; 2],
    row: u64,
    last: Option<Row>,
}

impl Defects {
    pub(super) fn new(columns: &[Column], rows: u64, random: &mut Random) -> Self {
        let sensors = columns
            .iter()
            .enumerate()
            .filter_map(|(n, column)| Some((n, column.sensor?)))
            .collect();
        let mut place = |from: u64| from + random.bits() % (rows / 3).max(1);
        let damaged = if rows < 100 { [u64::MAX; 2] } else { [place(rows / 10), place(rows / 2)] };
        Self { sensors, stuck: None, waiting: Vec::new(), damaged, row: 0, last: None }
    }

    /// The next row of the file.
    pub(super) fn next(&mut self, line: &mut dyn Line, random: &mut Random) -> Row {
        let mut row = self.chosen(line, random);
        let damage = self.damaged.iter().position(|at| *at == self.row);
        if let (Some(damage), Some(Cell::Time(seconds))) = (damage, row.first().cloned()) {
            let text = if damage == 0 {
                time(seconds + TO_2099)
            } else {
                format!("2024-02-30 {}", time(seconds).split_off(11))
            };
            if let Some(first) = row.first_mut() {
                *first = text.into();
            }
        }
        self.row += 1;
        row
    }

    fn chosen(&mut self, line: &mut dyn Line, random: &mut Random) -> Row {
        if let Some(row) = self.waiting.pop() {
            return row;
        }
        if let Some(last) = &self.last
            && random.chance(0.002)
        {
            return last.clone();
        }
        if random.chance(1.0 / 5_000.0) {
            line.stop(random.whole(600, 7_200));
        }
        let row = self.made(line, random);
        if random.chance(0.001) {
            self.waiting.push(row);
            return self.made(line, random);
        }
        row
    }

    /// A row of the line with what its sensors suffer.
    fn made(&mut self, line: &mut dyn Line, random: &mut Random) -> Row {
        let mut row = line.next(random);
        self.hold(&mut row, random);
        let place = usize::try_from(random.bits() % 64).unwrap_or(0) % self.sensors.len().max(1);
        let one = self.sensors.get(place).copied();
        let sentinel = random.chance(0.001);
        let outlier = random.chance(0.001);
        for (index, sensor) in &self.sensors {
            let empty = random.chance(0.005);
            let Some(cell) = row.get_mut(*index) else { continue };
            let hit = one.is_some_and(|(at, _)| at == *index);
            if sentinel && hit {
                *cell = Cell::Whole(if random.chance(0.5) { 9_999 } else { -1 });
            } else if outlier && hit {
                let factor = random.between(3.0, 6.0);
                if let Cell::Decimal(value, _) = cell {
                    *value = sensor.usual + (value.abs() + sensor.usual * 0.2) * factor;
                }
            } else if empty {
                *cell = Cell::Empty;
            }
        }
        self.last = Some(row.clone());
        row
    }

    /// Keeps a stuck sensor at its value, and lets one stick now and then.
    fn hold(&mut self, row: &mut Row, random: &mut Random) {
        if let Some((index, value, left)) = &mut self.stuck {
            if let Some(cell) = row.get_mut(*index) {
                cell.clone_from(value);
            }
            *left -= 1;
            if *left <= 0 {
                self.stuck = None;
            }
        } else if random.chance(1.0 / 4_000.0) {
            let fallback = (0, Sensor { digits: 0, usual: 0.0 });
            let (index, _) = *random.one(&self.sensors, &fallback);
            if let Some(value) = row.get(index) {
                self.stuck = Some((index, value.clone(), random.whole(29, 119)));
            }
        }
    }
}

/// A reading of a sensor, in its digits.
pub(super) fn reading(columns: &[Column], index: usize, value: f64) -> Cell {
    let digits = columns.get(index).and_then(|column| column.sensor).map_or(0, |s| s.digits);
    Cell::Decimal(value, digits)
}
