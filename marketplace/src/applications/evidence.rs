//! Which papers a stage needs (4.17).
//!
//! This is the one place where applications ask the feature of documents.

use schema::problem::Reason;
use schema::time::Instant;

use super::guards::Scene;
use super::store::Row;
use crate::db::Db;
use crate::error::AppResult;

/// Papers that an application still needs when it is sent in, and when its review is passed.
pub(super) fn missing_at_submission_in(
    _db: &mut Db,
    _row: &Row,
    _scene: Scene<'_>,
    _now: Instant,
) -> AppResult<Vec<Reason>> {
    Ok(Vec::new())
}
