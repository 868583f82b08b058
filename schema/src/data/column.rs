//! The column dictionary: how a file was read and what each of its columns means.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::lang::Text;

/// The stored type of a column. Parquet written by the exchange uses only these, so that every
/// Delta Sharing client loads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ValueType {
    /// `true` or `false`.
    Boolean,
    /// 64-bit signed integer.
    Integer,
    /// 64-bit float.
    Number,
    /// 128-bit decimal, as the source declared it.
    Decimal {
        /// Digits in all, 1 to 38.
        precision: u8,
        /// Digits behind the point.
        scale: i8,
    },
    /// UTF-8 text.
    Text,
    /// Calendar day.
    Date,
    /// Instant in UTC, microseconds.
    Timestamp,
    /// Bytes.
    Binary,
    /// List, struct or map, kept as it came (Parquet input only).
    Nested,
}

impl ValueType {
    /// The XML Schema name that a product description carries.
    pub fn xs(self) -> &'static str {
        match self {
            Self::Boolean => "xs:boolean",
            Self::Integer => "xs:long",
            Self::Number => "xs:double",
            Self::Decimal { .. } => "xs:decimal",
            Self::Text | Self::Nested => "xs:string",
            Self::Date => "xs:date",
            Self::Timestamp => "xs:dateTime",
            Self::Binary => "xs:base64Binary",
        }
    }

    /// Whether sums and means of the column make sense.
    pub fn is_numeric(self) -> bool {
        matches!(self, Self::Integer | Self::Number | Self::Decimal { .. })
    }
}

/// What a column is for. `Input`, `State`, `Quality` and `Label` are the roles of R-181.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = ColumnRole))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// When the record was made.
    Time,
    /// Which machine, line or station made it.
    Machine,
    /// Which lot, batch, product or order it belongs to.
    Lot,
    /// A running number or other key without physical meaning.
    Key,
    /// A set point or recipe value.
    Input,
    /// A measured signal.
    State,
    /// A measured quality of the product.
    Quality,
    /// A verdict or class to be predicted.
    Label,
    /// Not known.
    #[default]
    Unknown,
}

/// One column as declared by its provider, or as detected.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Column {
    /// Name in the stored Parquet: unique, NFC, trimmed, not empty.
    pub name: String,
    /// Header as the file has it; `None` for a headerless file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_name: Option<String>,
    /// Stored type.
    pub value_type: ValueType,
    /// What the column is for.
    #[serde(default)]
    pub role: Role,
    /// Unit as a UCUM code (`Cel`, `bar`, `1` for dimensionless).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Korean and English name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Text>,
    /// IRDI or URI of the property in a standard dictionary.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub semantic_id: Option<String>,
    /// Whether nulls were seen or are allowed.
    #[serde(default)]
    pub nullable: bool,
    /// Shapes of the text in this column: dates and times in the order tried
    /// (`%Y-%m-%d %H:%M:%S`), or how numbers are written if not plainly (`#,##0.#`, `#.##0,#`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub formats: Vec<String>,
    /// Values that stand for "no reading" (`1449`, `-1`); reported, never removed on ingest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sentinels: Vec<String>,
    /// Share of the sampled values that agree with `value_type`, in basis points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence_bp: Option<u16>,
}

/// Kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum FileFormat {
    /// Separated text (comma, semicolon, tab, bar, runs of spaces).
    Csv,
    /// Apache Parquet.
    Parquet,
    /// One JSON object a line (or glued to each other).
    JsonLines,
    /// Office Open XML workbook.
    Xlsx,
    /// Binary workbook of Excel 2007 and later.
    Xlsb,
    /// Workbook of Excel 97 to 2003.
    Xls,
    /// OpenDocument spreadsheet.
    Ods,
}

impl FileFormat {
    /// Whether the table is a sheet of a workbook.
    pub const fn is_workbook(self) -> bool {
        matches!(self, Self::Xlsx | Self::Xlsb | Self::Xls | Self::Ods)
    }
}

/// How the bytes were packed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Compression {
    /// Not packed.
    #[default]
    None,
    /// gzip, any number of members.
    Gzip,
    /// Zstandard.
    Zstd,
}

/// Character encoding of a text file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Encoding {
    /// UTF-8, with or without a byte-order mark.
    #[default]
    Utf8,
    /// CP949 (UHC), which contains EUC-KR.
    Cp949,
    /// UTF-16, little endian.
    Utf16Le,
    /// UTF-16, big endian.
    Utf16Be,
    /// Windows-1252, which contains ISO 8859-1.
    Windows1252,
}

/// How a file is read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Reading {
    /// Kind of file.
    pub format: FileFormat,
    /// How the bytes are packed.
    #[serde(default)]
    pub compression: Compression,
    /// Character encoding (text formats).
    #[serde(default)]
    pub encoding: Encoding,
    /// Field separator: one ASCII character, or `" "` for runs of blanks (CSV).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<String>,
    /// Whether the first record names the columns (CSV).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<bool>,
    /// Sheet that holds the table (workbooks).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    /// UTC offset in minutes given to times that carry none; 540 is Korea.
    #[serde(default = "Reading::korea")]
    pub utc_offset_min: i16,
}

impl Reading {
    /// Korea is nine hours ahead of UTC.
    pub const fn korea() -> i16 {
        540
    }

    /// A plain file of a format, its times those of Korea.
    pub fn of(format: FileFormat) -> Self {
        Self {
            format,
            compression: Compression::default(),
            encoding: Encoding::default(),
            delimiter: None,
            header: None,
            sheet: None,
            utc_offset_min: Self::korea(),
        }
    }
}

/// Something noticed while reading that a person should know.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Finding {
    /// Stable slug, such as `header-blank`, `date-shapes-mixed`, `sentinel-suspected`.
    pub code: String,
    /// Column concerned, if one is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// Records or cells concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// Up to five 1-based record numbers where it was seen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<u64>,
    /// Explanation.
    pub text: Text,
}

/// One of several files that make one table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FileReading {
    /// File name without its folder.
    pub name: String,
    /// SHA-256 of the bytes, in lower-case hexadecimal.
    pub sha256: String,
    /// Records that the file gives to the table.
    pub rows: u64,
    /// How the file is read.
    pub reading: Reading,
    /// Shapes of the columns that this file writes otherwise than the dictionary says, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub formats: BTreeMap<String, Vec<String>>,
}

/// How a file is read and what its columns mean: detected, shown, edited and passed back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Dictionary {
    /// How the file is read; of several files, the first.
    pub reading: Reading,
    /// The files of a table that has several, in order; empty for one file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<FileReading>,
    /// Columns in file order.
    pub columns: Vec<Column>,
    /// What was noticed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
}

impl Dictionary {
    /// A dictionary of one file without findings.
    pub fn new(reading: Reading, columns: Vec<Column>) -> Self {
        Self { reading, files: Vec::new(), columns, findings: Vec::new() }
    }
}
