//! The agency's side: who is supported under the budget.
//!
//! Trying and deciding run the same lines of code in the same snapshot; only the latter stores. A
//! transaction sees every selection that was made before it, so that two people who decide at once
//! cannot give the same won twice.

use schema::api::applications::{
    ApplicationState, BatchState, NewSelection, Promotion, Selection, SelectionLine,
    SelectionOutcome,
};
use schema::code::Code;
use schema::id::{self, AuditId, EvaluationBatchId, SelectionId};
use schema::money::Won;
use schema::notice::ProgrammeCode;
use schema::page::{Page, PageQuery};
use schema::papers::Stage;
use schema::time::{Day, Instant};
use serde_json::json;

use super::batches::{forbids, next};
use super::facts::{Seen, base_in, glance_in, look_in, purse_in, scene};
use super::guards::{Purse, Scene, last_day};
use super::ranking::{Candidate, allocate};
use super::rules::Command;
use super::steps::{Act, calendar, take_in};
use super::store::{self, BatchRow, Row, SelectionRow};
use super::{form, marks};
use crate::app::App;
use crate::audit::{self, Entry};
use crate::auth::Principal;
use crate::auth::policy::{self, Action};
use crate::db::{Db, Loaded};
use crate::error::AppResult;
use crate::http::extract::{page_cursor, page_limit};
use crate::idempotency::{Once, Ticket, once_in};
use crate::limits;
use crate::parties::eligibility::notice_sha256;
use crate::parties::service::organisation_in;
use crate::programme::service::running_in;

/// An evaluated or waiting application as a candidate for money, as it is seen when it is decided
/// on. A paper that is no longer good does not lose the place; money waits for nobody.
fn candidate_in(
    db: &mut Db,
    row: &Row,
    seen: &Seen,
    scene: Scene<'_>,
    now: Instant,
) -> AppResult<Candidate> {
    let (total, requested) = (row.total.unwrap_or_default(), row.requested.unwrap_or_default());
    let computed = form::computed(total, requested, scene.programme, seen.class);
    let evaluation = &scene.notice.parameters.evaluation;
    let papers = seen.screening.papers_cure();
    let because = if !row.mean.is_some_and(|mean| marks::passes(evaluation, mean)) {
        Some("below_pass_mark")
    } else if row.barred.is_some() {
        Some("not_listed")
    } else if (seen.screening.refusal().is_some() && !papers) || computed == Won::ZERO {
        Some("not_eligible")
    } else if runs_in(db, row, now)? {
        Some("agreement_running")
    } else {
        papers.then_some("papers")
    };
    Ok(Candidate {
        id: row.id,
        score: row.score.unwrap_or(0),
        submitted_at: row.submitted_at.and_then(Instant::from_micros).unwrap_or(Instant::MAX),
        computed,
        because,
        curable: because == Some("papers"),
        declined: row.offers_declined > 0,
    })
}

/// whether the firm has an agreement of P15 this year.
fn runs_in(db: &mut Db, row: &Row, now: Instant) -> AppResult<bool> {
    if row.programme != ProgrammeCode::PURCHASE {
        return Ok(false);
    }
    let org = organisation_in(db, row.org_id)?;
    Ok(running_in(db, row.programme, &org, now.seoul_day().year())?.is_some())
}

/// A selection of a closed batch, worked out and not stored.
fn tried_in(
    db: &mut Db,
    batch: &BatchRow,
    remaining: Option<Won>,
    waitlist_until: Option<Day>,
    keep: bool,
    now: Instant,
) -> AppResult<Selection> {
    let scene = scene(now, batch.programme)?;
    let (Purse { left, .. }, available, pending) = purse_in(db, batch.programme, now, None)?;
    let mut candidates = Vec::new();
    for row in store::of_batch(db, batch.id)? {
        if row.state == ApplicationState::Evaluated {
            let seen = match keep {
                true => look_in(db, &row, Stage::Selection, now)?,
                false => glance_in(db, &row, Stage::Selection, scene, now)?,
            };
            candidates.push(candidate_in(db, &row, &seen, scene, now)?);
        }
    }
    let remaining = remaining.unwrap_or(left);
    let year = now.seoul_day().year();
    let last = Day::new(year, 12, 31).unwrap_or(now.seoul_day());
    Ok(Selection {
        id: None,
        batch: batch.id,
        programme: batch.programme,
        fiscal_year: year,
        available,
        pending,
        remaining,
        lines: allocate(candidates, remaining),
        projects_about: scene.programme.projects.map(|projects| projects.count),
        waitlist_until: waitlist_until.unwrap_or(last),
        notice_version: scene.notice.version.clone(),
        notice_sha256: notice_sha256(scene.notice),
        at: now,
    })
}

