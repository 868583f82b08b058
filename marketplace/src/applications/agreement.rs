//! From a selected application to a signed agreement.

use schema::api::applications::{ApplicationBody, ApplicationState, DraftFromApplication};
use schema::api::programme::{Agreement, AgreementState, CostPlan, NewAgreement, SignAgreement};
use schema::api::support::PoolState;
use schema::code::Code;
use schema::id::{AgreementId, ApplicationId, AuditId, OrgId, PoolMemberId};
use schema::money::Won;
use schema::notice::ProgrammeCode;
use schema::problem::Refusal;
use schema::time::{Day, Instant};
use schema::typed::length;
use serde_json::json;

use super::facts::{base_in, inactive, purse_in, scene};
use super::rules::Command;
use super::service::seen_in;
use super::steps::{Act, take_in};
use super::store::{self, Row};
use super::wire;
use crate::app::App;
use crate::auth::Principal;
use crate::auth::policy::{self, Action};
use crate::db::Db;
use crate::error::{AppError, AppResult};
use crate::idempotency::{Once, Ticket, once_in};
use crate::programme::service::draft_in;
use crate::support::pool::service::member_in;
use crate::vouchers::signing::{SigningIds, agreement_sign_in};

/// Drafts the agreement of a selected application. For the agency.
pub(super) async fn draft(
    app: &App,
    who: Principal,
    ticket: Ticket,
    id: ApplicationId,
    asked: DraftFromApplication,
) -> AppResult<Once<Agreement>> {
    policy::act(&who, Action::AgreementDraft, &[])?;
    if let Some(note) = &asked.review_note {
        length("review_note", note, 500)?;
    }
    for item in asked.plan.iter().flat_map(|plan| &plan.items) {
        length("plan.items.name", &item.name, 200)?;
    }
    let now = app.clock.now();
    let agreement: AgreementId = app.clock.fresh();
    let audits: [AuditId; 2] = [app.clock.fresh(), app.clock.fresh()];
    app.store
        .write(move |db| {
            let (row, _) = seen_in(db, &who, id)?;
            once_in(db, &ticket, now, |db| {
                let [drafted, linked] = audits;
                let (scene, body) = (scene(now, row.programme)?, wire::body(&row)?);
                let facts = base_in(db, &row, Some(&who), None)?;
                super::rules::step(row.state, Command::Draft, &facts, scene, now)?;
                let new = agreement_of(db, &row, &body, &asked, now.seoul_day())?;
                let made = draft_in(db, &who, &new, agreement, drafted, now)?;
                let told = json!({"agreement": agreement, "support": made.support});
                let act = Act::of(Some(&who), now, linked).on(told);
                take_in(db, row.clone(), Command::Draft, &facts, scene, &act, |row| {
                    row.agreement_id = Some(agreement);
                    row.processor_org_id = made.processor.or(row.processor_org_id);
                })?;
                Ok(made)
            })
        })
        .await
}

/// The agreement that an application comes to, with its approved amount.
fn agreement_of(
    db: &mut Db,
    row: &Row,
    body: &ApplicationBody,
    asked: &DraftFromApplication,
    today: Day,
) -> AppResult<NewAgreement> {
    let approved = row.approved.unwrap_or_default();
    let noted = store::decisions(db, row.id)?
        .into_iter()
        .rev()
        .find(|decision| decision.action == Command::Pass.action())
        .and_then(|decision| decision.reason)
        .map(|note| note.chars().take(500).collect());
    let mut new = NewAgreement {
        programme: row.programme,
        title: body.title.clone(),
        recipient: row.org_id,
        processor: None,
        plan: None,
        support: None,
        purpose: None,
        review_note: asked.review_note.clone().or(noted),
    };
    if row.programme == ProgrammeCode::PROCESSING {
        let applied = body.processing.as_ref().and_then(|part| part.processor);
        new.processor = Some(processor_in(db, asked.processor.or(applied), today)?);
        new.plan = Some(plan(row, body, asked.plan.as_ref(), approved)?);
    } else {
        new.support = Some(approved);
        new.purpose = body.purchase.as_ref().and_then(|part| part.purpose);
    }
    Ok(new)
}

/// the processor is an active member of the pool on the day of the match.
fn processor_in(db: &mut Db, member: Option<PoolMemberId>, today: Day) -> AppResult<OrgId> {
    let id = member.ok_or_else(|| {
        Code::InvalidField
            .because(
                "가공기업을 매칭해야 협약을 작성할 수 있습니다.",
                "A processor must be matched before the agreement is drafted.",
            )
            .rule("R-072")
            .field("processor")
    })?;
    let member = member_in(db, id, today)?;
    if member.state != PoolState::Active {
        return Err(inactive(member.state).field("processor").into());
    }
    Ok(member.org)
}

