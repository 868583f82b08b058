//! What the values of one column of a Parquet file are.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{
    DataType, Decimal128Type, Float64Type, Int64Type, TimeUnit, TimestampNanosecondType,
};
use schema::data::column::Finding;

use super::census::{Few, Run};
use super::extremes::Extremes;
use super::notes;
use super::tally::Tally;

/// Counts over one column.
#[derive(Clone, Debug, Default)]
pub(super) struct ColumnCensus {
    pub(super) nulls: u64,
    /// Cells that are not null.
    pub(super) values: u64,
    not_numbers: Tally,
    infinite: Tally,
    truncated: Tally,
    pub(super) extremes: Extremes,
    pub(super) few: Few,
    pub(super) run: Run,
}

impl ColumnCensus {
    /// Takes in an array as the file has it, for what normalising drops.
    pub(super) fn source(&mut self, array: &ArrayRef, before: u64) {
        if matches!(array.data_type(), DataType::Timestamp(TimeUnit::Nanosecond, _)) {
            let array = array.as_primitive::<TimestampNanosecondType>();
            for (row, value) in (before + 1..).zip(array) {
                if value.is_some_and(|value| value % 1000 != 0) {
                    self.truncated.add(row);
                }
            }
        }
    }

    /// Takes in a normalised array whose rows begin behind `before`.
    pub(super) fn take(&mut self, array: &ArrayRef, before: u64) {
        let nulls = array.logical_null_count() as u64;
        self.nulls += nulls;
        self.values += array.len() as u64 - nulls;
        let rows = before + 1..;
        match array.data_type() {
            DataType::Float64 => {
                for (row, value) in rows.zip(array.as_primitive::<Float64Type>()) {
                    let Some(value) = value else { continue };
                    self.few.add(&value.to_le_bytes());
                    if value.is_nan() {
                        self.not_numbers.add(row);
                    } else if value.is_infinite() {
                        self.infinite.add(row);
                    }
                    self.extremes.add(value, row);
                }
            }
            DataType::Int64 => {
                for (row, value) in rows.zip(array.as_primitive::<Int64Type>()) {
                    let Some(value) = value else { continue };
                    self.few.add(&value.to_le_bytes());
                    self.run.add(value);
                    #[expect(
                        clippy::cast_precision_loss,
                        reason = "a suspect is confirmed by a person"
                    )]
                    self.extremes.add(value as f64, row);
                }
            }
            DataType::Decimal128(_, scale) => {
                let unit = 10_f64.powi(i32::from(*scale));
                for (row, value) in rows.zip(array.as_primitive::<Decimal128Type>()) {
                    let Some(value) = value else { continue };
                    self.few.add(&value.to_le_bytes());
                    #[expect(
                        clippy::cast_precision_loss,
                        reason = "a suspect is confirmed by a person"
                    )]
                    self.extremes.add(value as f64 / unit, row);
                }
            }
            DataType::Utf8 => {
                for value in array.as_string::<i32>().iter().flatten() {
                    self.few.add(value.as_bytes());
                }
            }
            _ => {}
        }
    }

    /// The value that all values of a column are, if there are two or more.
    pub(super) fn constant(&self) -> Option<String> {
        if self.values < 2 {
            return None;
        }
        if let Some((low, high)) = self.extremes.range() {
            #[expect(clippy::float_cmp, reason = "the same value, whatever it is")]
            let same = low == high && self.not_numbers.count + self.infinite.count == 0;
            let exact = low.abs() <= super::number::EXACT_FLOAT_MAX as f64;
            return (same && exact).then(|| low.to_string());
        }
        match self.few.list()? {
            [value] => std::str::from_utf8(value).ok().map(str::to_owned),
            _ => None,
        }
    }

    /// Adds the census of a later file, whose rows begin behind `before`.
    pub(super) fn merge(&mut self, later: &Self, before: u64) {
        self.nulls += later.nulls;
        self.values += later.values;
        self.not_numbers.merge(&later.not_numbers, before);
        self.infinite.merge(&later.infinite, before);
        self.truncated.merge(&later.truncated, before);
        self.extremes.merge(&later.extremes, before);
        self.few.merge(&later.few);
        self.run.merge(&later.run);
    }

    /// What a person should know.
    pub(super) fn findings(&self, name: &str, findings: &mut Vec<Finding>) {
        if self.values == 0 && self.nulls > 0 {
            findings.push(notes::empty(name));
        }
        let mut add = |code: &str, tally: &Tally, ko: &str, en: &str| {
            if tally.count > 0 {
                findings.push(notes::seen(code, name, tally, ko.to_owned(), en.to_owned()));
            }
        };
        add(
            "number-nan",
            &self.not_numbers,
            "NaN 값이 있습니다. 빈 값과 다르며 그대로 두었습니다.",
            "Some values are NaN, which is not null; they were kept.",
        );
        add(
            "number-infinite",
            &self.infinite,
            "무한대 값이 있습니다.",
            "Some values are infinite.",
        );
        add(
            "time-truncated",
            &self.truncated,
            "마이크로초보다 작은 자리를 버렸습니다.",
            "Digits beyond microseconds were dropped.",
        );
    }
}
