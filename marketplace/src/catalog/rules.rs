//! File names, and what a version allows in each state.

use schema::api::catalog::VersionState;
use schema::code::Code;
use schema::problem::Refusal;

use crate::limits;

/// Checks the name of an uploaded file: one path segment that every system can keep.
pub fn file_name(name: &str) -> Result<(), Refusal> {
    schema::typed::file_name(name, limits::FILE_NAME_BYTES_MAX)
}

/// Stored outcome of a search for personal data that a reviewer has cleared.
pub const CLEARED: &str = "CLEARED";

/// Whether the outcome of a search for personal data may be cleared by a reviewer.
pub fn clear(outcome: Option<&str>) -> Result<(), Refusal> {
    match outcome {
        Some("REVIEW") => Ok(()),
        Some("BLOCK") => Err(Code::StateForbids
            .because(
                "개인을 식별하는 번호는 검토로 해제할 수 없습니다.",
                "Numbers that identify people cannot be cleared by a review.",
            )
            .rule("R-170")
            .cure(
                "그 열을 지우거나 가명 처리해 새 버전을 만드세요.",
                "Make a version without them.",
            )),
        _ => Err(Code::StateForbids
            .because("검토할 항목이 없습니다.", "There is nothing to clear.")
            .rule("R-174")),
    }
}

/// What is done to a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// A file arrives.
    Put,
    /// The owner says that it is complete.
    Finalise,
    /// A worker made a table and evidence of it.
    Complete,
    /// A worker found that the file cannot be used.
    Reject,
}

/// The state after `command`, or why it is refused.
pub fn next(state: VersionState, command: Command) -> Result<VersionState, Refusal> {
    use VersionState as S;
    match (state, command) {
        (S::Open | S::Uploaded, Command::Put) => Ok(S::Uploaded),
        (S::Uploaded, Command::Finalise) => Ok(S::Processing),
        (S::Processing, Command::Complete) => Ok(S::Ready),
        (S::Processing, Command::Reject) => Ok(S::Rejected),
        (S::Open, Command::Finalise) => Err(Code::StateForbids
            .because("올린 파일이 없습니다.", "No file has been uploaded.")
            .cure("먼저 PUT으로 파일을 올려 주세요.", "PUT the content first.")),
        (S::Processing | S::Ready | S::Rejected, Command::Put | Command::Finalise) => {
            Err(Code::VersionImmutable
                .because(
                    "확정된 버전은 바꿀 수 없습니다.",
                    "A version that was finalised cannot change.",
                )
                .rule("R-095")
                .cure("새 버전을 만들어 주세요.", "Make a new version."))
        }
        (state, command) => Err(Code::StateForbids.because(
            format!("`{state}` 상태에서는 할 수 없습니다."),
            format!("`{command:?}` is not possible in state `{state}`."),
        )),
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use schema::api::catalog::VersionState;

    use super::{Command, file_name, next};

    #[test]
    fn file_names_are_one_path_segment() {
        for good in ["press.csv", "SCALE불량.csv", "a b.parquet", "..hidden", "x"] {
            assert!(file_name(good).is_ok(), "{good}");
        }
        let long = "x".repeat(256);
        for bad in ["", " ", "../etc/passwd", "a/b", "a\\b", "..", ".", "a\nb", "a\0", "a.", &long]
        {
            assert!(file_name(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn r_174_only_what_was_left_to_a_reviewer_can_be_cleared() {
        assert!(super::clear(Some("REVIEW")).is_ok());
        for other in [None, Some("PASS"), Some("BLOCK"), Some(super::CLEARED)] {
            assert!(super::clear(other).is_err(), "{other:?}");
        }
    }

    #[test]
    fn state_and_command_matrix() {
        let mut matrix = String::new();
        for state in VersionState::ALL {
            for command in [Command::Put, Command::Finalise, Command::Complete, Command::Reject] {
                let then = match next(*state, command) {
                    Ok(state) => state.to_string(),
                    Err(refusal) => format!("! {}", refusal.code.slug()),
                };
                let (state, command) = (state.as_str(), format!("{command:?}"));
                let _ = writeln!(matrix, "{state:<10} {command:<8} {then}");
            }
        }
        let expected = "\
open       Put      uploaded
open       Finalise ! state-forbids
open       Complete ! state-forbids
open       Reject   ! state-forbids
uploaded   Put      uploaded
uploaded   Finalise processing
uploaded   Complete ! state-forbids
uploaded   Reject   ! state-forbids
processing Put      ! version-immutable
processing Finalise ! version-immutable
processing Complete ready
processing Reject   rejected
ready      Put      ! version-immutable
ready      Finalise ! version-immutable
ready      Complete ! state-forbids
ready      Reject   ! state-forbids
rejected   Put      ! version-immutable
rejected   Finalise ! version-immutable
rejected   Complete ! state-forbids
rejected   Reject   ! state-forbids
";
        assert_eq!(matrix, expected);
    }
}
