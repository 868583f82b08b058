//! The states of a job.

use schema::api::support::ProcessingState;
use schema::code::Code;
use schema::problem::Refusal;

/// What is done to a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// The owner asks a processor.
    Propose,
    /// The processor takes it.
    Accept,
    /// The processor does not; the refusal is recorded.
    Decline,
    /// The processor begins, or begins again; access is granted.
    Start,
    /// The owner gives more time.
    Extend,
    /// The processor runs a pipeline.
    Run,
    /// The processor hands a version in.
    Submit,
    /// The version passed.
    Pass,
    /// The version did not pass.
    Fail,
    /// The owner accepts the result; access ends.
    Approve,
    /// The processor certifies the deletion of its copies.
    Close,
    /// The agency takes the job from the processor.
    Replace,
    /// The agency lets a barred processor finish (edge case 7).
    Continue,
    /// The agency gives the job up.
    Abort,
}

impl Command {
    /// Every command, for tests that print the matrix.
    pub const ALL: &[Command] = &[
        Command::Propose,
        Command::Accept,
        Command::Decline,
        Command::Start,
        Command::Extend,
        Command::Run,
        Command::Submit,
        Command::Pass,
        Command::Fail,
        Command::Approve,
        Command::Close,
        Command::Replace,
        Command::Continue,
        Command::Abort,
    ];

    /// Name in the audit trail.
    pub fn action(self) -> &'static str {
        match self {
            Self::Propose => "processing.propose",
            Self::Accept => "processing.accept",
            Self::Decline => "processing.decline",
            Self::Start => "processing.start",
            Self::Extend => "processing.extend",
            Self::Run => "processing.run",
            Self::Submit => "processing.submit",
            Self::Pass => "processing.verify",
            Self::Fail => "processing.rework",
            Self::Approve => "processing.approve",
            Self::Close => "processing.close",
            Self::Replace => "processing.replace",
            Self::Continue => "processing.continue",
            Self::Abort => "processing.abort",
        }
    }
}

/// The state after `command`, or why it is refused.
pub fn next(state: ProcessingState, command: Command) -> Result<ProcessingState, Refusal> {
    use Command as C;
    use ProcessingState as S;
    match (state, command) {
        (S::Requested, C::Propose) => Ok(S::Proposed),
        (S::Proposed, C::Accept) => Ok(S::Matched),
        (S::Proposed, C::Decline) => Ok(S::Requested),
        (S::Matched | S::Rework, C::Start) => Ok(S::InProgress),
        (S::InProgress, C::Extend | C::Run) => Ok(S::InProgress),
        (S::InProgress, C::Submit) => Ok(S::Submitted),
        (S::Submitted, C::Pass) => Ok(S::Verified),
        (S::Submitted, C::Fail) => Ok(S::Rework),
        (S::Verified, C::Approve) => Ok(S::Accepted),
        (S::Accepted, C::Close) => Ok(S::Closed),
        (S::Matched | S::InProgress | S::Rework, C::Replace) => Ok(S::Requested),
        (S::Matched | S::InProgress | S::Rework, C::Continue) => Ok(state),
        (S::Closed | S::Aborted, C::Abort) => Err(forbidden(state, command)),
        (_, C::Abort) => Ok(S::Aborted),
        (state, command) => Err(forbidden(state, command)),
    }
}

fn forbidden(state: ProcessingState, command: Command) -> Refusal {
    Code::StateForbids
        .because(
            format!("가공 작업의 상태가 `{state}`여서 할 수 없습니다."),
            format!("`{}` is not possible for a job that is `{state}`.", command.action()),
        )
        .with("state", state.as_str())
}

/// Whether the processor's right to read the raw data lasts behind `command`.
pub fn keeps_access(command: Command) -> bool {
    matches!(command, Command::Start | Command::Extend | Command::Run | Command::Continue)
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use schema::api::support::ProcessingState;

    use super::{Command, keeps_access, next};

    #[test]
    fn state_and_command_matrix() {
        let mut matrix = String::new();
        for state in ProcessingState::ALL {
            for command in Command::ALL {
                match next(*state, *command) {
                    Ok(then) => {
                        let _ = writeln!(matrix, "{state} {command:?} {then}");
                    }
                    Err(refusal) => assert_eq!(refusal.code.slug(), "state-forbids"),
                }
            }
        }
        let expected = "\
requested Propose proposed
requested Abort aborted
proposed Accept matched
proposed Decline requested
proposed Abort aborted
matched Start in_progress
matched Replace requested
matched Continue matched
matched Abort aborted
in_progress Extend in_progress
in_progress Run in_progress
in_progress Submit submitted
in_progress Replace requested
in_progress Continue in_progress
in_progress Abort aborted
submitted Pass verified
submitted Fail rework
submitted Abort aborted
rework Start in_progress
rework Replace requested
rework Continue rework
rework Abort aborted
verified Approve accepted
verified Abort aborted
accepted Close closed
accepted Abort aborted
";
        assert_eq!(matrix, expected);
    }

    #[test]
    fn r_075_access_lasts_only_while_the_job_is_in_progress() {
        for state in ProcessingState::ALL {
            for command in Command::ALL {
                if let Ok(then) = next(*state, *command)
                    && then != ProcessingState::InProgress
                {
                    assert!(!keeps_access(*command) || *command == Command::Continue);
                }
            }
        }
    }
}
