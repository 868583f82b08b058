//! The second pass over a text file: cells to arrays, arrays to Parquet.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::Schema;
use schema::data::column::{Column, Dictionary, ValueType};

use super::build::{self, Built, Misfit};
use super::census::Census;
use super::grid::Grid;
use super::plan::{self, Plan, Reader};
use super::store::Store;
use super::survey::{self, Faults};
use super::text_file::{Layout, Piece, TextFile};
use super::{Ingested, describe, faults, notes, parallel};
use crate::error::Fault;
use crate::limits::Limits;
use crate::progress::Progress;

/// A dictionary given by the caller, made ready for this file. The file is surveyed only if
/// something is missing that no person could write down: keys of JSON, shapes of dates.
pub(super) fn prepared(
    file: &mut TextFile,
    dictionary: &Dictionary,
    limits: &Limits,
    progress: &dyn Progress,
) -> Result<Dictionary, Fault> {
    let mut dictionary = dictionary.clone();
    if matches!(file.layout, Layout::Json(_)) {
        survey::read_keys(file, limits, progress)?;
        arrange_keys(file, &dictionary)?;
    }
    let (found, declared) = (file.columns(), dictionary.columns.len());
    if found != declared {
        return Err(faults::dictionary(
            format!("사전에는 열이 {declared}개, 파일에는 {found}개 있습니다."),
            format!("The dictionary has {declared} columns, the file has {found}."),
        ));
    }
    shape_times(file, &mut dictionary.columns, limits, progress)?;
    Ok(dictionary)
}

/// Finds the shapes of times that are declared without any.
pub(super) fn shape_times(
    file: &TextFile,
    columns: &mut [Column],
    limits: &Limits,
    progress: &dyn Progress,
) -> Result<(), Fault> {
    let open = |column: &Column| {
        matches!(column.value_type, ValueType::Date | ValueType::Timestamp)
            && column.formats.is_empty()
    };
    if columns.iter().any(open) {
        let survey = survey::count(file, limits, progress)?;
        for (column, census) in columns.iter_mut().zip(&survey.columns) {
            if open(column) {
                column.formats = describe::formats(census);
            }
        }
    }
    Ok(())
}

/// A JSON file finds its columns by key, not by place: brings the keys in the dictionary's order.
fn arrange_keys(file: &mut TextFile, dictionary: &Dictionary) -> Result<(), Fault> {
    let Layout::Json(keys) = &mut file.layout else { return Ok(()) };
    let order: Vec<&str> = dictionary
        .columns
        .iter()
        .map(|column| column.source_name.as_deref().unwrap_or(&column.name))
        .collect();
    keys.arrange(&order).map_err(|missing| {
        faults::dictionary(
            format!("파일의 키 {missing}이(가) 사전에 없습니다."),
            format!("The key {missing} of the file is not in the dictionary."),
        )
    })
}

/// All columns of a block, or the column that kept them from being built.
pub(super) type Columns = Result<Vec<Built>, (usize, Misfit)>;

/// Nulls and null words of every column.
pub(super) type Nulls = Vec<(u64, u64)>;

/// Writes the file as the dictionary says.
pub(super) fn write(
    file: &TextFile,
    out: &Path,
    dictionary: Dictionary,
    limits: &Limits,
    progress: &dyn Progress,
) -> Result<Ingested, Fault> {
    let plans = plan::plans(&dictionary)?;
    let schema = plan::schema(&dictionary);
    let mut store = Store::create(out, Arc::clone(&schema), limits)?;
    let mut nulls = vec![(0_u64, 0_u64); plans.len()];
    let rows = pour(file, &plans, limits, progress, |columns| {
        append(&mut store, &schema, columns, &mut nulls)
    })?;
    if rows == 0 {
        return Err(super::faults::no_records());
    }
    finish(store, dictionary, &nulls)
}

