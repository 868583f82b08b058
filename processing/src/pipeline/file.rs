//! Parquet files in: opened with clear faults, read as stored types.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Schema, SchemaRef, TimeUnit};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
    ParquetRecordBatchReaderBuilder,
};
use schema::data::column::{Column, Dictionary, FileFormat, Reading, Role, ValueType};

use crate::error::Fault;

/// Key of the column dictionary in the key-value metadata of a Parquet file.
pub(crate) const DICTIONARY_KEY: &str = "jangteo.dictionary";

/// Rows of a batch of so many columns: 8,192, and fewer where the table is wide, so that a batch of
/// numbers stays below 32 MiB. Fixed by the table alone, so that page borders do not depend on how
/// it came to be.
pub(crate) fn batch_rows(columns: usize) -> usize {
    ((4 << 20) / columns.max(1)).clamp(64, 8_192)
}

/// A new file beside a result, to be renamed into its place once it is whole. Others may read it, as
/// any file that a person makes (the umask has its say); scratch files stay private.
///
/// # Errors
/// [`Fault::Transient`] when the folder does not take it.
pub(crate) fn result_beside(out: &Path) -> Result<tempfile::NamedTempFile, Fault> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    Ok(builder.tempfile_in(folder_of(out))?)
}

/// The folder that a path lies in.
pub(crate) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Opens a Parquet file and reads its footer. Embedded Arrow schemas are ignored: the Parquet types
/// alone decide, so that a file re-written by another tool reads the same.
///
/// # Errors
/// [`Fault::Input`] `parquet-damaged` when it is not Parquet; [`Fault::Transient`] when it cannot
/// be opened.
pub(crate) fn open(path: &Path) -> Result<(File, ArrowReaderMetadata), Fault> {
    let file = File::open(path)?;
    let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    let metadata = guarded(|| ArrowReaderMetadata::load(&file, options))?;
    Ok((file, metadata))
}

/// Batches of some columns of a Parquet file.
pub(crate) struct Batches {
    reader: ParquetRecordBatchReader,
    broken: bool,
}

/// Metadata by which the text column at `index` is read as numbers and the values they stand for;
/// `None` where some of it is not stored so.
///
/// # Errors
/// `parquet-damaged`.
pub(crate) fn as_dictionary(
    metadata: &ArrowReaderMetadata,
    index: usize,
) -> Result<Option<ArrowReaderMetadata>, Fault> {
    let fields = metadata.schema().fields();
    let plain = |field: &arrow::datatypes::Field| field.data_type().is_nested();
    let of_text = fields.get(index).is_some_and(|field| *field.data_type() == DataType::Utf8);
    if !of_text || fields.iter().any(|field| plain(field)) {
        return Ok(None);
    }
    let coded = |group: &parquet::file::metadata::RowGroupMetaData| {
        group.columns().get(index).is_some_and(|c| c.dictionary_page_offset().is_some())
    };
    if !metadata.metadata().row_groups().iter().all(coded) {
        return Ok(None);
    }
    let fields = fields.iter().enumerate().map(|(n, field)| {
        let to = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
        if n == index {
            Arc::new(field.as_ref().clone().with_data_type(to))
        } else {
            Arc::clone(field)
        }
    });
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true).with_schema(schema);
    guarded(|| ArrowReaderMetadata::try_new(Arc::clone(metadata.metadata()), options)).map(Some)
}

impl Batches {
    /// Reads the columns at `roots`, in the order of the file.
    ///
    /// # Errors
    /// `parquet-damaged`; [`Fault::Transient`] when the file cannot be opened.
    pub(crate) fn new(
        path: &Path,
        metadata: &ArrowReaderMetadata,
        roots: impl IntoIterator<Item = usize>,
        rows: usize,
    ) -> Result<Self, Fault> {
        let file = File::open(path)?;
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata.clone());
        let mask = ProjectionMask::roots(builder.parquet_schema(), roots);
        let builder = builder.with_projection(mask).with_batch_size(rows.max(1));
        let reader = guarded(|| builder.build())?;
        Ok(Self { reader, broken: false })
    }
}

impl Iterator for Batches {
    type Item = Result<RecordBatch, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.broken {
            return None;
        }
        let batch = guarded(|| self.reader.next().transpose()).transpose();
        self.broken = matches!(batch, Some(Err(_)));
        batch
    }
}

/// Runs a reading of Parquet. The decoder panics on some damaged pages (an index beyond its
/// dictionary); that too is a damaged file, and what was being read is thrown away.
fn guarded<T, E: std::fmt::Display>(read: impl FnOnce() -> Result<T, E>) -> Result<T, Fault> {
    match std::panic::catch_unwind(std::panic::AssertUnwindSafe(read)) {
        Ok(result) => result.map_err(|error| damaged(&error)),
        Err(_) => Err(damaged(&"the decoder gave up")),
    }
}

/// The fault of a file that cannot be read as Parquet.
pub(crate) fn damaged(error: &dyn std::fmt::Display) -> Fault {
    Fault::input(
        "parquet-damaged",
        format!("파케이 파일을 읽을 수 없습니다. 파일이 잘렸거나 손상되었습니다: {error}"),
        format!("the Parquet file cannot be read; it is truncated or damaged: {error}"),
    )
}

