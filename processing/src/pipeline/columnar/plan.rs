//! A run of steps, planned: which rows stay, and what becomes of each column.

use schema::data::lineage::Fitted;
use schema::data::pipeline::{
    Aggregate, BadTime, Columns, Derive, DropDuplicates, FillMethod, FillMissing, FilterRange,
    OutlierAction, OutlierMethod, Outliers, Resample, Scale, Sort, Step,
};

use super::part::{computed, part};
use super::rows::{RowStep, same_columns};
use crate::limits::Limits;
use crate::pipeline::inputs::Inputs;
use crate::pipeline::resample::{Resampling, Told};
use crate::pipeline::shape::Shape;
use crate::pipeline::sort::Order;
use crate::pipeline::step::{self, Plan};

/// One step on one column.
#[derive(Clone)]
pub(super) struct Local {
    /// Which step of the run.
    pub(super) number: usize,
    /// Which column of the step, for the order of what is found.
    pub(super) nth: usize,
    /// The step, named for this column alone.
    pub(super) step: Step,
    /// The column before it.
    pub(super) shape: Shape,
    /// Row steps before it.
    pub(super) stage: u8,
    /// Columns of the table that keep rows apart.
    pub(super) group: Vec<usize>,
    /// Column of the table that tells the time.
    pub(super) time: Option<usize>,
    /// Whether what it does is recorded; not where a column is made twice.
    pub(super) recorded: bool,
    /// Whether the flags of outliers are what comes out, not the column itself.
    pub(super) flags: bool,
}

impl Local {
    /// Whether the step looks at a cell alone.
    pub(super) fn is_of_cells(&self) -> bool {
        matches!(
            self.step,
            Step::SentinelToNull(_) | Step::UnitConvert(_) | Step::Cast(_) | Step::Derive(_)
        )
    }
}

/// What becomes of a column of the table.
#[derive(Clone)]
pub(super) struct Task {
    /// The column of the table.
    pub(super) source: usize,
    /// What is done to it in full length.
    pub(super) steps: Vec<Local>,
    /// What comes out of it.
    pub(super) outs: Vec<Out>,
}

impl Task {
    /// Whether there is anything to do: a column that is dropped is still worked on where that is to
    /// be recorded.
    pub(super) fn is_needed(&self) -> bool {
        let steps = self.outs.iter().any(|out| out.kept || !out.steps.is_empty());
        steps || !self.steps.is_empty()
    }
}

/// One column that comes out of a task.
#[derive(Clone)]
pub(super) struct Out {
    /// How it is folded into buckets; not at all when `None`.
    pub(super) told: Option<Told>,
    /// What is done to it then.
    pub(super) steps: Vec<Local>,
    /// Whether it is a column at the end of the run.
    pub(super) kept: bool,
}

/// Where a column has its values from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// A task, and which of its outs.
    Task(usize, usize),
    /// The group column at this place of the resampling.
    Group(usize),
    /// The starts of buckets.
    Starts,
}

/// A run of steps.
pub(in crate::pipeline) struct Job {
    pub(super) rows: Vec<RowStep>,
    pub(super) tasks: Vec<Task>,
    /// The columns at the end of the run.
    pub(super) columns: Vec<Origin>,
    pub(super) shape: Shape,
    /// The resampling, which step it is, and its group columns and time column in the table.
    pub(super) resampling: Option<(Resampling, usize, Vec<usize>, usize)>,
    /// For each step: how many row steps stand before and behind it, the columns behind it, what is
    /// known of it beforehand.
    pub(super) steps: Vec<Planned>,
}

/// A step of a run as planned.
#[derive(Clone)]
pub(super) struct Planned {
    pub(super) rows: (usize, usize),
    pub(super) shape: Shape,
    pub(super) fitted: Vec<Fitted>,
}

impl Job {
    /// How many steps the run has.
    pub(in crate::pipeline) fn len(&self) -> usize {
        self.steps.len()
    }
}

