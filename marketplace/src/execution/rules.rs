//! What may be done to an agreement after its last signature.

use schema::api::execution::{ChangeKind, Ending, NewChange};
use schema::api::programme::{Agreement, AgreementState, CostPlan};
use schema::code::Code;
use schema::money::BasisPoints;
use schema::money_rules::cash::{CashBase, CashRule, Sources, check_cost_plan};
use schema::money_rules::support::Terms;
use schema::notice::ProgrammeCode;
use schema::problem::{Reason, Refusal};
use schema::time::{Calendar, Day, Instant, Period};

/// What is done to an agreement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Command {
    RequestChange,
    ApproveChange,
    RejectChange,
    Suspend,
    Resume,
    Terminate,
    RequestAbandonment,
    ApproveAbandonment,
    RejectAbandonment,
    Report,
    Pass,
    Reject,
    EndPeriod,
    EndGrace,
    Settle,
    Oblige,
    Recover,
    Close,
}

impl Command {
    #[cfg(test)]
    pub(super) const ALL: &[Command] = &[
        Command::RequestChange,
        Command::ApproveChange,
        Command::RejectChange,
        Command::Suspend,
        Command::Resume,
        Command::Terminate,
        Command::RequestAbandonment,
        Command::ApproveAbandonment,
        Command::RejectAbandonment,
        Command::Report,
        Command::Pass,
        Command::Reject,
        Command::EndPeriod,
        Command::EndGrace,
        Command::Settle,
        Command::Oblige,
        Command::Recover,
        Command::Close,
    ];

    /// As the audit trail names it.
    pub(super) fn action(self) -> &'static str {
        match self {
            Self::RequestChange => "agreement.change_request",
            Self::ApproveChange => "agreement.change_approve",
            Self::RejectChange => "agreement.change_reject",
            Self::Suspend => "agreement.suspend",
            Self::Resume => "agreement.resume",
            Self::Terminate => "agreement.terminate",
            Self::RequestAbandonment => "agreement.abandon_request",
            Self::ApproveAbandonment => "agreement.abandon_approve",
            Self::RejectAbandonment => "agreement.abandon_reject",
            Self::Report => "agreement.completion_report",
            Self::Pass => "agreement.completion_pass",
            Self::Reject => "agreement.completion_reject",
            Self::EndPeriod => "agreement.period_end",
            Self::EndGrace => "agreement.grace_end",
            Self::Settle => "agreement.settle",
            Self::Oblige => "agreement.oblige",
            Self::Recover => "agreement.recover",
            Self::Close => "agreement.close",
        }
    }
}

/// The clocks of an agreement.
#[derive(Clone, Debug)]
pub(super) struct Clocks {
    /// Its period.
    pub(super) period: Period,
    /// Last day for a late report.
    pub(super) grace_until: Day,
}

impl Clocks {
    fn in_period(&self, now: Instant) -> bool {
        !self.period.is_over(now)
    }

    fn in_grace(&self, now: Instant) -> bool {
        now < self.grace_until.end()
    }
}

/// The state after a command, or why it cannot be given.
pub(super) fn step(
    state: AgreementState,
    command: Command,
    clocks: &Clocks,
    now: Instant,
) -> Result<AgreementState, Refusal> {
    use AgreementState as S;
    use Command as C;
    let next = match (state, command) {
        (S::Active, C::RequestChange) if clocks.in_period(now) => S::ChangePending,
        (S::Active, C::RequestChange) => return Err(over(clocks.period.end())),
        (S::ChangePending, C::ApproveChange | C::RejectChange) => S::Active,
        (S::Active, C::Suspend) => S::Suspended,
        (S::Suspended, C::Resume) => S::Active,
        (S::Suspended, C::Terminate) | (S::AbandonRequested, C::ApproveAbandonment) => {
            S::Terminated
        }
        (S::Active, C::RequestAbandonment) => S::AbandonRequested,
        (S::AbandonRequested, C::RejectAbandonment) => S::Active,
        (S::Active, C::Report) if clocks.in_period(now) => S::CompletionReported,
        // The timer that makes it overdue may not have come by yet.
        (S::Active | S::Overdue, C::Report) if clocks.in_grace(now) => S::CompletionReported,
        (S::Active | S::Overdue, C::Report) => return Err(over(clocks.grace_until)),
        (S::CompletionReported, C::Pass) => S::Completed,
        (S::CompletionReported, C::Reject) if clocks.in_period(now) => S::Active,
        (S::CompletionReported, C::Reject) if clocks.in_grace(now) => S::Overdue,
        (S::CompletionReported, C::Reject) => S::Failed,
        (S::Active | S::ChangePending, C::EndPeriod) if !clocks.in_period(now) => S::Overdue,
        (S::Overdue, C::EndGrace) if !clocks.in_grace(now) => S::Failed,
        (S::Completed, C::Settle) => S::Settled,
        (S::Settled, C::Oblige) => S::Obligation,
        (S::Terminated | S::Failed | S::Settled | S::Obligation, C::Recover) => S::Recovery,
        (S::Terminated | S::Failed | S::Settled | S::Obligation | S::Recovery, C::Close) => {
            S::Closed
        }
        _ => return Err(forbidden(state, command)),
    };
    Ok(next)
}

