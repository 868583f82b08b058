//! Questions to data that stay where they are: queries under a contract, probes before one.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::id::{ContractId, ListingId, QuestionId, UserId, VersionId};
use crate::time::Instant;

crate::words! {
    /// What a question was.
    QuestionKind {
        /// SQL under a contract.
        Query = "query",
        /// A bounded question of a listing that was not bought.
        Probe = "probe",
    }
}

crate::words! {
    /// What became of a question.
    QuestionOutcome {
        /// No answer yet, or none any more: the exchange stopped before it had one.
        Asked = "asked",
        /// Answered.
        Answered = "answered",
        /// Refused: not SQL that may be asked, or beyond a limit.
        Refused = "refused",
    }
}

/// A query of a bought data set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewQuery {
    /// One `SELECT` over the table `data`, up to 32 KiB.
    pub sql: String,
    /// Number of the version asked; the newest that comes with the contract when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(minimum = 1))]
    pub version: Option<i64>,
}

/// A column of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AnswerColumn {
    /// Its name.
    pub name: String,
    /// Its Arrow type.
    #[serde(rename = "type")]
    pub data_type: String,
}

/// What a query found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QueryAnswer {
    /// Id of the question.
    pub id: QuestionId,
    /// The version that was asked.
    pub version: VersionId,
    /// Columns.
    pub columns: Vec<AnswerColumn>,
    /// Rows, each with a cell for every column: numbers, booleans, texts (times and decimals too), null.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<Vec<Value>>))]
    pub rows: Vec<Vec<Value>>,
    /// All rows that the query has.
    pub row_count: u64,
    /// Whether `rows` are only the first of them.
    pub truncated: bool,
}

/// A part of the rows, by a column of times.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ProbeWindow {
    /// The column of times.
    pub column: String,
    /// From then on.
    pub from: Instant,
    /// Before then.
    pub until: Instant,
}

/// A question that may be asked of what was not bought.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Probe {
    /// How many rows are there?
    Rows {
        /// In which part.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        window: Option<ProbeWindow>,
    },
    /// Which share of a column is missing (null or NaN)?
    Missing {
        /// The column.
        column: String,
        /// In which part.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        window: Option<ProbeWindow>,
    },
    /// Which share of a column's numbers lies between two bounds, both included?
    Between {
        /// The column, a number.
        column: String,
        /// Lower bound.
        low: f64,
        /// Upper bound.
        high: f64,
        /// In which part.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        window: Option<ProbeWindow>,
    },
    /// Roughly where do a column's numbers lie (5th, 50th and 95th percentile)?
    Spread {
        /// The column, a number.
        column: String,
        /// In which part.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        window: Option<ProbeWindow>,
    },
    /// How many cycles have at least so many rows a second?
    Cycles {
        /// The column that names a row's cycle, lot or machine.
        column: String,
        /// The column of times.
        time: String,
        /// Rows a second.
        at_least_hz: f64,
        /// In which part.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        window: Option<ProbeWindow>,
    },
}

/// The answer to a probe: an aggregate, rounded. What would tell of fewer than ten rows is held back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProbeAnswer {
    /// Id of the question.
    pub id: QuestionId,
    /// A number of rows or cycles, rounded down to two digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// A share in whole hundredths.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percent: Option<u32>,
    /// The 5th, 50th and 95th percentile, rounded to two digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantiles: Option<Vec<f64>>,
    /// Whether the answer was held back because too few rows stand behind it.
    pub held_back: bool,
    /// Questions that may still be asked of this listing today.
    pub left_today: u32,
}

/// A question as its asker, the seller and the staff see it afterwards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Question {
    /// Id.
    pub id: QuestionId,
    /// What it was.
    pub kind: QuestionKind,
    /// Of which listing.
    pub listing: ListingId,
    /// Under which contract.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract: Option<ContractId>,
    /// The version that was asked.
    pub version: VersionId,
    /// By whom.
    pub user: UserId,
    /// When.
    pub at: Instant,
    /// SHA-256 of the question's text.
    pub question_sha256: String,
    /// What became of it.
    pub outcome: QuestionOutcome,
    /// Rows that were handed out.
    pub rows: i64,
    /// Bytes of the answer.
    pub bytes: i64,
}
