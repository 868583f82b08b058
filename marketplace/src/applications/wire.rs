//! Rows as they are served.

use schema::api::applications::{
    Application, ApplicationBody, ApplicationDecision, ApplicationState, BatchMember,
    EvaluationBatch, Marks, PartialOffer, ScoreSheet,
};
use schema::time::Instant;

use super::store::{self, BatchRow, DecisionRow, Row, SheetRow};
use crate::db::Db;
use crate::error::AppResult;

/// Who looks at an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum View {
    /// Its applicant, or the staff.
    Whole,
    /// The processor that it names: no bank data and no papers of another firm.
    Partner,
    /// An evaluator: nothing about money on its way, and no decisions.
    Evaluator,
}

fn instant(micros: i64) -> Instant {
    Instant::from_micros(micros).unwrap_or(Instant::MIN)
}

/// What an application says.
pub(super) fn body(row: &Row) -> AppResult<ApplicationBody> {
    Ok(serde_json::from_str(&row.body)?)
}

fn marks(row: &Row) -> Option<Marks> {
    let (mean_hundredths, score_hundredths) = row.mean.zip(row.score)?;
    Some(Marks { mean_hundredths, score_hundredths })
}

/// An application, as `view` sees it.
pub(super) fn application_in(db: &mut Db, row: Row, view: View) -> AppResult<Application> {
    use ApplicationState as S;
    let mut body = body(&row)?;
    let marks = marks(&row);
    let term_in = |states: &[S]| row.term.filter(|_| states.contains(&row.state));
    let mut application = Application {
        id: row.id,
        org: row.org_id,
        programme: row.programme,
        state: row.state,
        submitted_at: row.submitted_at.map(instant),
        batch: row.batch_id,
        supplement: row.supplement.as_deref().map(serde_json::from_str).transpose()?,
        marks,
        selection: row.selection_id,
        place: row.place,
        computed: row.computed,
        approved: row.approved,
        offer: row
            .offered
            .zip(row.offer_until)
            .map(|(amount, until)| PartialOffer { amount, until }),
        sign_by: term_in(&[S::Selected]),
        waits_until: term_in(&[S::Waitlisted]),
        object_by: term_in(&[S::Ineligible, S::NotSelected]),
        grounds: row.grounds.clone(),
        agreement: row.agreement_id,
        decisions: Vec::new(),
        created_at: instant(row.created_at),
        body: ApplicationBody::default(),
    };
    if view != View::Whole {
        body.own_payment = None;
        body.bank_account = None;
    }
    if view == View::Evaluator {
        application.supplement = None;
        application.marks = None;
        application.grounds = None;
    } else {
        let decisions = store::decisions(db, row.id)?;
        application.decisions = decisions.into_iter().map(decision).collect::<AppResult<_>>()?;
    }
    application.body = body;
    Ok(application)
}

fn decision(row: DecisionRow) -> AppResult<ApplicationDecision> {
    Ok(ApplicationDecision {
        number: row.number,
        action: row.action,
        from: row.state_from,
        to: row.state_to,
        at: instant(row.at),
        reason: row.reason,
        notice_version: row.notice_version,
        notice_sha256: row.notice_sha256,
        facts: serde_json::from_str(&row.facts)?,
    })
}

/// A sheet, and whether it counts.
pub(super) fn sheet(row: SheetRow, counts: bool) -> AppResult<ScoreSheet> {
    Ok(ScoreSheet {
        application: row.application_id,
        batch: row.batch_id,
        evaluator: row.user_id,
        points: serde_json::from_str(&row.points)?,
        total: u32::try_from(row.total).unwrap_or(0),
        comment: row.comment,
        counts,
        at: instant(row.at),
    })
}

/// A batch with the applications that `seen` lets through. Scores are told once it is closed.
pub(super) fn batch_in(
    db: &mut Db,
    row: BatchRow,
    seen: impl Fn(&mut Db, &Row) -> AppResult<bool>,
) -> AppResult<EvaluationBatch> {
    let mut members = Vec::new();
    for member in store::of_batch(db, row.id)? {
        if !seen(db, &member)? {
            continue;
        }
        let sheets = counted_in(db, &member)?.len();
        members.push(BatchMember {
            application: member.id,
            state: member.state,
            sheets: u32::try_from(sheets).unwrap_or(u32::MAX),
            marks: marks(&member),
        });
    }
    Ok(EvaluationBatch {
        id: row.id,
        programme: row.programme,
        title: row.title,
        state: row.state,
        evaluation_on: row.evaluation_on,
        evaluators: store::evaluators(db, row.id)?,
        members,
        selection: store::selection_of(db, row.id)?,
        created_at: instant(row.created_at),
        closed_at: row.closed_at.map(instant),
    })
}

/// The sheets of the present batch that count: those of evaluators without a conflict.
pub(super) fn counted_in(db: &mut Db, row: &Row) -> AppResult<Vec<SheetRow>> {
    let conflicts = store::conflicts(db, row.id)?;
    let mut sheets = store::sheets(db, row.id)?;
    sheets.retain(|sheet| {
        Some(sheet.batch_id) == row.batch_id
            && conflicts.iter().all(|(user, _)| *user != sheet.user_id)
    });
    Ok(sheets)
}
