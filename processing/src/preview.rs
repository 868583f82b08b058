//! A bounded sample of a Parquet file, to look at.
//!
//! Which rows: the file's row groups (at most [`STRETCHES`], evenly spread over the file, the first
//! always among them) each give their first rows, the same number from each. So a short file shows
//! its head, and a long one several unbroken stretches, which show how signals run; each row carries
//! its number. The choice depends on the file only, so a preview is the same every time.
//!
//! Bounded: rows, columns and the length of texts, whatever is asked for.
//!
//! Deliberately absent: searching for personal data (see [`privacy`](crate::privacy)); a caller
//! shows a preview to others only of what passed it.

use std::fs::File;
use std::path::Path;

use arrow::array::{Array, AsArray};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use schema::data::column::{Dictionary, FileFormat, Reading, ValueType};
use schema::data::profile::{Preview, PreviewColumn, PreviewRow, Scalar};

use crate::error::Fault;
use crate::limits::Limits;
use crate::profile::cells::{Cells, Text};
use crate::profile::cut;
use crate::profile::scalar::{decimal, real, whole};
use crate::profile::table::{Kind, Table, TableColumn, unreadable};

/// Rows of a preview at most.
pub const ROWS_MAX: usize = 1_000;
/// Columns of a preview at most.
pub const COLUMNS_MAX: usize = 600;
/// Cells of a preview at most; a wide table shows fewer rows.
pub const CELLS_MAX: usize = 100_000;
/// Stretches of consecutive rows at most.
pub const STRETCHES: usize = 8;
/// Characters of a text that are shown.
const CHARS_MAX: usize = 200;
/// Bytes of a binary value that are shown, as hex.
const BYTES_SHOWN: usize = 16;

/// Samples at most `rows` rows of a Parquet file.
///
/// # Errors
///
/// [`Fault::Input`] if the file is not readable Parquet or beyond the limits; [`Fault::Transient`]
/// if the disk fails.
pub fn sample(path: &Path, rows: usize, limits: &Limits) -> Result<Preview, Fault> {
    let table = Table::open(path, &nothing_declared(), limits)?;
    let shown = table.columns.len().min(COLUMNS_MAX);
    let rows = rows.min(ROWS_MAX).min(CELLS_MAX / shown.max(1));
    let mut preview = Preview {
        rows_total: table.rows,
        columns: table.columns[..shown].iter().map(preview_column).collect(),
        columns_left_out: u32::try_from(table.columns.len() - shown).unwrap_or(u32::MAX),
        rows: Vec::new(),
    };
    for (group, count) in stretches(&table, rows) {
        read(&table, group, count, shown, &mut preview.rows)?;
    }
    Ok(preview)
}

fn nothing_declared() -> Dictionary {
    let reading = Reading::of(FileFormat::Parquet);
    Dictionary::new(reading, Vec::new())
}

fn preview_column(column: &TableColumn) -> PreviewColumn {
    let value_type: ValueType = column.value_type;
    PreviewColumn { name: column.name.clone(), value_type }
}

/// Row groups to read from, and how many rows of each. Rows that a short group lacks are made up
/// for by later groups as far as they can.
fn stretches(table: &Table, rows: usize) -> Vec<(usize, usize)> {
    let groups: Vec<usize> =
        (0..table.groups.len()).filter(|group| table.groups[*group].rows > 0).collect();
    let count = groups.len().min(STRETCHES).min(rows);
    let mut left = rows;
    (0..count)
        .map(|stretch| {
            let group = groups[stretch * groups.len() / count];
            let held = usize::try_from(table.groups[group].rows).unwrap_or(usize::MAX);
            let taken = (left / (count - stretch)).min(held);
            left -= taken;
            (group, taken)
        })
        .filter(|(_, taken)| *taken > 0)
        .collect()
}

fn read(
    table: &Table,
    group: usize,
    count: usize,
    shown: usize,
    rows: &mut Vec<PreviewRow>,
) -> Result<(), Fault> {
    let leaves = table.metadata.parquet_schema();
    let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(
        File::open(&table.path)?,
        table.metadata.clone(),
    )
    .with_row_groups(vec![group])
    .with_projection(ProjectionMask::roots(leaves, 0..shown))
    .with_limit(count)
    .with_batch_size(count)
    .build()
    .map_err(|e| unreadable(&e))?;
    let mut row = table.groups[group].first_row + 1;
    for batch in reader {
        let batch = batch.map_err(|e| unreadable(&e))?;
        let begin = rows.len();
        rows.extend((0..batch.num_rows()).map(|_| {
            row += 1;
            PreviewRow { row: row - 1, values: Vec::with_capacity(shown) }
        }));
        for (column, array) in table.columns.iter().zip(batch.columns()) {
            let cells = Cells::of(column, array)?;
            let nulls = cells.nulls();
            for (at, row) in rows[begin..].iter_mut().enumerate() {
                let valid = nulls.as_ref().is_none_or(|nulls| nulls.is_valid(at));
                row.values.push(valid.then(|| value(column.kind, &cells, at)));
            }
        }
    }
    Ok(())
}

