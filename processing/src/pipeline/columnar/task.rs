//! A run of steps, done: the order of the rows, then the columns on all threads.

use std::path::Path;
use std::sync::{Arc, Mutex};

use arrow::array::{Array, ArrayRef, BooleanArray, Int64Array, UInt32Array};
use arrow::compute::take;
use arrow::datatypes::DataType;
use schema::data::column::ValueType;
use schema::data::lineage::{Fitted, FittedValue};
use schema::data::pipeline::{
    FillMethod, FillMissing, OutlierAction, OutlierMethod, Outliers, Scale, Step,
};

use super::floats::{Bits, Floats};
use super::group::{Grouping, Parts};
use super::load::{Each, Values, joined, load};
use super::plan::{Job, Local, Origin, Out, Task};
use super::rows::{Rows, find, unfit};
use super::{Done, Ran};
use crate::error::Fault;
use crate::pipeline::bounds;
use crate::pipeline::file::{batch_rows, plain_column};
use crate::pipeline::inputs::Inputs;
use crate::pipeline::number::mean_and_std_of;
use crate::pipeline::resample::{Cut, Fold, without_time};
use crate::pipeline::scale;
use crate::pipeline::shape::{Shape, within_memory};
use crate::pipeline::step::{Plan, plan};
use crate::pipeline::table::{Column, Table};
use crate::pipeline::work::Work;

/// Columns made, and what was noted on the way.
type Worked = (Vec<(Origin, Column)>, Vec<Note>);

/// What a step found and changed on one column.
struct Note {
    number: usize,
    nth: usize,
    changed: u64,
    fitted: Vec<Fitted>,
}

/// The buckets of a resampling.
struct Buckets {
    cuts: Vec<Cut>,
    starts: ArrayRef,
    /// The group columns.
    groups: Vec<ArrayRef>,
    count: usize,
}

/// What the columns of a run share.
struct Shared<'a> {
    job: &'a Job,
    table: &'a Table,
    rows: Rows,
    groupings: Vec<(Vec<usize>, Grouping)>,
    buckets: Option<Buckets>,
    work: &'a Work<'a>,
    /// Whether the columns that come out go to files.
    scratch: Option<&'a Path>,
}

impl Job {
    /// Does the run.
    ///
    /// # Errors
    /// [`Fault::Input`] when the engine of batches must do it, whatever its code; others are final.
    pub(in crate::pipeline) fn run(
        &self,
        table: &Table,
        work: &Work<'_>,
        scratch: &Path,
    ) -> Result<Ran, Fault> {
        let mut rows = find(&self.rows, table, work)?;
        let buckets = self.buckets(&mut rows, work)?;
        let mut groupings: Vec<(Vec<usize>, Grouping)> = Vec::new();
        let locals = || self.tasks.iter().flat_map(|task| &task.steps);
        for local in locals() {
            if !groupings.iter().any(|(group, _)| *group == local.group) {
                let grouping = Grouping::by(&local.group, &rows, table, work)?;
                groupings.push((local.group.clone(), grouping));
            }
        }
        let count = buckets.as_ref().map_or(rows.count, |buckets| buckets.count);
        let bytes = count.saturating_mul(9).saturating_mul(self.columns.len());
        let scratch = (bytes > work.memory_bytes_max / 4).then_some(scratch);
        let shared = Shared { job: self, table, rows, groupings, buckets, work, scratch };
        let threads = shared.threads(bytes)?;
        let (made, notes) = shared.tasks(threads)?;
        let (rows, buckets) = (shared.rows, shared.buckets);
        let table = Table::of_columns(
            self.shape.clone(),
            count as u64,
            self.assembled(made, buckets.as_ref(), scratch, work)?,
        )?;
        Ok(Ran { table, steps: self.told(&rows, count, notes, work) })
    }

