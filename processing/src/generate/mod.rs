//! Sample data of a press, a CNC or an injection line, made up but physically plausible.
//!
//! The same kind, row count and seed give the same bytes on every machine: arithmetic is integer or
//! IEEE 754 without transcendental functions, and numbers are written from integers.
//!
//! Every file carries the defects that factory files have, at these rates (`n` is the row count):
//!
//! | defect | rate |
//! |---|---|
//! | empty cell of a sensor | 0.5 % of cells |
//! | stuck sensor: the last value repeats for 30 to 120 rows | one per 4,000 rows |
//! | sentinel: `9999` or `-1` instead of a reading | 0.1 % of rows, one sensor each |
//! | outlier: a reading three to six times too far from its set point | 0.1 % of rows |
//! | repeated row | 0.2 % of rows |
//! | row written after its successor | 0.1 % of rows |
//! | gap: the line stands for 10 to 120 minutes | one per 5,000 rows |
//! | damaged date: the year 2099, 30 February | one each, from 100 rows |
//!
//! | kind | a row is | file | verdict follows from |
//! |---|---|---|---|
//! | press | a stroke, 2 s | CP949, CRLF, Korean headers | load beyond its set point, die wear |
//! | cnc | a second of cutting | UTF-8, LF, mixed headers | vibration, tool wear |
//! | injection | a shot, about 45 s | UTF-8 with BOM, CRLF, Korean headers | cushion, pressure, mould temperature |
//!
//! Deliberately absent: people (no operator names), so that a sample passes the privacy scan.

mod cnc;
mod defect;
mod injection;
mod press;
mod random;
mod text;

use std::io::{BufWriter, Write as _};
use std::path::Path;

use crate::error::Fault;
use crate::pipeline::file::result_beside;
use crate::progress::{Progress, Silent};
use defect::Defects;
use random::Random;
use text::{Cell, Row, Style};

/// Rows between two reports of progress.
const HEARD_ROWS: u64 = 4_096;

/// A kind of production line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Stamping press.
    Press,
    /// Machining centre.
    Cnc,
    /// Injection moulding machine.
    Injection,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Press, Self::Cnc, Self::Injection];

    /// Name, as a command line takes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Press => "press",
            Self::Cnc => "cnc",
            Self::Injection => "injection",
        }
    }
}

/// A simulated line: gives one healthy row after the other.
trait Line {
    /// Headers and which columns are sensors, with their set points.
    fn columns(&self) -> &'static [Column];
    /// The next row, all machines in turn. The first cell is the time.
    fn next(&mut self, random: &mut Random) -> Row;
    /// The line stands still for some seconds.
    fn stop(&mut self, seconds: i64);
    /// How the file is written.
    fn style(&self) -> Style;
}

/// A column of a line.
struct Column {
    header: &'static str,
    /// Digits behind the point and usual value, of a sensor; defects befall only sensors.
    sensor: Option<Sensor>,
}

#[derive(Clone, Copy)]
struct Sensor {
    digits: u8,
    usual: f64,
}

const fn plain(header: &'static str) -> Column {
    Column { header, sensor: None }
}

const fn sensor(header: &'static str, digits: u8, usual: f64) -> Column {
    Column { header, sensor: Some(Sensor { digits, usual }) }
}

/// Writes `rows` records of a line of some kind as CSV, with a header.
///
/// # Errors
/// [`Fault::Transient`] when the file cannot be written.
pub fn write_csv(kind: Kind, rows: u64, seed: u64, out: &Path) -> Result<(), Fault> {
    write_csv_with(kind, rows, seed, out, &Silent)
}

/// As [`write_csv`], told to `progress` as the stage `generate`, in rows.
///
/// # Errors
/// As [`write_csv`]; [`Fault::Cancelled`], and then there is no file.
pub fn write_csv_with(
    kind: Kind,
    rows: u64,
    seed: u64,
    out: &Path,
    progress: &dyn Progress,
) -> Result<(), Fault> {
    let (file, path) = result_beside(out)?.into_parts();
    let mut file = BufWriter::with_capacity(1 << 20, file);
    let mut random = Random::new(seed);
    let mut line: Box<dyn Line> = match kind {
        Kind::Press => Box::new(press::Press::new(&mut random)),
        Kind::Cnc => Box::new(cnc::Cnc::new(&mut random)),
        Kind::Injection => Box::new(injection::Injection::new(&mut random)),
    };
    let style = line.style();
    let columns = line.columns();
    let headers: Row = columns.iter().map(|column| Cell::Text(column.header.into())).collect();
    let mut bytes = Vec::new();
    style.begin(&mut bytes);
    style.row(&headers, &mut bytes);
    file.write_all(&bytes)?;
    let mut defects = Defects::new(columns, rows, &mut random);
    for done in 0..rows {
        if done % HEARD_ROWS == 0 {
            progress.at("generate", done, rows)?;
        }
        let row = defects.next(line.as_mut(), &mut random);
        bytes.clear();
        style.row(&row, &mut bytes);
        file.write_all(&bytes)?;
    }
    file.flush()?;
    drop(file);
    path.persist(out).map_err(|error| Fault::from(error.error))
}

#[cfg(test)]
mod tests;
