//! The columns of a table between two steps, and the faults of a step that does not fit them.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow::datatypes::{DataType, SchemaRef};
use schema::data::column::{Column, Dictionary, Reading, ValueType};

use super::file::{arrow_type, loose_schema};
use crate::error::Fault;
use crate::near::{hint, near};

/// Names, types and meaning of the columns.
#[derive(Clone, Debug)]
pub(crate) struct Shape {
    /// How the file was read; carries the zone of local times.
    pub(crate) reading: Reading,
    /// Columns as the dictionary describes them.
    pub(crate) columns: Vec<Column>,
    /// The same columns for Arrow; every field may be null.
    pub(crate) schema: SchemaRef,
}

impl Shape {
    /// A shape from described columns and their Arrow types.
    pub(crate) fn new(reading: Reading, columns: Vec<(Column, DataType)>) -> Self {
        let fields = columns.iter().map(|(c, data_type)| (c.name.clone(), data_type.clone()));
        let schema = loose_schema(fields);
        let columns = columns.into_iter().map(|(column, _)| column).collect();
        Self { reading, columns, schema }
    }

    /// The shape that a dictionary promises, for checking a specification without data.
    pub(crate) fn promised(dictionary: &Dictionary) -> Self {
        let typed = |column: &Column| {
            let nested = || DataType::new_list(DataType::Utf8, true);
            (column.clone(), arrow_type(column.value_type).unwrap_or_else(nested))
        };
        Self::new(dictionary.reading.clone(), dictionary.columns.iter().map(typed).collect())
    }

    /// Described columns with their Arrow types.
    pub(crate) fn pairs(&self) -> Vec<(Column, DataType)> {
        let types = self.schema.fields().iter().map(|field| field.data_type().clone());
        self.columns.iter().cloned().zip(types).collect()
    }

    /// The same columns, some described or typed differently.
    pub(crate) fn mapped(
        &self,
        change: impl Fn(usize, Column, DataType) -> (Column, DataType),
    ) -> Self {
        let pairs = self.pairs().into_iter().enumerate();
        Self::new(self.reading.clone(), pairs.map(|(n, (c, t))| change(n, c, t)).collect())
    }

    /// The columns at `indices`, in that order.
    pub(crate) fn chosen(&self, indices: &[usize]) -> Self {
        let pairs = self.pairs();
        let chosen = indices.iter().filter_map(|n| pairs.get(*n).cloned()).collect();
        Self::new(self.reading.clone(), chosen)
    }

    /// The same columns and new ones behind them.
    ///
    /// # Errors
    /// `column-repeated` when a name is taken, `column-name` when it is too long.
    pub(crate) fn with(&self, added: Vec<(Column, DataType)>) -> Result<Self, Fault> {
        let mut pairs = self.pairs();
        for (column, data_type) in added {
            let name = &column.name;
            if name.trim().is_empty() || name.len() > 512 || name.trim() != name {
                return Err(Fault::input(
                    "column-name",
                    format!("‘{name}’은(는) 열 이름으로 쓸 수 없습니다. 앞뒤 공백 없이 1~512바이트여야 합니다."),
                    format!("“{name}” cannot name a column: 1 to 512 bytes without blanks at the ends"),
                )
                .at_column(name.as_str()));
            }
            if pairs.iter().any(|(other, _)| other.name == *name) {
                return Err(Fault::input(
                    "column-repeated",
                    format!("열 ‘{name}’이(가) 이미 있습니다."),
                    format!("there is already a column “{name}”"),
                )
                .at_column(name.as_str()));
            }
            pairs.push((column, data_type));
        }
        Ok(Self::new(self.reading.clone(), pairs))
    }

    /// Where a column is.
    ///
    /// # Errors
    /// `column-unknown`, with names close to it.
    pub(crate) fn index(&self, name: &str) -> Result<usize, Fault> {
        self.columns.iter().position(|column| column.name == name).ok_or_else(|| {
            let names = self.columns.iter().map(|column| column.name.as_str());
            let (ko, en) = hint(&near(name, names));
            Fault::input(
                "column-unknown",
                format!("열 ‘{name}’이(가) 없습니다.{ko}"),
                format!("there is no column “{name}”{en}"),
            )
            .at_column(name)
        })
    }

