//! What must hold for a step of an application, and what it is judged by.

use schema::api::applications::ApplicationState;
use schema::api::parties::Interest;
use schema::code::Code;
use schema::money::Won;
use schema::notice::{LegalBasis, Notice, Programme};
use schema::problem::{Reason, Refusal};
use schema::time::{Calendar, Day, Instant, Period};

use super::rules::Command;

/// Days to object under the act on public finances (L5 15), which the contribution falls under. It
/// is a term of the law and not of a notice; the notice may give more.
const OBJECTION_DAYS_CONTRIBUTION: u16 = 30;

/// Money of a programme in the fiscal year.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Purse {
    /// Made available in all.
    pub(super) appropriated: Won,
    /// Promised to nobody: neither by an agreement nor by a selection or an offer.
    pub(super) left: Won,
}

/// The batch that a command names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BatchFacts {
    /// Whether it is of the application's programme.
    pub(super) fits: bool,
    /// Whether it is open.
    pub(super) open: bool,
    /// Day of the evaluation.
    pub(super) evaluation_on: Day,
}

/// Who the actor has been to the application so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Actor {
    /// Its reviewer.
    pub(super) reviewer: bool,
    /// An evaluator of its batch.
    pub(super) evaluator: bool,
    /// Somebody with a conflict of interest.
    pub(super) conflict: Option<Interest>,
}

/// What was loaded for a command. What a command does not look at may be left at its default.
#[derive(Clone, Debug, Default)]
pub(super) struct Facts {
    /// What a complete application would still need (R-020, R-029, 4.17).
    pub(super) missing: Vec<Reason>,
    /// Money.
    pub(super) purse: Purse,
    /// A running agreement of this programme and year.
    pub(super) agreement: Option<String>,
    /// A live application or agreement about the same thing.
    pub(super) twin: Option<String>,
    /// Whether applicant and seller or processor belong together.
    pub(super) tied: bool,
    /// Why the applicant is not eligible.
    pub(super) barriers: Vec<Reason>,
    /// What a reviewer must decide on.
    pub(super) open_points: Vec<Reason>,
    /// Whether the reviewer wrote a note on them.
    pub(super) noted: bool,
    /// Codes of the bonus items that the reviewer counts.
    pub(super) bonus: Vec<String>,
    /// The batch.
    pub(super) batch: Option<BatchFacts>,
    /// Day of the evaluation that was set before the review.
    pub(super) planned_on: Option<Day>,
    /// Days that the operator gives for a supplement.
    pub(super) days_asked: Option<u16>,
    /// Last day of what the state waits for.
    pub(super) term: Option<Day>,
    /// A part that is offered, and until when.
    pub(super) offer: Option<(Won, Day)>,
    /// Last day of the waiting list.
    pub(super) waitlist_until: Option<Day>,
    /// The support that is to be given.
    pub(super) amount: Won,
    /// Sheets that count.
    pub(super) sheets: usize,
    /// Whether this evaluator has handed in a sheet already.
    pub(super) scored: bool,
    /// Whether the score is at or above the pass mark.
    pub(super) passed: bool,
    /// Why it cannot be selected, whatever its score.
    pub(super) barred: bool,
    /// The state that was objected to.
    pub(super) objected_from: Option<ApplicationState>,
    /// Whether an agreement is drafted for it already.
    pub(super) drafted: bool,
    /// Who acts.
    pub(super) actor: Actor,
}

/// The notice in force, and its programme.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scene<'n> {
    /// The notice.
    pub(super) notice: &'n Notice,
    /// The programme.
    pub(super) programme: &'n Programme,
}

/// Days to object: those that the programme names, else those of the law behind the money: of the
/// notice for a subsidy, thirty for a contribution.
pub(super) fn objection_days(scene: Scene<'_>) -> u16 {
    let days = scene.programme.appeal_days(scene.notice);
    let policy = &scene.programme.policy;
    match policy.legal_basis {
        LegalBasis::Contribution if policy.appeal_days.is_none() => {
            days.max(OBJECTION_DAYS_CONTRIBUTION)
        }
        _ => days,
    }
}

/// The last of `days` after `today`, moved to a working day.
pub(super) fn last_day(today: Day, days: u16, calendar: &Calendar) -> Day {
    Period::days_after(today, days.into()).map_or(today, |term| term.shifted(calendar).end())
}

