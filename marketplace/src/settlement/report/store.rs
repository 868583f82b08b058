//! Rows of settlements and their lines.

use diesel::prelude::*;
use schema::api::settlement::{
    CostSource, Disallowance, NewSettlementLine, PaidBy, Settlement, SettlementLine,
    SettlementState,
};
use schema::id::{AgreementId, ClaimId, ContractId, OrgId, SettlementId, UserId};
use schema::money::Won;
use schema::time::{Day, Instant};

use super::rules::Days;
use crate::db::schema::{settlement_lines, settlements};
use crate::db::{Db, one_row};
use crate::error::{AppError, AppResult};

#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = settlements)]
#[diesel(treat_none_as_null = true)]
pub(super) struct Row {
    pub(super) id: SettlementId,
    pub(super) agreement_id: AgreementId,
    pub(super) org_id: OrgId,
    pub(super) state: SettlementState,
    pub(super) due_on: String,
    pub(super) was_late: i64,
    pub(super) interest: Won,
    pub(super) statement: Option<String>,
    pub(super) already_paid: Option<Won>,
    pub(super) accepted: Option<Won>,
    pub(super) carried: Option<Won>,
    pub(super) final_support: Option<Won>,
    pub(super) payable: Option<Won>,
    pub(super) refund: Option<Won>,
    pub(super) set_off: Won,
    pub(super) note: Option<String>,
    pub(super) submitted_by: Option<UserId>,
    pub(super) submitted_at: Option<i64>,
    pub(super) assessed_by: Option<UserId>,
    pub(super) approved_by: Option<UserId>,
    pub(super) notified_at: Option<i64>,
    pub(super) object_by: Option<String>,
    pub(super) objection: Option<String>,
    pub(super) finalised_at: Option<i64>,
    pub(super) paid_by: Option<UserId>,
    pub(super) paid_at: Option<i64>,
    pub(super) step: i64,
    pub(super) opened_at: i64,
}

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = settlement_lines)]
pub(super) struct LineRow {
    pub(super) settlement_id: SettlementId,
    pub(super) line: i64,
    pub(super) source: CostSource,
    pub(super) name: String,
    pub(super) planned: Won,
    pub(super) spent: Won,
    pub(super) vat: Won,
    pub(super) method: PaidBy,
    pub(super) invoice_no: Option<String>,
    pub(super) invoice_date: Option<String>,
    pub(super) payee_no: Option<String>,
    pub(super) payee_name: Option<String>,
    pub(super) spent_on: String,
    pub(super) documents: String,
    pub(super) contract_id: Option<ContractId>,
    pub(super) accepted: Option<Won>,
    pub(super) reason: Option<Disallowance>,
    pub(super) note: Option<String>,
}

fn stored<E: std::fmt::Display>(error: E) -> AppError {
    AppError::Internal(anyhow::anyhow!("stored settlement: {error}"))
}

fn at(micros: i64) -> Instant {
    Instant::from_micros(micros).unwrap_or(Instant::MIN)
}

impl Row {
    /// A settlement of an agreement whose work goes on.
    pub(super) fn new(
        id: SettlementId,
        agreement_id: AgreementId,
        org_id: OrgId,
        due_on: Day,
        now: Instant,
    ) -> Row {
        Row {
            id,
            agreement_id,
            org_id,
            state: SettlementState::NotDue,
            due_on: due_on.to_string(),
            was_late: 0,
            interest: Won::ZERO,
            statement: None,
            already_paid: None,
            accepted: None,
            carried: None,
            final_support: None,
            payable: None,
            refund: None,
            set_off: Won::ZERO,
            note: None,
            submitted_by: None,
            submitted_at: None,
            assessed_by: None,
            approved_by: None,
            notified_at: None,
            object_by: None,
            objection: None,
            finalised_at: None,
            paid_by: None,
            paid_at: None,
            step: 0,
            opened_at: now.as_micros(),
        }
    }

    /// Its days.
    pub(super) fn days(&self) -> AppResult<Days> {
        let object_by = self.object_by.as_deref().map(str::parse).transpose().map_err(stored)?;
        Ok(Days { due_on: self.due_on.parse().map_err(stored)?, object_by })
    }

    /// The settlement with its report.
    pub(super) fn wire(self, lines: Vec<LineRow>, claim: Option<ClaimId>) -> AppResult<Settlement> {
        let days = self.days()?;
        Ok(Settlement {
            id: self.id,
            agreement: self.agreement_id,
            org: self.org_id,
            state: self.state,
            due_on: days.due_on,
            was_late: self.was_late != 0,
            interest: self.interest,
            statement: self.statement,
            already_paid: self.already_paid,
            accepted: self.accepted,
            carried: self.carried,
            final_support: self.final_support,
            payable: self.payable,
            refund: self.refund,
            set_off: self.set_off,
            note: self.note,
            submitted_by: self.submitted_by,
            submitted_at: self.submitted_at.map(at),
            assessed_by: self.assessed_by,
            approved_by: self.approved_by,
            notified_at: self.notified_at.map(at),
            object_by: days.object_by,
            objection: self.objection,
            finalised_at: self.finalised_at.map(at),
            paid_by: self.paid_by,
            paid_at: self.paid_at.map(at),
            claim,
            lines: lines.into_iter().map(SettlementLine::try_from).collect::<AppResult<_>>()?,
        })
    }
}

