//! The step `split`: parts for training, validation and test that follow each other in time.
//!
//! No part holds rows of a group of another one, and rows of one instant (without `group`) are in
//! one part. The cuts go into the lineage.

use std::sync::Arc;

use arrow::array::{RecordBatch, StringArray};
use arrow::datatypes::DataType;
use schema::data::column::ValueType;
use schema::data::lineage::{Fitted, FittedValue};
use schema::data::pipeline::Split;

use super::{measure, time};
use crate::error::Fault;
use crate::limits::Limits;
use crate::pipeline::belong::Belong;
use crate::pipeline::duration::micros;
use crate::pipeline::group::Groups;
use crate::pipeline::shape::{Shape, column};
use crate::pipeline::step::{Fit, Op, Plan, Ready};
use crate::pipeline::table::Table;
use crate::pipeline::work::Work;
use crate::spill::{Sorted, Sorter, ordered_whole, whole};

struct Unfitted {
    step: Split,
    time: usize,
    gap: i64,
    before: Shape,
    after: Shape,
}

pub(crate) fn plan(step: &Split, shape: &Shape, limits: &Limits) -> Result<Plan, Fault> {
    let time = time::index(&step.time, shape)?;
    // Tells unknown columns now.
    Groups::by(&step.group, shape, limits)?;
    let shares = [step.train, step.validation, step.test];
    let sum: f64 = shares.iter().sum();
    let whole = (sum - 100.0).abs() < 1e-9;
    if !whole || step.train <= 0.0 || !shares.iter().all(|share| *share >= 0.0) {
        return Err(Fault::input(
            "shares-invalid",
            "train은 0보다 크고, train·validation·test는 0 이상이며 합이 100이어야 합니다.",
            "train must be above 0, validation and test at least 0, and the three must make 100",
        ));
    }
    let gap = step.gap.as_deref().map_or(Ok(0), |text| micros(text, "gap"))?;
    let column = measure(step.name.clone(), ValueType::Text, None);
    let after = shape.with(vec![(column, DataType::Utf8)])?;
    let (step, before) = (step.clone(), shape.clone());
    let fit = Unfitted { step, time, gap, before, after: after.clone() };
    Ok(Plan::Fitted(Box::new(fit), after))
}

impl Fit for Unfitted {
    fn fit(self: Box<Self>, table: &Table, work: &Work<'_>) -> Result<Ready, Fault> {
        let groups = Groups::by(&self.step.group, &self.before, work)?;
        let grouped = groups.are_any();
        let mut belong = Belong::to(groups, table, work)?;
        let offset = self.before.reading.utc_offset_min;
        let mut times = Sorter::new(&work.scratch(), work.memory_bytes_max / 4);
        let mut first = vec![i64::MAX; if grouped { belong.count() } else { 0 }];
        belong.pass(table, self.time, work, &mut |array, groups| {
            for (row, time) in time::instants(array, offset).into_iter().enumerate() {
                let Some(time) = time else { continue };
                times.push(ordered_whole(time).to_be_bytes())?;
                let group = groups.get(row).map(|group| *group as usize);
                if let Some(first) = group.and_then(|group| first.get_mut(group)) {
                    *first = time.min(*first);
                }
            }
            Ok(())
        })?;
        let times = times.sorted()?;
        let cuts =
            [cut(&times, self.step.train)?, cut(&times, self.step.train + self.step.validation)?];
        let mut fitted = Vec::new();
        for (name, cut) in ["train_before", "validation_before"].into_iter().zip(cuts) {
            let at = cut.and_then(|cut| jiff::Timestamp::from_microsecond(cut).ok());
            fitted.extend(at.map(|at| Fitted {
                column: self.step.time.clone(),
                group: Vec::new(),
                name: name.to_owned(),
                value: FittedValue::Text(at.to_string()),
            }));
        }
        let op = Parts {
            groups: belong.into_groups()?,
            first: grouped.then_some(first),
            time: self.time,
            offset_min: offset,
            cuts: cuts.map(|cut| cut.unwrap_or(i64::MAX)),
            gap: self.gap,
            shape: self.after.clone(),
        };
        Ok(Ready { fitted, ..Ready::new(op, self.after) })
    }
}

/// The time at which so many percent of the rows have passed; none when all have.
fn cut(times: &Sorted<8>, percent: f64) -> Result<Option<i64>, Fault> {
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a place among the rows"
    )]
    let place = (times.len() as f64 * percent / 100.0).round() as u64;
    Ok(times.at(place)?.map(|time| whole(u64::from_be_bytes(time))))
}

struct Parts {
    groups: Groups,
    /// First time of each group.
    first: Option<Vec<i64>>,
    time: usize,
    offset_min: i16,
    /// Times at which validation and test begin.
    cuts: [i64; 2],
    gap: i64,
    shape: Shape,
}

impl Op for Parts {
    fn apply(&mut self, batch: &RecordBatch) -> Result<RecordBatch, Fault> {
        let groups = self.groups.of(batch)?;
        let times = time::instants(column(batch, self.time)?, self.offset_min);
        let parts: StringArray = times
            .iter()
            .zip(groups)
            .map(|(time, group)| {
                let time = (*time)?;
                let in_gap = |cut: &i64| time >= *cut && time < cut.saturating_add(self.gap);
                if self.cuts.iter().any(in_gap) {
                    return None;
                }
                let first = self.first.as_ref().and_then(|first| first.get(group as usize));
                let [validation, test] = self.cuts;
                Some(match first.copied().unwrap_or(time) {
                    time if time < validation => "train",
                    time if time < test => "validation",
                    _ => "test",
                })
            })
            .collect();
        let mut arrays = batch.columns().to_vec();
        arrays.push(Arc::new(parts));
        self.shape.batch(arrays, batch.num_rows())
    }
}