/// Plans the steps at the head of `steps` that can be done by column; `None` when they are too few
/// to be worth it.
pub(in crate::pipeline) fn plan(steps: &[Step], shape: &Shape, limits: &Limits) -> Option<Job> {
    if shape.columns.len() > 1_000 {
        return None;
    }
    let mut run = Run::new(shape);
    for step in steps {
        // What does not fit is told by the engine of batches.
        let Ok(planned) = step::plan(step, &run.shape, limits, &Inputs::default()) else { break };
        let before = run.clone();
        let at = run.recorded_rows();
        if run.take(step, planned.shape()).is_none() {
            run = before;
            break;
        }
        let shape = planned.shape().clone();
        let fitted = match planned {
            Plan::Stream(ready) => ready.fitted,
            Plan::Fitted(..) | Plan::Whole(..) => Vec::new(),
        };
        run.shape = shape.clone();
        run.steps.push(Planned { rows: (at, run.recorded_rows()), shape, fitted });
    }
    run.job()
}

/// A plan in the making.
#[derive(Clone)]
struct Run {
    shape: Shape,
    columns: Vec<Origin>,
    tasks: Vec<Task>,
    rows: Vec<RowStep>,
    /// Whether the last row step was added to order rows for buckets.
    unasked: bool,
    /// Whether a step has looked at all rows of a column: rows may not move any more.
    settled: bool,
    /// Steps that the engine of batches would gather the table for.
    heavy: usize,
    resampling: Option<(Resampling, usize, Vec<usize>, usize)>,
    steps: Vec<Planned>,
}

impl Run {
    fn new(shape: &Shape) -> Self {
        let out = || Out { told: None, steps: Vec::new(), kept: false };
        let task = |source| Task { source, steps: Vec::new(), outs: vec![out()] };
        let count = shape.columns.len();
        Self {
            shape: shape.clone(),
            columns: (0..count).map(|n| Origin::Task(n, 0)).collect(),
            tasks: (0..count).map(task).collect(),
            rows: Vec::new(),
            unasked: false,
            settled: false,
            heavy: 0,
            resampling: None,
            steps: Vec::new(),
        }
    }

    fn recorded_rows(&self) -> usize {
        self.rows.len() - usize::from(self.unasked)
    }

    fn job(mut self) -> Option<Job> {
        if self.heavy == 0 {
            return None;
        }
        for column in &self.columns {
            if let Origin::Task(task, out) = column
                && let Some(out) = self.tasks.get_mut(*task).and_then(|t| t.outs.get_mut(*out))
            {
                out.kept = true;
            }
        }
        Some(Job {
            rows: self.rows,
            tasks: self.tasks,
            columns: self.columns,
            shape: self.shape,
            resampling: self.resampling,
            steps: self.steps,
        })
    }

    /// Takes a step into the run; `None` when it does not belong there.
    fn take(&mut self, step: &Step, after: &Shape) -> Option<()> {
        match step {
            Step::Select(step) => self.select(step),
            Step::DropColumns(step) => self.drop_columns(step),
            Step::Rename(_) => Some(()),
            Step::FilterRange(FilterRange { column, .. })
            | Step::DropRowsWithBadTime(BadTime { column, usual: false, .. }) => {
                self.filter(step, std::slice::from_ref(column))
            }
            Step::DropMissingRows(Columns { columns }) => self.filter(step, columns),
            Step::DropDuplicates(step) => self.unique(step),
            Step::Sort(step) => self.sort(step),
            Step::SentinelToNull(_) | Step::UnitConvert(_) | Step::Cast(_) => self.cells(step),
            Step::Derive(step) => self.derive(step),
            Step::Outliers(step) => self.outliers(step, after),
            Step::FillMissing(step) => self.fill(step),
            Step::Scale(step) => self.scale(step),
            Step::Resample(step) => self.resample(step),
            _ => None,
        }
    }

    fn index(&self, name: &str) -> Option<usize> {
        self.shape.index(name).ok()
    }

    fn select(&mut self, step: &Columns) -> Option<()> {
        let places = self.shape.indices(&step.columns).ok()?;
        self.columns = places.iter().filter_map(|n| self.columns.get(*n).copied()).collect();
        Some(())
    }

    fn drop_columns(&mut self, step: &Columns) -> Option<()> {
        let gone = self.shape.indices(&step.columns).ok()?;
        let kept = self.columns.iter().enumerate().filter(|(n, _)| !gone.contains(n));
        self.columns = kept.map(|(_, column)| *column).collect();
        Some(())
    }

