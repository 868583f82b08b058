//! Small Parquet files for the tests of this crate's readers.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{Field, Schema};
use parquet::arrow::ArrowWriter;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use schema::data::column::{Column, Dictionary, FileFormat, Reading, Role, ValueType};
use tempfile::NamedTempFile;

use crate::limits::Limits;

/// How a test file is laid out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layout {
    /// Rows of a row group.
    pub(crate) group_rows: usize,
    /// Whether text is dictionary-coded.
    pub(crate) dictionary: bool,
    /// Whether the footer has statistics.
    pub(crate) statistics: bool,
}

impl Layout {
    /// One row group as the exchange writes it.
    pub(crate) const PLAIN: Self = Self { group_rows: 1 << 20, dictionary: true, statistics: true };
}

/// Writes columns to a temporary file.
pub(crate) fn file(columns: &[(&str, ArrayRef)], layout: Layout) -> NamedTempFile {
    let fields: Vec<Field> = columns
        .iter()
        .map(|(name, array)| Field::new(*name, array.data_type().clone(), true))
        .collect();
    let schema = Arc::new(Schema::new(fields));
    let arrays = columns.iter().map(|(_, array)| Arc::clone(array)).collect();
    let batch = RecordBatch::try_new(Arc::clone(&schema), arrays).unwrap();
    let statistics =
        if layout.statistics { EnabledStatistics::Page } else { EnabledStatistics::None };
    let properties = WriterProperties::builder()
        .set_max_row_group_row_count(Some(layout.group_rows))
        .set_dictionary_enabled(layout.dictionary)
        .set_statistics_enabled(statistics)
        .build();
    let file = NamedTempFile::new().unwrap();
    let mut writer =
        ArrowWriter::try_new(file.reopen().unwrap(), schema, Some(properties)).unwrap();
    // The writer recurses once for each row group of a batch.
    let slices = (0..batch.num_rows()).step_by(layout.group_rows);
    for (from, rows) in slices.map(|from| (from, layout.group_rows.min(batch.num_rows() - from))) {
        writer.write(&batch.slice(from, rows)).unwrap();
    }
    writer.close().unwrap();
    file
}

/// A dictionary that declares these columns with a role.
pub(crate) fn dictionary(columns: &[(&str, ValueType, Role)]) -> Dictionary {
    let columns = columns
        .iter()
        .map(|(name, value_type, role)| Column {
            name: (*name).to_owned(),
            source_name: None,
            value_type: *value_type,
            role: *role,
            unit: None,
            title: None,
            semantic_id: None,
            nullable: true,
            formats: Vec::new(),
            sentinels: Vec::new(),
            confidence_bp: None,
        })
        .collect();
    Dictionary::new(Reading::of(FileFormat::Parquet), columns)
}

/// Limits with so many threads and small batches.
pub(crate) fn limits(threads: usize) -> Limits {
    Limits { threads, batch_rows: 64, ..Limits::default() }
}
