//! When a milestone may be planned, done and accepted.

use schema::api::support::ProcessingState;
use schema::api::work::MilestoneState;
use schema::code::Code;
use schema::problem::Refusal;
use schema::time::Day;

/// Milestones of a job at most: one for each week of the four months, and some.
pub(super) const MILESTONES_MAX: i64 = 30;

/// Whether milestones may be planned in a job in this state.
pub(super) fn may_plan(job: ProcessingState, count: i64) -> Result<(), Refusal> {
    use ProcessingState as S;
    if matches!(job, S::Submitted | S::Verified | S::Accepted | S::Closed | S::Aborted) {
        return Err(forbidden("processing", job.as_str()));
    }
    if count >= MILESTONES_MAX {
        return Err(Code::StateForbids
            .because(
                format!("단계는 작업마다 {MILESTONES_MAX}개까지입니다."),
                format!("A job has at most {MILESTONES_MAX} milestones."),
            )
            .with("max", MILESTONES_MAX));
    }
    Ok(())
}

/// Whether the processor may say that it is done.
pub(super) fn may_do(job: ProcessingState, state: MilestoneState) -> Result<(), Refusal> {
    use ProcessingState as S;
    if !matches!(job, S::InProgress | S::Submitted | S::Rework | S::Verified) {
        return Err(forbidden("processing", job.as_str()));
    }
    match state {
        MilestoneState::Planned | MilestoneState::Done => Ok(()),
        MilestoneState::Accepted => Err(forbidden("milestone", state.as_str())),
    }
}

/// Whether the owner may accept it.
pub(super) fn may_accept(state: MilestoneState) -> Result<(), Refusal> {
    match state {
        MilestoneState::Done => Ok(()),
        MilestoneState::Planned | MilestoneState::Accepted => {
            Err(forbidden("milestone", state.as_str()))
        }
    }
}

/// Whether a milestone is late on `today`.
pub(super) fn is_late(state: MilestoneState, planned_on: Day, today: Day) -> bool {
    state == MilestoneState::Planned && today > planned_on
}

fn forbidden(what: &str, state: &str) -> Refusal {
    Code::StateForbids
        .because(
            format!("`{state}` 상태에서는 할 수 없습니다."),
            format!("It is not possible while the {what} is `{state}`."),
        )
        .with("state", state)
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use schema::api::support::ProcessingState;
    use schema::api::work::MilestoneState;

    use super::{MILESTONES_MAX, is_late, may_accept, may_do, may_plan};

    #[test]
    fn state_and_command_matrix() {
        let mut matrix = String::new();
        for job in ProcessingState::ALL {
            write!(matrix, "{job}:").unwrap();
            if may_plan(*job, 0).is_ok() {
                matrix.push_str(" plan");
            }
            for state in MilestoneState::ALL {
                if may_do(*job, *state).is_ok() {
                    write!(matrix, " do-{state}").unwrap();
                }
            }
            matrix.push('\n');
        }
        let expected = "\
requested: plan
proposed: plan
matched: plan
in_progress: plan do-planned do-done
submitted: do-planned do-done
rework: plan do-planned do-done
verified: do-planned do-done
accepted:
closed:
aborted:
";
        assert_eq!(matrix, expected);
        assert!(may_plan(ProcessingState::Matched, MILESTONES_MAX).is_err());
        let accepted: Vec<bool> =
            MilestoneState::ALL.iter().map(|state| may_accept(*state).is_ok()).collect();
        assert_eq!(accepted, [false, true, false]);
    }

    #[test]
    fn only_what_is_not_done_is_late() {
        let (planned, next) = ("2024-07-01".parse().unwrap(), "2024-07-02".parse().unwrap());
        assert!(!is_late(MilestoneState::Planned, planned, planned));
        assert!(is_late(MilestoneState::Planned, planned, next));
        assert!(!is_late(MilestoneState::Done, planned, next));
    }
}
