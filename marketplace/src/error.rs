//! What a use case may end in besides its result, and how that reaches the client.

use actix_web::http::StatusCode;
use diesel::result::Error as DbError;
use schema::code::Code;
use schema::problem::Refusal;

use crate::db::dialect;

/// The result of a use case.
pub type AppResult<T> = Result<T, AppError>;

/// Why a use case has no result.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// A rule refused; the client is told which and why.
    #[error("refused: {}", .0.code.slug())]
    Refused(Box<Refusal>),
    /// There is no such object, or the caller may not know that there is.
    #[error("no such {0}")]
    NotFound(&'static str),
    /// Try again after this many seconds.
    #[error("busy")]
    Busy {
        /// Seconds to wait.
        retry_after_secs: u32,
    },
    /// A guarded update found that the row had moved on; the transaction is run again.
    #[error("stale row")]
    Stale,
    /// The attempt at a job no longer holds it; trying again is of no use.
    #[error("lease lost")]
    LeaseLost,
    /// The database.
    #[error("database: {0}")]
    Db(#[from] DbError),
    /// This program or its surroundings are at fault. Logged once, at the edge; never sent.
    #[error("internal: {0:#}")]
    Internal(#[from] anyhow::Error),
}

impl AppError {
    /// Whether the same transaction may succeed when run again.
    pub fn is_contention(&self) -> bool {
        match self {
            Self::Stale => true,
            Self::Db(error) => dialect::is_contention(error),
            _ => false,
        }
    }

    /// The refusal that a client receives for this error.
    pub fn to_refusal(&self) -> Refusal {
        match self {
            Self::Refused(refusal) => (**refusal).clone(),
            Self::NotFound(kind) => Code::NotFound.because(
                "대상이 없거나 볼 수 있는 권한이 없습니다.",
                format!("There is no such {kind}, or it is not yours to see."),
            ),
            Self::Busy { retry_after_secs } => busy(*retry_after_secs),
            Self::Stale | Self::LeaseLost => busy(1),
            Self::Db(error) if dialect::is_outage(error) || dialect::is_contention(error) => {
                busy(2)
            }
            Self::Db(_) | Self::Internal(_) => Code::Internal.because(
                "요청을 처리하지 못했습니다. 요청 번호와 함께 문의해 주세요.",
                "The request could not be processed. Please quote the request number.",
            ),
        }
    }

    /// Whether the cause belongs in the error log.
    pub fn is_internal(&self) -> bool {
        self.to_refusal().code == Code::Internal
    }
}

fn busy(retry_after_secs: u32) -> Refusal {
    Code::Busy
        .because(
            format!("{retry_after_secs}초 뒤에 다시 시도해 주세요. 처리된 것은 없습니다."),
            format!("Please try again in {retry_after_secs} s. Nothing has been changed."),
        )
        .with("retry_after", retry_after_secs)
}

impl From<Refusal> for AppError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

impl From<object_store::Error> for AppError {
    fn from(error: object_store::Error) -> Self {
        Self::Internal(anyhow::Error::new(error).context("object store"))
    }
}

impl From<serde_json::Error> for AppError {
    fn from(error: serde_json::Error) -> Self {
        Self::Internal(anyhow::Error::new(error).context("stored JSON"))
    }
}

impl actix_web::ResponseError for AppError {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.to_refusal().code.status())
            .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// Only the status: the edge middleware writes the body, since it knows language and request id.
    fn error_response(&self) -> actix_web::HttpResponse {
        actix_web::HttpResponse::new(self.status_code())
    }
}
