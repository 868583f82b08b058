//! The method `hampel` of the step `outliers`: bounds that move with the row.

use arrow::array::RecordBatch;
use schema::data::pipeline::{OutlierAction, Outliers};

use super::delayed::{Over, Series, plan as delayed};
use super::kernel::{Hampel, Sorted};
use super::numbers;
use super::window::{Reach, Windowed};
use crate::error::Fault;
use crate::limits::Limits;
use crate::pipeline::bounds::Treated;
use crate::pipeline::shape::Shape;
use crate::pipeline::step::Plan;

struct Moving {
    indices: Vec<usize>,
    threshold: f64,
    reach: Reach,
    action: OutlierAction,
    shape: Shape,
    changed: u64,
}

pub(crate) fn plan(
    step: &Outliers,
    (indices, threshold): (Vec<usize>, f64),
    before: &Shape,
    after: Shape,
    limits: &Limits,
) -> Result<Plan, Fault> {
    let reach = Reach::of_rows(step.window_rows.unwrap_or(11), true)?;
    let shape = after.clone();
    let over = Moving { indices, threshold, reach, action: step.action, shape, changed: 0 };
    delayed(over, (&step.group, None, true), before, after, limits)
}

impl Over for Moving {
    fn inputs(&mut self, batch: &RecordBatch, _groups: &[u32]) -> Result<Vec<Vec<f64>>, Fault> {
        numbers(batch, &self.indices)
    }

    fn lanes(&self) -> usize {
        2
    }

    fn series(&self) -> Box<dyn Series> {
        let kernel = Hampel { sorted: Sorted::default(), threshold: self.threshold };
        Box::new(Windowed::new(self.reach, kernel, 2))
    }

    fn outcome(
        &mut self,
        batch: &RecordBatch,
        results: &[Vec<Vec<f64>>],
    ) -> Result<RecordBatch, Fault> {
        let mut treated = Treated::new(batch, self.action);
        for (index, lanes) in self.indices.iter().zip(results) {
            treated.column(*index, |row| {
                let bound = |lane: usize| lanes.get(lane)?.get(row).filter(|b| !b.is_nan());
                Some((*bound(0)?, *bound(1)?))
            })?;
        }
        self.changed += treated.changed;
        treated.batch(&self.shape)
    }

    fn changed(&self) -> u64 {
        self.changed
    }
}
