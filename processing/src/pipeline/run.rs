//! Running a specification.

use std::path::Path;

use schema::data::column::Dictionary;
use schema::data::lineage::{Fitted, Lineage, Output, StepRecord};
use schema::data::pipeline::{PipelineSpec, Step};

use super::file::{Writer, folder_of, result_beside};
use super::parse::in_step;
use super::shape::Shape;
use super::step::{Op, Plan, Ready, plan};
use super::table::{Gather, Table};
use super::work::Work;
use crate::digest::{canonical_sha256, logical_hash, sha256_file};
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
    let scratch = folder_of(out);
    let input_sha256 = sha256_file(input)?;
    let table = Table::open(input, limits)?;
    let passes = 1 + whole_steps(spec, &table.shape, limits)?;
    let mut engine = Engine {
        spec,
        work: Work::new(limits, progress, table.rows.saturating_mul(passes)),
        scratch,
        records: Vec::new(),
    };
    let (table, chain) = engine.steps(table)?;
    let (file, temporary) = result_beside(out)?.into_parts();
    let (shape, rows) = engine.write(&table, chain, file)?;
    drop(table);
    let output = Output {
        sha256: sha256_file(&temporary)?,
        size_bytes: std::fs::metadata(&temporary)?.len(),
        logical_sha256: logical_hash(&temporary, limits)?,
        rows,
        columns: u32::try_from(shape.columns.len()).unwrap_or(u32::MAX),
    };
    temporary.persist(out).map_err(|error| Fault::Transient(error.to_string()))?;
    Ok(Lineage {
        engine: crate::quality::TOOL.to_owned(),
        input_sha256,
        spec_sha256: spec_sha256(spec)?,
        steps: engine.records,
        output,
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
fn whole_steps(spec: &PipelineSpec, shape: &Shape, limits: &Limits) -> Result<u64, Fault> {
    let mut shape = shape.clone();
    let mut count = 0;
    for (n, step) in spec.steps.iter().enumerate() {
        let next = plan(step, &shape, limits).map_err(|fault| in_step(fault, n, step))?;
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
    work: Work<'a>,
    scratch: &'a Path,
    records: Vec<StepRecord>,
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
    /// Runs all steps up to the last pass: a table, and the chain that makes the output of it.
    fn steps(&mut self, input: Table) -> Result<(Table, Chain), Fault> {
        let mut table = input;
        let mut chain = Chain::default();
        for (n, step) in self.spec.steps.iter().enumerate() {
            let shape = chain.shape.clone().unwrap_or_else(|| table.shape.clone());
            self.work.tick()?;
            let planned = plan(step, &shape, &self.work);
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
        mut sink: impl FnMut(arrow::array::RecordBatch) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        for batch in table.scan(None, &self.work)? {
            let mut batch = batch?;
            self.work.advance(batch.num_rows() as u64);
            for link in &mut chain.links {
                let rows_in = batch.num_rows() as u64;
                batch = link.op.apply(&batch).map_err(|fault| {
                    match self.spec.steps.get(link.record) {
                        Some(step) => in_step(fault, link.record, step),
                        None => fault,
                    }
                })?;
                debug_assert_eq!(batch.num_columns(), link.columns_out);
                if let Some(record) = self.records.get_mut(link.record) {
                    record.rows_in += rows_in;
                    record.rows_out += batch.num_rows() as u64;
                }
            }
            sink(batch)?;
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
    ) -> Result<(Shape, u64), Fault> {
        let shape = chain.shape.clone().unwrap_or_else(|| table.shape.clone());
        let mut writer = Writer::lasting(file, &shape.schema, &self.work)?;
        self.stream(table, chain, |batch| writer.write(&batch))?;
        let mut columns = shape.columns.clone();
        for (column, nulls) in columns.iter_mut().zip(&writer.nulls) {
            column.nullable = *nulls > 0;
        }
        let rows = writer.rows;
        // Findings speak of records of the file as it came; they do not hold for this table.
        let dictionary =
            Dictionary { reading: shape.reading.clone(), columns, findings: Vec::new() };
        writer.finish(Some(&dictionary))?;
        Ok((shape, rows))
    }
}
