//! A Parquet file opened for reading by row group, with its columns in canonical form.
//!
//! Files of the exchange hold a few types only, but an opened file may come from anywhere, so every
//! Arrow type is brought to one of seven [`Kind`]s without losing a bit of a value.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Fields, Schema};
use parquet::arrow::arrow_reader::statistics::StatisticsConverter;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::basic::Encoding;
use parquet::file::metadata::ParquetMetaData;
use schema::data::column::{Column, Dictionary, Role, ValueType};

use super::cells::Cells;
use crate::error::Fault;
use crate::limits::Limits;

/// What the cells of a column are, for the kernels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Booleans.
    Flag,
    /// 64-bit integers.
    Whole,
    /// Days since 1970-01-01, as 64-bit integers.
    Day,
    /// Microseconds since 1970-01-01, as 64-bit integers; whether they are anchored in UTC.
    Instant {
        /// Whether the file says that they are UTC.
        utc: bool,
    },
    /// 64-bit floats.
    Real,
    /// 128-bit decimals.
    Decimal {
        /// Digits behind the point.
        scale: i8,
    },
    /// Text.
    Text,
    /// Bytes.
    Bytes,
    /// Lists, structs, maps: only nulls are counted.
    Opaque,
}

/// A column of an opened file.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TableColumn {
    /// Name.
    pub(crate) name: String,
    /// Kind of its cells.
    pub(crate) kind: Kind,
    /// Type as stored.
    pub(crate) value_type: ValueType,
    /// What the dictionary declares of it.
    pub(crate) declared: Option<Column>,
}

impl TableColumn {
    /// The declared role.
    pub(crate) fn role(&self) -> Role {
        self.declared.as_ref().map_or(Role::Unknown, |column| column.role)
    }
}

/// Rows of a row group.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RowGroup {
    /// 0-based number of its first row in the file.
    pub(crate) first_row: u64,
    /// Rows.
    pub(crate) rows: u64,
}

/// An opened file.
pub(crate) struct Table {
    pub(crate) path: PathBuf,
    pub(crate) metadata: ArrowReaderMetadata,
    /// Columns in file order.
    pub(crate) columns: Vec<TableColumn>,
    /// Row groups in file order.
    pub(crate) groups: Vec<RowGroup>,
    /// Rows.
    pub(crate) rows: u64,
}

impl Table {
    /// Opens a file and checks it against the limits.
    ///
    /// # Errors
    ///
    /// `parquet-unreadable`, `columns-too-many`, `rows-too-many`, or the file cannot be opened.
    pub(crate) fn open(
        path: &Path,
        dictionary: &Dictionary,
        limits: &Limits,
    ) -> Result<Self, Fault> {
        let file = File::open(path)?;
        let options = ArrowReaderOptions::new();
        let found = ArrowReaderMetadata::load(&file, options).map_err(|e| unreadable(&e))?;
        let fields = found.schema().fields();
        if fields.len() > limits.columns_max {
            return Err(too_many("columns", "열", fields.len() as u64, limits.columns_max as u64));
        }
        let wanted = reading_schema(found.metadata(), fields);
        let options = ArrowReaderOptions::new().with_schema(Arc::new(wanted));
        // A file whose types cannot be read as wished is read as it is, and its cells are cast.
        let metadata =
            ArrowReaderMetadata::try_new(found.metadata().clone(), options).unwrap_or(found);
        let mut groups = Vec::new();
        let mut rows = 0_u64;
        for group in metadata.metadata().row_groups() {
            let count = u64::try_from(group.num_rows()).unwrap_or(0);
            groups.push(RowGroup { first_row: rows, rows: count });
            rows = rows.saturating_add(count);
        }
        if rows > limits.rows_max {
            return Err(too_many("rows", "행", rows, limits.rows_max));
        }
        let columns = metadata
            .schema()
            .fields()
            .iter()
            .map(|field| {
                let declared = dictionary.columns.iter().find(|c| &c.name == field.name());
                table_column(field, declared.cloned())
            })
            .collect();
        Ok(Self { path: path.to_owned(), metadata, columns, groups, rows })
    }

    /// The position of a column.
    ///
    /// # Errors
    ///
    /// `column-missing`.
    pub(crate) fn position(&self, name: &str) -> Result<usize, Fault> {
        self.columns.iter().position(|column| column.name == name).ok_or_else(|| {
            Fault::input(
                "column-missing",
                "지정한 열이 파일에 없습니다. 열 이름을 확인하세요.",
                "The file has no such column. Check the name of the column.",
            )
            .at_column(name)
        })
    }

    /// Smallest and largest value of a column as the footer states them for all row groups that
    /// hold values, as one canonical pair of cells each; `None` if it is silent on any.
    ///
    /// A hint only: writers differ in what they do with NaN, and may be wrong.
    pub(crate) fn footer_ends(&self, column: usize) -> Option<(Cells, Cells)> {
        let meta = self.metadata.metadata();
        let leaf = self.leaf(column)?;
        let field = self.metadata.schema().field(column);
        let statistics = StatisticsConverter::from_column_index(
            leaf,
            field,
            meta.file_metadata().schema_descr(),
        )
        .ok()?;
        let kept: Vec<_> = meta
            .row_groups()
            .iter()
            .filter(|group| {
                let nulls = group.column(leaf).statistics().and_then(|s| s.null_count_opt());
                nulls.is_none_or(|nulls| nulls != u64::try_from(group.num_rows()).unwrap_or(0))
            })
            .collect();
        let lows = statistics.row_group_mins(kept.iter().copied()).ok()?;
        let highs = statistics.row_group_maxes(kept.iter().copied()).ok()?;
        if lows.is_empty() || lows.null_count() + highs.null_count() > 0 {
            return None;
        }
        let table_column = &self.columns[column];
        Some((Cells::of(table_column, &lows).ok()?, Cells::of(table_column, &highs).ok()?))
    }