/// The cost plan: that of the application, or one that was made for a smaller amount. The project
/// does not grow by it.
fn plan(
    row: &Row,
    body: &ApplicationBody,
    asked: Option<&CostPlan>,
    approved: Won,
) -> Result<CostPlan, Refusal> {
    let total = row.total.unwrap_or_default();
    let wrong = |ko: String, en: String| {
        Code::CostPlanInvalid
            .because(ko, en)
            .rule("R-026")
            .field("plan")
            .with("approved", approved.get())
            .with("total", total.get())
    };
    match asked {
        Some(plan) if plan.government == approved && plan.total <= total => Ok(plan.clone()),
        Some(_) => Err(wrong(
            format!(
                "정부지원금은 승인된 {approved}원이고 총사업비는 {total}원을 넘지 않아야 합니다."
            ),
            format!(
                "The public part is the approved {approved} won, and the total at most {total}."
            ),
        )),
        None if row.requested == Some(approved) => Ok(CostPlan {
            total,
            government: approved,
            cash: body.own_cash.unwrap_or_default(),
            in_kind: body.own_in_kind.unwrap_or_default(),
            items: body.processing.as_ref().map(|part| part.items.clone()).unwrap_or_default(),
        }),
        None => Err(wrong(
            format!("승인액({approved}원)이 신청액과 달라 사업비 계획을 다시 내야 합니다."),
            format!(
                "The approved {approved} won differ from what was asked; a new plan is needed."
            ),
        )
        .cure(
            "`plan`에 승인액에 맞춘 계획을 보내 주세요.",
            "Send a `plan` for the approved amount.",
        )),
    }
}

/// Signs an agreement for the caller's organisation. With the agency's signature, which is the
/// last, the application that it was drafted for is agreed.
pub(super) async fn sign(
    app: &App,
    who: Principal,
    ticket: Ticket,
    id: AgreementId,
    signature: SignAgreement,
) -> AppResult<Once<Agreement>> {
    let (ids, now, audit) = (SigningIds::fresh(app), app.clock.now(), app.clock.fresh());
    app.store
        .write(move |db| {
            once_in(db, &ticket, now, |db| {
                let agreement = agreement_sign_in(db, &who, id, &signature, ids)?;
                let active = agreement.state == AgreementState::Active;
                let row = store::of_agreement(db, id)?;
                if let Some(row) = row.clone() {
                    agreed_in(db, &who, row, active, now, audit)?;
                }
                if active {
                    kept_in(db, agreement.programme, row.map(|row| row.id), now)?;
                }
                Ok(agreement)
            })
        })
        .await
}

/// Nobody signs for an application that is no longer selected, or after its days.
fn agreed_in(
    db: &mut Db,
    who: &Principal,
    row: Row,
    active: bool,
    now: Instant,
    audit: AuditId,
) -> AppResult<()> {
    let scene = scene(now, row.programme)?;
    let facts = base_in(db, &row, None, None)?;
    if !active {
        super::rules::step(row.state, Command::Sign, &facts, scene, now)?;
        return Ok(());
    }
    let told = json!({"agreement": row.agreement_id, "approved": row.approved});
    let act = Act::of(Some(who), now, audit).on(told);
    take_in(db, row, Command::Sign, &facts, scene, &act, |_| {})?;
    Ok(())
}

/// Money that selections hold is not given to another agreement (R-043, edge case 3).
fn kept_in(
    db: &mut Db,
    programme: ProgrammeCode,
    but: Option<ApplicationId>,
    now: Instant,
) -> AppResult<()> {
    let (_, available, pending) = purse_in(db, programme, now, but)?;
    if pending <= available {
        return Ok(());
    }
    Err(AppError::from(
        Code::BudgetShort
            .because(
                format!("선정되어 서명을 기다리는 {pending}원을 빼면 예산이 모자랍니다."),
                format!("{pending} won are kept for selections that wait to be signed."),
            )
            .rule("R-043")
            .with("pending", pending.get())
            .with("available", available.get()),
    ))
}

/// The application that an agreement was drafted for, for features that come later.
pub fn application_of_in(
    db: &mut Db,
    id: AgreementId,
) -> AppResult<Option<(ApplicationId, ApplicationState)>> {
    Ok(store::of_agreement(db, id)?.map(|row| (row.id, row.state)))
}
