//! The value of hours, and which may be entered.

use schema::api::programme::{Agreement, AgreementState};
use schema::api::work::NewTimeEntry;
use schema::code::Code;
use schema::money::Won;
use schema::notice::ProgrammeCode;
use schema::problem::Refusal;
use schema::time::Day;

/// Minutes of a day.
pub(super) const DAY_MINUTES: i64 = 1_440;

/// The value of `minutes` at `hourly` won, floored to the won.
pub(super) fn value(minutes: u32, hourly: Won) -> Option<Won> {
    let won = i128::from(hourly.get()).checked_mul(i128::from(minutes))? / 60;
    Won::new(i64::try_from(won).ok()?)
}

/// Whether a line may be entered under an agreement on `today`: P14, in force, the day inside its
/// period and not in the future. `that_day` are the person's minutes of that day so far.
pub(super) fn enter(
    agreement: &Agreement,
    new: &NewTimeEntry,
    that_day: i64,
    today: Day,
) -> Result<Won, Refusal> {
    if agreement.programme != ProgrammeCode::PROCESSING {
        return Err(Code::StateForbids
            .because(
                "현물은 가공지원(P14) 협약에만 있습니다.",
                "Only an agreement of P14 has a part in kind.",
            )
            .rule("R-055"));
    }
    let runs = matches!(
        agreement.state,
        AgreementState::Active | AgreementState::ChangePending | AgreementState::CompletionReported
    );
    let Some(period) = agreement.period.as_ref().filter(|_| runs) else {
        return Err(Code::StateForbids
            .because("진행 중인 협약이 아닙니다.", "The agreement is not in force.")
            .rule("R-055")
            .with("state", agreement.state.as_str()));
    };
    if new.worked_on < period.opens() || new.worked_on > period.end() || new.worked_on > today {
        return Err(Code::InvalidField
            .because(
                "근무일은 협약기간 안이고 오늘까지여야 합니다.",
                "The day must be inside the period and not in the future.",
            )
            .rule("R-103")
            .field("worked_on"));
    }
    let minutes = i64::from(new.minutes);
    if minutes < 1 || that_day.saturating_add(minutes) > DAY_MINUTES {
        return Err(Code::InvalidField
            .because(
                "한 사람의 하루 근무는 1,440분을 넘을 수 없습니다.",
                "One person's day has no more than 1,440 minutes.",
            )
            .rule("R-055")
            .field("minutes")
            .with("entered", that_day));
    }
    value(new.minutes, new.hourly).ok_or_else(|| {
        Code::PriceInvalid
            .because("금액을 계산할 수 없습니다.", "The value cannot be computed.")
            .rule("R-056")
            .field("hourly")
    })
}

/// What counts of the hours: never more than the plan.
pub(super) fn counted(amount: Won, planned: Won) -> Won {
    amount.min(planned)
}

#[cfg(test)]
mod tests {
    use schema::money::Won;

    use super::{counted, value};

    fn w(amount: i64) -> Won {
        Won::new(amount).unwrap()
    }

    #[test]
    fn r_055_hours_are_valued_at_documented_cost_and_floored() {
        for (minutes, hourly, amount) in
            [(60, 30_000, 30_000), (90, 30_001, 45_001), (1, 59, 0), (1, 60, 1), (1_440, 1, 24)]
        {
            assert_eq!(value(minutes, w(hourly)), Some(w(amount)), "{minutes} {hourly}");
        }
        assert_eq!(value(1_440, Won::MAX), None);
    }

    #[test]
    fn r_055_no_more_counts_than_was_planned() {
        assert_eq!(counted(w(8_999_999), w(9_000_000)), w(8_999_999));
        assert_eq!(counted(w(9_000_001), w(9_000_000)), w(9_000_000));
        assert_eq!(counted(w(1), Won::ZERO), Won::ZERO);
    }
}