/// What a selection would say, at the remaining budget or at another. For the agency and whoever
/// may look on.
pub(super) fn what_if_in(
    db: &mut Db,
    who: &Principal,
    id: EvaluationBatchId,
    remaining: Option<Won>,
    now: Instant,
) -> AppResult<Selection> {
    policy::see(who, Action::BatchRead, &[], "evaluation batch")?;
    let batch = store::batch(db, id).or_not_found("evaluation batch")?;
    if batch.state != BatchState::Closed {
        return Err(forbids(batch.state).into());
    }
    tried_in(db, &batch, remaining, None, false, now)
}

/// Decides who of a closed batch is supported.
pub(super) async fn select(
    app: &App,
    who: Principal,
    ticket: Ticket,
    new: NewSelection,
) -> AppResult<Once<Selection>> {
    policy::act(&who, Action::ApplicationSelect, &[])?;
    let now = app.clock.now();
    let id = app.clock.fresh::<id::Selection>();
    let audits = fresh_audits(app);
    app.store
        .write(move |db| {
            once_in(db, &ticket, now, |db| {
                let batch = store::batch(db, new.batch).or_not_found("evaluation batch")?;
                if batch.state != BatchState::Closed {
                    return Err(forbids(batch.state).into());
                }
                until(new.waitlist_until, now.seoul_day())?;
                let mut made = tried_in(db, &batch, None, new.waitlist_until, true, now)?;
                made.id = Some(id);
                store::insert_selection(db, &stored(id, &who, &made)?)?;
                let mut audits = audits.iter().copied();
                let (lines, waits) = (made.lines.clone(), made.waitlist_until);
                let lot = Lot { id, waits, who: &who, now };
                for line in &lines {
                    give_in(db, &lot, line, next(&mut audits)?)?;
                }
                let states = (BatchState::Closed, BatchState::Selected);
                store::advance_batch(db, batch.id, states.0, states.1, None)?;
                let entry = Entry {
                    id: next(&mut audits)?,
                    at: now,
                    who: Some(&who),
                    object: batch.id.as_str(),
                    action: "batch.select",
                    from: Some(states.0.as_str()),
                    to: Some(states.1.as_str()),
                    reason: None,
                    body: json!({"selection": id, "remaining": made.remaining}),
                };
                audit::record_in(db, &entry)?;
                Ok(made)
            })
        })
        .await
}

fn fresh_audits(app: &App) -> Vec<AuditId> {
    (0..=limits::BATCH_APPLICATIONS_MAX).map(|_| app.clock.fresh()).collect()
}

/// a waiting list does not outlive the fiscal year of its money.
fn until(day: Option<Day>, today: Day) -> AppResult<()> {
    if day.is_none_or(|day| day >= today && day.year() == today.year()) {
        return Ok(());
    }
    Err(Code::InvalidField
        .because(
            "대기자 명단은 오늘부터 올해 말까지만 둘 수 있습니다.",
            "A waiting list lasts at most until the end of this year.",
        )
        .rule("R-193")
        .field("waitlist_until")
        .into())
}

fn stored(id: SelectionId, who: &Principal, made: &Selection) -> AppResult<SelectionRow> {
    Ok(SelectionRow {
        id,
        batch_id: made.batch,
        programme: made.programme,
        fiscal_year: i64::from(made.fiscal_year),
        available: made.available,
        pending: made.pending,
        waitlist_until: made.waitlist_until,
        lines: serde_json::to_string(&made.lines)?,
        notice_version: made.notice_version.clone(),
        notice_sha256: made.notice_sha256.clone(),
        made_by: who.user,
        made_at: made.at.as_micros(),
    })
}

/// What all lines of one decision share.
struct Lot<'a> {
    id: SelectionId,
    waits: Day,
    who: &'a Principal,
    now: Instant,
}

