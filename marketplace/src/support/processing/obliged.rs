//! The processor's duty to certify that its copies are gone, once its access has ended.

use schema::api::obligations::ObligationKind;
use schema::api::support::ProcessingState;
use schema::id::AuditId;
use schema::lang::Text;
use schema::notice::Notice;
use schema::time::Instant;

use super::rules::Command;
use super::store::Row;
use crate::db::Db;
use crate::error::AppResult;
use crate::obligations::NewObligation;
use crate::obligations::service::{self as duties, Stamp};

const KIND: ObligationKind = ObligationKind::DeletionCertificate;

/// Opens or ends the duty after `command` to a job that was as `before`.
pub(super) fn follow_in(
    db: &mut Db,
    command: Command,
    before: &Row,
    (audit, now): (AuditId, Instant),
) -> AppResult<()> {
    let stamp = Stamp { seed: audit, who: None, now };
    match command {
        Command::Approve => open_in(db, before, "", &stamp),
        // A processor that never began has read nothing.
        Command::Replace | Command::Abort if has_read(before.state) => {
            let processor = before.processor_org_id.map(|org| org.to_string()).unwrap_or_default();
            open_in(db, before, &processor, &stamp)
        }
        Command::Close => {
            let how = Text::new("삭제 확인서를 제출했습니다.", "The certificate was handed in.");
            duties::discharge_in(db, KIND, before.id.as_str(), &how, &stamp)?;
            Ok(())
        }
        _ => Ok(()),
    }
}

fn has_read(state: ProcessingState) -> bool {
    use ProcessingState as S;
    matches!(state, S::InProgress | S::Submitted | S::Rework | S::Verified | S::Accepted)
}

fn open_in(db: &mut Db, row: &Row, once: &str, stamp: &Stamp<'_>) -> AppResult<()> {
    let Some(processor) = row.processor_org_id else { return Ok(()) };
    let days = Notice::embedded().map_err(anyhow::Error::from)?.parameters.corrective_days;
    let new = NewObligation {
        kind: KIND,
        org: processor,
        subject: row.id.as_str(),
        agreement: row.agreement_id,
        due_on: duties::due_in_days(stamp.now.seoul_day(), days.into())?,
        rule: "R-075",
        blocks_payment: true,
        once,
    };
    duties::open_in(db, &new, stamp)?;
    Ok(())
}
