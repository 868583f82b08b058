//! Rows of duties.

use diesel::prelude::*;
use schema::api::obligations::{Obligation, ObligationKind, ObligationQuery, ObligationState};
use schema::id::{AgreementId, ObligationId, OrgId};
use schema::time::{Day, Instant};

use super::rules::{self, Heap};
use crate::db::schema::obligations;
use crate::db::{Db, one_row};
use crate::error::AppResult;

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = obligations)]
pub(super) struct Row {
    pub(super) id: ObligationId,
    pub(super) kind: ObligationKind,
    pub(super) org_id: OrgId,
    pub(super) subject: String,
    pub(super) agreement_id: Option<AgreementId>,
    pub(super) state: ObligationState,
    pub(super) due_on: Day,
    pub(super) due_first: Day,
    pub(super) rule: String,
    pub(super) blocks: i64,
    pub(super) remind_on: Option<String>,
    pub(super) reason: Option<String>,
    pub(super) once_key: String,
    pub(super) step: i64,
    pub(super) opened_at: i64,
    pub(super) closed_at: Option<i64>,
}

impl Row {
    /// The duty as it is on `today`.
    pub(super) fn wire(self, today: Day) -> Obligation {
        Obligation {
            overdue: rules::is_overdue(self.kind, self.state, self.due_on, today),
            days_left: today.days_until(self.due_on),
            id: self.id,
            kind: self.kind,
            org: self.org_id,
            subject: self.subject,
            agreement: self.agreement_id,
            state: self.state,
            due_on: self.due_on,
            due_first: self.due_first,
            rule: self.rule,
            blocks_payment: self.blocks != 0,
            reason: self.reason,
            opened_at: Instant::from_micros(self.opened_at).unwrap_or(Instant::MIN),
            closed_at: self.closed_at.and_then(Instant::from_micros),
        }
    }
}

pub(super) fn insert(db: &mut Db, row: &Row) -> AppResult<()> {
    diesel::insert_into(obligations::table).values(row.clone()).execute(db)?;
    Ok(())
}

pub(super) fn find(db: &mut Db, id: ObligationId) -> QueryResult<Option<Row>> {
    obligations::table.filter(obligations::id.eq(id)).select(Row::as_select()).first(db).optional()
}

/// The duty of a cause.
pub(super) fn by_cause(db: &mut Db, once_key: &str) -> AppResult<Option<Row>> {
    Ok(obligations::table
        .filter(obligations::once_key.eq(once_key.to_owned()))
        .select(Row::as_select())
        .first(db)
        .optional()?)
}

/// Open duties of a kind about an object.
pub(super) fn open_about(db: &mut Db, kind: ObligationKind, subject: &str) -> AppResult<Vec<Row>> {
    Ok(obligations::table
        .filter(obligations::subject.eq(subject.to_owned()))
        .filter(obligations::kind.eq(kind))
        .filter(obligations::state.eq(ObligationState::Open))
        .order(obligations::id.asc())
        .select(Row::as_select())
        .load(db)?)
}

/// Objects about which a kind of duty that follows from an agreement stands.
pub(super) fn subjects_of(
    db: &mut Db,
    kind: ObligationKind,
    agreement: AgreementId,
) -> AppResult<Vec<String>> {
    Ok(obligations::table
        .filter(obligations::agreement_id.eq(agreement))
        .filter(obligations::kind.eq(kind))
        .filter(obligations::state.eq(ObligationState::Open))
        .order(obligations::id.asc())
        .select(obligations::subject)
        .load(db)?)
}

/// Open duties of organisations whose day was before `today`, the earliest first.
pub(super) fn late_of_orgs(db: &mut Db, orgs: &[OrgId], today: Day) -> AppResult<Vec<Row>> {
    Ok(obligations::table
        .filter(obligations::org_id.eq_any(orgs.to_vec()))
        .filter(obligations::state.eq(ObligationState::Open))
        .filter(obligations::due_on.lt(today))
        .order((obligations::due_on.asc(), obligations::id.asc()))
        .select(Row::as_select())
        .load(db)?)
}