    /// Where columns are; a column may be named once only.
    ///
    /// # Errors
    /// `column-unknown`, `column-repeated`, `columns-none`.
    pub(crate) fn indices(&self, names: &[String]) -> Result<Vec<usize>, Fault> {
        if names.is_empty() {
            return Err(no_columns());
        }
        let mut indices = Vec::with_capacity(names.len());
        for name in names {
            let index = self.index(name)?;
            if indices.contains(&index) {
                return Err(Fault::input(
                    "column-repeated",
                    format!("열 ‘{name}’이(가) 두 번 지정되었습니다."),
                    format!("column “{name}” is named twice"),
                )
                .at_column(name.as_str()));
            }
            indices.push(index);
        }
        Ok(indices)
    }

    /// Where numeric columns are.
    ///
    /// # Errors
    /// As [`indices`](Self::indices), and `column-type` for any other column.
    pub(crate) fn numeric(&self, names: &[String]) -> Result<Vec<usize>, Fault> {
        let indices = self.indices(names)?;
        for index in &indices {
            self.must_be(*index, ValueType::is_numeric, "숫자", "numeric")?;
        }
        Ok(indices)
    }

    /// Checks the type of the column at `index`.
    ///
    /// # Errors
    /// `column-type`.
    pub(crate) fn must_be(
        &self,
        index: usize,
        holds: impl Fn(ValueType) -> bool,
        ko: &str,
        en: &str,
    ) -> Result<(), Fault> {
        let Some(column) = self.columns.get(index) else { return Ok(()) };
        if holds(column.value_type) {
            return Ok(());
        }
        let (name, is) = (&column.name, column.value_type.xs());
        Err(Fault::input(
            "column-type",
            format!("열 ‘{name}’의 형식은 {is}입니다. {ko} 열이어야 합니다."),
            format!("column “{name}” is {is}; a {en} column is needed"),
        )
        .at_column(name.as_str()))
    }

    /// The Arrow type of the column at `index`.
    pub(crate) fn data_type(&self, index: usize) -> DataType {
        self.schema.fields().get(index).map_or(DataType::Null, |field| field.data_type().clone())
    }

    /// Name of the column at `index`.
    pub(crate) fn name(&self, index: usize) -> &str {
        self.columns.get(index).map_or("", |column| column.name.as_str())
    }

    /// A batch of this shape.
    pub(crate) fn batch(&self, arrays: Vec<ArrayRef>, rows: usize) -> Result<RecordBatch, Fault> {
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        RecordBatch::try_new_with_options(Arc::clone(&self.schema), arrays, &options)
            .map_err(|error| Fault::Bug(error.to_string()))
    }
}

/// The array of column `index` in a batch.
pub(crate) fn column(batch: &RecordBatch, index: usize) -> Result<&ArrayRef, Fault> {
    batch.columns().get(index).ok_or_else(|| Fault::Bug(format!("no column {index} in a batch")))
}

/// The fault of a table without columns.
pub(crate) fn no_columns() -> Fault {
    Fault::input("columns-none", "열을 하나 이상 지정해야 합니다.", "at least one column is needed")
}

/// The fault of needing more memory than allowed.
pub(crate) fn memory_fault(what_ko: &str, what_en: &str, need: usize, limit: usize) -> Fault {
    let (need, limit) = (need.div_ceil(1 << 20), limit >> 20);
    Fault::input(
        "memory-limit",
        format!(
            "{what_ko}에 메모리 {need} MiB가 필요하지만 한도는 {limit} MiB입니다. 열을 줄이거나 파일을 나누십시오."
        ),
        format!(
            "{what_en} needs {need} MiB of memory; the limit is {limit} MiB. Use fewer columns or split the file"
        ),
    )
}

/// Whether `need` bytes are within `limit`.
///
/// # Errors
/// `memory-limit`.
pub(crate) fn within_memory(ko: &str, en: &str, need: usize, limit: usize) -> Result<(), Fault> {
    if need > limit { Err(memory_fault(ko, en, need, limit)) } else { Ok(()) }
}
