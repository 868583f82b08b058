//! What may be done in a dispute, and its days.

use schema::api::trade::{DisputeAnswer, DisputeOutcome, DisputeState};
use schema::code::Code;
use schema::money::Won;
use schema::problem::Refusal;
use schema::time::{Calendar, Day, Period};

/// Days for the committee's proposal, and for the answer to it (R-147; the Act, art. 35).
const PROPOSAL_DAYS: u32 = 45;
const ANSWER_DAYS: u32 = 15;

/// What is done to a dispute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Command {
    /// The operator decides.
    Decide(DisputeOutcome),
    /// The committee's proposal is served.
    Propose,
    /// A side answers it.
    Answer,
}

/// Whether a command is possible in a state.
pub(super) fn may(state: DisputeState, proposed: bool, command: Command) -> Result<(), Refusal> {
    use DisputeState as S;
    match (state, proposed, command) {
        (S::Open, _, Command::Decide(_)) => Ok(()),
        (S::Mediation, false, Command::Propose) => Ok(()),
        (S::Mediation, true, Command::Answer) => Ok(()),
        _ => Err(Code::StateForbids
            .because(
                format!("분쟁이 `{state}` 상태여서 할 수 없습니다."),
                format!("It is not possible while the dispute is `{state}`."),
            )
            .rule("R-147")
            .with("state", state.as_str())
            .with("proposed", proposed)),
    }
}

/// Last day for a proposal when the committee was asked on `day`.
pub(super) fn propose_by(day: Day, calendar: &Calendar) -> Option<Day> {
    Some(Period::days_after(day, PROPOSAL_DAYS).ok()?.shifted(calendar).end())
}

/// Last day to answer a proposal served on `day`.
pub(super) fn answer_by(day: Day, calendar: &Calendar) -> Option<Day> {
    Some(Period::days_after(day, ANSWER_DAYS).ok()?.shifted(calendar).end())
}

/// What the answers so far lead to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// A side has still to answer, and may.
    Waits,
    /// Both take the proposal.
    Agreed,
    /// One refused, or was silent: the dispute is open again.
    Failed,
}

/// Judges the answers on `today`. Silence behind the last day is a refusal.
pub(super) fn verdict(
    answers: [Option<DisputeAnswer>; 2],
    answer_by: Option<Day>,
    today: Day,
) -> Verdict {
    if answers.contains(&Some(DisputeAnswer::Refuses)) {
        return Verdict::Failed;
    }
    if answers == [Some(DisputeAnswer::Accepts); 2] {
        return Verdict::Agreed;
    }
    match answer_by {
        Some(last) if today > last => Verdict::Failed,
        _ => Verdict::Waits,
    }
}

/// Which outcome a refund of `refund` of `supply` is.
pub(super) fn outcome_of(refund: Won, supply: Won) -> Result<DisputeOutcome, Refusal> {
    if refund == Won::ZERO {
        Ok(DisputeOutcome::Accept)
    } else if refund < supply {
        Ok(DisputeOutcome::PartialRefund)
    } else if refund == supply {
        Ok(DisputeOutcome::Refund)
    } else {
        Err(Code::PriceInvalid
            .because("환불액이 계약 금액보다 큽니다.", "More would go back than was agreed.")
            .rule("R-066")
            .field("refunded_supply")
            .with("supply", supply.get()))
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use schema::api::trade::{DisputeAnswer as A, DisputeOutcome, DisputeState};
    use schema::money::Won;
    use schema::time::{Calendar, Day};

    use super::{Command, Verdict, answer_by, may, outcome_of, propose_by, verdict};

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    #[test]
    fn state_and_command_matrix() {
        let mut matrix = String::new();
        for state in DisputeState::ALL {
            write!(matrix, "{state}:").unwrap();
            let decide = Command::Decide(DisputeOutcome::Accept);
            for (name, command) in
                [("decide", decide), ("propose", Command::Propose), ("answer", Command::Answer)]
            {
                for proposed in [false, true] {
                    if may(*state, proposed, command).is_ok() {
                        write!(matrix, " {name}/{proposed}").unwrap();
                    }
                }
            }
            matrix.push('\n');
        }
        let expected = "\
open: decide/false decide/true
mediation: propose/false answer/true
accepted:
refunded:
partial_refund:
";
        assert_eq!(matrix, expected);
    }

    #[test]
    fn r_147_fifteen_days_to_answer_and_forty_five_to_propose() {
        let calendar = Calendar::embedded().unwrap();
        assert_eq!(answer_by(day("2024-10-10"), calendar), Some(day("2024-10-25")));
        assert_eq!(propose_by(day("2024-10-10"), calendar), Some(day("2024-11-25")));
    }

    #[test]
    fn r_147_silence_is_a_refusal() {
        let (last, next) = (day("2024-10-25"), day("2024-10-26"));
        for (answers, today, expected) in [
            ([None, None], last, Verdict::Waits),
            ([Some(A::Accepts), None], last, Verdict::Waits),
            ([Some(A::Accepts), None], next, Verdict::Failed),
            ([None, None], next, Verdict::Failed),
            ([Some(A::Accepts), Some(A::Refuses)], last, Verdict::Failed),
            ([None, Some(A::Refuses)], last, Verdict::Failed),
            ([Some(A::Accepts), Some(A::Accepts)], last, Verdict::Agreed),
        ] {
            assert_eq!(verdict(answers, Some(last), today), expected, "{answers:?} {today}");
        }
    }

    #[test]
    fn an_amount_says_how_it_ends() {
        let won = |amount| Won::new(amount).unwrap();
        for (refund, outcome) in [
            (0, Some(DisputeOutcome::Accept)),
            (1, Some(DisputeOutcome::PartialRefund)),
            (9, Some(DisputeOutcome::PartialRefund)),
            (10, Some(DisputeOutcome::Refund)),
            (11, None),
        ] {
            assert_eq!(outcome_of(won(refund), won(10)).ok(), outcome, "{refund}");
        }
    }
}
