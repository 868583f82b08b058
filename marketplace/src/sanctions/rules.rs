//! The machine of sanctions and the bounds of measures.

use schema::api::sanctions::{Measures, OrderState, SanctionGround, SanctionState};
use schema::code::Code;
use schema::id::UserId;
use schema::money::Won;
use schema::money_rules::recovery::{pro_rata_recovery, surcharge_max};
use schema::notice::Sanctions;
use schema::problem::Refusal;
use schema::time::{Calendar, Day, Instant, Period};

/// What is done to a sanction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Command {
    Investigate,
    Drop,
    Propose,
    Answer,
    Decide,
    Appeal,
    Uphold,
    Change,
    Cancel,
    Enforce,
    Serve,
    Repay,
}

impl Command {
    #[cfg(test)]
    pub(super) const ALL: &[Command] = &[
        Command::Investigate,
        Command::Drop,
        Command::Propose,
        Command::Answer,
        Command::Decide,
        Command::Appeal,
        Command::Uphold,
        Command::Change,
        Command::Cancel,
        Command::Enforce,
        Command::Serve,
        Command::Repay,
    ];

    /// As the audit trail names it.
    pub(super) fn action(self) -> &'static str {
        match self {
            Self::Investigate => "sanction.investigate",
            Self::Drop => "sanction.drop",
            Self::Propose => "sanction.propose",
            Self::Answer => "sanction.answer",
            Self::Decide => "sanction.decide",
            Self::Appeal => "sanction.appeal",
            Self::Uphold => "sanction.uphold",
            Self::Change => "sanction.change",
            Self::Cancel => "sanction.cancel",
            Self::Enforce => "sanction.enforce",
            Self::Serve => "sanction.serve",
            Self::Repay => "sanction.repay",
        }
    }
}

/// What the machine needs to know besides the state.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Facts {
    /// Last day for an opinion.
    pub(super) opinion_by: Option<Day>,
    /// Whether the organisation has answered.
    pub(super) answered: bool,
    /// Last day for an appeal.
    pub(super) appeal_by: Option<Day>,
    /// Last day of the ban, if there is one.
    pub(super) ban_until: Option<Day>,
    /// Whether money is still owed.
    pub(super) owed: bool,
}

/// The state after a command, or why it cannot be given.
pub(super) fn step(
    state: SanctionState,
    command: Command,
    facts: Facts,
    now: Instant,
) -> Result<SanctionState, Refusal> {
    use Command as C;
    use SanctionState as S;
    let over = |day: Option<Day>| day.is_none_or(|day| now >= day.end());
    let next = match (state, command) {
        (S::Suspected, C::Investigate) => S::Investigating,
        (S::Suspected | S::Investigating | S::PreNotice, C::Drop) => S::Dropped,
        (S::Investigating, C::Propose) => S::PreNotice,
        (S::PreNotice, C::Answer) if over(facts.opinion_by) => {
            return Err(late("의견 제출", "to answer", facts.opinion_by));
        }
        (S::PreNotice, C::Answer) => S::PreNotice,
        (S::PreNotice, C::Decide) if facts.answered || over(facts.opinion_by) => S::Decided,
        (S::PreNotice, C::Decide) => return Err(early(facts.opinion_by)),
        (S::Decided, C::Appeal) if over(facts.appeal_by) => {
            return Err(late("이의신청", "to appeal", facts.appeal_by));
        }
        (S::Decided, C::Appeal) => S::Appealed,
        (S::Appealed, C::Uphold) => S::Upheld,
        (S::Appealed, C::Change) => S::Changed,
        (S::Appealed, C::Cancel) => S::Cancelled,
        (S::Upheld | S::Changed, C::Enforce) => S::InForce,
        (S::Decided, C::Enforce) if over(facts.appeal_by) => S::InForce,
        (S::InForce, C::Serve)
            if facts.ban_until.is_some() && over(facts.ban_until) && !facts.owed =>
        {
            S::Served
        }
        (S::InForce, C::Repay) if facts.ban_until.is_none() && !facts.owed => S::Repaid,
        _ => return Err(forbidden(state.as_str())),
    };
    Ok(next)
}

pub(super) fn forbidden(state: &str) -> Refusal {
    Code::StateForbids
        .because(
            format!("`{state}` 상태에서는 할 수 없습니다."),
            format!("It is `{state}`, which does not allow this."),
        )
        .rule("R-133")
        .with("state", state)
}

fn late(ko: &str, en: &str, day: Option<Day>) -> Refusal {
    let day = day.map(|day| day.to_string()).unwrap_or_default();
    Code::PeriodOver
        .because(
            format!("{ko} 기한이 {day}에 끝났습니다."),
            format!("The time {en} ended on {day}."),
        )
        .rule("R-133")
        .with("ended", day)
}

fn early(day: Option<Day>) -> Refusal {
    let day = day.map(|day| day.to_string()).unwrap_or_default();
    Code::StateForbids
        .because(
            format!("의견을 {day}까지 들은 뒤에 결정할 수 있습니다."),
            format!("It is decided after an opinion, or after {day}."),
        )
        .rule("R-133")
        .with("opinion_by", day)
}