    /// The Parquet leaf of a column that has exactly one.
    pub(crate) fn leaf(&self, column: usize) -> Option<usize> {
        let schema = self.metadata.metadata().file_metadata().schema_descr();
        let mut leaves =
            (0..schema.num_columns()).filter(|leaf| schema.get_column_root_idx(*leaf) == column);
        let first = leaves.next()?;
        leaves.next().is_none().then_some(first)
    }
}

/// The fault of a file that is not readable Parquet.
pub(crate) fn unreadable(error: &dyn std::fmt::Display) -> Fault {
    Fault::input(
        "parquet-unreadable",
        format!(
            "Parquet 파일을 읽을 수 없습니다. 파일이 손상되었거나 잘렸는지 확인하세요. ({error})"
        ),
        format!(
            "The Parquet file cannot be read. Check whether it is damaged or cut off. ({error})"
        ),
    )
}

fn too_many(what: &str, ko: &str, count: u64, max: u64) -> Fault {
    Fault::input(
        &format!("{what}-too-many"),
        format!("{ko}이 너무 많습니다: {count} (최대 {max}). 파일을 나누어 올리세요."),
        format!("Too many {what}: {count} (at most {max}). Split the file."),
    )
}

/// The types to ask the reader for: text with its dictionary where every page has one, so that
/// work is done once per entry; other dictionaries unpacked.
fn reading_schema(metadata: &ParquetMetaData, fields: &Fields) -> Schema {
    let leaves = metadata.file_metadata().schema_descr();
    let wanted: Vec<Field> = fields
        .iter()
        .enumerate()
        .map(|(column, field)| {
            let value = match field.data_type() {
                DataType::Dictionary(_, value) => value.as_ref().clone(),
                other => other.clone(),
            };
            let value = match value {
                DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => {
                    let leaf = (0..leaves.num_columns())
                        .find(|l| leaves.get_column_root_idx(*l) == column);
                    if leaf.is_some_and(|leaf| has_dictionary(metadata, leaf)) {
                        text_dictionary()
                    } else {
                        DataType::Utf8
                    }
                }
                other => other,
            };
            Field::new(field.name(), value, field.is_nullable())
        })
        .collect();
    Schema::new(wanted)
}

/// The type of text with a dictionary.
pub(crate) fn text_dictionary() -> DataType {
    DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
}

/// Whether all data pages of a leaf are dictionary-coded.
fn has_dictionary(metadata: &ParquetMetaData, leaf: usize) -> bool {
    metadata.row_groups().iter().all(|group| {
        let chunk = group.column(leaf);
        match chunk.page_encoding_stats_mask() {
            Some(mask) => mask
                .encodings()
                .all(|e| matches!(e, Encoding::RLE_DICTIONARY | Encoding::PLAIN_DICTIONARY)),
            None => chunk.dictionary_page_offset().is_some(),
        }
    })
}

fn table_column(field: &Field, declared: Option<Column>) -> TableColumn {
    let (kind, value_type) = classify(field.data_type());
    TableColumn { name: field.name().clone(), kind, value_type, declared }
}

/// The kind and stored type of an Arrow type.
fn classify(data_type: &DataType) -> (Kind, ValueType) {
    use DataType as D;
    match data_type {
        D::Boolean => (Kind::Flag, ValueType::Boolean),
        D::Int8 | D::Int16 | D::Int32 | D::Int64 | D::UInt8 | D::UInt16 | D::UInt32 => {
            (Kind::Whole, ValueType::Integer)
        }
        D::UInt64 => (Kind::Decimal { scale: 0 }, ValueType::Decimal { precision: 20, scale: 0 }),
        D::Float16 | D::Float32 | D::Float64 => (Kind::Real, ValueType::Number),
        D::Decimal32(precision, scale)
        | D::Decimal64(precision, scale)
        | D::Decimal128(precision, scale)
            if *scale >= 0 =>
        {
            let value_type = ValueType::Decimal { precision: *precision, scale: *scale };
            (Kind::Decimal { scale: *scale }, value_type)
        }
        D::Date32 | D::Date64 => (Kind::Day, ValueType::Date),
        D::Timestamp(_, zone) => (Kind::Instant { utc: zone.is_some() }, ValueType::Timestamp),
        D::Binary | D::LargeBinary | D::BinaryView | D::FixedSizeBinary(_) => {
            (Kind::Bytes, ValueType::Binary)
        }
        D::List(_)
        | D::LargeList(_)
        | D::ListView(_)
        | D::LargeListView(_)
        | D::FixedSizeList(..)
        | D::Struct(_)
        | D::Map(..)
        | D::Union(..)
        | D::RunEndEncoded(..) => (Kind::Opaque, ValueType::Nested),
        D::Dictionary(_, value)
            if !matches!(value.as_ref(), D::Utf8 | D::LargeUtf8 | D::Utf8View) =>
        {
            classify(value)
        }
        // Times of day, durations, intervals, wide decimals: exact as text.
        _ => (Kind::Text, ValueType::Text),
    }
}
