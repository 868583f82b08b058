//! Evaluation batches: their day, their evaluators, their applications, and their end.

use schema::api::applications::{
    AddApplications, AddEvaluators, BatchState, EvaluationBatch, NewBatch,
};
use schema::api::parties::Role;
use schema::code::Code;
use schema::id::{self, AuditId, EvaluationBatchId, UserId};
use schema::page::{Page, PageQuery};
use schema::problem::Refusal;
use schema::time::{Day, Instant};
use schema::typed::length;
use serde_json::{Value, json};

use super::facts::{base_in, scene};
use super::rules::Command;
use super::service::judges_in;
use super::steps::{Act, take_in};
use super::store::{self, BatchRow, EvaluatorRow, Row};
use super::{guards, marks, wire};
use crate::app::App;
use crate::audit::{self, Entry};
use crate::auth::Principal;
use crate::auth::policy::{self, Action};
use crate::db::{Db, Loaded};
use crate::error::{AppError, AppResult};
use crate::http::extract::{page_cursor, page_limit};
use crate::idempotency::{Once, Ticket, once_in};
use crate::limits;
use crate::parties::service::membership_in;
use crate::trade::service::standing_in;

/// Makes a batch. For operators.
pub(super) async fn create(
    app: &App,
    who: Principal,
    ticket: Ticket,
    new: NewBatch,
) -> AppResult<Once<EvaluationBatch>> {
    policy::act(&who, Action::ApplicationReview, &[])?;
    length("title", &new.title, 200)?;
    let now = app.clock.now();
    scene(now, new.programme)?;
    future(new.evaluation_on, now)?;
    let (id, audit) = (app.clock.fresh::<id::EvaluationBatch>(), app.clock.fresh());
    app.store
        .write(move |db| {
            once_in(db, &ticket, now, |db| {
                let row = BatchRow {
                    id,
                    programme: new.programme,
                    title: new.title.trim().to_owned(),
                    state: BatchState::Open,
                    evaluation_on: new.evaluation_on,
                    created_by: who.user,
                    created_at: now.as_micros(),
                    closed_by: None,
                    closed_at: None,
                };
                store::insert_batch(db, &row)?;
                let told = json!({"programme": row.programme, "evaluation_on": row.evaluation_on});
                let to = Some(row.state);
                record(db, &who, id, "batch.create", (None, to), (now, audit), told)?;
                whole_in(db, row)
            })
        })
        .await
}

/// The day of an evaluation lies ahead, and within a year.
fn future(on: Day, now: Instant) -> Result<(), Refusal> {
    let ahead = now.seoul_day().days_until(on);
    if (0..=366).contains(&ahead) {
        return Ok(());
    }
    Err(Code::InvalidField
        .because(
            "평가일은 오늘부터 1년 안이어야 합니다.",
            "The day of the evaluation is from today to a year ahead.",
        )
        .rule("A-12")
        .field("evaluation_on"))
}

fn record(
    db: &mut Db,
    who: &Principal,
    id: EvaluationBatchId,
    action: &str,
    states: (Option<BatchState>, Option<BatchState>),
    at: (Instant, AuditId),
    body: Value,
) -> AppResult<()> {
    let entry = Entry {
        id: at.1,
        at: at.0,
        who: Some(who),
        object: id.as_str(),
        action,
        from: states.0.map(BatchState::as_str),
        to: states.1.map(BatchState::as_str),
        reason: None,
        body,
    };
    audit::record_in(db, &entry)
}

fn whole_in(db: &mut Db, row: BatchRow) -> AppResult<EvaluationBatch> {
    wire::batch_in(db, row, |_, _| Ok(true))
}

/// The batch, for a command.
pub(super) fn open_in(db: &mut Db, id: EvaluationBatchId) -> AppResult<BatchRow> {
    let row = store::batch(db, id).or_not_found("evaluation batch")?;
    if row.state == BatchState::Open {
        return Ok(row);
    }
    Err(forbids(row.state).into())
}

pub(super) fn forbids(state: BatchState) -> Refusal {
    Code::StateForbids
        .because(
            format!("평가의 상태가 `{state}`여서 할 수 없습니다."),
            format!("It is not possible for a batch that is `{state}`."),
        )
        .rule("R-022")
        .with("state", state.as_str())
}

/// Adds evaluators to a batch. For operators.
pub(super) async fn evaluators_add(
    app: &App,
    who: Principal,
    ticket: Ticket,
    id: EvaluationBatchId,
    add: AddEvaluators,
) -> AppResult<Once<EvaluationBatch>> {
    policy::act(&who, Action::ApplicationReview, &[])?;
    counted("evaluators", add.evaluators.len(), limits::EVALUATORS_MAX)?;
    let (now, audit) = (app.clock.now(), app.clock.fresh());
    app.store
        .write(move |db| {
            once_in(db, &ticket, now, |db| {
                let row = open_in(db, id)?;
                for (at, user) in add.evaluators.iter().enumerate() {
                    evaluator_in(db, &row, *user, at, &who, now)?;
                }
                let told = json!({"evaluators": add.evaluators});
                let states = (Some(row.state), Some(row.state));
                record(db, &who, id, "batch.evaluators", states, (now, audit), told)?;
                whole_in(db, row)
            })
        })
        .await
}