/// A cell that is not null, as shown.
pub(crate) fn value(kind: Kind, cells: &Cells, row: usize) -> Scalar {
    match cells {
        Cells::Flag(array) => Scalar::Bool(array.value(row)),
        Cells::Whole(array) => whole(kind, array.value(row)),
        Cells::Real(array) => real(array.value(row)),
        Cells::Wide(values, _) => {
            let scale = if let Kind::Decimal { scale } = kind { scale } else { 0 };
            Scalar::Text(decimal(values[row], scale))
        }
        Cells::Text(Text::Coded(array)) => {
            let texts = array.values().as_string::<i32>();
            let key = usize::try_from(array.keys().value(row)).unwrap_or(usize::MAX);
            let text = if key < texts.len() { texts.value(key) } else { "" };
            Scalar::Text(cut(text, CHARS_MAX))
        }
        Cells::Text(Text::Plain(array)) => Scalar::Text(cut(array.value(row), CHARS_MAX)),
        Cells::Bytes(array) => Scalar::Text(hex(array.value(row))),
        Cells::Coded(coded) => value(kind, &coded.plain(), row),
        Cells::Opaque(array) => {
            let options = FormatOptions::default().with_display_error(true);
            let shown = ArrayFormatter::try_new(array.as_ref(), &options)
                .map_or_else(|_| String::new(), |format| format.value(row).to_string());
            Scalar::Text(cut(&shown, CHARS_MAX))
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    let shown: String = bytes.iter().take(BYTES_SHOWN).map(|byte| format!("{byte:02x}")).collect();
    if bytes.len() > BYTES_SHOWN { format!("{shown}…") } else { shown }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{
        ArrayRef, BinaryArray, BooleanArray, Date32Array, Float64Array, Int64Array, ListArray,
        StringArray, TimestampMicrosecondArray,
    };
    use arrow::datatypes::Int64Type;
    use schema::data::profile::Scalar;

    use super::{CELLS_MAX, COLUMNS_MAX, sample};
    use crate::limits::Limits;
    use crate::profile::testing::{Layout, file};

    fn numbers(rows: i64) -> ArrayRef {
        Arc::new(Int64Array::from_iter_values(0..rows))
    }

    #[test]
    fn rows_come_in_stretches_from_all_over_the_file() {
        let file = file(&[("n", numbers(100))], Layout { group_rows: 10, ..Layout::PLAIN });
        let preview = sample(file.path(), 16, &Limits::default()).unwrap();
        let rows: Vec<u64> = preview.rows.iter().map(|row| row.row).collect();
        assert_eq!(rows, [1, 2, 11, 12, 21, 22, 31, 32, 51, 52, 61, 62, 71, 72, 81, 82]);
        for row in &preview.rows {
            assert_eq!(row.values, [Some(Scalar::Integer(row.row as i64 - 1))]);
        }
        assert_eq!(preview.rows_total, 100);
        assert_eq!(preview, sample(file.path(), 16, &Limits::default()).unwrap());
    }

    #[test]
    fn a_short_file_is_shown_whole_and_an_empty_one_has_columns() {
        for (rows, asked, shown) in [(0, 5, 0), (3, 5, 3), (5, 0, 0), (23, 100, 23)] {
            let file = file(&[("n", numbers(rows))], Layout { group_rows: 4, ..Layout::PLAIN });
            let preview = sample(file.path(), asked, &Limits::default()).unwrap();
            assert_eq!((preview.columns.len(), preview.rows.len()), (1, shown), "{rows} {asked}");
        }
    }

    #[test]
    fn every_type_can_be_shown_as_json() {
        let list = ListArray::from_iter_primitive::<Int64Type, _, _>([Some(vec![Some(1), None])]);
        let long = "가".repeat(300);
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("b", Arc::new(BooleanArray::from(vec![true]))),
            ("f", Arc::new(Float64Array::from(vec![f64::NAN]))),
            ("i", Arc::new(Float64Array::from(vec![f64::NEG_INFINITY]))),
            ("s", Arc::new(StringArray::from(vec![long.as_str()]))),
            ("d", Arc::new(Date32Array::from(vec![19_782]))),
            ("t", Arc::new(TimestampMicrosecondArray::from(vec![0]).with_timezone("UTC"))),
            ("x", Arc::new(BinaryArray::from(vec![&[0xab, 1][..]]))),
            ("l", Arc::new(list)),
            ("n", Arc::new(Int64Array::from(vec![None]))),
        ];
        let file = file(&columns, Layout::PLAIN);
        let preview = sample(file.path(), 5, &Limits::default()).unwrap();
        let json = serde_json::to_value(&preview.rows[0].values).unwrap();
        let cut = format!("{}…", "가".repeat(200));
        assert_eq!(
            json,
            serde_json::json!([
                true,
                "NaN",
                "-Infinity",
                cut,
                "2024-02-29",
                "1970-01-01T00:00:00Z",
                "ab01",
                "[1, ]",
                null
            ])
        );
    }

    #[test]
    fn wide_tables_show_fewer_rows_and_columns() {
        let names: Vec<String> = (0..700).map(|at| format!("c{at}")).collect();
        let columns: Vec<(&str, ArrayRef)> =
            names.iter().map(|name| (name.as_str(), numbers(300))).collect();
        let file = file(&columns, Layout::PLAIN);
        let preview = sample(file.path(), 900, &Limits::default()).unwrap();
        assert_eq!(preview.columns.len(), COLUMNS_MAX);
        assert_eq!(preview.columns_left_out, 100);
        assert_eq!(preview.rows.len(), CELLS_MAX / COLUMNS_MAX);
    }
}
