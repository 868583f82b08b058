//! What follows from an agreement on its last signature: its dated duties, and the news of it.

use schema::api::obligations::ObligationKind;
use schema::api::outbox::EventKind;
use schema::id::OrgId;
use schema::lang::Text;
use schema::notice::{Notice, ProgrammeCode};
use schema::time::Period;
use serde_json::json;

use super::service::SigningStamp;
use super::store::AgreementRow;
use crate::db::Db;
use crate::error::AppResult;
use crate::obligations::service::due_in_months;
use crate::obligations::{self, NewObligation};
use crate::outbox::{self, Event};

/// Opens the duties of an agreement that has just become active. They are counted from the end of
/// its period: whatever ends it earlier moves them.
pub(super) fn open_in(
    db: &mut Db,
    row: &AgreementRow,
    code: ProgrammeCode,
    period: &Period,
    stamp: SigningStamp,
) -> AppResult<()> {
    use ObligationKind as K;
    let end = period.end();
    let months = Notice::embedded().map_err(anyhow::Error::from)?.parameters.settlement_months;
    let settled_by = due_in_months(end, months.into())?;
    let processing = code == ProgrammeCode::PROCESSING;
    let lists = processing && row.listing_months.is_some_and(|months| months > 0);
    let seed = obligations::Stamp { seed: stamp.audit, who: None, now: stamp.now };
    for (kind, wanted, due_on, rule) in [
        // The product is on sale before the completion check, so inside the period.
        (K::ListingPublication, lists, end, "R-090"),
        (K::CompletionReport, processing, end, "R-100"),
        // Use ends with the period; the report on it may follow until the money is settled.
        (K::UtilisationReport, !processing, settled_by, "R-060"),
        (K::SettlementReport, true, settled_by, "R-101"),
    ] {
        if !wanted {
            continue;
        }
        let new = NewObligation {
            kind,
            org: row.recipient_id,
            subject: row.id.as_str(),
            agreement: Some(row.id),
            due_on,
            rule,
            blocks_payment: true,
            once: "",
        };
        obligations::service::open_in(db, &new, &seed)?;
    }
    tell_in(db, row, period, stamp)
}

fn tell_in(db: &mut Db, row: &AgreementRow, period: &Period, stamp: SigningStamp) -> AppResult<()> {
    let orgs: Vec<OrgId> = std::iter::once(row.recipient_id).chain(row.processor_id).collect();
    let end = period.end();
    let event = Event {
        id: stamp.audit.sibling(),
        kind: EventKind::AgreementActive,
        at: stamp.now,
        subject: row.id.as_str(),
        orgs: &orgs,
        title: Text::new(
            format!("협약이 체결되었습니다: {}", row.title),
            format!("The agreement is signed: {}", row.title),
        ),
        body: Text::new(
            format!("협약기간은 {end}까지입니다. 기한이 있는 의무를 확인하세요."),
            format!("Its period ends on {end}. See which duties are due when."),
        ),
        data: json!({
            "agreement": row.id, "programme": row.programme, "support": row.support,
            "ends_on": end,
        }),
        once: None,
    };
    outbox::publish_in(db, &event)?;
    Ok(())
}