/// an evaluator is one by role, and has not reviewed an application of the batch.
fn evaluator_in(
    db: &mut Db,
    batch: &BatchRow,
    user: UserId,
    at: usize,
    who: &Principal,
    now: Instant,
) -> AppResult<()> {
    let field = format!("evaluators.{at}");
    let member = match membership_in(db, user) {
        Err(AppError::NotFound(_)) => None,
        other => Some(other?),
    };
    if !member.is_some_and(|member| member.user.roles.contains(&Role::Evaluator)) {
        return Err(Code::InvalidField
            .because("평가위원 역할의 계정이 아닙니다.", "It is not the account of an evaluator.")
            .rule("R-013")
            .field(field)
            .into());
    }
    let reviewed = store::of_batch(db, batch.id)?;
    if reviewed.iter().any(|row| row.reviewed_by == Some(user)) {
        return Err(Code::DutiesSeparated
            .because(
                "이 평가의 신청을 검토한 사람은 평가위원이 될 수 없습니다.",
                "Who reviewed an application of the batch does not evaluate in it.",
            )
            .rule("R-013")
            .field(field)
            .into());
    }
    if store::evaluators(db, batch.id)?.contains(&user) {
        return Ok(());
    }
    let row = EvaluatorRow {
        batch_id: batch.id,
        user_id: user,
        added_by: who.user,
        added_at: now.as_micros(),
    };
    store::insert_evaluator(db, &row)
}

fn counted(field: &str, count: usize, most: usize) -> Result<(), Refusal> {
    if (1..=most).contains(&count) {
        return Ok(());
    }
    Err(Code::InvalidField
        .because(format!("1~{most}개여야 합니다."), format!("There must be 1 to {most}."))
        .field(field))
}

/// Puts eligible applications into a batch. For operators.
pub(super) async fn applications_add(
    app: &App,
    who: Principal,
    ticket: Ticket,
    id: EvaluationBatchId,
    add: AddApplications,
) -> AppResult<Once<EvaluationBatch>> {
    policy::act(&who, Action::ApplicationReview, &[])?;
    counted("applications", add.applications.len(), limits::BATCH_APPLICATIONS_MAX)?;
    let now = app.clock.now();
    let audits: Vec<AuditId> = add.applications.iter().map(|_| app.clock.fresh()).collect();
    app.store
        .write(move |db| {
            once_in(db, &ticket, now, |db| {
                let batch = open_in(db, id)?;
                counted(
                    "applications",
                    store::of_batch(db, id)?.len() + 1,
                    limits::BATCH_APPLICATIONS_MAX,
                )?;
                for (application, audit) in add.applications.iter().zip(&audits) {
                    let row = store::find(db, *application).or_not_found("application")?;
                    policy::act(&who, Action::ApplicationReview, &[row.org_id])?;
                    let scene = scene(now, row.programme)?;
                    let facts = base_in(db, &row, Some(&who), Some(&batch))?;
                    let told = json!({"batch": id, "evaluation_on": batch.evaluation_on});
                    let act = Act::of(Some(&who), now, *audit).on(told);
                    take_in(db, row, Command::Batch, &facts, scene, &act, |row| {
                        row.batch_id = Some(id);
                    })?;
                }
                whole_in(db, batch)
            })
        })
        .await
}

/// Closes a batch: every application of it has its quorum, and its score stands. For the agency,
/// and for nobody who evaluated in it.
pub(super) async fn close(
    app: &App,
    who: Principal,
    ticket: Ticket,
    id: EvaluationBatchId,
) -> AppResult<Once<EvaluationBatch>> {
    policy::act(&who, Action::ApplicationSelect, &[])?;
    let now = app.clock.now();
    let audits: Vec<AuditId> =
        (0..=limits::BATCH_APPLICATIONS_MAX).map(|_| app.clock.fresh()).collect();
    app.store
        .write(move |db| {
            once_in(db, &ticket, now, |db| {
                let batch = open_in(db, id)?;
                let mut audits = audits.iter().copied();
                let mut closed = 0;
                for row in store::of_batch(db, id)? {
                    if row.state != schema::api::applications::ApplicationState::InEvaluation {
                        continue;
                    }
                    close_one_in(db, &who, row, &batch, now, next(&mut audits)?)?;
                    closed += 1;
                }
                if closed == 0 {
                    return Err(empty().into());
                }
                let done = Some((who.user, now.as_micros()));
                store::advance_batch(db, id, BatchState::Open, BatchState::Closed, done)?;
                let states = (Some(BatchState::Open), Some(BatchState::Closed));
                let at = (now, next(&mut audits)?);
                record(db, &who, id, "batch.close", states, at, json!({"applications": closed}))?;
                let row = store::batch(db, id).or_not_found("evaluation batch")?;
                whole_in(db, row)
            })
        })
        .await
}

