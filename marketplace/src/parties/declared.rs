//! Declared affiliations: two organisations that say they belong together, or of which the staff found
//! it. Nothing is ever taken back by itself: public money must not go round in a circle.

use diesel::prelude::*;
use schema::api::parties::{Affiliation, NewAffiliation};
use schema::code::Code;
use schema::id::{self, AffiliationId, OrgId, UserId};
use schema::page::{Page, PageQuery};
use schema::time::Instant;
use serde_json::json;

use super::rules;
use super::service::organisation_in;
use super::store as orgs;
use crate::app::App;
use crate::audit::{self, Entry};
use crate::auth::Principal;
use crate::auth::policy::{self, Action};
use crate::db::Db;
use crate::db::schema::affiliations;
use crate::error::AppResult;
use crate::http::extract::{page_cursor, page_limit};
use crate::idempotency::{Once, Ticket, once_in};

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = affiliations)]
struct Row {
    id: AffiliationId,
    one_id: OrgId,
    other_id: OrgId,
    note: String,
    declared_by: UserId,
    declared_at: i64,
}

impl From<Row> for Affiliation {
    fn from(row: Row) -> Affiliation {
        Affiliation {
            id: row.id,
            one: row.one_id,
            other: row.other_id,
            note: row.note,
            declared_by: row.declared_by,
            declared_at: Instant::from_micros(row.declared_at).unwrap_or(Instant::MIN),
        }
    }
}

/// Declares that two organisations belong together. Declaring it again changes nothing.
pub async fn declare(
    app: &App,
    who: Principal,
    ticket: Ticket,
    new: NewAffiliation,
) -> AppResult<Once<Affiliation>> {
    let org = new.org.unwrap_or(who.org);
    policy::act(&who, Action::AffiliationWrite, &[org])?;
    rules::length("note", &new.note, 500)?;
    let (now, id) = (app.clock.now(), app.clock.fresh::<id::Affiliation>());
    let audit = app.clock.fresh();
    app.store
        .write(move |db| {
            once_in(db, &ticket, now, |db| {
                let mine = organisation_in(db, org)?.id;
                let other = orgs::by_business_no(db, &new.business_no.to_string())?;
                let Some(other) = other.filter(|other| *other != mine) else {
                    return Err(Code::InvalidField
                        .because(
                            "그 사업자등록번호로 가입한 다른 기관이 없습니다.",
                            "No other organisation has signed up with this business number.",
                        )
                        .field("business_no")
                        .into());
                };
                let (one_id, other_id) = (mine.min(other), mine.max(other));
                if let Some(row) = between(db, one_id, other_id)? {
                    return Ok(row.into());
                }
                let row = Row {
                    id,
                    one_id,
                    other_id,
                    note: new.note.trim().to_owned(),
                    declared_by: who.user,
                    declared_at: now.as_micros(),
                };
                diesel::insert_into(affiliations::table).values(row.clone()).execute(db)?;
                let entry = Entry {
                    id: audit,
                    at: now,
                    who: Some(&who),
                    object: id.as_str(),
                    action: "affiliation.declare",
                    from: None,
                    to: None,
                    reason: Some(&row.note),
                    body: json!({"one": one_id, "other": other_id}),
                };
                audit::record_in(db, &entry)?;
                Ok(row.into())
            })
        })
        .await
}

fn between(db: &mut Db, one: OrgId, other: OrgId) -> AppResult<Option<Row>> {
    Ok(affiliations::table
        .filter(affiliations::one_id.eq(one))
        .filter(affiliations::other_id.eq(other))
        .select(Row::as_select())
        .first(db)
        .optional()?)
}

/// Whether an affiliation of two organisations was declared.
pub fn declared_in(db: &mut Db, one: OrgId, other: OrgId) -> AppResult<bool> {
    Ok(between(db, one.min(other), one.max(other))?.is_some())
}

/// Every declared affiliation, for the search through chains of them.
pub fn all_in(db: &mut Db) -> AppResult<Vec<(OrgId, OrgId)>> {
    Ok(affiliations::table
        .order(affiliations::id.asc())
        .select((affiliations::one_id, affiliations::other_id))
        .load(db)?)
}

/// A page of declared affiliations: one's own, or all for the staff.
pub fn list_in(db: &mut Db, who: &Principal, query: &PageQuery) -> AppResult<Page<Affiliation>> {
    policy::act(who, Action::AffiliationRead, &[who.org])?;
    let (limit, after) = (page_limit(query)?, page_cursor::<id::Affiliation>(query)?);
    let mut rows = affiliations::table
        .order(affiliations::id.asc())
        .limit(i64::from(limit) + 1)
        .select(Row::as_select())
        .into_boxed();
    if !who.sees_all() {
        rows = rows.filter(affiliations::one_id.eq(who.org).or(affiliations::other_id.eq(who.org)));
    }
    if let Some(after) = after {
        rows = rows.filter(affiliations::id.gt(after));
    }
    let rows: Vec<Row> = rows.load(db)?;
    Ok(Page::of(rows, limit, |row| row.id.to_string()).map(Affiliation::from))
}