/// Who proposes does not decide.
pub(super) fn apart(who: UserId, others: &[Option<UserId>]) -> Result<(), Refusal> {
    if !others.contains(&Some(who)) {
        return Ok(());
    }
    Err(Code::DutiesSeparated
        .because(
            "제재를 제안한 사람은 결정할 수 없습니다.",
            "The person who proposed it may not decide on it.",
        )
        .rule("R-133")
        .cure("다른 담당자가 결정해야 합니다.", "Another person must decide."))
}

/// Checks measures against the ground and the bounds of the notice. `recoverable` is what was paid
/// and is not claimed yet.
pub(super) fn bounded(
    ground: SanctionGround,
    measures: &Measures,
    recoverable: Won,
    bounds: &Sanctions,
) -> Result<(), Refusal> {
    let Measures { ban_months, recovery, surcharge, self_reported, faithful, .. } = measures;
    let beyond = |field: &str, rule: &'static str, ko: String, en: String| {
        Err(Code::SanctionBounds.because(ko, en).rule(rule).field(field))
    };
    if *ban_months > bounds.ban_months_max {
        let most = bounds.ban_months_max;
        return beyond(
            "ban_months",
            "R-130",
            format!("참여제한은 {most}개월까지입니다."),
            format!("A ban has at most {most} months."),
        );
    }
    if ground == SanctionGround::UnpaidRecovery && (*recovery, *surcharge) != (Won::ZERO, Won::ZERO)
    {
        return beyond(
            "recovery",
            "R-130",
            "환수금 미납에는 참여제한만 할 수 있습니다.".to_owned(),
            "An unpaid recovery leads to a ban only.".to_owned(),
        );
    }
    if *faithful && ground != SanctionGround::Abandonment {
        return beyond(
            "faithful",
            "R-131",
            "성실 수행에 따른 감경은 포기의 경우에만 할 수 있습니다.".to_owned(),
            "Leniency for faithful performance is for an abandonment only.".to_owned(),
        );
    }
    if *recovery > recoverable {
        return beyond(
            "recovery",
            "R-131",
            format!("환수할 수 있는 금액은 {recoverable}원까지입니다."),
            format!("At most {recoverable} won can be recovered."),
        )
        .map_err(|refusal| refusal.with("most", recoverable.get()));
    }
    let most = surcharge_max(*recovery, bounds.surcharge_exempt, bounds.surcharge_multiple_max);
    let most = if *self_reported { Won::ZERO } else { most.unwrap_or(Won::MAX) };
    if *surcharge > most {
        return beyond(
            "surcharge",
            "R-132",
            format!("제재부가금은 {most}원까지입니다."),
            format!("The surcharge is at most {most} won."),
        )
        .map_err(|refusal| refusal.with("most", most.get()));
    }
    if *ban_months == 0 && *recovery == Won::ZERO && *surcharge == Won::ZERO && !*faithful {
        return beyond(
            "ban_months",
            "R-130",
            "참여제한이나 환수 가운데 하나는 있어야 합니다.".to_owned(),
            "There must be a ban or a recovery.".to_owned(),
        );
    }
    Ok(())
}

/// An appeal makes measures milder, never harsher.
pub(super) fn milder(old: &Measures, new: &Measures) -> Result<(), Refusal> {
    if new.ban_months <= old.ban_months
        && new.recovery <= old.recovery
        && new.surcharge <= old.surcharge
    {
        return Ok(());
    }
    Err(Code::SanctionBounds
        .because(
            "이의신청으로 제재가 무거워질 수 없습니다.",
            "An appeal does not make the measures harsher.",
        )
        .rule("R-133")
        .field("measures"))
}

/// The last day of a term of `days` from `day`.
pub(super) fn last_day(day: Day, days: u16, calendar: &Calendar) -> Option<Day> {
    Some(Period::days_after(day, days.into()).ok()?.shifted(calendar).end())
}

/// The last day of a ban of `months` from `day` on; `None` for no ban.
pub(super) fn ban_until(day: Day, months: u16) -> Option<Day> {
    Period::months_after(day, months.into()).ok().map(|period| period.base_end())
}

/// What a breach of the listing year costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Breach {
    /// Days served of the base year.
    pub(super) served: u32,
    /// Days of the base year.
    pub(super) total: u32,
    /// What is recovered.
    pub(super) amount: Won,
}

/// The recovery for a listing year that ended on `breached_on`: by the days not served, rounded up to
/// the state, or all of it in bad faith. Never more than is left to be claimed.
pub(super) fn breach(
    support: Won,
    period: &Period,
    breached_on: Day,
    bad_faith: bool,
    recoverable: Won,
) -> Breach {
    let (served, total) = (period.served_days(breached_on), period.base_days());
    let part = pro_rata_recovery(support, total.saturating_sub(served), total);
    let amount = if bad_faith { support } else { part.unwrap_or(support) };
    Breach { served, total, amount: amount.min(recoverable) }
}

/// Whether an order may become a recovery: it is open and its term is over.
pub(super) fn recoverable_order(
    state: OrderState,
    remedy_by: Day,
    now: Instant,
) -> Result<(), Refusal> {
    if state != OrderState::Ordered {
        return Err(forbidden(state.as_str()).rule("R-134"));
    }
    if now >= remedy_by.end() {
        return Ok(());
    }
    Err(Code::StateForbids
        .because(
            format!("시정 기한 {remedy_by}이 지나야 환수할 수 있습니다."),
            format!("Support is recovered only after {remedy_by}, the last day to cure it."),
        )
        .rule("R-134")
        .with("remedy_by", remedy_by.to_string()))
}