    /// The rows of the table as each step found and left them, and what the steps did.
    fn told(&self, rows: &Rows, count: usize, mut notes: Vec<Note>, work: &Work<'_>) -> Vec<Done> {
        notes.sort_by_key(|note| (note.number, note.nth));
        let total = rows.total as u64;
        let left = |behind: usize| {
            behind.checked_sub(1).map_or(total, |n| rows.left.get(n).copied().unwrap_or(total))
        };
        let mut done: Vec<Done> = Vec::with_capacity(self.steps.len());
        for (number, planned) in self.steps.iter().enumerate() {
            let mut rows = (left(planned.rows.0), left(planned.rows.1));
            let mut fitted = planned.fitted.clone();
            if let Some((_, at, _, time)) = &self.resampling {
                if number == *at {
                    let before = self.shape_before(number);
                    fitted = without_time(before.unwrap_or_default(), 0);
                    let _ = time;
                }
                if number >= *at {
                    rows.1 = count as u64;
                }
                if number > *at {
                    rows.0 = count as u64;
                }
            }
            let (mut changed, mut found) = (0, Vec::new());
            for note in notes.iter_mut().filter(|note| note.number == number) {
                changed += note.changed;
                found.append(&mut note.fitted);
            }
            fitted.append(&mut found);
            work.advance(rows.0);
            let shape = planned.shape.clone();
            done.push(Done { rows, changed, fitted, shape });
        }
        done
    }

    /// Name of the time column of the resampling.
    fn shape_before(&self, number: usize) -> Option<&str> {
        let (resampling, ..) = self.resampling.as_ref()?;
        let behind = self.steps.get(number)?;
        Some(behind.shape.name(resampling.group.len()))
    }

    fn buckets(&self, rows: &mut Rows, work: &Work<'_>) -> Result<Option<Buckets>, Fault> {
        let Some((resampling, _, group, _)) = &self.resampling else { return Ok(None) };
        let sorted = rows.sorted.as_mut().ok_or_else(unfit)?;
        let mut buckets = resampling.buckets(rows.count as u64);
        let (mut from, mut cuts) = (0, Vec::new());
        let mut values: Vec<Vec<u32>> = group.iter().map(|_| Vec::new()).collect();
        for (code, end) in &sorted.ends {
            work.tick()?;
            let times = sorted.keys.get(from..*end).unwrap_or_default();
            let before = buckets.count();
            let found = buckets.cuts(times, |row| row == 0)?;
            cuts.extend(found.into_iter().map(|cut| Cut { row: cut.row + from, ..cut }));
            let told = buckets.count() - before;
            let of = sorted.combined.get(*code as usize).map(Vec::as_slice).unwrap_or_default();
            for (column, value) in values.iter_mut().zip(of) {
                column.extend(std::iter::repeat_n(*value, told));
            }
            from = *end;
        }
        // The times of rows are not needed any more.
        sorted.keys = Vec::new();
        let starts = buckets.take(true);
        let count = starts.len();
        let bug = |error: arrow::error::ArrowError| Fault::Bug(error.to_string());
        let groups = sorted.codes.iter().zip(values).map(|(coded, values)| {
            take(&coded.values, &UInt32Array::from(values), None).map_err(bug)
        });
        let groups = groups.collect::<Result<_, _>>()?;
        Ok(Some(Buckets { cuts, starts: resampling.starts(starts), groups, count }))
    }

    /// The columns that come out, in their order.
    fn assembled(
        &self,
        mut made: Vec<(Origin, Column)>,
        buckets: Option<&Buckets>,
        scratch: Option<&Path>,
        work: &Work<'_>,
    ) -> Result<Vec<Column>, Fault> {
        let mut columns = Vec::with_capacity(self.columns.len());
        for (n, from) in self.columns.iter().enumerate() {
            let array = match from {
                Origin::Task(..) => {
                    let place = made.iter().position(|(of, _)| of == from);
                    let place = place.ok_or_else(|| Fault::Bug("a column was not made".into()))?;
                    columns.push(made.swap_remove(place).1);
                    continue;
                }
                Origin::Group(n) => buckets.and_then(|buckets| buckets.groups.get(*n)),
                Origin::Starts => buckets.map(|buckets| &buckets.starts),
            };
            let array = array.ok_or_else(|| Fault::Bug("a column was not made".into()))?;
            let data_type = self.shape.data_type(n);
            columns.push(Column::of(Arc::clone(array), &data_type, scratch, work)?);
        }
        Ok(columns)
    }
}