/// Open duties about an object whose day was before `today`, the earliest first.
pub(super) fn late_about(db: &mut Db, subject: &str, today: Day) -> AppResult<Vec<Row>> {
    Ok(obligations::table
        .filter(obligations::subject.eq(subject.to_owned()))
        .filter(obligations::state.eq(ObligationState::Open))
        .filter(obligations::due_on.lt(today))
        .order((obligations::due_on.asc(), obligations::id.asc()))
        .select(Row::as_select())
        .load(db)?)
}

/// Open duties of a kind whose day was before `today`, the earliest first.
pub(super) fn late_of_kind(
    db: &mut Db,
    kind: ObligationKind,
    today: Day,
    limit: i64,
) -> AppResult<Vec<Row>> {
    Ok(obligations::table
        .filter(obligations::kind.eq(kind))
        .filter(obligations::state.eq(ObligationState::Open))
        .filter(obligations::due_on.lt(today))
        .order((obligations::due_on.asc(), obligations::id.asc()))
        .limit(limit)
        .select(Row::as_select())
        .load(db)?)
}

/// Duties in order of their ids; only those of `org`, unless it is `None`.
pub(super) fn page(
    db: &mut Db,
    org: Option<OrgId>,
    query: &ObligationQuery,
    today: Day,
    after: Option<ObligationId>,
    limit: i64,
) -> AppResult<Vec<Row>> {
    let mut rows = obligations::table
        .order(obligations::id.asc())
        .limit(limit)
        .select(Row::as_select())
        .into_boxed();
    if let Some(org) = org {
        rows = rows.filter(obligations::org_id.eq(org));
    }
    if let Some(state) = query.state {
        rows = rows.filter(obligations::state.eq(state));
    }
    if let Some(kind) = query.kind {
        rows = rows.filter(obligations::kind.eq(kind));
    }
    if let Some(subject) = &query.subject {
        rows = rows.filter(obligations::subject.eq(subject.clone()));
    }
    if query.overdue == Some(true) {
        rows = rows
            .filter(obligations::state.eq(ObligationState::Open))
            .filter(obligations::kind.ne(ObligationKind::ListingYear))
            .filter(obligations::kind.ne(ObligationKind::CapacityRevalidation))
            .filter(obligations::due_on.lt(today));
    }
    if let Some(after) = after {
        rows = rows.filter(obligations::id.gt(after));
    }
    Ok(rows.load(db)?)
}

/// Open duties of which something is to be told on `today`.
pub(super) fn to_tell(db: &mut Db, today: Day, limit: i64) -> AppResult<Vec<ObligationId>> {
    Ok(obligations::table
        .filter(obligations::state.eq(ObligationState::Open))
        .filter(obligations::remind_on.le(today.to_string()))
        .order((obligations::remind_on.asc(), obligations::id.asc()))
        .limit(limit)
        .select(obligations::id)
        .load(db)?)
}

/// Open duties, heaped by kind, day and weight.
pub(super) fn heaps(db: &mut Db) -> AppResult<Vec<Heap>> {
    let rows: Vec<(ObligationKind, Day, i64, i64)> = obligations::table
        .filter(obligations::state.eq(ObligationState::Open))
        .group_by((obligations::kind, obligations::due_on, obligations::blocks))
        .select((
            obligations::kind,
            obligations::due_on,
            obligations::blocks,
            diesel::dsl::count_star(),
        ))
        .order((obligations::due_on.asc(), obligations::kind.asc(), obligations::blocks.asc()))
        .load(db)?;
    Ok(rows
        .into_iter()
        .map(|(kind, due_on, blocks, count)| Heap {
            kind,
            due_on,
            blocks: blocks != 0,
            count: u32::try_from(count).unwrap_or(u32::MAX),
        })
        .collect())
}

/// Replaces what may change of a duty that is as it was seen.
pub(super) fn advance(db: &mut Db, seen: &Row, row: &Row) -> AppResult<()> {
    let target = obligations::table
        .filter(obligations::id.eq(seen.id))
        .filter(obligations::step.eq(seen.step));
    let row = row.clone();
    one_row(
        diesel::update(target)
            .set((
                obligations::state.eq(row.state),
                obligations::due_on.eq(row.due_on),
                obligations::remind_on.eq(row.remind_on),
                obligations::reason.eq(row.reason),
                obligations::step.eq(seen.step.saturating_add(1)),
                obligations::closed_at.eq(row.closed_at),
            ))
            .execute(db),
    )
}
