//! Column dictionaries out of asset administration shells that a factory has already.

use actix_web::web::Payload;
use processing::{Fault, Limits, aas};
use schema::code::Code;
use schema::data::shell::ShellTables;

use crate::db::store::blocking;
use crate::error::{AppError, AppResult};
use crate::http::body;

/// Reads a file of shells; nothing of it is kept.
pub(super) async fn tables(payload: Payload) -> AppResult<ShellTables> {
    let bytes = body::whole(payload, aas::BYTES_MAX as u64).await?;
    blocking(move || match aas::read(&bytes, &Limits::default()) {
        Ok(items) => Ok(ShellTables { items }),
        Err(Fault::Input(fault)) => Err(Code::FileUnreadable
            .because(fault.text.ko, fault.text.en)
            .rule("R-182")
            .with("fault", fault.code)
            .into()),
        Err(other) => Err(AppError::Internal(anyhow::anyhow!("shells: {other}"))),
    })
    .await
}
