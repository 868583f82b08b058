//! The machine of a settlement, and the arithmetic of its lines.

use schema::api::execution::Ending;
use schema::api::settlement::{
    CostSource, Disallowance, LineVerdict, NewSettlementLine, PaidBy, SettlementState,
};
use schema::code::Code;
use schema::id::UserId;
use schema::money::{BasisPoints, Won};
use schema::money_rules::cash::{CashBase, CashRule};
use schema::money_rules::settlement::{carried_cost, settle};
use schema::money_rules::support::Terms;
use schema::problem::Refusal;
use schema::time::{Calendar, Day, Instant, Period};

/// What is done to a settlement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Command {
    Open,
    Lapse,
    Submit,
    Review,
    AskSupplement,
    Assess,
    Return,
    Approve,
    Notify,
    Object,
    Dismiss,
    Consent,
    Finalise,
    Owe,
    Claim,
    Pay,
    Dun,
    Force,
    Repay,
}

impl Command {
    #[cfg(test)]
    pub(super) const ALL: &[Command] = &[
        Command::Open,
        Command::Lapse,
        Command::Submit,
        Command::Review,
        Command::AskSupplement,
        Command::Assess,
        Command::Return,
        Command::Approve,
        Command::Notify,
        Command::Object,
        Command::Dismiss,
        Command::Consent,
        Command::Finalise,
        Command::Owe,
        Command::Claim,
        Command::Pay,
        Command::Dun,
        Command::Force,
        Command::Repay,
    ];

    /// As the audit trail names it.
    pub(super) fn action(self) -> &'static str {
        match self {
            Self::Open => "settlement.open",
            Self::Lapse => "settlement.lapse",
            Self::Submit => "settlement.submit",
            Self::Review => "settlement.review",
            Self::AskSupplement => "settlement.ask",
            Self::Assess => "settlement.assess",
            Self::Return => "settlement.return",
            Self::Approve => "settlement.approve",
            Self::Notify => "settlement.notify",
            Self::Object => "settlement.object",
            Self::Dismiss => "settlement.dismiss",
            Self::Consent => "settlement.consent",
            Self::Finalise => "settlement.finalise",
            Self::Owe => "settlement.owe",
            Self::Claim => "settlement.claim",
            Self::Pay => "settlement.pay",
            Self::Dun => "settlement.dun",
            Self::Force => "settlement.force",
            Self::Repay => "settlement.repay",
        }
    }
}

/// The days of a settlement.
#[derive(Clone, Copy, Debug)]
pub(super) struct Days {
    /// Last day for the report.
    pub(super) due_on: Day,
    /// Last day for an objection, once notified.
    pub(super) object_by: Option<Day>,
}

/// The state after a command, or why it cannot be given.
pub(super) fn step(
    state: SettlementState,
    command: Command,
    days: Days,
    now: Instant,
) -> Result<SettlementState, Refusal> {
    use Command as C;
    use SettlementState as S;
    let objections_over = days.object_by.is_some_and(|day| now >= day.end());
    let next = match (state, command) {
        (S::NotDue, C::Open) => S::Due,
        (S::Due, C::Lapse) if now >= days.due_on.end() => S::Late,
        (S::Due | S::Late, C::Submit) => S::Submitted,
        (S::Supplement, C::Submit) | (S::Submitted, C::Review) | (S::Assessed, C::Return) => {
            S::UnderReview
        }
        (S::UnderReview, C::AskSupplement) => S::Supplement,
        (S::UnderReview | S::Objection, C::Assess) => S::Assessed,
        (S::Assessed, C::Approve) => S::Approved,
        (S::Approved, C::Notify) => S::Notified,
        (S::Notified, C::Object) if objections_over => return Err(too_late(days.object_by)),
        (S::Notified, C::Object) => S::Objection,
        (S::Objection, C::Dismiss) | (S::Notified, C::Consent) => S::Final,
        (S::Notified, C::Finalise) if objections_over => S::Final,
        (S::Final, C::Owe) => S::Payable,
        (S::Final, C::Claim) => S::RefundDue,
        (S::Payable, C::Pay) => S::Paid,
        (S::RefundDue, C::Dun) => S::Dunned,
        (S::Dunned, C::Force) => S::Forced,
        (S::RefundDue | S::Dunned | S::Forced, C::Repay) => S::Repaid,
        _ => return Err(forbidden(state)),
    };
    Ok(next)
}

