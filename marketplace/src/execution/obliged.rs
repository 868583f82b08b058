//! The dated duties of an agreement as it is worked: a report discharges its duty, and an end before
//! completion lets the others fall away.

use schema::api::execution::Ending;
use schema::api::obligations::ObligationKind;
use schema::id::AgreementId;
use schema::lang::Text;

use super::rules::Command;
use crate::db::Db;
use crate::error::AppResult;
use crate::ledger::Turn;
use crate::obligations::{self, service as duties};

/// What the command does to the duties of the agreement.
pub(super) fn follow_in(
    db: &mut Db,
    id: AgreementId,
    order: Command,
    ending: Option<Ending>,
    turn: &mut Turn<'_>,
) -> AppResult<()> {
    use ObligationKind as K;
    let reports = [K::CompletionReport, K::UtilisationReport];
    let stamp = obligations::Stamp { seed: turn.id()?, who: None, now: turn.now };
    if order == Command::Report {
        let how = Text::new("완료 보고가 제출되었습니다.", "Completion was reported.");
        for kind in reports {
            duties::discharge_in(db, kind, id.as_str(), &how, &stamp)?;
        }
    }
    if ending.is_some_and(|how| how != Ending::Completed) {
        let why =
            Text::new("협약이 완료 없이 끝났습니다.", "The agreement ended before completion.");
        for kind in reports.into_iter().chain([K::ListingPublication]) {
            duties::cancel_in(db, kind, id.as_str(), &why, &stamp)?;
        }
    }
    Ok(())
}
