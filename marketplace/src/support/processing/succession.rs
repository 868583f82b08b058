//! Jobs of an agreement that another organisation takes over (edge case 1).

use diesel::prelude::*;
use schema::id::{AgreementId, DatasetId, OrgId, VersionId};

use crate::db::Db;
use crate::db::schema::{processings, versions};
use crate::error::AppResult;

/// Makes `successor` the owner of every job of an agreement. The processor and its access stay as they
/// are. Answers the data sets that the jobs work on.
pub fn hand_over_in(
    db: &mut Db,
    agreement: AgreementId,
    successor: OrgId,
) -> AppResult<Vec<DatasetId>> {
    let sources: Vec<VersionId> = processings::table
        .filter(processings::agreement_id.eq(Some(agreement)))
        .order(processings::id.asc())
        .select(processings::version_id)
        .load(db)?;
    let datasets: Vec<DatasetId> = versions::table
        .filter(versions::id.eq_any(sources))
        .order(versions::id.asc())
        .select(versions::dataset_id)
        .load(db)?;
    diesel::update(processings::table.filter(processings::agreement_id.eq(Some(agreement))))
        .set(processings::org_id.eq(successor))
        .execute(db)?;
    Ok(datasets)
}
