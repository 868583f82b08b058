//! Rows of questions.

use diesel::dsl::count_star;
use diesel::prelude::*;
use schema::api::trade::{Question, QuestionKind, QuestionOutcome};
use schema::id::{ContractId, ListingId, OrgId, QuestionId, UserId, VersionId};
use schema::time::{Day, Instant};

use super::rules::Spent;
use crate::db::schema::questions;
use crate::db::{Db, one_row};
use crate::error::AppResult;

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = questions)]
pub(super) struct Row {
    pub(super) id: QuestionId,
    pub(super) kind: QuestionKind,
    pub(super) listing_id: ListingId,
    pub(super) contract_id: Option<ContractId>,
    pub(super) version_id: VersionId,
    pub(super) org_id: OrgId,
    pub(super) user_id: UserId,
    pub(super) at: i64,
    pub(super) day: String,
    pub(super) question: String,
    pub(super) question_sha256: String,
    pub(super) outcome: QuestionOutcome,
    pub(super) answer: Option<String>,
    pub(super) rows_out: i64,
    pub(super) bytes_out: i64,
}

impl From<Row> for Question {
    fn from(row: Row) -> Question {
        Question {
            id: row.id,
            kind: row.kind,
            listing: row.listing_id,
            contract: row.contract_id,
            version: row.version_id,
            user: row.user_id,
            at: Instant::from_micros(row.at).unwrap_or(Instant::MIN),
            question_sha256: row.question_sha256,
            outcome: row.outcome,
            rows: row.rows_out,
            bytes: row.bytes_out,
        }
    }
}

pub(super) fn insert(db: &mut Db, row: &Row) -> AppResult<()> {
    diesel::insert_into(questions::table).values(row.clone()).execute(db)?;
    Ok(())
}

/// What became of a question that had no answer yet.
pub(super) fn end(db: &mut Db, row: &Row) -> AppResult<()> {
    let target = questions::table
        .filter(questions::id.eq(row.id))
        .filter(questions::outcome.eq(QuestionOutcome::Asked));
    one_row(
        diesel::update(target)
            .set((
                questions::outcome.eq(row.outcome),
                questions::answer.eq(&row.answer),
                questions::rows_out.eq(row.rows_out),
                questions::bytes_out.eq(row.bytes_out),
            ))
            .execute(db),
    )
}

/// What an organisation has asked of a listing before buying.
pub(super) fn probed(db: &mut Db, listing: ListingId, org: OrgId, day: Day) -> AppResult<Spent> {
    let all = questions::table
        .filter(questions::listing_id.eq(listing))
        .filter(questions::org_id.eq(org))
        .filter(questions::kind.eq(QuestionKind::Probe));
    let in_all = all.select(count_star()).first(db)?;
    let today = all.filter(questions::day.eq(day.to_string())).select(count_star()).first(db)?;
    Ok(Spent { today, in_all, rows_today: 0 })
}

/// What was asked under a contract.
pub(super) fn queried(db: &mut Db, contract: ContractId, day: Day) -> AppResult<Spent> {
    let today = questions::table
        .filter(questions::contract_id.eq(contract))
        .filter(questions::day.eq(day.to_string()));
    // At most a day's budget of rows.
    let rows: Vec<i64> = today.select(questions::rows_out).load(db)?;
    let count = i64::try_from(rows.len()).unwrap_or(i64::MAX);
    Ok(Spent { today: count, in_all: 0, rows_today: rows.iter().sum() })
}

/// The answer that an organisation was given to the same question of the same version.
pub(super) fn answered(
    db: &mut Db,
    listing: ListingId,
    org: OrgId,
    question_sha256: &str,
) -> AppResult<Option<Row>> {
    Ok(questions::table
        .filter(questions::listing_id.eq(listing))
        .filter(questions::org_id.eq(org))
        .filter(questions::question_sha256.eq(question_sha256))
        .filter(questions::kind.eq(QuestionKind::Probe))
        .filter(questions::outcome.eq(QuestionOutcome::Answered))
        .order(questions::id)
        .select(Row::as_select())
        .first(db)
        .optional()?)
}

/// Questions under a contract, newest first.
pub(super) fn page(
    db: &mut Db,
    contract: ContractId,
    before: Option<QuestionId>,
    limit: i64,
) -> AppResult<Vec<Row>> {
    let mut query = questions::table
        .filter(questions::contract_id.eq(contract))
        .order(questions::id.desc())
        .limit(limit)
        .select(Row::as_select())
        .into_boxed();
    if let Some(before) = before {
        query = query.filter(questions::id.lt(before));
    }
    Ok(query.load(db)?)
}