/// Reviewer, evaluator and selecting person are three people (separation of duties, R-013).
pub(super) fn separate(command: Command, actor: Actor) -> Result<(), Refusal> {
    use Command as C;
    let reviews = matches!(command, C::Start | C::Ask | C::Pass | C::Fail);
    let selects = matches!(
        command,
        C::Close | C::Select | C::Offer | C::Wait | C::Refuse | C::Promote | C::Uphold | C::Dismiss
    );
    let separated = |ko: &str, en: &str| Err(Code::DutiesSeparated.because(ko, en).rule("R-013"));
    if reviews && actor.evaluator {
        return separated(
            "평가위원은 같은 신청을 검토할 수 없습니다.",
            "An evaluator does not review the same application.",
        );
    }
    if selects && actor.evaluator {
        return separated(
            "평가위원은 같은 신청의 선정을 결정할 수 없습니다.",
            "An evaluator does not decide on the same application.",
        );
    }
    if command != C::Score {
        return Ok(());
    }
    if actor.reviewer {
        return separated(
            "요건을 검토한 사람은 같은 신청을 평가할 수 없습니다.",
            "The reviewer of an application does not evaluate it.",
        );
    }
    match actor.conflict {
        None => Ok(()),
        Some(kind) => Err(Code::ConflictOfInterest
            .because(
                "이 신청과 이해관계가 있어 평가에서 제척됩니다.",
                "A conflict of interest excludes the evaluator from this application.",
            )
            .rule("R-013")
            .with("kind", kind.as_str())),
    }
}

/// and the class of the applicant.
pub(super) fn submission(facts: &Facts, scene: Scene<'_>, now: Instant) -> Result<(), Refusal> {
    window(scene.programme, facts.purse, now)?;
    if let Some(first) = facts.barriers.first() {
        return Err(barred(first, &facts.barriers));
    }
    complete(facts)
}

/// inside the window of the notice; a rolling one closes when the budget is spoken for.
pub(super) fn window(programme: &Programme, purse: Purse, now: Instant) -> Result<(), Refusal> {
    let closed = |ko: String, en: String| {
        Code::WindowClosed.because(ko, en).rule("R-021").with("fault", "E_WINDOW")
    };
    let apply = &programme.windows.apply;
    if !programme.takes_applications(now) {
        let printed = &apply.printed;
        return Err(closed(
            format!("지금은 신청을 받지 않습니다. 신청 기간: {printed}"),
            format!("Applications are not taken now; the notice says {printed}."),
        ));
    }
    if apply.rolling && purse.appropriated > Won::ZERO && purse.left == Won::ZERO {
        return Err(closed(
            "예산이 모두 배정되어 수시 접수를 마감했습니다.".to_owned(),
            "The budget is spoken for, so the rolling window has closed.".to_owned(),
        ));
    }
    Ok(())
}

pub(super) fn complete(facts: &Facts) -> Result<(), Refusal> {
    if facts.tied {
        return Err(Code::SameGroup
            .because(
                "판매기업이나 가공기업이 신청기업과 같은 기업 또는 계열입니다.",
                "Seller or processor are the applicant or of its group.",
            )
            .rule("R-063"));
    }
    if let Some(other) = &facts.agreement {
        return Err(Code::AgreementExists
            .because(
                "이 기업은 올해 이 사업의 협약이나 진행 중인 신청이 있습니다.",
                "The firm has an agreement or a live application of this programme this year.",
            )
            .rule("R-192")
            .with("other", other.as_str()));
    }
    if let Some(other) = &facts.twin {
        return Err(Code::DuplicateSupport
            .because(
                "같은 상품이나 데이터로 이미 신청하거나 지원받았습니다.",
                "The same product or data are in another application or agreement.",
            )
            .rule("R-012")
            .with("other", other.as_str()));
    }
    if facts.missing.is_empty() {
        return Ok(());
    }
    Err(Code::ApplicationIncomplete
        .because(
            format!("빠진 내용이 {}가지 있습니다.", facts.missing.len()),
            format!("{} things are missing.", facts.missing.len()),
        )
        .rule("R-020")
        .cure("`reasons`의 항목을 채워 다시 보내 주세요.", "Fill in what `reasons` lists.")
        .reasons(facts.missing.clone()))
}

