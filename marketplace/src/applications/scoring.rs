//! The evaluators' side: conflicts of interest and score sheets.

use schema::api::applications::{
    Application, DeclareConflict, NewScoreSheet, ScoreSheet, ScoreSheets,
};
use schema::api::parties::Role;
use schema::code::Code;
use schema::id::{ApplicationId, UserId};
use serde_json::json;

use super::facts::{base_in, scene};
use super::rules::Command;
use super::service::{judges_in, seen_in};
use super::steps::{Act, take_in};
use super::store::{self, ConflictRow, Row, SheetRow};
use super::wire::{self, View};
use super::{form, marks};
use crate::app::App;
use crate::audit::{self, Entry};
use crate::auth::Principal;
use crate::auth::policy::{self, Action};
use crate::db::{Db, Loaded};
use crate::error::{AppError, AppResult};
use crate::idempotency::{Once, Ticket, once_in};

/// The application, for one of its batch's evaluators, whether or not they may judge it: to others
/// it does not exist.
fn assigned_in(db: &mut Db, who: &Principal, id: ApplicationId) -> AppResult<Row> {
    let row = store::find(db, id).or_not_found("application")?;
    let assigned = match row.batch_id.filter(|_| who.is(Role::Evaluator)) {
        Some(batch) => store::evaluators(db, batch)?.contains(&who.user),
        None => false,
    };
    if assigned {
        return Ok(row);
    }
    let (row, _) = seen_in(db, who, id)?;
    Ok(row)
}

/// Hands in a sheet, which cannot be changed.
pub(super) async fn score(
    app: &App,
    who: Principal,
    ticket: Ticket,
    id: ApplicationId,
    new: NewScoreSheet,
) -> AppResult<Once<ScoreSheet>> {
    form::text("comment", &new.comment, 2_000)?;
    let (now, audit) = (app.clock.now(), app.clock.fresh());
    app.store
        .write(move |db| {
            let row = assigned_in(db, &who, id)?;
            policy::act(&who, Action::ApplicationScore, &[row.org_id])?;
            once_in(db, &ticket, now, |db| {
                let scene = scene(now, row.programme)?;
                let total =
                    marks::sheet_total(&scene.notice.parameters.evaluation.axes, &new.points)?;
                let mut facts = base_in(db, &row, Some(&who), None)?;
                let before = store::sheets(db, id)?;
                facts.scored = before
                    .iter()
                    .any(|sheet| sheet.user_id == who.user && Some(sheet.batch_id) == row.batch_id);
                let act = Act::of(Some(&who), now, audit).on(json!({"total": total}));
                let row = take_in(db, row.clone(), Command::Score, &facts, scene, &act, |_| {})?;
                let batch_id = row.batch_id.ok_or(AppError::NotFound("evaluation batch"))?;
                let sheet = SheetRow {
                    batch_id,
                    application_id: id,
                    user_id: who.user,
                    points: serde_json::to_string(&new.points)?,
                    total: i64::from(total),
                    comment: new.comment.trim().to_owned(),
                    at: now.as_micros(),
                };
                store::insert_sheet(db, &sheet)?;
                wire::sheet(sheet, true)
            })
        })
        .await
}

/// Declares a conflict of interest: one's own, or, for an operator, that of an evaluator. Sheets that
/// were handed in before stay, and no longer count.
pub(super) async fn conflict(
    app: &App,
    who: Principal,
    ticket: Ticket,
    id: ApplicationId,
    new: DeclareConflict,
) -> AppResult<Once<Application>> {
    form::text("note", &new.note, 1_000)?;
    let (now, audit) = (app.clock.now(), app.clock.fresh());
    app.store
        .write(move |db| {
            let row = assigned_in(db, &who, id)?;
            let user = whose(&who, &row, new.evaluator)?;
            once_in(db, &ticket, now, |db| {
                evaluates_in(db, &row, user)?;
                let conflict = ConflictRow {
                    application_id: id,
                    user_id: user,
                    kind: new.kind,
                    note: new.note.trim().to_owned(),
                    declared_by: who.user,
                    declared_at: now.as_micros(),
                };
                store::insert_conflict(db, &conflict)?;
                let entry = Entry {
                    id: audit,
                    at: now,
                    who: Some(&who),
                    object: id.as_str(),
                    action: "application.conflict",
                    from: Some(row.state.as_str()),
                    to: Some(row.state.as_str()),
                    reason: Some(&new.note),
                    body: json!({"evaluator": user, "kind": new.kind}),
                };
                audit::record_in(db, &entry)?;
                wire::application_in(db, row.clone(), View::Evaluator)
            })
        })
        .await
}

/// Whose conflict it is: an evaluator tells their own, an operator that of others.
fn whose(who: &Principal, row: &Row, evaluator: Option<UserId>) -> AppResult<UserId> {
    match evaluator {
        Some(user) if user != who.user => {
            policy::act(who, Action::ApplicationReview, &[row.org_id])?;
            Ok(user)
        }
        _ => {
            policy::act(who, Action::ApplicationScore, &[row.org_id])?;
            Ok(who.user)
        }
    }
}

fn evaluates_in(db: &mut Db, row: &Row, user: UserId) -> AppResult<()> {
    let evaluators = match row.batch_id {
        Some(batch) => store::evaluators(db, batch)?,
        None => Vec::new(),
    };
    if !evaluators.contains(&user) {
        return Err(Code::InvalidField
            .because("이 평가의 평가위원이 아닙니다.", "It is not an evaluator of this batch.")
            .rule("R-013")
            .field("evaluator")
            .into());
    }
    if store::conflicts(db, row.id)?.iter().any(|(one, _)| *one == user) {
        return Err(Code::StateForbids
            .because("이미 신고한 이해관계입니다.", "The conflict is known already.")
            .rule("R-013")
            .into());
    }
    Ok(())
}

/// The sheets of an application: all for the staff, one's own for an evaluator.
pub(super) fn sheets_in(db: &mut Db, who: &Principal, id: ApplicationId) -> AppResult<ScoreSheets> {
    let row = store::find(db, id).or_not_found("application")?;
    let all = policy::see(who, Action::BatchRead, &[], "application").is_ok();
    if !all && !judges_in(db, who, &row)? {
        return Err(AppError::NotFound("application"));
    }
    let conflicts = store::conflicts(db, id)?;
    let items = store::sheets(db, id)?
        .into_iter()
        .filter(|sheet| all || sheet.user_id == who.user)
        .map(|sheet| {
            let counts = Some(sheet.batch_id) == row.batch_id
                && conflicts.iter().all(|(user, _)| *user != sheet.user_id);
            wire::sheet(sheet, counts)
        })
        .collect::<AppResult<_>>()?;
    Ok(ScoreSheets { items })
}
