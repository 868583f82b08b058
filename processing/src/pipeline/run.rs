//! Running a specification.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use arrow::array::RecordBatch;
use schema::data::column::Dictionary;
use schema::data::lineage::{Fitted, Lineage, Output, StepRecord};
use schema::data::pipeline::{PipelineSpec, Step};

use super::columnar;
use super::file::{folder_of, result_beside};
use super::inputs::Inputs;
use super::keys::Keys;
use super::parse::in_step;
use super::shape::Shape;
use super::step::{Op, Plan, Ready, plan};
use super::table::{Gather, Table};
use super::unique;
use super::work::Work;
use super::writer::{Writer, Written};
use crate::digest::{Unless, canonical_sha256, logical_hash_with, sha256_file_with};
use crate::error::Fault;
use crate::limits::Limits;
use crate::progress::Progress;

/// Cleans the Parquet file `input` as `spec` says, and writes the Parquet file `out`.
///
/// # Errors
/// [`Fault::Input`] when the file is damaged or a step does not fit it (the fault names the step),
/// `memory-limit` when a step needs more memory than allowed; [`Fault::Transient`] when the disk
/// fails; [`Fault::Cancelled`] when `progress` says so.
pub fn run(
    spec: &PipelineSpec,
    input: &Path,
    out: &Path,
    limits: &Limits,
    progress: &dyn Progress,
) -> Result<Lineage, Fault> {
    run_with_inputs(spec, input, &[], out, limits, progress)
}

/// As [`run`], with further Parquet files under the names that the specification calls them.
///
/// # Errors
/// As [`run`]; `input-repeated` when two have one name, `input-unknown` when a step wants another.
pub fn run_with_inputs(
    spec: &PipelineSpec,
    input: &Path,
    with: &[(&str, &Path)],
    out: &Path,
    limits: &Limits,
    progress: &dyn Progress,
) -> Result<Lineage, Fault> {
    run_with_keys(spec, input, with, &Keys::default(), out, limits, progress)
}

/// As [`run_with_inputs`], with the secret keys that steps call by name.
///
/// # Errors
/// As [`run_with_inputs`]; `key-missing` when a step calls another.
pub fn run_with_keys(
    spec: &PipelineSpec,
    input: &Path,
    with: &[(&str, &Path)],
    keys: &Keys,
    out: &Path,
    limits: &Limits,
    progress: &dyn Progress,
) -> Result<Lineage, Fault> {
    run_with(spec, (input, with, keys), out, limits, progress, columnar::ROWS_MIN)
}

/// The same, with steps done by column from so many rows on.
pub(super) fn run_with(
    spec: &PipelineSpec,
    (input, with, keys): (&Path, &[(&str, &Path)], &Keys),
    out: &Path,
    limits: &Limits,
    progress: &dyn Progress,
    columnar_from: u64,
) -> Result<Lineage, Fault> {
    let table = Table::open(input, limits)?;
    let inputs = Inputs::open(with, keys, limits, progress)?;
    let passes = 1 + whole_steps(spec, &table.shape, limits, &inputs)?;
    let engine = Engine {
        spec,
        inputs: &inputs,
        work: Work::new(limits, progress, table.rows.saturating_mul(passes))
            .in_folder(folder_of(out)),
        scratch: folder_of(out),
        records: Vec::new(),
        columnar_from,
    };
    let stop = AtomicBool::new(false);
    // The digest of the input needs nothing of the run but the disk.
    std::thread::scope(|scope| {
        let digest = scope.spawn(|| sha256_file_with(input, &Unless(&stop)));
        let made = engine.made(table, out);
        stop.store(made.is_err(), Ordering::Relaxed);
        let digest = digest.join().map_err(|_| Fault::Bug("a digest died".into()))?;
        let (steps, output, temporary) = made?;
        let input_sha256 = digest?;
        temporary.persist(out).map_err(|error| Fault::from(error.error))?;
        Ok(Lineage {
            engine: crate::quality::TOOL.to_owned(),
            input_sha256,
            with: inputs.named.clone(),
            spec_sha256: spec_sha256(spec)?,
            steps,
            output,
        })
    })
}

/// Digest of a specification, as a lineage names it.
///
/// # Errors
/// [`Fault::Bug`] when the specification holds a number that JSON cannot.
pub fn spec_sha256(spec: &PipelineSpec) -> Result<String, Fault> {
    canonical_sha256(spec)
}

/// Checks all steps against the table and counts those that need a pass of their own.
fn whole_steps(
    spec: &PipelineSpec,
    shape: &Shape,
    limits: &Limits,
    inputs: &Inputs,
) -> Result<u64, Fault> {
    let mut shape = shape.clone();
    let mut count = 0;
    for (n, step) in spec.steps.iter().enumerate() {
        let next = plan(step, &shape, limits, inputs).map_err(|fault| in_step(fault, n, step))?;
        count += u64::from(!matches!(next, Plan::Stream(_)));
        shape = next.shape().clone();
    }
    Ok(count)
}