impl Shared<'_> {
    /// How many columns fit the memory at a time.
    fn threads(&self, bytes: usize) -> Result<usize, Fault> {
        let rows = self.rows.count;
        let plain = |local: &Local| !local.is_of_cells() && !is_of_floats(local);
        let wide = self.job.tasks.iter().any(|task| task.steps.iter().any(plain));
        // A column and its mask; a copy, groups and times where a step runs as on batches.
        let one = rows.saturating_mul(if wide { 36 } else { 10 });
        let held = if self.scratch.is_some() { 0 } else { bytes };
        let fixed = self.rows.total.saturating_mul(5).saturating_add(held);
        let free = self.work.memory_bytes_max.saturating_sub(fixed);
        within_memory("열 단위 처리", "working by column", one, free)?;
        Ok((free / one.max(1)).clamp(1, self.work.threads.max(1)))
    }

    /// Does all columns.
    fn tasks(&self, threads: usize) -> Result<Worked, Fault> {
        let needed = self.job.tasks.iter().enumerate().filter(|(_, task)| task.is_needed());
        let next = Mutex::new(needed);
        let run = || -> Result<Worked, Fault> {
            let (mut made, mut notes) = (Vec::new(), Vec::new());
            loop {
                let task = next.lock().map_err(|_| Fault::Bug("a column died".into()))?.next();
                let Some((number, task)) = task else { return Ok((made, notes)) };
                self.task(number, task, &mut made, &mut notes)?;
            }
        };
        std::thread::scope(|scope| {
            let others: Vec<_> = (1..threads).map(|_| scope.spawn(run)).collect();
            let (mut made, mut notes) = run()?;
            for other in others {
                let died = |_| Fault::Bug("a column died".into());
                let (more, told) = other.join().map_err(died)??;
                made.extend(more);
                notes.extend(told);
            }
            Ok((made, notes))
        })
    }

    fn task(
        &self,
        number: usize,
        task: &Task,
        made: &mut Vec<(Origin, Column)>,
        notes: &mut Vec<Note>,
    ) -> Result<(), Fault> {
        let cells = task.steps.iter().take_while(|local| local.is_of_cells()).count();
        let (first, rest) = task.steps.split_at(cells);
        let each = |local| Each::new(local, self.work).map(|each| (local, each));
        let mut first = first.iter().map(each).collect::<Result<Vec<_>, _>>()?;
        let to = match first.last() {
            Some((_, each)) => each.data_type().clone(),
            None => self.table.shape.data_type(task.source),
        };
        let mut values = load(self.table, task.source, &to, &self.rows, &mut first, self.work)?;
        for (local, each) in &first {
            note(local, each.changed(), Vec::new(), notes);
        }
        for local in rest {
            values = self.step(local, values, notes)?;
        }
        let outs = task.outs.iter().enumerate();
        let outs: Vec<_> = outs.filter(|(_, out)| out.kept || !out.steps.is_empty()).collect();
        let array = values.array();
        for (place, out) in outs {
            let array = self.out(out, &array, notes)?;
            if out.kept {
                let data_type = array.data_type().clone();
                let column = Column::of(array, &data_type, self.scratch, self.work)?;
                made.push((Origin::Task(number, place), column));
            }
        }
        Ok(())
    }

    fn out(&self, out: &Out, array: &ArrayRef, notes: &mut Vec<Note>) -> Result<ArrayRef, Fault> {
        let (Some(told), Some(buckets)) = (out.told, &self.buckets) else {
            return Ok(Arc::clone(array));
        };
        let limit = self.work.memory_bytes_max / 4;
        let mut fold = Fold::new(told, array.data_type(), limit);
        fold.push(array, &buckets.cuts)?;
        fold.end()?;
        let mut values = Values::of(fold.take()?);
        for local in &out.steps {
            values = self.step(local, values, notes)?;
        }
        Ok(values.array())
    }

    /// One step on a whole column.
    fn step(&self, local: &Local, values: Values, notes: &mut Vec<Note>) -> Result<Values, Fault> {
        self.work.tick()?;
        if local.is_of_cells() {
            let mut each = Each::new(local, self.work)?;
            let array = each.whole(local, &values.array())?;
            note(local, each.changed(), Vec::new(), notes);
            return Ok(Values::of(array));
        }
        let grouping = self.groupings.iter().find(|(group, _)| *group == local.group);
        let grouping = grouping.filter(|_| !local.group.is_empty()).map(|(_, grouping)| grouping);
        match (values, &local.step) {
            (Values::Floats(floats), step) if is_of_floats(local) => {
                let whole = [0, floats.values.len()];
                let (ranges, labels) = match grouping.map(|of| (&of.parts, &of.labels)) {
                    None => (whole.as_slice(), None),
                    Some((Parts::Ranges(starts), labels)) => (starts.as_slice(), Some(labels)),
                    Some((Parts::Numbers(_), _)) => {
                        let array = Arc::new(floats.array());
                        return self.plainly(local, array, grouping, notes);
                    }
                };
                let of = Of { local, ranges, labels };
                Ok(match step {
                    Step::Outliers(step) => of.outliers(step, floats, notes),
                    Step::FillMissing(step) => of.fill(step, floats, notes),
                    Step::Scale(step) => of.scale(step, floats, notes),
                    _ => return Err(Fault::Bug("no such kernel".into())),
                })
            }
            (values, _) => self.plainly(local, values.array(), grouping, notes),
        }
    }

    /// The step as the engine of batches does it, on a table of this column, the number of its group
    /// and its time.
    fn plainly(
        &self,
        local: &Local,
        array: ArrayRef,
        grouping: Option<&Grouping>,
        notes: &mut Vec<Note>,
    ) -> Result<Values, Fault> {
        let name = local.shape.name(0).to_owned();
        let (group, time) = (format!("{name}\u{0}group"), format!("{name}\u{0}time"));
        let mut pairs = local.shape.pairs();
        let mut arrays = vec![array];
        if let Some(grouping) = grouping {
            pairs.push((plain_column(&group, ValueType::Integer), DataType::Int64));
            arrays.push(Arc::new(Int64Array::from(grouping.numbers())));
        }
        if let Some(source) = local.time {
            let data_type = self.table.shape.data_type(source);
            let value_type = crate::pipeline::file::value_type_of(&data_type);
            pairs.push((plain_column(&time, value_type), data_type.clone()));
            let times = load(self.table, source, &data_type, &self.rows, &mut [], self.work)?;
            arrays.push(times.array());
        }
        let renamed = grouping.map(|_| group);
        let step = keyed(&local.step, renamed.as_ref(), local.time.map(|_| &time));
        let shape = Shape::new(local.shape.reading.clone(), pairs);
        let mut batches = Vec::new();
        let rows = arrays.first().map_or(0, Array::len);
        let size = batch_rows(shape.columns.len());
        for from in (0..rows.max(1)).step_by(size) {
            let length = size.min(rows - from);
            let pieces = arrays.iter().map(|array| array.slice(from, length)).collect();
            batches.push(shape.batch(pieces, length)?);
        }
        drop(arrays);
        let table = Table::of(shape.clone(), batches.clone());
        let mut ready = match plan(&step, &shape, self.work, &Inputs::default())? {
            Plan::Stream(ready) => ready,
            Plan::Fitted(fit, _) => fit.fit(&table, self.work)?,
            Plan::Whole(..) => return Err(Fault::Bug("not a step of one column".into())),
        };
        let place = if local.flags { ready.shape.columns.len() - 1 } else { 0 };
        let mut pieces = Vec::with_capacity(batches.len());
        for batch in batches {
            let after = ready.op.apply(&batch)?;
            pieces.push(Arc::clone(crate::pipeline::shape::column(&after, place)?));
        }
        let mut fitted = ready.fitted;
        for fitted in &mut fitted {
            fitted.column.clone_from(&name);
            let number = fitted.group.first().and_then(|text| text.parse::<usize>().ok());
            let label = number.and_then(|number| grouping?.labels.get(number));
            fitted.group = label.cloned().unwrap_or_default();
        }
        note(local, ready.op.changed(), fitted, notes);
        Ok(Values::of(joined(&pieces)?))
    }
}

