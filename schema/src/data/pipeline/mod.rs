//! Cleaning pipelines: what is done to a table, in which order.
//!
//! A specification is data, not code: a closed list of steps, each naming its columns and its
//! parameters. Unknown steps and unknown fields are refused. Steps run in order; every step sees
//! the table as the step before left it.
//!
//! In YAML and JSON a step is one key with its parameters:
//!
//! ```yaml
//! steps:
//!   - drop_duplicates: {}
//!   - sentinel_to_null: { columns: { mold_temp3: [1449] } }
//!   - fill_missing: { columns: [mold_temp3], method: linear, time: time, max_gap_s: 60 }
//!   - sort: { by: [{ column: time }] }
//! ```
//!
//! Deliberately absent: code, and keys or other secrets.

mod columns;
mod encode;
mod events;
mod expressions;
mod features;
mod privacy;
mod rows;
mod series;
mod times;
mod values;
mod windows;

pub use columns::*;
pub use encode::*;
pub use events::*;
pub use expressions::*;
pub use features::*;
pub use privacy::*;
pub use rows::*;
pub use series::*;
pub use times::*;
pub use values::*;
pub use windows::*;

use serde::{Deserialize, Deserializer, Serialize, de};

use crate::lang::Text;

/// A cleaning pipeline.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PipelineSpec {
    /// What is done, in order; at most [`PipelineSpec::STEPS_MAX`].
    pub steps: Vec<Step>,
    /// Why a step is there, for the person who reads the specification.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<StepNote>,
}

impl PipelineSpec {
    /// Steps of one specification. The longest suggested one has eleven.
    pub const STEPS_MAX: usize = 200;
}

/// Why a step is in a specification.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct StepNote {
    /// 1-based number of the step; 0 is the specification as a whole.
    pub step: u32,
    /// The reason.
    pub text: Text,
}

/// One step of a pipeline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Keeps the named columns, in the order named.
    Select(Columns),
    /// Drops the named columns.
    DropColumns(Columns),
    /// Gives columns other names.
    Rename(Rename),
    /// Changes the stored type of columns.
    Cast(Cast),
    /// Keeps the rows for which a condition holds.
    Filter(FilterWhere),
    /// Computes columns from the others.
    Derive(Derive),
    /// Puts columns first or last; the others keep their order between them.
    Reorder(Reorder),
    /// Reads text as instants, in a zone whose clock may change.
    ParseTime(ParseTime),
    /// Turns categories into numbers.
    Encode(Encode),
    /// Replaces values by tokens under a secret key.
    Pseudonymise(Pseudonymise),
    /// Makes values coarser.
    Generalise(Generalise),
    /// Hides the middle of texts.
    Mask(Mask),
    /// Keeps the rows whose value lies within bounds.
    FilterRange(FilterRange),
    /// Orders the rows; equal rows keep their order.
    Sort(Sort),
    /// Drops rows that repeat an earlier row; the first in file order stays.
    DropDuplicates(DropDuplicates),
    /// Replaces values that stand for "no reading" by nulls.
    SentinelToNull(SentinelToNull),
    /// Fills nulls (and NaN of number columns).
    FillMissing(FillMissing),
    /// Treats values far from the rest.
    Outliers(Outliers),
    /// Drops columns that hold one value (nulls aside) or none.
    DropConstant(DropConstant),
    /// Drops columns with too many nulls (R-161).
    DropSparse(DropSparse),
    /// Drops rows that are null in a named column.
    DropMissingRows(Columns),
    /// Converts columns to another unit, exactly (R-183).
    UnitConvert(UnitConvert),
    /// Scales columns with parameters fitted on the data.
    Scale(Scale),
    /// Drops rows whose time is impossible.
    DropRowsWithBadTime(BadTime),
    /// Puts the number of each row, from 1, into a new first column: a key for a table in which the
    /// place of a row is what identifies it.
    NumberRows(NumberRows),
    /// Gathers rows into buckets of time, one row a bucket and group.
    Resample(Resample),
    /// Adds statistics of a moving window.
    Rolling(Rolling),
    /// Adds values of earlier rows, or differences from them.
    Lag(Lag),
    /// Smooths columns in place.
    Smooth(Smooth),
    /// Adds columns of the row of another table that is nearest in time.
    JoinAsof(JoinAsof),
    /// Numbers cycles, batches or runs.
    Segment(Segment),
    /// Tells whether a row lies around an event.
    LabelWindows(LabelWindows),
    /// Cuts the table into parts for training, validation and test.
    Split(Split),
    /// Makes one row of features of each window.
    Features(Features),
    /// Undoes a scaling.
    Unscale(Unscale),
}

impl Step {
    /// The key of the step in a specification.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Select(_) => "select",
            Self::DropColumns(_) => "drop_columns",
            Self::Rename(_) => "rename",
            Self::Cast(_) => "cast",
            Self::Filter(_) => "filter",
            Self::Derive(_) => "derive",
            Self::Reorder(_) => "reorder",
            Self::ParseTime(_) => "parse_time",
            Self::Encode(_) => "encode",
            Self::Pseudonymise(_) => "pseudonymise",
            Self::Generalise(_) => "generalise",
            Self::Mask(_) => "mask",
            Self::FilterRange(_) => "filter_range",
            Self::Sort(_) => "sort",
            Self::DropDuplicates(_) => "drop_duplicates",
            Self::SentinelToNull(_) => "sentinel_to_null",
            Self::FillMissing(_) => "fill_missing",
            Self::Outliers(_) => "outliers",
            Self::DropConstant(_) => "drop_constant",
            Self::DropSparse(_) => "drop_sparse",
            Self::DropMissingRows(_) => "drop_missing_rows",
            Self::UnitConvert(_) => "unit_convert",
            Self::Scale(_) => "scale",
            Self::DropRowsWithBadTime(_) => "drop_rows_with_bad_time",
            Self::NumberRows(_) => "number_rows",
            Self::Resample(_) => "resample",
            Self::Rolling(_) => "rolling",
            Self::Lag(_) => "lag",
            Self::Smooth(_) => "smooth",
            Self::JoinAsof(_) => "join_asof",
            Self::Segment(_) => "segment",
            Self::LabelWindows(_) => "label_windows",
            Self::Split(_) => "split",
            Self::Features(_) => "features",
            Self::Unscale(_) => "unscale",
        }
    }
}

/// A value written as in a file; numbers and booleans of YAML and JSON are taken as their text.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct Literal(pub String);

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for Literal {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        use utoipa::openapi::schema::{SchemaType, Type};
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(SchemaType::from_iter([Type::String, Type::Number, Type::Boolean]))
            .description(Some(
                "A value written as in a file: text, or a number or boolean as its text.",
            ))
            .into()
    }
}
#[cfg(feature = "openapi")]
impl utoipa::ToSchema for Literal {}

impl<'de> Deserialize<'de> for Literal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Literal;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a text, a number or a boolean")
            }
            fn visit_str<E: de::Error>(self, value: &str) -> Result<Literal, E> {
                Ok(Literal(value.to_owned()))
            }
            fn visit_i64<E: de::Error>(self, value: i64) -> Result<Literal, E> {
                Ok(Literal(value.to_string()))
            }
            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Literal, E> {
                Ok(Literal(value.to_string()))
            }
            fn visit_f64<E: de::Error>(self, value: f64) -> Result<Literal, E> {
                Ok(Literal(value.to_string()))
            }
            fn visit_bool<E: de::Error>(self, value: bool) -> Result<Literal, E> {
                Ok(Literal(value.to_string()))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

#[cfg(test)]
mod tests;
