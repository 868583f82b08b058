//! The step `features`: one row of statistics and spectral features for each window of each group.
//!
//! Windows come out in the order in which they are completed, those that only the end of the table
//! completes in the order of their groups. A group remembers the rows of its unfinished windows.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, Float64Array, Int64Array, RecordBatch, TimestampMicrosecondArray, UInt32Array,
    UInt64Array, new_empty_array,
};
use arrow::compute::{concat, take};
use arrow::datatypes::DataType;
use schema::data::column::{Role, ValueType};
use schema::data::pipeline::{Features, Spectrum, Statistic};

use super::measured::{Extent, Measured, Measures, Rows};
use super::spectrum::Analyser;
use super::time::Clock;
use super::{measure, numbers, window_rows};
use crate::error::Fault;
use crate::limits::Limits;
use crate::pipeline::duration::positive_micros;
use crate::pipeline::file::{ZONE, timestamp};
use crate::pipeline::group::Groups;
use crate::pipeline::shape::{Shape, column, within_memory};
use crate::pipeline::step::{Op, Ready};

struct Windows {
    indices: Vec<usize>,
    extent: Extent,
    measures: Measures,
    clock: Clock,
    groups: Groups,
    group_columns: Vec<usize>,
    /// The values of the group columns, a row a group.
    keys: Vec<ArrayRef>,
    open: Vec<Rows>,
    made: Made,
    analyser: Analyser,
    shape: Shape,
    limit: usize,
}

/// Rows of the result that are not handed on yet.
#[derive(Default)]
struct Made {
    groups: Vec<u32>,
    windows: Vec<Measured>,
}

pub(crate) fn plan(step: &Features, shape: &Shape, limits: &Limits) -> Result<Ready, Fault> {
    let indices = shape.numeric(&step.columns)?;
    let extent = extent(step)?;
    let spectrum = step.spectrum.clone().unwrap_or_default();
    check_spectrum(&spectrum)?;
    let names = feature_names(&step.statistics, &spectrum);
    if names.is_empty() {
        return Err(Fault::input(
            "features-none",
            "statistics나 spectrum에 특징을 하나 이상 지정해야 합니다.",
            "at least one feature is needed under statistics or spectrum",
        ));
    }
    let group_columns =
        if step.group.is_empty() { Vec::new() } else { shape.indices(&step.group)? };
    let keyed = Shape::new(shape.reading.clone(), shape.chosen(&group_columns).pairs());
    let mut added = Vec::new();
    for name in ["window_start", "window_end"] {
        let mut column = measure(name.to_owned(), ValueType::Timestamp, None);
        if added.is_empty() {
            column.role = Role::Time;
        }
        added.push((column, timestamp()));
    }
    for name in ["rows", "missing", "gaps"] {
        added.push((measure(name.to_owned(), ValueType::Integer, None), DataType::Int64));
    }
    for index in &indices {
        for (name, hertz) in &names {
            let name = format!("{}_{name}", shape.name(*index));
            let unit = if *hertz { Some("Hz") } else { None };
            added.push((measure(name, ValueType::Number, unit), DataType::Float64));
        }
    }
    let after = keyed.with(added)?;
    let types = group_columns.iter().map(|index| shape.data_type(*index));
    let op = Windows {
        extent,
        measures: Measures { statistics: step.statistics.clone(), spectrum, count: names.len() },
        clock: Clock::new(&step.time, shape)?,
        groups: Groups::by(&step.group, shape, limits)?,
        keys: types.map(|data_type| new_empty_array(&data_type)).collect(),
        group_columns,
        indices,
        open: Vec::new(),
        made: Made::default(),
        analyser: Analyser::new(),
        shape: after.clone(),
        limit: limits.memory_bytes_max / 4,
    };
    Ok(Ready::new(op, after))
}

fn extent(step: &Features) -> Result<Extent, Fault> {
    match (step.window_rows, &step.window) {
        (Some(rows), None) if step.step.is_none() => {
            let step = window_rows(step.step_rows.unwrap_or(rows), false)?;
            let rows = window_rows(rows, false)?;
            Ok(Extent::Rows { rows: u64::from(rows), step: u64::from(step) })
        }
        (None, Some(window)) if step.step_rows.is_none() => {
            let length = positive_micros(window, "window")?;
            let step = step.step.as_deref().map_or(Ok(length), |s| positive_micros(s, "step"))?;
            Ok(Extent::Time { length, step })
        }
        _ => Err(Fault::input(
            "window-invalid",
            "window_rows와 step_rows, 또는 window와 step을 지정해야 합니다.",
            "either window_rows with step_rows, or window with step, is needed",
        )),
    }
}