/// The same step, its group and time columns called otherwise.
fn keyed(step: &Step, group: Option<&String>, time: Option<&String>) -> Step {
    let group = group.cloned().into_iter().collect();
    match step {
        Step::Outliers(step) => Step::Outliers(Outliers { group, ..step.clone() }),
        Step::FillMissing(step) => {
            Step::FillMissing(FillMissing { group, time: time.cloned(), ..step.clone() })
        }
        other => other.clone(),
    }
}

/// Whether there is a kernel for the step on floats.
fn is_of_floats(local: &Local) -> bool {
    match &local.step {
        Step::Outliers(_) | Step::Scale(_) => true,
        Step::FillMissing(step) => {
            let flows =
                matches!(step.method, FillMethod::Ffill | FillMethod::Bfill | FillMethod::Linear);
            flows && local.time.is_none() && step.max_gap_s.is_none()
        }
        _ => false,
    }
}

fn note(local: &Local, changed: u64, fitted: Vec<Fitted>, notes: &mut Vec<Note>) {
    if local.recorded {
        notes.push(Note { number: local.number, nth: local.nth, changed, fitted });
    }
}

/// A step on a column of floats whose groups are ranges.
struct Of<'a> {
    local: &'a Local,
    ranges: &'a [usize],
    labels: Option<&'a Vec<Vec<String>>>,
}