fn barred(first: &Reason, all: &[Reason]) -> Refusal {
    let code = Code::from_slug(&first.code).unwrap_or(Code::ClassNotEligible);
    Refusal::new(code, first.text.clone()).rule("R-001").reasons(all.to_vec())
}

/// the batch is one of the programme and open, so that its day is known.
pub(super) fn planned(batch: Option<BatchFacts>, rule: &'static str) -> Result<(), Refusal> {
    let invalid =
        |ko: &str, en: &str| Err(Code::InvalidField.because(ko, en).rule(rule).field("batch"));
    match batch {
        None => invalid("평가 일정(`batch`)이 필요합니다.", "A `batch` with its day is needed."),
        Some(batch) if !batch.fits => {
            invalid("다른 사업의 평가입니다.", "The batch is of another programme.")
        }
        Some(batch) if !batch.open => {
            invalid("이미 마감한 평가입니다.", "The batch is closed already.")
        }
        Some(_) => Ok(()),
    }
}

pub(super) fn supplement_days(asked: Option<u16>, notice: &Notice) -> Result<(), Refusal> {
    let most = notice.parameters.supplement_days;
    if asked.is_none_or(|days| (1..=most).contains(&days)) {
        return Ok(());
    }
    Err(Code::InvalidField
        .because(
            format!("보완 기간은 1~{most}일입니다."),
            format!("A supplement has 1 to {most} days."),
        )
        .rule("R-022")
        .field("days")
        .with("most", most))
}

/// What a rule leaves to a reviewer needs the reviewer's note.
pub(super) fn eligible(facts: &Facts, notice: &Notice) -> Result<(), Refusal> {
    if let Some(first) = facts.barriers.first() {
        return Err(barred(first, &facts.barriers));
    }
    if !facts.open_points.is_empty() && !facts.noted {
        return Err(Code::EvidenceMissing
            .because(
                "검토자가 확인해야 하는 사항이 있습니다.",
                "There are points that the reviewer must decide on.",
            )
            .rule("R-008")
            .field("note")
            .cure("확인한 내용을 `note`에 적어 주세요.", "Say in `note` what was found.")
            .reasons(facts.open_points.clone()));
    }
    complete(facts)?;
    bonus(&facts.bonus, notice)
}

/// bonus items of the notice, each once, and not more than it counts.
fn bonus(items: &[String], notice: &Notice) -> Result<(), Refusal> {
    let evaluation = &notice.parameters.evaluation;
    let most = evaluation.bonus_items_max;
    let mut once: Vec<&String> = items.iter().collect();
    once.sort();
    once.dedup();
    let known = once.iter().all(|item| evaluation.bonus.iter().any(|one| one.code == **item));
    if known && once.len() == items.len() && items.len() <= usize::from(most) {
        return Ok(());
    }
    Err(Code::InvalidField
        .because(
            format!("공고에 있는 가점 항목만, 서로 다르게 {most}개까지 쓸 수 있습니다."),
            format!("Only bonus items of the notice, each once, at most {most}."),
        )
        .rule("R-024")
        .field("bonus")
        .with("most", most))
}

/// A batch may not move the evaluation to an earlier day than the applicant was told.
pub(super) fn batched(facts: &Facts) -> Result<(), Refusal> {
    planned(facts.batch, "A-12")?;
    let on = facts.batch.map(|batch| batch.evaluation_on);
    if on >= facts.planned_on {
        return Ok(());
    }
    Err(Code::InvalidField
        .because(
            "신청기업에 알린 날보다 먼저 평가할 수 없습니다.",
            "The evaluation would be earlier than the applicant was told.",
        )
        .rule("A-12")
        .field("batch"))
}

pub(super) fn scored(facts: &Facts, today: Day) -> Result<(), Refusal> {
    if !facts.actor.evaluator {
        return Err(Code::Forbidden
            .because("이 평가의 평가위원이 아닙니다.", "You are not an evaluator of this batch.")
            .rule("R-013"));
    }
    on_the_day(facts.batch, today)?;
    if facts.scored {
        return Err(Code::StateForbids
            .because(
                "평가표를 이미 제출했고 고칠 수 없습니다.",
                "Your sheet is handed in and cannot be changed.",
            )
            .rule("R-023"));
    }
    Ok(())
}