fn check_spectrum(spectrum: &Spectrum) -> Result<(), Fault> {
    let band = |[low, high]: &[f64; 2]| *low >= 0.0 && low < high && high.is_finite();
    let rate = spectrum.sampling_hz.is_none_or(|hertz| hertz.is_finite() && hertz > 0.0);
    if rate && spectrum.bands_hz.iter().all(band) {
        return Ok(());
    }
    Err(Fault::input(
        "spectrum-invalid",
        "sampling_hz는 0보다 커야 하고, bands_hz의 각 대역은 0 이상의 낮은 수와 그보다 높은 수여야 합니다.",
        "sampling_hz must be above 0, and each band of bands_hz a number of at least 0 and a higher one",
    ))
}

/// Names of the features of a column, and whether they are frequencies.
fn feature_names(statistics: &[Statistic], spectrum: &Spectrum) -> Vec<(String, bool)> {
    let mut names: Vec<(String, bool)> =
        statistics.iter().map(|statistic| (statistic.name().to_owned(), false)).collect();
    let bands = spectrum.bands_hz.iter();
    names.extend(bands.map(|[low, high]| (format!("band_{low}_{high}"), false)));
    if spectrum.peak {
        names.push(("peak_hz".to_owned(), true));
        names.push(("peak_amplitude".to_owned(), false));
    }
    if spectrum.centroid {
        names.push(("centroid_hz".to_owned(), true));
    }
    names
}

impl Windows {
    /// Remembers the keys of groups that are new in a batch.
    fn note_groups(&mut self, batch: &RecordBatch, groups: &[u32]) -> Result<(), Fault> {
        let mut known = self.open.len();
        let mut first = Vec::new();
        for (row, group) in groups.iter().enumerate() {
            if *group as usize == known {
                first.push(row as u64);
                known += 1;
            }
        }
        if first.is_empty() {
            return Ok(());
        }
        let first = UInt64Array::from(first);
        for (index, keys) in self.group_columns.iter().zip(&mut self.keys) {
            let new = take(column(batch, *index)?, &first, None).map_err(bug)?;
            *keys = concat(&[keys.as_ref(), new.as_ref()]).map_err(bug)?;
        }
        let width = self.indices.len();
        self.open.resize_with(known, || Rows::new(width));
        Ok(())
    }

    /// The windows made so far, as a batch.
    fn batch(&mut self) -> Result<RecordBatch, Fault> {
        let made = std::mem::take(&mut self.made);
        let groups = UInt32Array::from(made.groups);
        let mut arrays = Vec::with_capacity(self.shape.columns.len());
        for keys in &self.keys {
            arrays.push(take(keys, &groups, None).map_err(bug)?);
        }
        let windows = &made.windows;
        for end in [false, true] {
            let times = windows.iter().map(|w| if end { w.end } else { w.start });
            let times = TimestampMicrosecondArray::from_iter_values(times).with_timezone(ZONE);
            arrays.push(Arc::new(times) as ArrayRef);
        }
        let counts: [fn(&Measured) -> usize; 3] = [|w| w.rows, |w| w.missing, |w| w.gaps];
        for count in counts {
            let counts = windows.iter().map(|w| i64::try_from(count(w)).unwrap_or(i64::MAX));
            arrays.push(Arc::new(Int64Array::from_iter_values(counts)));
        }
        for n in 0..self.indices.len() * self.measures.count {
            let values = windows.iter().map(|w| w.features.get(n).copied().filter(|v| !v.is_nan()));
            arrays.push(Arc::new(values.collect::<Float64Array>()));
        }
        self.shape.batch(arrays, windows.len())
    }
}

fn bug(error: arrow::error::ArrowError) -> Fault {
    Fault::Bug(error.to_string())
}

impl Op for Windows {
    fn apply(&mut self, batch: &RecordBatch) -> Result<RecordBatch, Fault> {
        let groups = self.groups.of(batch)?;
        let times = self.clock.read(batch, &groups)?;
        let values = numbers(batch, &self.indices)?;
        self.note_groups(batch, &groups)?;
        for (row, (group, time)) in groups.iter().zip(times).enumerate() {
            let (Some(open), Some(time)) = (self.open.get_mut(*group as usize), time) else {
                continue;
            };
            let cells = values.iter().filter_map(|column| column.get(row).copied());
            let made = &mut self.made;
            open.push((time, cells), self.extent, &mut |rows, span| {
                made.groups.push(*group);
                made.windows.push(self.measures.of(rows, span, &mut self.analyser)?);
                Ok(())
            })?;
        }
        let held: usize = self.open.iter().map(Rows::cells).sum();
        within_memory("창의 행", "rows of windows", held * 8, self.limit)?;
        self.batch()
    }

    fn finish(&mut self) -> Result<Option<RecordBatch>, Fault> {
        for (group, open) in self.open.iter_mut().enumerate() {
            let made = &mut self.made;
            open.end(self.extent, &mut |rows, span| {
                made.groups.push(u32::try_from(group).unwrap_or(u32::MAX));
                made.windows.push(self.measures.of(rows, span, &mut self.analyser)?);
                Ok(())
            })?;
        }
        self.batch().map(Some)
    }
}
