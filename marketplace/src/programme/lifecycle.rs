//! What may change of an agreement after its last signature. Who may change it when is decided by
//! the execution of agreements; here are only the rows, and the rules of eligibility that a
//! successor must pass as the first recipient did.

use diesel::prelude::*;
use schema::api::eligibility::Snapshot;
use schema::api::parties::Organisation;
use schema::api::programme::{Agreement, AgreementState, CostPlan};
use schema::code::Code;
use schema::id::{AgreementId, OrgId};
use schema::notice::{Notice, Programme};
use schema::papers::Stage;
use schema::time::Instant;

use super::store;
use crate::db::schema::agreements;
use crate::db::{Db, one_row};
use crate::error::AppResult;
use crate::parties::affiliation::same_group;
use crate::parties::eligibility::{self, Look};
use crate::parties::service::organisation_in;

/// The edition of the notice that an agreement was signed under, and its programme. A later edition
/// does not change an agreement (edge case 14).
pub fn notice_of(agreement: &Agreement) -> AppResult<(&'static Notice, &'static Programme)> {
    let notice = eligibility::notice_of(&agreement.notice_version)?;
    Ok((notice, eligibility::programme_of(notice, agreement.programme)?))
}

/// How an organisation stands when something of an agreement is decided, judged by the edition that
/// the agreement is under. The look is kept.
pub fn look_in(
    db: &mut Db,
    agreement: &Agreement,
    org: OrgId,
    stage: Stage,
    object: &str,
    now: Instant,
) -> AppResult<Snapshot> {
    let look = Look {
        org,
        programme: agreement.programme,
        stage,
        object,
        notice_version: Some(&agreement.notice_version),
        supported: Vec::new(),
    };
    eligibility::take_in(db, &look, now)
}

/// Moves an agreement that is still in the state `from`.
pub fn advance_in(
    db: &mut Db,
    id: AgreementId,
    from: AgreementState,
    to: AgreementState,
) -> AppResult<()> {
    store::set_state(db, id, from, to)
}

/// Gives an agreement another title.
pub fn retitle_in(db: &mut Db, id: AgreementId, title: &str) -> AppResult<()> {
    one_row(
        diesel::update(agreements::table.filter(agreements::id.eq(id)))
            .set(agreements::title.eq(title.to_owned()))
            .execute(db),
    )
}

/// Gives an agreement another cost plan.
pub fn replan_in(db: &mut Db, id: AgreementId, plan: &CostPlan) -> AppResult<()> {
    one_row(
        diesel::update(agreements::table.filter(agreements::id.eq(id)))
            .set((
                agreements::support.eq(plan.government),
                agreements::total.eq(Some(plan.total)),
                agreements::cash.eq(Some(plan.cash)),
                agreements::in_kind.eq(Some(plan.in_kind)),
                agreements::items.eq(serde_json::to_string(&plan.items)?),
            ))
            .execute(db),
    )
}

/// Puts `successor` in the recipient's place (edge case 1). Nothing else changes: not the amounts,
/// not the ratio, not a day of the period.
pub fn hand_over_in(db: &mut Db, id: AgreementId, successor: OrgId) -> AppResult<()> {
    one_row(
        diesel::update(agreements::table.filter(agreements::id.eq(id)))
            .set(agreements::recipient_id.eq(successor))
            .execute(db),
    )
}

/// Whether `successor` may take the recipient's place at `now`: eligible as the recipient was,
/// not of the processor's group, and without a purchase agreement of its own.
pub fn may_take_over_in(
    db: &mut Db,
    agreement: &Agreement,
    successor: OrgId,
    now: Instant,
) -> AppResult<Organisation> {
    let today = now.seoul_day();
    let org = organisation_in(db, successor)?;
    if successor == agreement.recipient {
        return Err(Code::InvalidField
            .because("지금의 지원기업과 같은 기업입니다.", "It is the recipient already.")
            .rule("R-042")
            .field("successor")
            .into());
    }
    let seen = look_in(db, agreement, successor, Stage::Agreement, agreement.id.as_str(), now)?;
    seen.screening().settled(true).map_err(|refusal| refusal.field("successor"))?;
    if let Some(processor) = agreement.processor
        && same_group(&org, &organisation_in(db, processor)?)
    {
        return Err(Code::SameGroup
            .because(
                "승계기업과 가공기업은 같은 기업이나 계열일 수 없습니다.",
                "Successor and processor must not be one firm or of one group.",
            )
            .rule("R-074")
            .field("successor")
            .into());
    }
    let no = org.corporate_no.as_ref().map(ToString::to_string);
    let year = agreement.fiscal_year.unwrap_or_else(|| today.year());
    if agreement.voucher.is_some()
        && let Some(other) = store::running(db, agreement.programme, year, successor, no)?
        && other != agreement.id
    {
        return Err(Code::AgreementExists
            .because(
                "승계기업은 올해 이 사업의 협약을 이미 맺었습니다.",
                "The successor has an agreement of this programme and year already.",
            )
            .rule("R-192")
            .with("agreement", other.as_str())
            .into());
    }
    Ok(org)
}

/// Agreements in any of `states`, in order of their ids, after `after`.
pub fn in_states_in(
    db: &mut Db,
    states: &[AgreementState],
    after: Option<AgreementId>,
    limit: i64,
) -> AppResult<Vec<AgreementId>> {
    let mut query = agreements::table
        .filter(agreements::state.eq_any(states.to_vec()))
        .order(agreements::id.asc())
        .limit(limit)
        .select(agreements::id)
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(agreements::id.gt(after));
    }
    Ok(query.load(db)?)
}
