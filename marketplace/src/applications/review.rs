//! The operator's side: 요건검토.

use schema::api::applications::{
    Application, AskSupplement, Explanation, PassReview, StartReview, SupplementAsked,
};
use schema::id::ApplicationId;
use serde_json::{Value, json};

use super::facts::{base_in, scene, submission_in};
use super::form;
use super::guards::{Facts, last_day};
use super::rules::Command;
use super::service::seen_in;
use super::steps::{Act, calendar, take_in};
use super::store::{self, Row};
use super::wire::{self, View};
use crate::app::App;
use crate::auth::Principal;
use crate::auth::policy::{self, Action};
use crate::db::{Db, Loaded};
use crate::error::AppResult;
use crate::idempotency::{Once, Ticket, once_in};

/// A step of the review.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// It begins; the day of the evaluation is set.
    Start(StartReview),
    /// Something is to be added.
    Ask(AskSupplement),
    /// The requirements are met.
    Pass(PassReview),
    /// They are not.
    Fail(Explanation),
}

impl Step {
    fn command(&self) -> Command {
        match self {
            Self::Start(_) => Command::Start,
            Self::Ask(_) => Command::Ask,
            Self::Pass(_) => Command::Pass,
            Self::Fail(_) => Command::Fail,
        }
    }

    fn reason(&self) -> Option<&str> {
        match self {
            Self::Start(_) => None,
            Self::Ask(asked) => Some(&asked.reason),
            Self::Pass(passed) => passed.note.as_deref(),
            Self::Fail(why) => Some(&why.reason),
        }
    }

    fn told(&self) -> Value {
        match self {
            Self::Start(start) => json!({"batch": start.batch}),
            Self::Ask(asked) => json!({"days": asked.days}),
            Self::Pass(passed) => json!({"bonus": passed.bonus}),
            Self::Fail(_) => json!({}),
        }
    }

    fn check(&self) -> AppResult<()> {
        if let Some(reason) = self.reason() {
            let field = if matches!(self, Self::Pass(_)) { "note" } else { "reason" };
            form::text(field, reason, 1_000)?;
        }
        if let Self::Pass(passed) = self {
            for (at, item) in passed.bonus.iter().take(20).enumerate() {
                form::text(&format!("bonus.{at}"), item, 200)?;
            }
        }
        Ok(())
    }
}

/// Takes a step of the review. For operators, and not of the applicant's own organisation.
pub(super) async fn review(
    app: &App,
    who: Principal,
    ticket: Ticket,
    id: ApplicationId,
    step: Step,
) -> AppResult<Once<Application>> {
    step.check()?;
    let (now, audit) = (app.clock.now(), app.clock.fresh());
    app.store
        .write(move |db| {
            let (row, _) = seen_in(db, &who, id)?;
            policy::act(&who, Action::ApplicationReview, &[row.org_id])?;
            once_in(db, &ticket, now, |db| {
                let act = Act { reason: step.reason(), ..Act::of(Some(&who), now, audit) };
                let row = step_in(db, &who, row.clone(), &step, act.on(step.told()))?;
                wire::application_in(db, row, View::Whole)
            })
        })
        .await
}

fn step_in(db: &mut Db, who: &Principal, row: Row, step: &Step, act: Act<'_>) -> AppResult<Row> {
    let (now, command) = (act.now, step.command());
    let scene = scene(now, row.programme)?;
    let batch = match step {
        Step::Start(start) => Some(store::batch(db, start.batch).or_not_found("evaluation batch")?),
        _ => None,
    };
    let mut facts: Facts = base_in(db, &row, Some(who), batch.as_ref())?;
    let (mut supplement, mut seen) = (None, None);
    match step {
        Step::Ask(asked) => {
            facts.days_asked = asked.days;
            let days = asked.days.unwrap_or(scene.notice.parameters.supplement_days);
            let due_on = last_day(now.seoul_day(), days, calendar()?);
            let asked = SupplementAsked { reason: asked.reason.trim().to_owned(), due_on };
            supplement = Some(serde_json::to_string(&asked)?);
        }
        Step::Pass(passed) => {
            let body = wire::body(&row)?;
            let objects = submission_in(db, &row, &body, scene, now, &mut facts)?;
            seen = objects.snapshot;
            facts.noted = passed.note.is_some();
            facts.bonus.clone_from(&passed.bonus);
        }
        Step::Start(_) | Step::Fail(_) => {}
    }
    let bonus = i64::try_from(facts.bonus.len()).unwrap_or(0);
    let mut act = act;
    if let (Some(seen), Some(told)) = (seen, act.told.as_object_mut()) {
        told.insert("eligibility".to_owned(), json!(seen));
    }
    take_in(db, row, command, &facts, scene, &act, |row| {
        row.reviewed_by = Some(who.user);
        match step {
            Step::Start(start) => row.batch_id = Some(start.batch),
            Step::Ask(_) => row.supplement = supplement,
            Step::Pass(_) => row.bonus_items = bonus,
            Step::Fail(_) => {}
        }
    })
}
