//! Rows of claims.

use diesel::prelude::*;
use schema::api::settlement::{Claim, ClaimOrigin, ClaimState};
use schema::id::{AgreementId, ClaimId, OrgId};
use schema::money::Won;
use schema::notice::Sanctions;
use schema::time::{Day, Instant};

use super::rules::Owed;
use crate::db::schema::claims;
use crate::db::{Db, one_row};
use crate::error::{AppError, AppResult};

#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = claims)]
#[diesel(treat_none_as_null = true)]
pub(super) struct Row {
    pub(super) id: ClaimId,
    pub(super) agreement_id: AgreementId,
    pub(super) org_id: OrgId,
    pub(super) origin: ClaimOrigin,
    pub(super) object: String,
    pub(super) state: ClaimState,
    pub(super) principal: Won,
    pub(super) charges: Won,
    pub(super) repaid: Won,
    pub(super) late_charges: Won,
    pub(super) due_on: String,
    pub(super) pay_by: String,
    pub(super) step: i64,
    pub(super) made_at: i64,
    pub(super) repaid_at: Option<i64>,
}

fn day(text: &str) -> AppResult<Day> {
    text.parse().map_err(|error| AppError::Internal(anyhow::anyhow!("stored claim: {error}")))
}

impl Row {
    /// The amounts.
    pub(super) fn owed(&self) -> AppResult<Owed> {
        let Row { principal, charges, repaid, .. } = *self;
        Ok(Owed { principal, charges, repaid, due_on: day(&self.due_on)? })
    }

    /// Last day of the present term.
    pub(super) fn pay_by(&self) -> AppResult<Day> {
        day(&self.pay_by)
    }

    /// The claim on `today`, by the bounds of its agreement's notice.
    pub(super) fn wire(self, today: Day, bounds: &Sanctions) -> AppResult<Claim> {
        let owed = self.owed()?;
        let at = |micros| Instant::from_micros(micros).unwrap_or(Instant::MIN);
        let open = self.state != ClaimState::Repaid;
        Ok(Claim {
            owed_today: if open { owed.total(today, bounds) } else { Won::ZERO },
            pay_by: self.pay_by()?,
            due_on: owed.due_on,
            id: self.id,
            agreement: self.agreement_id,
            org: self.org_id,
            origin: self.origin,
            object: self.object,
            state: self.state,
            principal: self.principal,
            charges: self.charges,
            repaid: self.repaid,
            late_charges: self.late_charges,
            made_at: at(self.made_at),
            repaid_at: self.repaid_at.map(at),
        })
    }
}

pub(super) fn insert(db: &mut Db, row: &Row) -> AppResult<()> {
    diesel::insert_into(claims::table).values(row.clone()).execute(db)?;
    Ok(())
}

pub(super) fn find(db: &mut Db, id: ClaimId) -> QueryResult<Option<Row>> {
    claims::table.filter(claims::id.eq(id)).select(Row::as_select()).first(db).optional()
}

pub(super) fn of_object(db: &mut Db, object: &str) -> AppResult<Option<Row>> {
    Ok(claims::table
        .filter(claims::object.eq(object.to_owned()))
        .select(Row::as_select())
        .first(db)
        .optional()?)
}

/// Claims that are not paid, of an organisation or of an agreement.
pub(super) fn open(
    db: &mut Db,
    org: Option<OrgId>,
    agreement: Option<AgreementId>,
) -> AppResult<Vec<Row>> {
    let mut query = claims::table
        .filter(claims::state.ne(ClaimState::Repaid))
        .order(claims::id.asc())
        .select(Row::as_select())
        .into_boxed();
    if let Some(org) = org {
        query = query.filter(claims::org_id.eq(org));
    }
    if let Some(agreement) = agreement {
        query = query.filter(claims::agreement_id.eq(agreement));
    }
    Ok(query.load(db)?)
}

/// Claims of an agreement.
pub(super) fn of_agreement(db: &mut Db, agreement: AgreementId) -> AppResult<Vec<Row>> {
    Ok(claims::table
        .filter(claims::agreement_id.eq(agreement))
        .order(claims::id.asc())
        .select(Row::as_select())
        .load(db)?)
}

/// Claims in order of their ids; only those against `org`, unless it is `None`.
pub(super) fn list(
    db: &mut Db,
    org: Option<OrgId>,
    after: Option<ClaimId>,
    limit: i64,
) -> AppResult<Vec<Row>> {
    let mut query =
        claims::table.order(claims::id.asc()).limit(limit).select(Row::as_select()).into_boxed();
    if let Some(org) = org {
        query = query.filter(claims::org_id.eq(org));
    }
    if let Some(after) = after {
        query = query.filter(claims::id.gt(after));
    }
    Ok(query.load(db)?)
}

/// Claims whose term was over before `today`.
pub(super) fn due(db: &mut Db, today: Day, limit: i64) -> AppResult<Vec<ClaimId>> {
    const OPEN: [ClaimState; 2] = [ClaimState::Due, ClaimState::Dunned];
    Ok(claims::table
        .filter(claims::state.eq_any(OPEN))
        .filter(claims::pay_by.lt(today.to_string()))
        .order((claims::pay_by.asc(), claims::id.asc()))
        .limit(limit)
        .select(claims::id)
        .load(db)?)
}

/// Stores a claim after a step, if nobody has stepped since it was read.
pub(super) fn advance(db: &mut Db, row: &mut Row) -> AppResult<()> {
    let seen = row.step;
    row.step += 1;
    let target = claims::table.filter(claims::id.eq(row.id)).filter(claims::step.eq(seen));
    one_row(diesel::update(target).set(row.clone()).execute(db))
}