/// Nothing is scored or closed before the day of the evaluation.
fn on_the_day(batch: Option<BatchFacts>, today: Day) -> Result<(), Refusal> {
    planned(batch, "R-023")?;
    if batch.is_some_and(|batch| today >= batch.evaluation_on) {
        return Ok(());
    }
    let on = batch.map(|batch| batch.evaluation_on.to_string()).unwrap_or_default();
    Err(Code::StateForbids
        .because(
            format!("평가일({on})이 아직 되지 않았습니다."),
            format!("The day of the evaluation, {on}, has not come."),
        )
        .rule("R-023")
        .with("evaluation_on", on))
}

/// enough sheets that count.
pub(super) fn quorum(facts: &Facts, notice: &Notice, today: Day) -> Result<(), Refusal> {
    on_the_day(facts.batch, today)?;
    let least = usize::from(notice.parameters.evaluation.evaluators_min);
    if facts.sheets >= least {
        return Ok(());
    }
    Err(Code::EvaluationIncomplete
        .because(
            format!("평가표가 {least}부 이상 있어야 하는데 {}부입니다.", facts.sheets),
            format!("At least {least} sheets must count; there are {}.", facts.sheets),
        )
        .rule("R-023")
        .with("least", least)
        .with("sheets", facts.sheets))
}

/// passed, its products were on sale, and no agreement runs.
pub(super) fn selectable(facts: &Facts) -> Result<(), Refusal> {
    if facts.barred {
        return Err(not_listed());
    }
    if !facts.passed {
        return Err(Code::StateForbids
            .because("평가 점수가 기준에 못 미칩니다.", "The score is below the pass mark.")
            .rule("R-023"));
    }
    if let Some(first) = facts.barriers.first() {
        return Err(barred(first, &facts.barriers));
    }
    match &facts.agreement {
        None => Ok(()),
        Some(other) => Err(Code::AgreementExists
            .because(
                "이 기업은 올해 이 사업의 협약을 이미 맺었습니다.",
                "The firm has an agreement of this programme and year already.",
            )
            .rule("R-192")
            .with("other", other.as_str())),
    }
}

/// no more than what is left.
pub(super) fn affordable(facts: &Facts) -> Result<(), Refusal> {
    let (left, asked) = (facts.purse.left, facts.amount);
    if asked > Won::ZERO && asked <= left {
        return Ok(());
    }
    Err(Code::BudgetShort
        .because(
            format!("{asked}원이 필요하지만 배정할 수 있는 예산은 {left}원입니다."),
            format!("{asked} won are needed; {left} won can be given."),
        )
        .rule("R-043")
        .with("available", left.get())
        .with("asked", asked.get()))
}

pub(super) fn edited(state: ApplicationState, facts: &Facts, today: Day) -> Result<(), Refusal> {
    match state {
        ApplicationState::Supplement => within(facts.term, today, "R-022"),
        _ => Ok(()),
    }
}

/// R-027, as a refusal.
pub(super) fn not_listed() -> Refusal {
    Code::NotListed
        .because(
            "평가일 전까지 거래소에 등록되지 않은 상품이 있습니다.",
            "A product was not on sale before the day of the evaluation.",
        )
        .rule("R-027")
        .with("fault", "E_NOT_LISTED")
}

/// whether a product that went on sale at `published` and off it at `left`, if ever, was on
/// sale when the evaluation began. The same instant is too late.
pub(super) fn listed_at(
    published: Option<Instant>,
    left: Option<Instant>,
    begins: Instant,
) -> bool {
    published.is_some_and(|at| at < begins) && left.is_none_or(|at| at > begins)
}

pub(super) fn within(last: Option<Day>, today: Day, rule: &'static str) -> Result<(), Refusal> {
    match last {
        Some(last) if today > last => Err(Code::PeriodOver
            .because(format!("{last}까지였습니다."), format!("The last day was {last}."))
            .rule(rule)
            .with("last_day", last.to_string())),
        _ => Ok(()),
    }
}

/// Whether the last day has passed; for timers.
pub(super) fn over(last: Option<Day>, today: Day) -> Result<(), Refusal> {
    if last.is_some_and(|last| today > last) {
        return Ok(());
    }
    Err(Code::StateForbids.because("기한이 남아 있습니다.", "The time is not over.").rule("R-022"))
}
