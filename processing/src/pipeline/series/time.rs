//! The time of each row as microseconds, checked to run forward within each group.

use arrow::array::{ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Date32Type, TimestampMicrosecondType};
use schema::data::column::ValueType;

use crate::DAY_US;
use crate::error::Fault;
use crate::pipeline::shape::{Shape, column};

/// Where a time column is.
///
/// # Errors
/// `column-unknown`, `column-type`.
pub(crate) fn index(name: &str, shape: &Shape) -> Result<usize, Fault> {
    let index = shape.index(name)?;
    let is_time = |t| matches!(t, ValueType::Date | ValueType::Timestamp);
    shape.must_be(index, is_time, "날짜·시각", "date or time")?;
    Ok(index)
}

/// Instants of a time column: microseconds since 1970 in UTC; a day is its first instant in the zone
/// of the file, `offset_min` ahead of UTC.
pub(crate) fn instants(array: &ArrayRef, offset_min: i16) -> Vec<Option<i64>> {
    match array.data_type() {
        DataType::Date32 => {
            let days = array.as_primitive::<Date32Type>();
            let ahead = i64::from(offset_min) * 60_000_000;
            days.iter().map(|day| day.map(|day| i64::from(day) * DAY_US - ahead)).collect()
        }
        _ => array.as_primitive::<TimestampMicrosecondType>().iter().collect(),
    }
}

/// Reads the times of rows that must come in order.
pub(crate) struct Clock {
    index: usize,
    name: String,
    offset_min: i16,
    /// Latest time by group.
    last: Vec<i64>,
    rows: u64,
}

impl Clock {
    /// A clock on the column `name`.
    ///
    /// # Errors
    /// `column-unknown`, `column-type`.
    pub(crate) fn new(name: &str, shape: &Shape) -> Result<Self, Fault> {
        let index = index(name, shape)?;
        let offset_min = shape.reading.utc_offset_min;
        Ok(Self { index, name: name.to_owned(), offset_min, last: Vec::new(), rows: 0 })
    }

    /// The time of each row of the next batch; `None` where it has none.
    ///
    /// # Errors
    /// `time-unsorted` with the first row that is earlier than one before it in its group.
    pub(crate) fn read(
        &mut self,
        batch: &RecordBatch,
        groups: &[u32],
    ) -> Result<Vec<Option<i64>>, Fault> {
        let times = instants(column(batch, self.index)?, self.offset_min);
        for (row, (time, group)) in times.iter().zip(groups).enumerate() {
            let Some(time) = *time else { continue };
            let group = *group as usize;
            if group >= self.last.len() {
                self.last.resize(group + 1, i64::MIN);
            }
            let Some(last) = self.last.get_mut(group) else { continue };
            if time < *last {
                return Err(unsorted(&self.name, self.rows + row as u64 + 1));
            }
            *last = time;
        }
        self.rows += batch.num_rows() as u64;
        Ok(times)
    }
}

fn unsorted(name: &str, row: u64) -> Fault {
    Fault::input(
        "time-unsorted",
        format!("{row}번째 행의 ‘{name}’이(가) 같은 그룹의 앞 행보다 이릅니다. 이 단계 앞에 sort를 넣으십시오."),
        format!("“{name}” of row {row} is earlier than a row before it in its group; add sort before this step"),
    )
    .at_column(name)
    .at_row(row)
}