    /// The column of the table behind a column that no step has changed.
    fn source(&self, name: &str) -> Option<usize> {
        let Origin::Task(task, out) = *self.columns.get(self.index(name)?)? else { return None };
        let task = self.tasks.get(task)?;
        let plain = task.steps.is_empty() && task.outs.get(out)?.steps.is_empty();
        (plain && self.resampling.is_none()).then_some(task.source)
    }

    fn sources<'a>(&self, names: impl IntoIterator<Item = &'a String>) -> Option<Vec<usize>> {
        names.into_iter().map(|name| self.source(name)).collect()
    }

    fn filter(&mut self, step: &Step, names: &[String]) -> Option<()> {
        let sources = self.sources(names)?;
        let places = self.shape.indices(names).ok()?;
        let shape = self.shape.chosen(&places);
        (!self.settled && !shape.schema.fields().iter().any(|f| f.data_type().is_nested()))
            .then(|| self.rows.push(RowStep::Filter { step: step.clone(), sources, shape }))
    }

    fn order(&self) -> Option<&Order> {
        self.rows.iter().find_map(|step| match step {
            RowStep::Sort(order) => Some(order),
            _ => None,
        })
    }

    fn unique(&mut self, step: &DropDuplicates) -> Option<()> {
        if step.keys.is_empty() || self.settled {
            return None;
        }
        let mut sources = self.sources(&step.keys)?;
        // Behind an order by other columns the first of equal rows is not the first of the table.
        if self.order().is_some_and(|order| !same_columns(order, &sources)) {
            return None;
        }
        // What has most values is best last.
        sources.sort_by_key(|source| {
            let name = self.columns.iter().position(|column| *column == Origin::Task(*source, 0));
            name.is_some_and(|n| self.shape.data_type(n).is_temporal())
        });
        self.rows.push(RowStep::Unique { sources });
        Some(())
    }

    fn sort(&mut self, step: &Sort) -> Option<()> {
        if self.settled || self.order().is_some() {
            return None;
        }
        let sources = self.sources(step.by.iter().map(|key| &key.column))?;
        let keys = sources.into_iter().zip(&step.by);
        self.rows.push(RowStep::Sort(Order::of(
            keys.map(|(source, key)| (source, key.descending, key.nulls_first)),
        )));
        self.heavy += 1;
        Some(())
    }

    /// Adds a step to the column of that name.
    fn add(
        &mut self,
        nth: usize,
        name: &str,
        step: Step,
        keys: (Vec<usize>, Option<usize>),
    ) -> Option<()> {
        let place = self.index(name)?;
        let (group, time) = keys;
        let local = Local {
            number: self.steps.len(),
            nth,
            step,
            shape: self.shape.chosen(&[place]),
            stage: u8::try_from(self.rows.len()).ok()?,
            group,
            time,
            recorded: true,
            flags: false,
        };
        if self.shape.data_type(place).is_nested() {
            return None;
        }
        let Origin::Task(task, out) = *self.columns.get(place)? else { return None };
        let task = self.tasks.get_mut(task)?;
        let out = task.outs.get_mut(out)?;
        if out.told.is_some() {
            out.steps.push(local)
        } else {
            task.steps.push(local)
        }
        Some(())
    }

    fn cells(&mut self, step: &Step) -> Option<()> {
        let names: Vec<String> = self.shape.columns.iter().map(|c| c.name.clone()).collect();
        for (nth, name) in names.iter().enumerate() {
            if let Some(part) = part(step, name, &self.shape) {
                self.add(nth, name, part, (Vec::new(), None))?;
            }
        }
        Some(())
    }

    /// Columns computed of themselves alone: such an expression fits a table of that column.
    fn derive(&mut self, step: &Derive) -> Option<()> {
        for (nth, (name, expression)) in step.columns.iter().enumerate() {
            let part = computed(step, name, expression);
            let alone = self.shape.chosen(&[self.index(name)?]);
            step::plan(&part, &alone, &Limits::default(), &Inputs::default()).ok()?;
            self.add(nth, name, part, (Vec::new(), None))?;
        }
        Some(())
    }

    /// Columns of the table that keep rows apart; behind buckets there can be none.
    fn keys(&self, group: &[String], time: Option<&String>) -> Option<(Vec<usize>, Option<usize>)> {
        let time = match time {
            Some(name) => Some(self.source(name)?),
            None => None,
        };
        Some((self.sources(group)?, time))
    }

    fn outliers(&mut self, step: &Outliers, after: &Shape) -> Option<()> {
        if step.action == OutlierAction::Drop || step.method == OutlierMethod::Hampel {
            return None;
        }
        let keys = self.keys(&step.group, None)?;
        let mut flags = Vec::new();
        for (nth, name) in step.columns.iter().enumerate() {
            let part = Outliers { columns: vec![name.clone()], ..step.clone() };
            self.add(nth, name, Step::Outliers(part), keys.clone())?;
            if step.action == OutlierAction::Flag {
                flags.push(self.flagged(name)?);
            }
        }
        self.columns.extend(flags);
        if self.columns.len() != after.columns.len() {
            return None;
        }
        self.looked();
        Some(())
    }

    /// A column made like that of the name, whose last step gives its flags instead.
    fn flagged(&mut self, name: &str) -> Option<Origin> {
        let Origin::Task(task, out) = *self.columns.get(self.index(name)?)? else { return None };
        let unrecorded = |steps: &[Local]| -> Vec<Local> {
            steps.iter().map(|local| Local { recorded: false, ..local.clone() }).collect()
        };
        let of = self.tasks.get(task)?;
        let out = of.outs.get(out)?;
        let (mut steps, mut folded) = (unrecorded(&of.steps), unrecorded(&out.steps));
        let last = if out.told.is_some() { folded.last_mut() } else { steps.last_mut() };
        last?.flags = true;
        let made = Out { told: out.told, steps: folded, kept: false };
        let made = Task { source: of.source, steps, outs: vec![made] };
        self.tasks.push(made);
        Some(Origin::Task(self.tasks.len() - 1, 0))
    }

    fn looked(&mut self) {
        self.settled = true;
        self.heavy += 1;
    }

    fn fill(&mut self, step: &FillMissing) -> Option<()> {
        let keys = self.keys(&step.group, step.time.as_ref())?;
        for (nth, name) in step.columns.iter().enumerate() {
            let part = FillMissing { columns: vec![name.clone()], ..step.clone() };
            self.add(nth, name, Step::FillMissing(part), keys.clone())?;
        }
        self.settled = true;
        self.heavy += usize::from(step.method != FillMethod::Constant);
        Some(())
    }

    fn scale(&mut self, step: &Scale) -> Option<()> {
        if step.fit_where.is_some() {
            return None;
        }
        for (nth, name) in step.columns.iter().enumerate() {
            let part = Scale { columns: vec![name.clone()], ..step.clone() };
            self.add(nth, name, Step::Scale(part), (Vec::new(), None))?;
        }
        self.looked();
        Some(())
    }

    fn resample(&mut self, step: &Resample) -> Option<()> {
        let (group, time) = (self.sources(&step.group)?, self.source(&step.time)?);
        let keys: Vec<usize> = group.iter().copied().chain([time]).collect();
        let wanted = Order::ascending(&keys);
        match self.order() {
            Some(order) if *order == wanted => {}
            None if !self.settled => {
                self.rows.push(RowStep::Sort(wanted));
                self.unasked = true;
            }
            _ => return None,
        }
        let resampling = Resampling::new(step, &self.shape).ok()?;
        let mut columns: Vec<Origin> = (0..group.len()).map(Origin::Group).collect();
        columns.push(Origin::Starts);
        for (place, function) in &resampling.told {
            columns.push(self.told(*place, *function)?);
        }
        self.columns = columns;
        self.resampling = Some((resampling, self.steps.len(), group, time));
        self.looked();
        Some(())
    }

    /// The column of what is told of a column.
    fn told(&mut self, place: usize, function: Aggregate) -> Option<Origin> {
        let Origin::Task(task, _) = *self.columns.get(place)? else { return None };
        let of = self.tasks.get_mut(task)?;
        of.outs.push(Out { told: Some(Told::Of(function)), steps: Vec::new(), kept: false });
        Some(Origin::Task(task, of.outs.len() - 1))
    }
}