/// The next of the ids that were made before the transaction.
pub(super) fn next(ids: &mut impl Iterator<Item = AuditId>) -> AppResult<AuditId> {
    ids.next().ok_or_else(|| AppError::Internal(anyhow::anyhow!("a batch above its limit")))
}

fn empty() -> Refusal {
    Code::EvaluationIncomplete
        .because("평가 중인 신청이 없습니다.", "No application is being evaluated in it.")
        .rule("R-023")
}

fn close_one_in(
    db: &mut Db,
    who: &Principal,
    row: Row,
    batch: &BatchRow,
    now: Instant,
    audit: AuditId,
) -> AppResult<()> {
    let scene = scene(now, row.programme)?;
    let evaluation = &scene.notice.parameters.evaluation;
    let sheets = wire::counted_in(db, &row)?;
    let totals: Vec<u32> =
        sheets.iter().filter_map(|sheet| u32::try_from(sheet.total).ok()).collect();
    let mut facts = base_in(db, &row, Some(who), None)?;
    facts.sheets = totals.len();
    let mean = marks::mean_hundredths(evaluation, &totals);
    let score = mean.map(|mean| marks::score(evaluation, mean, row.bonus_items));
    let late = late_in(db, &row, batch.evaluation_on)?;
    let told = json!({"sheets": totals.len(), "mean": mean, "score": score, "not_listed": late});
    let act = Act::of(Some(who), now, audit).on(told);
    let refused = take_in(db, row.clone(), Command::Close, &facts, scene, &act, |row| {
        (row.mean, row.score) = (mean, score);
        row.barred = (!late.is_empty()).then(|| "not_listed".to_owned());
    });
    match refused {
        Ok(_) => Ok(()),
        // Which application lacks its quorum.
        Err(AppError::Refused(refusal)) => {
            Err((*refusal).with("application", row.id.as_str()).into())
        }
        Err(error) => Err(error),
    }
}

/// products of an application that were not on sale when the evaluation began.
fn late_in(db: &mut Db, row: &Row, evaluation_on: Day) -> AppResult<Vec<id::ListingId>> {
    let begins = evaluation_on.start_of_day_seoul();
    let mut late = Vec::new();
    for listing in store::products(db, row.id)? {
        let standing = standing_in(db, listing)?;
        let on_sale =
            standing.is_some_and(|one| guards::listed_at(one.published_at, one.left_at, begins));
        if !on_sale {
            late.push(listing);
        }
    }
    Ok(late)
}

/// A batch, for the staff whole; for its evaluators what they may judge.
pub(super) fn find_in(
    db: &mut Db,
    who: &Principal,
    id: EvaluationBatchId,
) -> AppResult<EvaluationBatch> {
    let row = store::batch(db, id).or_not_found("evaluation batch")?;
    if policy::see(who, Action::BatchRead, &[], "evaluation batch").is_ok() {
        return whole_in(db, row);
    }
    if !(who.is(Role::Evaluator) && store::evaluators(db, id)?.contains(&who.user)) {
        return Err(AppError::NotFound("evaluation batch"));
    }
    judged_in(db, who, row)
}

/// A batch as one of its evaluators sees it: without the marks of others.
fn judged_in(db: &mut Db, who: &Principal, row: BatchRow) -> AppResult<EvaluationBatch> {
    let mut batch = wire::batch_in(db, row, |db, member| judges_in(db, who, member))?;
    for member in &mut batch.members {
        member.marks = None;
    }
    Ok(batch)
}

/// A page of batches: all for the staff, one's own for an evaluator.
pub(super) fn list_in(
    db: &mut Db,
    who: &Principal,
    query: &PageQuery,
) -> AppResult<Page<EvaluationBatch>> {
    let (limit, after) = (page_limit(query)?, page_cursor::<id::EvaluationBatch>(query)?);
    let all = policy::act(who, Action::BatchRead, &[]).is_ok();
    let only = match all {
        true => None,
        false => {
            policy::act(who, Action::ApplicationScore, &[])?;
            Some(store::batches_of(db, who.user)?)
        }
    };
    let rows = store::batches(db, only, after, i64::from(limit) + 1)?;
    let page = Page::of(rows, limit, |row| row.id.to_string());
    let mut items = Vec::with_capacity(page.items.len());
    for row in page.items {
        items.push(if all { whole_in(db, row)? } else { judged_in(db, who, row)? });
    }
    Ok(Page { items, next: page.next })
}

#[cfg(test)]
mod tests {
    use super::{Day, future};

    #[test]
    fn a_12_the_day_of_an_evaluation_lies_ahead() {
        let now = "2024-06-10T01:00:00Z".parse().unwrap();
        let day = |text: &str| -> Day { text.parse().unwrap() };
        for (on, good) in [
            ("2024-06-09", false),
            ("2024-06-10", true),
            ("2025-06-11", true),
            ("2025-06-12", false),
        ] {
            assert_eq!(future(day(on), now).is_ok(), good, "{on}");
        }
    }
}