fn forbidden(state: AgreementState, command: Command) -> Refusal {
    let rule = match command {
        Command::Report | Command::Pass | Command::Reject => "R-100",
        Command::Settle | Command::Oblige | Command::Recover | Command::Close => "R-102",
        _ => "R-042",
    };
    Code::StateForbids
        .because(
            format!("협약이 `{state}` 상태여서 할 수 없습니다."),
            format!("The agreement is `{state}`, which does not allow this."),
        )
        .rule(rule)
        .with("state", state.as_str())
}

fn over(end: Day) -> Refusal {
    Code::PeriodOver
        .because(format!("기한이 {end}에 끝났습니다."), format!("The time ended on {end}."))
        .rule("R-060")
        .with("ended", end.to_string())
}

/// How the work ended when an agreement has come to `state` by `command`.
pub(super) fn ending(command: Command, state: AgreementState) -> Option<Ending> {
    match (command, state) {
        (Command::Pass, _) => Some(Ending::Completed),
        (Command::ApproveAbandonment, _) => Some(Ending::Abandoned),
        (Command::Terminate, _) => Some(Ending::Terminated),
        (_, AgreementState::Failed) => Some(Ending::Failed),
        _ => None,
    }
}

/// Last day for a late report. Of a purchase agreement it is the day on which its settlement is due,
/// because the report of what the data were used for may come until then; of another it is
/// the grace of the notice. Moved off days off.
pub(super) fn grace_until(
    programme: ProgrammeCode,
    period: &Period,
    grace_days: u16,
    settlement_months: u8,
    calendar: &Calendar,
) -> Option<Day> {
    let end = period.end();
    let grace = match programme {
        ProgrammeCode::PURCHASE => Period::months_after(end, settlement_months.into()),
        _ => Period::days_after(end, grace_days.into()),
    };
    Some(grace.ok()?.shifted(calendar).end())
}

/// Decides whether a change may be asked for, and what kind it is.
pub(super) fn change(
    agreement: &Agreement,
    new: &NewChange,
    cash: Option<CashRule>,
) -> Result<ChangeKind, Refusal> {
    if new.extend_months.is_some() {
        return Err(Code::InvalidField
            .because(
                "협약기간은 연장할 수 없습니다.",
                "The period of an agreement is not extended.",
            )
            .rule("R-042")
            .field("extend_months"));
    }
    let content = new.title.is_some() || new.content.is_some();
    match (content, &new.plan, new.successor) {
        (true, None, None) => Ok(ChangeKind::Content),
        (false, Some(plan), None) => {
            replanned(agreement, plan, cash)?;
            Ok(ChangeKind::CostPlan)
        }
        (false, None, Some(_)) => Ok(ChangeKind::Successor),
        (false, None, None) => {
            Err(one_change("바꿀 내용이 없습니다.", "Nothing is to be changed."))
        }
        _ => Err(one_change(
            "한 번에 한 가지만 바꿀 수 있습니다: 내용, 사업비, 승계.",
            "One change at a time: content, cost plan or successor.",
        )),
    }
}

fn one_change(ko: &str, en: &str) -> Refusal {
    Code::InvalidField.because(ko, en).rule("R-042").field("reason")
}

/// a plan that adds up, with no more support than was signed.
fn replanned(
    agreement: &Agreement,
    plan: &CostPlan,
    cash: Option<CashRule>,
) -> Result<(), Refusal> {
    if agreement.programme != ProgrammeCode::PROCESSING {
        return Err(Code::InvalidField
            .because(
                "사업비 구성은 가공지원(P14) 협약에만 있습니다.",
                "Only an agreement of P14 has a cost plan.",
            )
            .rule("R-042")
            .field("plan"));
    }
    let terms =
        Terms { ratio: agreement.ratio_bp, cap: agreement.support, rounding: agreement.rounding };
    let sources = Sources { government: plan.government, cash: plan.cash, in_kind: plan.in_kind };
    let items: Vec<Sources> = plan
        .items
        .iter()
        .map(|item| Sources { government: item.government, cash: item.cash, in_kind: item.in_kind })
        .collect();
    let rule = cash.unwrap_or(CashRule {
        cash_base: CashBase::CompanyShare,
        cash_min_bp: BasisPoints::ZERO,
        in_kind_max_bp: BasisPoints::WHOLE,
    });
    let faults = check_cost_plan(plan.total, &sources, &items, &terms, &rule);
    let Some(first) = faults.first() else { return Ok(()) };
    let text = first.text();
    let reasons = faults
        .iter()
        .map(|fault| Reason {
            code: fault.rule().to_owned(),
            rule: Some("R-201".to_owned()),
            field: Some("plan".to_owned()),
            text: fault.text(),
        })
        .collect();
    Err(Code::CostPlanInvalid
        .because(text.ko, text.en)
        .rule("R-042")
        .field("plan")
        .with("fault", first.rule())
        .with("signed", agreement.support.get())
        .cure(
            "지원금은 협약한 금액을 넘을 수 없습니다. 늘어난 사업비는 기업이 부담합니다.",
            "The support stays within the signed amount; what the project costs more is the firm's.",
        )
        .reasons(reasons))
}