/// Takes the step that a line says, if it says one.
fn give_in(db: &mut Db, lot: &Lot<'_>, line: &SelectionLine, audit: AuditId) -> AppResult<()> {
    let row = store::find(db, line.application).or_not_found("application")?;
    let waiting = row.state == ApplicationState::Waitlisted;
    let command = match (line.outcome, waiting) {
        (SelectionOutcome::Selected, false) => Command::Select,
        (SelectionOutcome::Selected, true) => Command::Promote,
        (SelectionOutcome::Offered, true) if row.offered == Some(line.amount) => return Ok(()),
        (SelectionOutcome::Offered, _) => Command::Offer,
        (SelectionOutcome::Waitlisted, false) => Command::Wait,
        (SelectionOutcome::NotSelected, false) => Command::Refuse,
        // Whoever waits goes on waiting.
        (SelectionOutcome::Waitlisted | SelectionOutcome::NotSelected, true) => return Ok(()),
    };
    let scene = scene(lot.now, row.programme)?;
    let mut facts = base_in(db, &row, Some(lot.who), None)?;
    facts.passed = line.outcome != SelectionOutcome::NotSelected;
    facts.waitlist_until = Some(if waiting { row.term.unwrap_or(lot.waits) } else { lot.waits });
    facts.amount = line.amount;
    // What was left before this line.
    facts.purse.left = line.remaining.checked_add(line.amount).unwrap_or(Won::MAX);
    let days = scene.notice.parameters.supplement_days;
    let answer_by = last_day(lot.now.seoul_day(), days, calendar()?);
    let told = json!({
        "selection": lot.id, "place": line.place, "computed": line.computed,
        "amount": line.amount, "remaining": line.remaining,
    });
    let act = Act { reason: line.because.as_deref(), ..Act::of(Some(lot.who), lot.now, audit) };
    take_in(db, row, command, &facts, scene, &act.on(told), |row| {
        row.selection_id = Some(lot.id);
        row.fiscal_year = Some(i64::from(lot.now.seoul_day().year()));
        row.computed = Some(line.computed);
        if !waiting {
            row.place = line.place;
        }
        match command {
            Command::Select | Command::Promote => row.approved = Some(line.amount),
            Command::Offer => {
                row.offered = Some(line.amount);
                row.offer_until = Some(answer_by);
            }
            _ => {}
        }
    })?;
    Ok(())
}

/// Gives money that came back to those who wait, best first. An open offer is looked at
/// again: it may have become the whole.
pub(super) async fn promote(
    app: &App,
    who: Principal,
    ticket: Ticket,
    id: SelectionId,
) -> AppResult<Once<Promotion>> {
    policy::act(&who, Action::ApplicationSelect, &[])?;
    let now = app.clock.now();
    let audits = fresh_audits(app);
    app.store
        .write(move |db| {
            once_in(db, &ticket, now, |db| {
                let selection = store::selection(db, id).or_not_found("selection")?;
                let year = i64::from(now.seoul_day().year());
                if selection.fiscal_year != year {
                    return Err(over(selection.waitlist_until).into());
                }
                let scene = scene(now, selection.programme)?;
                let waiting = store::of_selection(db, id, ApplicationState::Waitlisted)?;
                let mut candidates = Vec::new();
                for row in &waiting {
                    let seen = look_in(db, row, Stage::Selection, now)?;
                    candidates.push(candidate_in(db, row, &seen, scene, now)?);
                }
                let offered = waiting.iter().filter_map(|row| row.offered);
                let offered = Won::checked_sum(offered).unwrap_or_default();
                let left = purse_in(db, selection.programme, now, None)?.0.left;
                let remaining = left.checked_add(offered).unwrap_or(left);
                let lines = allocate(candidates, remaining);
                let mut audits = audits.iter().copied();
                let lot = Lot { id, waits: selection.waitlist_until, who: &who, now };
                for line in &lines {
                    give_in(db, &lot, line, next(&mut audits)?)?;
                }
                Ok(Promotion { selection: id, remaining, lines })
            })
        })
        .await
}

fn over(last: Day) -> schema::problem::Refusal {
    Code::PeriodOver
        .because(
            "회계연도가 지나 대기자를 선정할 수 없습니다.",
            "The fiscal year of the waiting list is over.",
        )
        .rule("R-193")
        .with("last_day", last.to_string())
}

fn wire(row: SelectionRow) -> AppResult<Selection> {
    Ok(Selection {
        id: Some(row.id),
        batch: row.batch_id,
        programme: row.programme,
        fiscal_year: i16::try_from(row.fiscal_year).unwrap_or(i16::MAX),
        available: row.available,
        pending: row.pending,
        remaining: row.available.saturating_sub(row.pending),
        lines: serde_json::from_str(&row.lines)?,
        projects_about: None,
        waitlist_until: row.waitlist_until,
        notice_version: row.notice_version,
        notice_sha256: row.notice_sha256,
        at: Instant::from_micros(row.made_at).unwrap_or(Instant::MIN),
    })
}

/// A selection as it was made. For the staff.
pub(super) fn find_in(db: &mut Db, who: &Principal, id: SelectionId) -> AppResult<Selection> {
    policy::see(who, Action::BatchRead, &[], "selection")?;
    wire(store::selection(db, id).or_not_found("selection")?)
}

/// A page of selections. For the staff.
pub(super) fn list_in(
    db: &mut Db,
    who: &Principal,
    query: &PageQuery,
) -> AppResult<Page<Selection>> {
    policy::act(who, Action::BatchRead, &[])?;
    let (limit, after) = (page_limit(query)?, page_cursor::<id::Selection>(query)?);
    let rows = store::selections_page(db, after, i64::from(limit) + 1)?;
    let page = Page::of(rows, limit, |row| row.id.to_string());
    let items = page.items.into_iter().map(wire).collect::<AppResult<_>>()?;
    Ok(Page { items, next: page.next })
}