/// Notes the columns behind a step and what it found on the data.
fn note(record: &mut StepRecord, behind: &Shape, mut fitted: Vec<Fitted>) {
    record.columns_out = u32::try_from(behind.columns.len()).unwrap_or(u32::MAX);
    record.fitted_left_out = fitted.len().saturating_sub(StepRecord::FITTED_MAX) as u64;
    fitted.truncate(StepRecord::FITTED_MAX);
    record.fitted = fitted;
}

struct Engine<'a> {
    spec: &'a PipelineSpec,
    inputs: &'a Inputs,
    work: Work<'a>,
    scratch: &'a Path,
    records: Vec<StepRecord>,
    /// Rows from which steps are done by column.
    columnar_from: u64,
}

/// A step in a chain, with its place among the records.
struct Link {
    op: Box<dyn Op>,
    record: usize,
    columns_out: usize,
}

/// Steps that wait to run on the rows of a table.
#[derive(Default)]
struct Chain {
    links: Vec<Link>,
    shape: Option<Shape>,
}

impl Engine<'_> {
    /// Runs all steps and writes what comes out into a file beside `out`.
    fn made(
        mut self,
        input: Table,
        out: &Path,
    ) -> Result<(Vec<StepRecord>, Output, tempfile::TempPath), Fault> {
        let (table, chain) = self.steps(input)?;
        let (file, temporary) = result_beside(out)?.into_parts();
        let (shape, rows, written) = self.write(&table, chain, file)?;
        drop(table);
        let logical_sha256 = match written.logical_sha256 {
            Some(hash) => hash,
            None => logical_hash_with(&temporary, &self.work, self.work.progress())?,
        };
        let output = Output {
            sha256: written.sha256,
            size_bytes: written.size_bytes,
            logical_sha256,
            rows,
            columns: u32::try_from(shape.columns.len()).unwrap_or(u32::MAX),
        };
        Ok((self.records, output, temporary))
    }

    /// Does a run of steps, from `first` on, by column; tells whether it could be done.
    fn by_column(
        &mut self,
        first: usize,
        job: &columnar::Job,
        table: &mut Table,
    ) -> Result<bool, Fault> {
        let ran = match job.run(table, &self.work, self.scratch) {
            Ok(ran) => ran,
            Err(Fault::Input(_)) => return Ok(false),
            Err(fault) => return Err(fault),
        };
        let spec = self.spec;
        let mut shape = table.shape.clone();
        for (n, (step, done)) in spec.steps.iter().skip(first).zip(ran.steps).enumerate() {
            self.record(first + n, step, &shape);
            let Some(record) = self.records.get_mut(first + n) else { continue };
            (record.rows_in, record.rows_out) = done.rows;
            record.cells_changed = done.changed;
            shape = done.shape;
            note(record, &shape, done.fitted);
        }
        *table = ran.table;
        Ok(true)
    }

    /// Runs all steps up to the last pass: a table, and the chain that makes the output of it.
    fn steps(&mut self, input: Table) -> Result<(Table, Chain), Fault> {
        let mut table = input;
        let mut chain = Chain::default();
        let (mut done, mut tried) = (0, 0);
        for (n, step) in self.spec.steps.iter().enumerate() {
            if n < done {
                continue;
            }
            let shape = chain.shape.clone().unwrap_or_else(|| table.shape.clone());
            self.work.tick()?;
            // A run that could not be done by column is not tried again step by step.
            if n >= tried
                && table.rows >= self.columnar_from
                && let Some(job) =
                    columnar::plan(self.spec.steps.get(n..).unwrap_or_default(), &shape, &self.work)
            {
                table = self.gathered(table, &mut chain)?;
                tried = n + job.len();
                if self.by_column(n, &job, &mut table)? {
                    done = tried;
                    continue;
                }
            }
            let planned = self.planned(step, &shape, table.rows);
            self.record(n, step, &shape);
            match planned.map_err(|fault| in_step(fault, n, step))? {
                Plan::Stream(ready) => self.push(&mut chain, n, ready),
                Plan::Fitted(fit, _) => {
                    table = self.gathered(table, &mut chain)?;
                    let ready =
                        fit.fit(&table, &self.work).map_err(|fault| in_step(fault, n, step))?;
                    self.push(&mut chain, n, ready);
                }
                Plan::Whole(whole, _) => {
                    table = self.gathered(table, &mut chain)?;
                    let rows_in = table.rows;
                    let made = whole.make(&table, &self.work, self.scratch);
                    let made = made.map_err(|fault| in_step(fault, n, step))?;
                    table = made.table;
                    if let Some(record) = self.records.get_mut(n) {
                        (record.rows_in, record.rows_out) = (rows_in, table.rows);
                        record.cells_changed = made.changed;
                        note(record, &table.shape, made.fitted);
                    }
                }
            }
        }
        Ok((table, chain))
    }

    /// A step, as the number of rows that may reach it asks for.
    fn planned(&self, step: &Step, shape: &Shape, rows: u64) -> Result<Plan, Fault> {
        if let Step::DropDuplicates(step) = step
            && let Some(plan) = unique::by_files(step, shape, rows, &self.work)?
        {
            return Ok(plan);
        }
        plan(step, shape, &self.work, self.inputs)
    }

    fn record(&mut self, n: usize, step: &Step, shape: &Shape) {
        let columns = u32::try_from(shape.columns.len()).unwrap_or(u32::MAX);
        self.records.push(StepRecord {
            number: u32::try_from(n + 1).unwrap_or(u32::MAX),
            step: step.name().to_owned(),
            rows_in: 0,
            rows_out: 0,
            columns_in: columns,
            columns_out: columns,
            cells_changed: 0,
            fitted: Vec::new(),
            fitted_left_out: 0,
            dropped_columns: Vec::new(),
        });
    }

    fn push(&mut self, chain: &mut Chain, n: usize, ready: Ready) {
        if let Some(record) = self.records.get_mut(n) {
            note(record, &ready.shape, ready.fitted);
            record.dropped_columns = ready.dropped;
        }
        let columns_out = ready.shape.columns.len();
        chain.links.push(Link { op: ready.op, record: n, columns_out });
        chain.shape = Some(ready.shape);
    }

    /// The table behind a chain; the table itself when the chain is empty.
    fn gathered(&mut self, table: Table, chain: &mut Chain) -> Result<Table, Fault> {
        let chain = std::mem::take(chain);
        let Some(shape) = chain.shape.clone() else { return Ok(table) };
        let mut out = Gather::new(shape, self.work.limits(), self.scratch);
        self.stream(&table, chain, |batch| out.push(batch))?;
        out.finish()
    }

    /// Sends the rows of a table through a chain.
    fn stream(
        &mut self,
        table: &Table,
        mut chain: Chain,
        mut sink: impl FnMut(RecordBatch) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        for batch in table.scan(None, &self.work)? {
            let batch = batch?;
            self.work.advance(batch.num_rows() as u64);
            sink(through(self.spec, &mut self.records, &mut chain.links, batch)?)?;
        }
        // What a step held back goes through the steps behind it.
        let mut links = chain.links.as_mut_slice();
        while let Some((link, behind)) = links.split_first_mut() {
            let held = link.op.finish();
            let held = held.map_err(|fault| named(self.spec, fault, link.record))?;
            if let Some(batch) = held {
                if let Some(record) = self.records.get_mut(link.record) {
                    record.rows_out += batch.num_rows() as u64;
                }
                sink(through(self.spec, &mut self.records, behind, batch)?)?;
            }
            links = behind;
        }
        for link in &chain.links {
            if let Some(record) = self.records.get_mut(link.record) {
                record.cells_changed = link.op.changed();
            }
        }
        Ok(())
    }

    /// Writes what a chain makes of a table; gives the columns and rows written.
    fn write(
        &mut self,
        table: &Table,
        chain: Chain,
        file: std::fs::File,
    ) -> Result<(Shape, u64, Written), Fault> {
        let shape = chain.shape.clone().unwrap_or_else(|| table.shape.clone());
        let mut writer = Writer::lasting(file, &shape.schema, &self.work)?;
        self.stream(table, chain, |batch| writer.write(&batch))?;
        let mut columns = shape.columns.clone();
        for (column, nulls) in columns.iter_mut().zip(&writer.nulls) {
            column.nullable = *nulls > 0;
        }
        let rows = writer.rows;
        // Findings speak of records of the file as it came; they do not hold for this table.
        let dictionary = Dictionary::new(shape.reading.clone(), columns);
        let written = writer.finish(Some(&dictionary))?;
        Ok((shape, rows, written))
    }
}

/// What the steps of a chain make of a batch.
fn through(
    spec: &PipelineSpec,
    records: &mut [StepRecord],
    links: &mut [Link],
    batch: RecordBatch,
) -> Result<RecordBatch, Fault> {
    let mut batch = batch;
    for link in links {
        let rows_in = batch.num_rows() as u64;
        batch = link.op.apply(&batch).map_err(|fault| named(spec, fault, link.record))?;
        debug_assert_eq!(batch.num_columns(), link.columns_out);
        if let Some(record) = records.get_mut(link.record) {
            record.rows_in += rows_in;
            record.rows_out += batch.num_rows() as u64;
        }
    }
    Ok(batch)
}

/// The same fault, naming the step at index `n`.
fn named(spec: &PipelineSpec, fault: Fault, n: usize) -> Fault {
    match spec.steps.get(n) {
        Some(step) => in_step(fault, n, step),
        None => fault,
    }
}
