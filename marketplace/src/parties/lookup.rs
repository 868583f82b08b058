//! Finding organisations by what they are registered under.

use diesel::prelude::*;
use schema::api::parties::Organisation;
use schema::id::OrgId;

use super::service::organisation_in;
use crate::db::Db;
use crate::db::schema::organisations;
use crate::error::AppResult;

/// The organisation with a business number, if it is on this exchange.
pub fn organisation_by_no_in(db: &mut Db, business_no: &str) -> AppResult<Option<Organisation>> {
    let found: Option<OrgId> = organisations::table
        .filter(organisations::business_no.eq(business_no.to_owned()))
        .select(organisations::id)
        .first(db)
        .optional()?;
    found.map(|id| organisation_in(db, id)).transpose()
}

/// An organisation with every branch of its corporation.
pub fn branches_in(db: &mut Db, org: &Organisation) -> AppResult<Vec<OrgId>> {
    let Some(no) = &org.corporate_no else { return Ok(vec![org.id]) };
    let mut all: Vec<OrgId> = organisations::table
        .filter(organisations::corporate_no.eq(Some(no.to_string())))
        .order(organisations::id.asc())
        .select(organisations::id)
        .load(db)?;
    if !all.contains(&org.id) {
        all.push(org.id);
    }
    Ok(all)
}