fn forbidden(state: SettlementState) -> Refusal {
    Code::StateForbids
        .because(
            format!("정산이 `{state}` 상태여서 할 수 없습니다."),
            format!("The settlement is `{state}`, which does not allow this."),
        )
        .rule("R-101")
        .with("state", state.as_str())
}

fn too_late(day: Option<Day>) -> Refusal {
    let day = day.map(|day| day.to_string()).unwrap_or_default();
    Code::PeriodOver
        .because(
            format!("이의신청 기한이 {day}에 끝났습니다."),
            format!("The time to object ended on {day}."),
        )
        .rule("R-030")
        .with("ended", day)
}

/// Last day for the report: two months after the work ended, moved off days off.
pub(super) fn due_on(ended: Day, months: u8, calendar: &Calendar) -> Option<Day> {
    Some(Period::months_after(ended, months.into()).ok()?.shifted(calendar).end())
}

/// Last day to object.
pub(super) fn object_by(notified: Day, days: u16, calendar: &Calendar) -> Option<Day> {
    Some(Period::days_after(notified, days.into()).ok()?.shifted(calendar).end())
}

/// Assessor, approver and payer are three persons.
pub(super) fn apart(who: UserId, others: &[Option<UserId>]) -> Result<(), Refusal> {
    if !others.contains(&Some(who)) {
        return Ok(());
    }
    Err(Code::DutiesSeparated
        .because(
            "정산의 검토, 승인, 지급은 서로 다른 사람이 해야 합니다.",
            "A settlement is assessed, approved and paid by three persons.",
        )
        .rule("R-133")
        .cure("다른 담당자가 처리해야 합니다.", "Another person must do this."))
}

/// What is known of the lines besides what they say.
pub(super) struct LineFacts<'a> {
    /// Period of the agreement.
    pub(super) period: &'a Period,
    /// Names of the cost plan; any name will do when there are none.
    pub(super) planned: &'a [String],
    /// Whether the payee of each line belongs to the recipient's group.
    pub(super) affiliated: &'a [bool],
}

/// A line as far as the rules let it count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Judged {
    pub(super) source: CostSource,
    pub(super) accepted: Won,
    pub(super) reason: Option<Disallowance>,
}

/// What the rules allow of each line. VAT never counts: what was spent is
/// told without it.
pub(super) fn allowed(lines: &[NewSettlementLine], facts: &LineFacts<'_>) -> Vec<Judged> {
    lines
        .iter()
        .enumerate()
        .map(|(at, line)| {
            let affiliated = facts.affiliated.get(at).copied().unwrap_or(false);
            let reason = fault(line, facts, affiliated);
            let accepted = if reason.is_some() { Won::ZERO } else { line.spent };
            Judged { source: line.source, accepted, reason }
        })
        .collect()
}

fn fault(
    line: &NewSettlementLine,
    facts: &LineFacts<'_>,
    affiliated: bool,
) -> Option<Disallowance> {
    let inside = |day: Day| day >= facts.period.opens() && day <= facts.period.end();
    let in_kind = line.source == CostSource::InKind;
    let planned = facts.planned.is_empty() || facts.planned.contains(&line.name);
    let tests = [
        (line.method == PaidBy::Cash, Disallowance::CashPayment),
        (
            !inside(line.spent_on) || line.invoice_date.is_some_and(|day| !inside(day)),
            Disallowance::OutsidePeriod,
        ),
        (affiliated && !in_kind, Disallowance::Affiliate),
        (
            !in_kind && (line.invoice_no.is_none() || line.invoice_date.is_none()),
            Disallowance::NoInvoice,
        ),
        (line.documents.is_empty(), Disallowance::NoEvidence),
        (!planned, Disallowance::NotInPlan),
    ];
    tests.into_iter().find(|(wrong, _)| *wrong).map(|(_, reason)| reason)
}

