//! States of a listing and what may be done in each.

use schema::api::trade::ListingState;
use schema::code::Code;
use schema::id::OrgId;
use schema::problem::Refusal;

/// What is done to a listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Command {
    /// The provider changes its draft.
    Edit,
    /// The provider asks for a review.
    Submit,
    /// The operator lets it be published.
    Approve,
    /// The operator sends it back.
    Return,
    /// The provider puts it on sale.
    Publish,
    /// The operator takes it off sale for a while.
    Suspend,
    /// The operator puts it on sale again.
    Reinstate,
    /// The provider takes it off sale.
    Delist,
    /// The agency removes it by force.
    Remove,
    /// The listing of a later version takes its place.
    Supersede,
}

impl Command {
    /// Name in the audit trail and in refusals.
    pub(super) const fn action(self) -> &'static str {
        match self {
            Self::Edit => "listing.edit",
            Self::Submit => "listing.submit",
            Self::Approve => "listing.approve",
            Self::Return => "listing.return",
            Self::Publish => "listing.publish",
            Self::Suspend => "listing.suspend",
            Self::Reinstate => "listing.reinstate",
            Self::Delist => "listing.delist",
            Self::Remove => "listing.remove",
            Self::Supersede => "listing.supersede",
        }
    }
}

/// The state after `command`, or why it is refused. Guards that need more than the state (gate,
/// duty, separation of duties) stand beside this function, not in it.
pub(super) fn next(state: ListingState, command: Command) -> Result<ListingState, Refusal> {
    use Command as C;
    use ListingState as S;
    match (state, command) {
        (S::Draft | S::Returned, C::Edit) => Ok(S::Draft),
        (S::Draft | S::Returned, C::Submit) => Ok(S::InReview),
        (S::InReview, C::Approve) => Ok(S::Approved),
        (S::InReview | S::Approved, C::Return) => Ok(S::Returned),
        (S::Approved, C::Publish) => Ok(S::Listed),
        (S::Listed, C::Suspend) => Ok(S::Suspended),
        (S::Suspended, C::Reinstate) => Ok(S::Listed),
        (S::Listed, C::Delist) => Ok(S::Delisted),
        (S::Listed | S::Suspended | S::Delisted | S::Superseded, C::Remove) => Ok(S::Removed),
        (S::Listed, C::Supersede) => Ok(S::Superseded),
        (S::Listed | S::Suspended | S::Delisted | S::Removed | S::Superseded, C::Edit) => {
            Err(refused(state, command).rule("R-095").cure(
                "가격이나 조건을 바꾸려면 새 상품을 등록하세요.",
                "Make a new listing to change price or terms.",
            ))
        }
        _ => Err(refused(state, command)),
    }
}

fn refused(state: ListingState, command: Command) -> Refusal {
    Code::StateForbids
        .because(
            format!("`{state}` 상태에서는 `{}`를 할 수 없습니다.", command.action()),
            format!("`{}` is not possible in the state `{state}`.", command.action()),
        )
        .with("state", state.as_str())
        .with("command", command.action())
}

/// The reviewer's organisation is none of the authors' (separation of duties).
pub(super) fn reviewer_is_apart(reviewer: OrgId, authors: &[OrgId]) -> Result<(), Refusal> {
    if authors.contains(&reviewer) {
        return Err(Code::DutiesSeparated
            .because(
                "상품을 만든 기관은 그 상품을 심사할 수 없습니다.",
                "The organisation that made a product may not review it.",
            )
            .cure("다른 기관의 심사자에게 맡겨 주세요.", "Let another organisation review it."));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use schema::api::trade::ListingState;
    use schema::id::OrgId;

    use super::{Command, next, reviewer_is_apart};

    const COMMANDS: &[Command] = &[
        Command::Edit,
        Command::Submit,
        Command::Approve,
        Command::Return,
        Command::Publish,
        Command::Suspend,
        Command::Reinstate,
        Command::Delist,
        Command::Remove,
        Command::Supersede,
    ];

    /// The whole machine: a change of behaviour is a change of this table.
    #[test]
    fn state_command_matrix() {
        let mut table = String::new();
        for state in ListingState::ALL {
            write!(table, "{state}:").unwrap();
            for command in COMMANDS {
                if let Ok(to) = next(*state, *command) {
                    let name = command.action().trim_start_matches("listing.");
                    write!(table, " {name}={to}").unwrap();
                }
            }
            table.push('\n');
        }
        assert_eq!(
            table,
            "\
draft: edit=draft submit=in_review
in_review: approve=approved return=returned
returned: edit=draft submit=in_review
approved: return=returned publish=listed
listed: suspend=suspended delist=delisted remove=removed supersede=superseded
suspended: reinstate=listed remove=removed
delisted: remove=removed
removed:
superseded: remove=removed
"
        );
    }

    #[test]
    fn r_095_what_is_published_is_not_edited() {
        let refused = next(ListingState::Listed, Command::Edit).unwrap_err();
        assert_eq!((refused.code.slug(), refused.rule), ("state-forbids", Some("R-095")));
        assert_eq!(refused.figures["state"], "listed");
    }

    #[test]
    fn a_reviewer_is_of_another_organisation() {
        let org = |n| OrgId::from_uuid(uuid::Uuid::from_u128(n));
        assert!(reviewer_is_apart(org(1), &[org(2), org(3)]).is_ok());
        let refused = reviewer_is_apart(org(3), &[org(2), org(3)]).unwrap_err();
        assert_eq!(refused.code.slug(), "duties-separated");
    }
}
