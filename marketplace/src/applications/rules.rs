//! The machine of an application: what may follow what, and what must hold for it.

use schema::api::applications::ApplicationState;
use schema::code::Code;
use schema::problem::Refusal;
use schema::time::{Day, Instant};

use super::guards::{
    Facts, Scene, affordable, batched, complete, edited, eligible, objection_days, over, planned,
    quorum, scored, selectable, separate, submission, supplement_days, within,
};

/// What is done to an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Command {
    /// The applicant changes the text.
    Edit,
    /// The applicant sends it in.
    Submit,
    /// An operator begins the review.
    Start,
    /// The operator asks for a supplement.
    Ask,
    /// The applicant sends it again.
    Resubmit,
    /// The days of the supplement are over.
    Expire,
    /// The requirements are met.
    Pass,
    /// They are not.
    Fail,
    /// It goes into an evaluation batch.
    Batch,
    /// An evaluator hands in a sheet.
    Score,
    /// The batch is closed.
    Close,
    /// It is supported.
    Select,
    /// A part of the support is offered.
    Offer,
    /// It waits for money.
    Wait,
    /// It is not supported.
    Refuse,
    /// The applicant takes the part.
    Consent,
    /// The applicant does not.
    Decline,
    /// The offer was not answered in time.
    LapseOffer,
    /// Money came back: it is supported after all.
    Promote,
    /// The waiting list is closed.
    CloseWaitlist,
    /// The applicant objects.
    Object,
    /// The agency agrees.
    Uphold,
    /// The agency does not.
    Dismiss,
    /// An agreement is drafted for it.
    Draft,
    /// The agency signs that agreement.
    Sign,
    /// It was not signed in time.
    Lapse,
    /// The applicant takes it back.
    Withdraw,
}

impl Command {
    /// Every command, for tests that print the matrix.
    #[cfg(test)]
    pub(super) const ALL: &[Command] = {
        use Command as C;
        &[
            C::Edit,
            C::Submit,
            C::Start,
            C::Ask,
            C::Resubmit,
            C::Expire,
            C::Pass,
            C::Fail,
            C::Batch,
            C::Score,
            C::Close,
            C::Select,
            C::Offer,
            C::Wait,
            C::Refuse,
            C::Consent,
            C::Decline,
            C::LapseOffer,
            C::Promote,
            C::CloseWaitlist,
            C::Object,
            C::Uphold,
            C::Dismiss,
            C::Draft,
            C::Sign,
            C::Lapse,
            C::Withdraw,
        ]
    };

    /// Name in the audit trail.
    pub(super) fn action(self) -> &'static str {
        match self {
            Self::Edit => "application.edit",
            Self::Submit => "application.submit",
            Self::Start => "application.start",
            Self::Ask => "application.ask",
            Self::Resubmit => "application.resubmit",
            Self::Expire => "application.expire",
            Self::Pass => "application.pass",
            Self::Fail => "application.fail",
            Self::Batch => "application.batch",
            Self::Score => "application.score",
            Self::Close => "application.close",
            Self::Select => "application.select",
            Self::Offer => "application.offer",
            Self::Wait => "application.wait",
            Self::Refuse => "application.refuse",
            Self::Consent => "application.consent",
            Self::Decline => "application.decline",
            Self::LapseOffer => "application.lapse_offer",
            Self::Promote => "application.promote",
            Self::CloseWaitlist => "application.close_waitlist",
            Self::Object => "application.object",
            Self::Uphold => "application.uphold",
            Self::Dismiss => "application.dismiss",
            Self::Draft => "application.draft_agreement",
            Self::Sign => "application.sign",
            Self::Lapse => "application.lapse",
            Self::Withdraw => "application.withdraw",
        }
    }

    /// Whether it is a decision that is kept with the edition of the notice.
    pub(super) fn decides(self) -> bool {
        !matches!(self, Self::Edit | Self::Score | Self::Draft)
    }
}

/// How long what follows may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Term {
    /// Nothing is waited for.
    None,
    /// As before.
    Keep,
    /// So many days from today, moved to a working day.
    Days(u16),
    /// Until this day.
    Until(Day),
}

/// What follows from a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Transition {
    /// The state after.
    pub(super) to: ApplicationState,
    /// The term that begins.
    pub(super) term: Term,
}

