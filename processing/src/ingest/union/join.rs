//! The stored schema of a union with nested columns, whose types come with the files.

use std::path::PathBuf;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema};
use schema::data::column::{Dictionary, ValueType};

use super::places;
use crate::error::Fault;
use crate::ingest::{faults, is_parquet, names, plan, table};
use crate::limits::Limits;

/// The schema of a dictionary, nested types as the first file has them that has the column.
pub(super) fn nested_schema(
    dictionary: &Dictionary,
    paths: &[PathBuf],
    limits: &Limits,
) -> Result<Arc<Schema>, Fault> {
    let mut types: Vec<Option<DataType>> =
        dictionary.columns.iter().map(|column| plan::data_type(column.value_type)).collect();
    for (path, label) in paths.iter().zip(places::labels(paths)) {
        if !is_parquet(path)? {
            continue;
        }
        let (sources, found): (Vec<String>, Vec<DataType>) =
            table::columns(path, limits)?.into_iter().unzip();
        let (stored, _) = names::from_header(&sources, limits.name_bytes_max);
        let places = places::of(Some(&sources), &stored, dictionary, &label)?;
        for (place, data_type) in places.into_iter().zip(found) {
            if dictionary.columns[place].value_type != ValueType::Nested {
                continue;
            }
            let known = types[place].get_or_insert_with(|| data_type.clone());
            if *known != data_type {
                return Err(faults::files_conflict(&dictionary.columns[place].name, &label));
            }
        }
    }
    let fields: Vec<Field> = dictionary
        .columns
        .iter()
        .zip(types)
        .map(|(column, data_type)| {
            Field::new(&column.name, data_type.unwrap_or(DataType::Utf8), true)
        })
        .collect();
    Ok(Arc::new(Schema::new(fields)))
}