/// Hands the columns of every block to `sink`, in order; how many records there were.
pub(super) fn pour(
    file: &TextFile,
    plans: &[Plan],
    limits: &Limits,
    progress: &dyn Progress,
    mut sink: impl FnMut(Vec<Built>) -> Result<(), Fault>,
) -> Result<u64, Fault> {
    let mut faults = Faults::new(file.lines_before());
    let mut source = file.blocks(limits)?;
    let mut rows = 0_u64;
    let next = || {
        progress.at("write", source.taken(), file.size)?;
        source.next()
    };
    let work = |block: Vec<u8>| {
        let mut piece = file.cut(block);
        let count = piece.grid.rows as u64;
        let columns = built(&piece.grid, plans);
        piece.grid = Grid::default();
        (piece, count, columns)
    };
    parallel::ordered(limits.threads, next, work, |(piece, count, columns): Filled| {
        faults.take(&piece, rows)?;
        // Behind a ragged record nothing is built any more, only counted.
        if faults.is_ragged() {
            return Ok(());
        }
        let columns =
            columns.map_err(|(column, misfit)| misfit_fault(&plans[column], misfit, rows))?;
        rows += count;
        if rows > limits.rows_max {
            return Err(super::faults::rows_too_many(limits.rows_max));
        }
        sink(columns)
    })?;
    faults.finish(plans.len(), rows)?;
    Ok(rows)
}

/// A block, its records and its columns.
type Filled = (Piece, u64, Columns);

/// Ends the file with its dictionary.
pub(super) fn finish(
    store: Store,
    mut dictionary: Dictionary,
    nulls: &Nulls,
) -> Result<Ingested, Fault> {
    note_nulls(&mut dictionary, nulls);
    let json = serde_json::to_string(&dictionary)
        .map_err(|error| Fault::Bug(format!("dictionary: {error}")))?;
    let rows = store.finish(json)?;
    Ok(Ingested { dictionary, rows })
}

/// Builds all columns of a block.
pub(super) fn built(grid: &Grid, plans: &[Plan]) -> Columns {
    plans
        .iter()
        .enumerate()
        .map(|(at, plan)| build::build(grid, at, &plan.reader).map_err(|misfit| (at, misfit)))
        .collect()
}

/// Counts and builds all columns of a block.
pub(super) fn counted(grid: &Grid, plans: &[Plan]) -> (Vec<Census>, Columns) {
    let mut columns = Ok(Vec::with_capacity(plans.len()));
    let censuses = plans.iter().enumerate().map(|(at, plan)| {
        let (census, built) = build::count_and_build(grid, at, &plan.reader);
        match (&mut columns, built) {
            (Ok(columns), Ok(built)) => columns.push(built),
            (Ok(_), Err(misfit)) => columns = Err((at, misfit)),
            (Err(_), _) => {}
        }
        census
    });
    (censuses.collect(), columns)
}

/// Appends the columns of a block, counting their nulls.
pub(super) fn append(
    store: &mut Store,
    schema: &Arc<Schema>,
    columns: Vec<Built>,
    nulls: &mut Nulls,
) -> Result<(), Fault> {
    for (sum, column) in nulls.iter_mut().zip(&columns) {
        sum.0 += column.array.null_count() as u64;
        sum.1 += column.null_words;
    }
    let arrays: Vec<ArrayRef> = columns.into_iter().map(|column| column.array).collect();
    let batch = RecordBatch::try_new(Arc::clone(schema), arrays)
        .map_err(|error| Fault::Bug(format!("batch: {error}")))?;
    if batch.num_rows() == 0 { Ok(()) } else { store.write(&batch) }
}

fn misfit_fault(plan: &Plan, misfit: Misfit, rows: u64) -> Fault {
    match misfit {
        Misfit::Value(row) => {
            faults::value_type(&plan.name, rows + row as u64 + 1, reader_name(&plan.reader))
        }
        Misfit::Encoding => Fault::Bug("text of a checked block is not UTF-8".to_owned()),
    }
}

fn reader_name(reader: &Reader) -> &'static str {
    match reader {
        Reader::Boolean => "boolean",
        Reader::Integer(_) => "integer",
        Reader::Number(_) => "number",
        Reader::Decimal { .. } => "decimal",
        Reader::Text => "text",
        Reader::Date(_) => "date",
        Reader::Timestamp(_) => "timestamp",
    }
}

/// Nulls and null words of this file that the dictionary does not know yet.
fn note_nulls(dictionary: &mut Dictionary, nulls: &Nulls) {
    for (column, (count, words)) in dictionary.columns.iter_mut().zip(nulls) {
        column.nullable |= *count > 0;
        let known = dictionary.findings.iter().any(|finding| {
            finding.code == "null-words" && finding.column.as_deref() == Some(&column.name)
        });
        if *words > 0 && !known {
            dictionary.findings.push(notes::null_words_counted(&column.name, *words));
        }
    }
}
