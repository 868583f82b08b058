//! What a pipeline did to a table: enough to repeat it and to check the result.

use serde::{Deserialize, Serialize};

/// The record of one run of a pipeline.
///
/// A pure function of input bytes, specification and engine version: no clock, no host.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Lineage {
    /// Engine and version that ran it, such as `jangteo-process 0.1.0`.
    pub engine: String,
    /// SHA-256 of the input file, lower-case hex.
    pub input_sha256: String,
    /// Further input files, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub with: Vec<NamedInput>,
    /// SHA-256 of the specification as canonical JSON, lower-case hex.
    pub spec_sha256: String,
    /// The steps, in the order run.
    pub steps: Vec<StepRecord>,
    /// What came out.
    pub output: Output,
}

/// A file that a pipeline looked into beside the one it cleaned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NamedInput {
    /// What the specification calls it.
    pub name: String,
    /// SHA-256 of the file, lower-case hex.
    pub sha256: String,
}

/// What one step did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StepRecord {
    /// 1-based number of the step.
    pub number: u32,
    /// Key of the step, such as `fill_missing`.
    pub step: String,
    /// Rows before.
    pub rows_in: u64,
    /// Rows behind.
    pub rows_out: u64,
    /// Columns before.
    pub columns_in: u32,
    /// Columns behind.
    pub columns_out: u32,
    /// Cells whose value differs behind the step; moved and dropped rows do not count.
    pub cells_changed: u64,
    /// Parameters found on the data, at most [`StepRecord::FITTED_MAX`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fitted: Vec<Fitted>,
    /// Parameters beyond that bound; they are not stored.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub fitted_left_out: u64,
    /// Columns the step decided to drop.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dropped_columns: Vec<String>,
}

impl StepRecord {
    /// Fitted parameters stored per step, so that a record stays small however many groups there are.
    pub const FITTED_MAX: usize = 2_000;
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// One parameter that a step found on the data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Fitted {
    /// Column.
    pub column: String,
    /// Group within the column: the values of the group columns.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub group: Vec<String>,
    /// What it is: `mean`, `median`, `mode`, `min`, `max`, `std`, `lower`, `upper`, `iqr`, `mad`,
    /// `key` (fingerprint of a secret), `category_0`, `category_1` and so on (encoded values).
    pub name: String,
    /// Its value.
    pub value: FittedValue,
}

/// Value of a fitted parameter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(untagged)]
pub enum FittedValue {
    /// A finite number.
    Number(f64),
    /// A text.
    Text(String),
}

/// The table that a pipeline wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Output {
    /// SHA-256 of the file, lower-case hex.
    pub sha256: String,
    /// Bytes of the file.
    pub size_bytes: u64,
    /// Logical content hash, lower-case hex: the same for any encoding of the same table.
    pub logical_sha256: String,
    /// Rows.
    pub rows: u64,
    /// Columns.
    pub columns: u32,
}