/// The state after `command`, as far as the machine alone says; `None` if it has no such step.
pub(super) fn target(
    state: ApplicationState,
    command: Command,
    objected_from: Option<ApplicationState>,
) -> Option<ApplicationState> {
    use ApplicationState as S;
    use Command as C;
    Some(match (state, command) {
        (S::Draft | S::Supplement, C::Edit) => state,
        (S::Draft, C::Submit) => S::Submitted,
        (S::Submitted, C::Start) => S::UnderReview,
        (S::UnderReview, C::Ask) => S::Supplement,
        (S::Supplement, C::Resubmit) => S::UnderReview,
        (S::Supplement, C::Expire) | (S::UnderReview, C::Fail) => S::Ineligible,
        (S::UnderReview, C::Pass) => S::Eligible,
        (S::Eligible, C::Batch) | (S::InEvaluation, C::Score) => S::InEvaluation,
        (S::InEvaluation, C::Close) => S::Evaluated,
        (S::Evaluated, C::Select) => S::Selected,
        (S::Evaluated | S::Waitlisted, C::Offer) | (S::Evaluated, C::Wait) => S::Waitlisted,
        (S::Evaluated, C::Refuse) | (S::Waitlisted, C::CloseWaitlist) => S::NotSelected,
        (S::Waitlisted, C::Consent | C::Promote) => S::Selected,
        (S::Waitlisted, C::Decline | C::LapseOffer) => S::Waitlisted,
        (S::Ineligible | S::NotSelected, C::Object) => S::Objection,
        (S::Objection, C::Uphold) => match objected_from? {
            S::Ineligible => S::UnderReview,
            _ => S::InEvaluation,
        },
        (S::Objection, C::Dismiss) => objected_from?,
        (S::Selected, C::Draft) => S::Selected,
        (S::Selected, C::Sign) => S::Agreed,
        (S::Selected, C::Lapse) => S::Forfeited,
        (
            S::Draft | S::Submitted | S::UnderReview | S::Supplement | S::Eligible | S::Selected,
            C::Withdraw,
        ) => S::Withdrawn,
        _ => return None,
    })
}

/// Decides on a command: the machine first, then who acts (separation of duties), then the guards
/// of the command, then the term that begins.
pub(super) fn step(
    state: ApplicationState,
    command: Command,
    facts: &Facts,
    scene: Scene<'_>,
    now: Instant,
) -> Result<Transition, Refusal> {
    let to = target(state, command, facts.objected_from).ok_or_else(|| forbids(state, command))?;
    separate(command, facts.actor)?;
    let today = now.seoul_day();
    match command {
        Command::Submit => submission(facts, scene, now)?,
        Command::Resubmit => {
            within(facts.term, today, "R-022")?;
            complete(facts)?;
        }
        Command::Start => planned(facts.batch, "A-12")?,
        Command::Ask => supplement_days(facts.days_asked, scene.notice)?,
        Command::Expire | Command::Lapse => over(facts.term, today)?,
        Command::Pass => eligible(facts, scene.notice)?,
        Command::Batch => batched(facts)?,
        Command::Score => scored(facts, today)?,
        Command::Close => quorum(facts, scene.notice, today)?,
        Command::Select | Command::Promote => {
            selectable(facts)?;
            affordable(facts)?;
        }
        Command::Offer => {
            selectable(facts)?;
            // An offer that is open is only replaced by a better one.
            if facts.offer.is_some_and(|(open, _)| facts.amount <= open) {
                return Err(forbids(state, command));
            }
            affordable(facts)?;
        }
        Command::Wait => selectable(facts)?,
        Command::Consent => {
            let (_, until) = facts.offer.ok_or_else(|| forbids(state, command))?;
            within(Some(until), today, "R-026")?;
            selectable(facts)?;
        }
        Command::Decline => {
            facts.offer.ok_or_else(|| forbids(state, command))?;
        }
        Command::LapseOffer => {
            let (_, until) = facts.offer.ok_or_else(|| forbids(state, command))?;
            over(Some(until), today)?;
        }
        Command::CloseWaitlist => over(facts.waitlist_until, today)?,
        Command::Object => {
            // A decision without a term is final.
            let last = facts.term.ok_or_else(|| forbids(state, command).rule("R-030"))?;
            within(Some(last), today, "R-030")?;
        }
        Command::Uphold if to == ApplicationState::InEvaluation => planned(facts.batch, "R-030")?,
        Command::Draft => {
            within(facts.term, today, "R-043")?;
            if facts.drafted {
                return Err(forbids(state, command).rule("R-043"));
            }
        }
        Command::Sign => within(facts.term, today, "R-043")?,
        Command::Edit => edited(state, facts, today)?,
        Command::Uphold | Command::Fail | Command::Refuse | Command::Dismiss => {}
        Command::Withdraw => {}
    }
    Ok(Transition { to, term: term(command, to, facts, scene) })
}

/// The term that begins with the state after a command.
fn term(command: Command, to: ApplicationState, facts: &Facts, scene: Scene<'_>) -> Term {
    use ApplicationState as S;
    use Command as C;
    let parameters = &scene.notice.parameters;
    match (command, to) {
        (C::Edit | C::Score | C::Draft, _) => Term::Keep,
        (C::Dismiss, _) => Term::None,
        (_, S::Supplement) => Term::Days(facts.days_asked.unwrap_or(parameters.supplement_days)),
        (_, S::Selected) => Term::Days(parameters.signing_days),
        (_, S::Waitlisted) => facts.waitlist_until.map_or(Term::None, Term::Until),
        (_, S::Ineligible | S::NotSelected) => Term::Days(objection_days(scene)),
        _ => Term::None,
    }
}

fn forbids(state: ApplicationState, command: Command) -> Refusal {
    Code::StateForbids
        .because(
            format!("신청서의 상태가 `{state}`여서 할 수 없습니다."),
            format!("`{}` is not possible for an application that is `{state}`.", command.action()),
        )
        .rule("R-022")
        .with("state", state.as_str())
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
