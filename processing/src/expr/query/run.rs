//! Running a query.

use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, mpsc};
use std::task::Poll;
use std::time::Duration;

use arrow::array::{RecordBatch, UInt32Array};
use arrow::compute::{concat_batches, take_record_batch};
use arrow::datatypes::SchemaRef;
use arrow::row::{RowConverter, SortField};
use datafusion::error::DataFusionError;
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::{SessionStateBuilder, SessionStateDefaults};
use datafusion::logical_expr::LogicalPlan;
use datafusion::optimizer::analyzer::resolve_grouping_function::ResolveGroupingFunction;
use datafusion::optimizer::analyzer::type_coercion::TypeCoercion;
use datafusion::physical_plan::execute_stream;
use datafusion::prelude::SessionContext;
use futures::StreamExt as _;

use super::exact::{Exact, Settle};
use super::table::{Opened, Watch};
use super::{Answer, Named, bounds, statement};
use crate::error::Fault;
use crate::expr::{fault, functions, plan};
use crate::limits::Limits;
use crate::progress::Progress;

/// How often the caller hears of progress and may stop the query.
const BEAT: Duration = Duration::from_millis(50);

/// Checks a query against the columns of the tables, without reading rows.
///
/// # Errors
/// As [`query`].
pub fn check(sql: &str, tables: &[Named<'_>], limits: &Limits) -> Result<(), Fault> {
    let watch = Arc::new(Watch::default());
    plan::deep(|| block_on(async { planned(sql, tables, None, limits, &watch).await.map(|_| ()) }))
}

/// Asks a query of some tables and keeps up to `keep` rows of the answer. Files, if needed, are made
/// in the folder `scratch` and removed.
///
/// # Errors
/// `query-invalid` (not SQL), `query-not-allowed` (not one `SELECT`, or a function that changes from
/// run to run), `table-unknown`, `column-unknown`, `function-unknown`, `query-type`, `query-failed`
/// (a row cannot be computed), `memory-limit`, `parquet-damaged`; [`Fault::Cancelled`].
pub fn query(
    sql: &str,
    tables: &[Named<'_>],
    keep: usize,
    scratch: &Path,
    limits: &Limits,
    progress: &dyn Progress,
) -> Result<Answer, Fault> {
    let watch = Arc::new(Watch::default());
    let (done, ended) = mpsc::channel::<()>();
    std::thread::scope(|scope| {
        let worker = scope.spawn(|| {
            // Dropped when the work ends, however it ends.
            let _done = done;
            plan::deep(|| {
                block_on(async {
                    let (context, plan, names) =
                        planned(sql, tables, Some(scratch), limits, &watch).await?;
                    asked(&context, plan, keep, limits.pairs_max, &watch).await.map_err(|error| {
                        watch.take().unwrap_or_else(|| fault::unasked(&error, &names))
                    })
                })
            })
        });
        let mut stopped = None;
        while ended.recv_timeout(BEAT) == Err(mpsc::RecvTimeoutError::Timeout) {
            let rows = watch.rows.load(Ordering::Relaxed);
            if stopped.is_none()
                && let Err(stop) = progress.at("query", rows, 0)
            {
                watch.stop.store(true, Ordering::Relaxed);
                stopped = Some(stop);
            }
        }
        let answer = worker.join().map_err(|_| Fault::Bug("a query panicked".to_owned()))?;
        match stopped {
            Some(stop) => Err(stop),
            None => answer,
        }
    })
}

/// Runs a future to its end on this thread.
fn block_on<T>(work: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
    tokio::runtime::Builder::new_current_thread().build()?.block_on(work)
}

/// A session that knows the tables, the checked plan, and the names of all columns.
async fn planned(
    sql: &str,
    tables: &[Named<'_>],
    scratch: Option<&Path>,
    limits: &Limits,
    watch: &Arc<Watch>,
) -> Result<(SessionContext, LogicalPlan, Vec<SchemaRef>), Fault> {
    let opened: Vec<Opened> =
        tables.iter().map(|table| Opened::new(table.path)).collect::<Result<_, _>>()?;
    let rows = opened.iter().map(Opened::rows).max().unwrap_or(0);
    watch.table_rows.store(rows, Ordering::Relaxed);
    let names: Vec<SchemaRef> = opened.iter().map(|table| Arc::clone(&table.schema)).collect();
    let unfit = |error: DataFusionError| fault::unasked(&error, &names);
    let mut runtime = RuntimeEnvBuilder::new()
        .with_memory_pool(Arc::new(FairSpillPool::new(limits.memory_bytes_max)));
    if let Some(scratch) = scratch {
        runtime = runtime.with_temp_file_path(scratch);
    }
    let mut config = plan::config().with_target_partitions(1).with_batch_size(limits.batch_rows);
    config.options_mut().execution.collect_statistics = false;
    let mut state = SessionStateBuilder::new()
        .with_config(config)
        .with_runtime_env(runtime.build_arc().map_err(unfit)?)
        .with_scalar_functions(functions::allowed())
        .with_aggregate_functions(SessionStateDefaults::default_aggregate_functions())
        .with_window_functions(SessionStateDefaults::default_window_functions())
        .with_expr_planners(SessionStateDefaults::default_expr_planners());
    if let Some(first) = opened.first() {
        state = state.with_analyzer_rules(vec![
            Arc::new(ResolveGroupingFunction::new()),
            Arc::new(Settle { time: first.time() }),
            Arc::new(TypeCoercion::new()),
            Arc::new(Exact),
        ]);
    }
    let state = state.build();
    let statement = statement::read(sql, &state)?;
    let context = SessionContext::new_with_state(state);
    let words = statement::words(sql);
    let is_used = |name: &str| words.as_ref().is_none_or(|words| words.contains(name));
    for (table, opened) in tables.iter().zip(&opened) {
        let provider = opened.table(is_used, limits, watch).map_err(unfit)?;
        let name = datafusion::common::TableReference::bare(table.name);
        context.register_table(name, Arc::new(provider)).map_err(unfit)?;
    }
    let state = context.state();
    let logical = state.statement_to_plan(statement).await.map_err(unfit)?;
    // Typed and rewritten now, so that a query that does not fit is refused before rows are read.
    let logical = state
        .analyzer()
        .execute_and_check(logical, state.config_options(), |_, _| {})
        .map_err(unfit)?;
    Ok((context, logical, names))
}

/// Reads the answer.
async fn asked(
    context: &SessionContext,
    plan: LogicalPlan,
    keep: usize,
    pairs_max: u64,
    watch: &Watch,
) -> Result<Answer, DataFusionError> {
    let is_count = is_count(&plan);
    let keep = if is_count { keep.max(1) } else { keep };
    let ordered = matches!(plan, LogicalPlan::Sort(_) | LogicalPlan::Limit(_));
    let physical = context.execute_logical_plan(plan).await?.create_physical_plan().await?;
    let physical = bounds::bounded(physical, watch.table_rows.load(Ordering::Relaxed), pairs_max)?;
    let mut stream = execute_stream(physical, context.task_ctx())?;
    let schema = stream.schema();
    let mut kept =
        Kept { schema: Arc::clone(&schema), keep, ordered, batches: Vec::new(), rows: 0 };
    let mut rows = 0;
    loop {
        // Heard at every step that gives way, also while there is nothing to read.
        let next = std::future::poll_fn(|wakes| {
            if watch.stop.load(Ordering::Relaxed) {
                return Poll::Ready(Some(Err(watch.fail(Fault::Cancelled))));
            }
            stream.poll_next_unpin(wakes)
        });
        let Some(batch) = next.await else { break };
        let batch = batch?;
        rows += batch.num_rows() as u64;
        kept.take(batch)?;
    }
    Ok(Answer { is_count, rows, kept: kept.finish()? })
}

/// The rows that are kept so far, and those that may be.
struct Kept {
    schema: SchemaRef,
    keep: usize,
    ordered: bool,
    batches: Vec<RecordBatch>,
    /// Rows in `batches`.
    rows: usize,
}

impl Kept {
    fn take(&mut self, batch: RecordBatch) -> Result<(), DataFusionError> {
        if self.ordered && self.rows >= self.keep {
            return Ok(());
        }
        self.rows += batch.num_rows();
        self.batches.push(batch);
        // Put in order only now and then, so that each row is compared a few times whatever comes.
        if self.rows >= 2 * self.keep.max(8_192) || self.batches.len() >= 1_024 {
            let kept = self.kept()?;
            self.rows = kept.num_rows();
            self.batches = vec![kept];
        }
        Ok(())
    }

    fn kept(&self) -> Result<RecordBatch, DataFusionError> {
        let all = concat_batches(&self.schema, &self.batches)?;
        let kept = if self.ordered { all } else { smallest(&all, self.keep)? };
        Ok(kept.slice(0, self.keep.min(kept.num_rows())))
    }

    fn finish(self) -> Result<RecordBatch, DataFusionError> {
        self.kept()
    }
}

/// The smallest rows, in order, compared by their columns from left to right; the first ones where
/// values have no order.
fn smallest(batch: &RecordBatch, keep: usize) -> Result<RecordBatch, DataFusionError> {
    let fields: Vec<SortField> = batch
        .schema()
        .fields()
        .iter()
        .map(|field| SortField::new(field.data_type().clone()))
        .collect();
    if !RowConverter::supports_fields(&fields) {
        return Ok(batch.clone());
    }
    let rows = RowConverter::new(fields)?.convert_columns(batch.columns())?;
    let mut order: Vec<u32> = (0..u32::try_from(batch.num_rows()).unwrap_or(u32::MAX)).collect();
    order.sort_by(|a, b| rows.row(*a as usize).cmp(&rows.row(*b as usize)));
    order.truncate(keep);
    Ok(take_record_batch(batch, &UInt32Array::from(order))?)
}

/// Whether a plan makes one row of one whole number whatever the data: an aggregate without groups.
fn is_count(plan: &LogicalPlan) -> bool {
    let [field] = plan.schema().fields().as_ref() else { return false };
    let whole = match field.data_type() {
        arrow::datatypes::DataType::Decimal128(_, scale) => *scale == 0,
        other => other.is_integer(),
    };
    let mut plan = plan;
    loop {
        match plan {
            LogicalPlan::Aggregate(aggregate) => return whole && aggregate.group_expr.is_empty(),
            LogicalPlan::Projection(projection) => plan = &projection.input,
            LogicalPlan::SubqueryAlias(alias) => plan = &alias.input,
            LogicalPlan::Sort(sort) => plan = &sort.input,
            _ => return false,
        }
    }
}