impl Of<'_> {
    fn ranges(&self) -> impl Iterator<Item = (usize, std::ops::Range<usize>)> + '_ {
        let ends = self.ranges.iter().zip(self.ranges.iter().skip(1));
        ends.map(|(from, to)| *from..*to).enumerate()
    }

    fn fitted(&self, group: usize, pairs: [(&str, f64); 2]) -> impl Iterator<Item = Fitted> {
        let group = self.labels.and_then(|labels| labels.get(group)).cloned().unwrap_or_default();
        let column = self.local.shape.name(0).to_owned();
        pairs.map(|(name, value)| (name.to_owned(), value)).into_iter().map(move |(name, value)| {
            let value = FittedValue::Number(value);
            Fitted { column: column.clone(), group: group.clone(), name, value }
        })
    }

    fn outliers(&self, step: &Outliers, mut floats: Floats, notes: &mut Vec<Note>) -> Values {
        let threshold = bounds::threshold(step);
        let (mut fitted, mut changed) = (Vec::new(), 0);
        let mut flags = self.local.flags.then(|| Bits::zeros(floats.values.len()));
        for (group, rows) in self.ranges() {
            let found = match step.method {
                OutlierMethod::ZScore => {
                    let moments = mean_and_std_of(floats.finite(rows.clone()));
                    moments.and_then(|(mean, std)| bounds::around(mean, mean, std, threshold))
                }
                method => {
                    let mut values: Vec<f64> = floats.finite(rows.clone()).collect();
                    bounds::found(method, threshold, &mut values)
                }
            };
            if let Some((lower, upper)) = found {
                fitted.extend(self.fitted(group, [("lower", lower), ("upper", upper)]));
            }
            match (&mut flags, step.action) {
                (Some(flags), _) => floats.outside(rows, found, flags),
                (None, OutlierAction::Clip) => changed += floats.bounded(rows, found, true),
                (None, OutlierAction::ToNull) => changed += floats.bounded(rows, found, false),
                (None, OutlierAction::Flag | OutlierAction::Drop) => {}
            }
        }
        note(self.local, changed, fitted, notes);
        match flags {
            Some(flags) => Values::Array(Arc::new(BooleanArray::new(flags.buffer(), None))),
            None => Values::Floats(floats),
        }
    }

    fn fill(&self, step: &FillMissing, mut floats: Floats, notes: &mut Vec<Note>) -> Values {
        let mut changed = 0;
        for (_, rows) in self.ranges() {
            changed += floats.filled(rows, step.method, step.max_gap_rows);
        }
        note(self.local, changed, Vec::new(), notes);
        Values::Floats(floats)
    }

    fn scale(&self, step: &Scale, mut floats: Floats, notes: &mut Vec<Note>) -> Values {
        let found = floats.parameters(step.method);
        let (mut fitted, mut shift, mut width) = (Vec::new(), 0.0, 1.0);
        if let Some((names, first, second)) = found {
            let [one, two] = names;
            fitted.extend(self.fitted(usize::MAX, [(one, first), (two, second)]));
            (shift, width) = (first, scale::width(step.method, first, second));
        }
        let changed = floats.scaled(shift, width);
        note(self.local, changed, fitted, notes);
        Values::Floats(floats)
    }
}