impl LineRow {
    /// A reported line.
    pub(super) fn new(
        settlement_id: SettlementId,
        line: i64,
        reported: &NewSettlementLine,
        contract_id: Option<ContractId>,
    ) -> AppResult<LineRow> {
        Ok(LineRow {
            settlement_id,
            line,
            source: reported.source,
            name: reported.name.clone(),
            planned: reported.planned,
            spent: reported.spent,
            vat: reported.vat,
            method: reported.method,
            invoice_no: reported.invoice_no.clone(),
            invoice_date: reported.invoice_date.map(|day| day.to_string()),
            payee_no: reported.payee_no.map(|no| no.to_string()),
            payee_name: reported.payee_name.clone(),
            spent_on: reported.spent_on.to_string(),
            documents: serde_json::to_string(&reported.documents)?,
            contract_id,
            accepted: None,
            reason: None,
            note: None,
        })
    }
}

impl TryFrom<LineRow> for SettlementLine {
    type Error = AppError;

    fn try_from(row: LineRow) -> AppResult<SettlementLine> {
        Ok(SettlementLine {
            line: row.line,
            reported: NewSettlementLine {
                source: row.source,
                name: row.name,
                planned: row.planned,
                spent: row.spent,
                vat: row.vat,
                method: row.method,
                invoice_no: row.invoice_no,
                invoice_date: row
                    .invoice_date
                    .as_deref()
                    .map(str::parse)
                    .transpose()
                    .map_err(stored)?,
                payee_no: row.payee_no.as_deref().map(str::parse).transpose().map_err(stored)?,
                payee_name: row.payee_name,
                spent_on: row.spent_on.parse().map_err(stored)?,
                documents: serde_json::from_str(&row.documents)?,
            },
            contract: row.contract_id,
            accepted: row.accepted,
            reason: row.reason,
            note: row.note,
        })
    }
}

pub(super) fn insert(db: &mut Db, row: &Row) -> AppResult<()> {
    diesel::insert_into(settlements::table).values(row.clone()).execute(db)?;
    Ok(())
}

pub(super) fn find(db: &mut Db, id: SettlementId) -> QueryResult<Option<Row>> {
    settlements::table.filter(settlements::id.eq(id)).select(Row::as_select()).first(db).optional()
}

/// The settlement of an agreement.
pub(super) fn of_agreement(db: &mut Db, id: AgreementId) -> QueryResult<Option<Row>> {
    settlements::table
        .filter(settlements::agreement_id.eq(id))
        .select(Row::as_select())
        .first(db)
        .optional()
}

/// Settlements in order of their ids; only those of `org`, unless it is `None`.
pub(super) fn list(
    db: &mut Db,
    org: Option<OrgId>,
    after: Option<SettlementId>,
    limit: i64,
) -> AppResult<Vec<Row>> {
    let mut query = settlements::table
        .order(settlements::id.asc())
        .limit(limit)
        .select(Row::as_select())
        .into_boxed();
    if let Some(org) = org {
        query = query.filter(settlements::org_id.eq(org));
    }
    if let Some(after) = after {
        query = query.filter(settlements::id.gt(after));
    }
    Ok(query.load(db)?)
}

/// Settlements in any of `states`.
pub(super) fn in_states(
    db: &mut Db,
    states: &[SettlementState],
    after: Option<SettlementId>,
    limit: i64,
) -> AppResult<Vec<SettlementId>> {
    let mut query = settlements::table
        .filter(settlements::state.eq_any(states.to_vec()))
        .order(settlements::id.asc())
        .limit(limit)
        .select(settlements::id)
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(settlements::id.gt(after));
    }
    Ok(query.load(db)?)
}

/// Stores a settlement after a step, if nobody has stepped since it was read.
pub(super) fn advance(db: &mut Db, row: &mut Row) -> AppResult<()> {
    let seen = row.step;
    row.step += 1;
    let target =
        settlements::table.filter(settlements::id.eq(row.id)).filter(settlements::step.eq(seen));
    one_row(diesel::update(target).set(row.clone()).execute(db))
}

pub(super) fn lines(db: &mut Db, id: SettlementId) -> AppResult<Vec<LineRow>> {
    Ok(settlement_lines::table
        .filter(settlement_lines::settlement_id.eq(id))
        .order(settlement_lines::line.asc())
        .select(LineRow::as_select())
        .load(db)?)
}

/// Replaces the report.
pub(super) fn replace_lines(db: &mut Db, id: SettlementId, rows: &[LineRow]) -> AppResult<()> {
    diesel::delete(settlement_lines::table.filter(settlement_lines::settlement_id.eq(id)))
        .execute(db)?;
    for row in rows {
        diesel::insert_into(settlement_lines::table).values(row.clone()).execute(db)?;
    }
    Ok(())
}

/// Stores the verdict on a line.
pub(super) fn set_verdict(db: &mut Db, row: &LineRow) -> AppResult<()> {
    let target = settlement_lines::table
        .filter(settlement_lines::settlement_id.eq(row.settlement_id))
        .filter(settlement_lines::line.eq(row.line));
    one_row(
        diesel::update(target)
            .set((
                settlement_lines::accepted.eq(row.accepted),
                settlement_lines::reason.eq(row.reason),
                settlement_lines::note.eq(row.note.clone()),
            ))
            .execute(db),
    )
}