/// The dictionary stored in a Parquet file, else one made of its types. Columns of the dictionary
/// that the file does not have are left out.
pub(crate) fn dictionary(metadata: &ArrowReaderMetadata) -> Dictionary {
    let stored = metadata
        .metadata()
        .file_metadata()
        .key_value_metadata()
        .and_then(|pairs| pairs.iter().find(|pair| pair.key == DICTIONARY_KEY))
        .and_then(|pair| pair.value.as_deref())
        .and_then(|text| serde_json::from_str::<Dictionary>(text).ok());
    let (reading, known, findings) = match stored {
        Some(stored) => (stored.reading, stored.columns, stored.findings),
        None => (parquet_reading(), Vec::new(), Vec::new()),
    };
    let columns = metadata
        .schema()
        .fields()
        .iter()
        .map(|field| {
            let value_type = value_type_of(&stored_type(field.data_type()));
            match known.iter().find(|column| column.name == *field.name()) {
                Some(column) => Column { value_type, ..column.clone() },
                None => plain_column(field.name(), value_type),
            }
        })
        .collect();
    Dictionary { findings, ..Dictionary::new(reading, columns) }
}

pub(super) fn parquet_reading() -> Reading {
    Reading::of(FileFormat::Parquet)
}

/// A column about which only name and type are known.
pub(crate) fn plain_column(name: &str, value_type: ValueType) -> Column {
    Column {
        name: name.to_owned(),
        source_name: None,
        value_type,
        role: Role::Unknown,
        unit: None,
        title: None,
        semantic_id: None,
        nullable: true,
        formats: Vec::new(),
        sentinels: Vec::new(),
        confidence_bp: None,
    }
}

/// The Arrow type in which the exchange stores values of `from`.
pub(crate) fn stored_type(from: &DataType) -> DataType {
    match from {
        DataType::UInt64 => DataType::Decimal128(20, 0),
        t if t.is_integer() => DataType::Int64,
        t if t.is_floating() => DataType::Float64,
        DataType::Decimal32(p, s) | DataType::Decimal64(p, s) => DataType::Decimal128(*p, *s),
        DataType::Decimal256(p, s) if *p <= 38 => DataType::Decimal128(*p, *s),
        DataType::Decimal256(_, _) => DataType::Float64,
        DataType::Binary
        | DataType::LargeBinary
        | DataType::BinaryView
        | DataType::FixedSizeBinary(_) => DataType::Binary,
        DataType::Date32 | DataType::Date64 => DataType::Date32,
        DataType::Timestamp(_, _) => timestamp(),
        DataType::Dictionary(_, value) => stored_type(value),
        DataType::Boolean | DataType::Decimal128(_, _) => from.clone(),
        t if t.is_nested() => t.clone(),
        _ => DataType::Utf8,
    }
}

/// The zone of instants in memory. Arrow reads the name `UTC` only with a zone database.
pub(crate) const ZONE: &str = "+00:00";

/// The Arrow type of an instant.
pub(crate) fn timestamp() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some(ZONE.into()))
}

/// The stored type of an Arrow type that [`stored_type`] gave.
pub(crate) fn value_type_of(stored: &DataType) -> ValueType {
    match stored {
        DataType::Boolean => ValueType::Boolean,
        DataType::Int64 => ValueType::Integer,
        DataType::Float64 => ValueType::Number,
        DataType::Decimal128(precision, scale) => {
            ValueType::Decimal { precision: *precision, scale: *scale }
        }
        DataType::Utf8 => ValueType::Text,
        DataType::Binary => ValueType::Binary,
        DataType::Date32 => ValueType::Date,
        DataType::Timestamp(_, _) => ValueType::Timestamp,
        _ => ValueType::Nested,
    }
}

/// The Arrow type of a stored type; `None` for nested values, whose type only a file can tell.
pub(crate) fn arrow_type(value_type: ValueType) -> Option<DataType> {
    Some(match value_type {
        ValueType::Boolean => DataType::Boolean,
        ValueType::Integer => DataType::Int64,
        ValueType::Number => DataType::Float64,
        ValueType::Decimal { precision, scale } => DataType::Decimal128(precision, scale),
        ValueType::Text => DataType::Utf8,
        ValueType::Date => DataType::Date32,
        ValueType::Timestamp => timestamp(),
        ValueType::Binary => DataType::Binary,
        ValueType::Nested => return None,
    })
}

/// An array in its stored type. Instants without a zone are local time, `offset_min` ahead of UTC.
pub(crate) fn stored(array: &ArrayRef, to: &DataType, offset_min: i16) -> Result<ArrayRef, Fault> {
    if array.data_type() == to {
        return Ok(Arc::clone(array));
    }
    let bug = |error: arrow::error::ArrowError| Fault::Bug(error.to_string());
    if let DataType::Timestamp(_, zone) = array.data_type() {
        use arrow::array::AsArray as _;
        use arrow::datatypes::TimestampMicrosecondType;
        let plain = cast(array, &DataType::Timestamp(TimeUnit::Microsecond, zone.clone()));
        let plain = plain.map_err(bug)?;
        let times = plain.as_primitive::<TimestampMicrosecondType>();
        let offset = if zone.is_some() { 0 } else { i64::from(offset_min) * 60_000_000 };
        let utc = if offset == 0 {
            times.clone()
        } else {
            times.unary_opt::<_, TimestampMicrosecondType>(|value| value.checked_sub(offset))
        };
        return Ok(Arc::new(utc.with_timezone(ZONE)));
    }
    cast(array, to).map_err(bug)
}

/// A schema whose columns may all be null.
pub(crate) fn loose_schema(fields: impl IntoIterator<Item = (String, DataType)>) -> SchemaRef {
    Arc::new(Schema::new(
        fields
            .into_iter()
            .map(|(name, data_type)| arrow::datatypes::Field::new(name, data_type, true))
            .collect::<Vec<_>>(),
    ))
}