/// The assessor's verdicts over what the rules allow: less is accepted with a reason, more never.
pub(super) fn judged(
    mut lines: Vec<Judged>,
    verdicts: &[LineVerdict],
) -> Result<Vec<Judged>, Refusal> {
    let mut seen = Vec::new();
    for verdict in verdicts {
        let at = usize::try_from(verdict.line).ok().and_then(|line| line.checked_sub(1));
        let line = at.and_then(|at| lines.get_mut(at)).filter(|_| !seen.contains(&verdict.line));
        let Some(line) = line else {
            return Err(invalid(
                "lines.line",
                "없거나 두 번 적힌 항목 번호입니다.",
                "There is no line of this number, or it is named twice.",
            ));
        };
        if verdict.accepted > line.accepted {
            return Err(invalid(
                "lines.accepted",
                "규정이 인정하는 금액보다 많이 인정할 수 없습니다.",
                "No more can be accepted than the rules allow.",
            )
            .with("line", verdict.line)
            .with("allowed", line.accepted.get()));
        }
        line.accepted = verdict.accepted;
        line.reason = Some(verdict.reason);
        seen.push(verdict.line);
    }
    Ok(lines)
}

fn invalid(field: &str, ko: &str, en: &str) -> Refusal {
    Code::InvalidField.because(ko, en).rule("R-103").field(field)
}

/// What was agreed and what has been paid.
#[derive(Clone, Copy, Debug)]
pub(super) struct Agreed {
    /// Ratio and rounding, with the signed support as the cap.
    pub(super) terms: Terms,
    /// The cash rule of the programme.
    pub(super) cash: Option<CashRule>,
    /// Public money paid before, less what sellers refunded and what a sanction has claimed back.
    pub(super) paid: Won,
    /// Interest earned on it.
    pub(super) interest: Won,
    /// Whether everything was paid through a voucher, so that nothing more is.
    pub(super) by_voucher: bool,
    /// How the work ended.
    pub(super) ending: Ending,
}

/// The amounts of a settlement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Amounts {
    pub(super) accepted: Won,
    pub(super) carried: Won,
    pub(super) final_support: Won,
    pub(super) payable: Won,
    /// Support that goes back.
    pub(super) refund: Won,
    /// Interest that goes back with it.
    pub(super) interest: Won,
}

/// the final support, and who owes whom how much. Work that failed or was ended for a
/// violation gets nothing; what was given up with approval is supported as far as it was done.
pub(super) fn amounts(lines: &[Judged], agreed: &Agreed) -> Result<Amounts, Refusal> {
    let sum = |source: Option<CostSource>| {
        let of = |line: &&Judged| source.is_none_or(|source| source == line.source);
        Won::checked_sum(lines.iter().filter(of).map(|line| line.accepted)).ok_or_else(too_much)
    };
    let accepted = sum(None)?;
    let (cash, in_kind) = (sum(Some(CostSource::Cash))?, sum(Some(CostSource::InKind))?);
    let rule = agreed.cash.unwrap_or(CashRule {
        cash_base: CashBase::CompanyShare,
        cash_min_bp: BasisPoints::ZERO,
        in_kind_max_bp: BasisPoints::WHOLE,
    });
    let carried = match agreed.ending {
        Ending::Completed | Ending::Abandoned => {
            carried_cost(accepted, cash, in_kind, &agreed.terms, &rule)
        }
        Ending::Terminated | Ending::Failed => Won::ZERO,
    };
    // A voucher pays seller by seller; the settlement pays nothing besides.
    let ceiling = if agreed.by_voucher { agreed.paid } else { agreed.terms.cap };
    let settled = settle(carried, &agreed.terms, ceiling, agreed.paid, agreed.interest)
        .ok_or_else(too_much)?;
    // Interest is kept from what the state still owes before it is asked back.
    let kept = settled.payable.min(agreed.interest);
    Ok(Amounts {
        accepted,
        carried,
        final_support: settled.final_support,
        payable: settled.payable.saturating_sub(kept),
        refund: agreed.paid.saturating_sub(settled.final_support),
        interest: agreed.interest.saturating_sub(kept),
    })
}

fn too_much() -> Refusal {
    Code::PriceInvalid
        .because("금액의 합이 너무 큽니다.", "The sum of the amounts is too large.")
        .rule("R-056")
}
