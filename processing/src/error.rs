//! The three things a caller can do about a failure: tell the person, try again, or file a bug.

use schema::lang::Text;

/// A fault of the person's input: a result, not an accident.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct InputFault {
    /// Stable slug, such as `file-empty`, `csv-ragged`, `parquet-truncated`, `columns-too-many`.
    pub code: String,
    /// What is wrong and what would cure it.
    pub text: Text,
    /// Column concerned, if one is.
    pub column: Option<String>,
    /// 1-based record or line concerned, if one is.
    pub row: Option<u64>,
    /// 1-based number of the step of a pipeline that found it, if one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<u32>,
}

/// Why an operation did not give a result.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The input is at fault; trying again is useless until it changes.
    #[error("{} ({})", .0.text.en, .0.code)]
    Input(InputFault),
    /// The surroundings failed (disk, network, memory); trying again may help.
    #[error("transient: {0}")]
    Transient(String),
    /// This library is wrong.
    #[error("bug: {0}")]
    Bug(String),
    /// The caller asked to stop.
    #[error("cancelled")]
    Cancelled,
}

impl Fault {
    /// A fault of the input as a whole.
    pub fn input(code: &str, ko: impl Into<String>, en: impl Into<String>) -> Self {
        Self::Input(InputFault {
            code: code.to_owned(),
            text: Text::new(ko, en),
            column: None,
            row: None,
            step: None,
        })
    }

    /// The same fault, at a column.
    #[must_use]
    pub fn at_column(mut self, name: impl Into<String>) -> Self {
        if let Self::Input(fault) = &mut self {
            fault.column = Some(name.into());
        }
        self
    }

    /// The same fault, at a 1-based record or line.
    #[must_use]
    pub fn at_row(mut self, row: u64) -> Self {
        if let Self::Input(fault) = &mut self {
            fault.row = Some(row);
        }
        self
    }

    /// A fault of the surroundings, which may wrap an error of input and output.
    pub(crate) fn of_surroundings(error: &(dyn std::error::Error + 'static)) -> Self {
        let full = error.downcast_ref::<std::io::Error>().is_some_and(|error| {
            use std::io::ErrorKind::{QuotaExceeded, StorageFull};
            matches!(error.kind(), StorageFull | QuotaExceeded)
        });
        Self::Transient(if full {
            format!(
                "the disk is full: the folder of the result and that of temporary files (TMPDIR) \
                 need room for about twice the table ({error})"
            )
        } else {
            error.to_string()
        })
    }
}

impl From<std::io::Error> for Fault {
    fn from(error: std::io::Error) -> Self {
        Self::of_surroundings(&error)
    }
}
