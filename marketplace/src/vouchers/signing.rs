//! The signature of an agreement. It stands here and not with agreements, because the last signature
//! of a purchase agreement issues its voucher, and a feature may use only those before it. The route
//! is served by applications, because a selection ends with that signature.

use schema::api::programme::{Agreement, AgreementState, SignAgreement};
use schema::id::{AgreementId, AuditId, TransferId, VoucherId};
use schema::notice::ProgrammeCode;
use schema::time::Instant;

use super::service::{Stamp, issue_in};
use crate::app::App;
use crate::auth::Principal;
use crate::db::Db;
use crate::error::AppResult;
use crate::programme::service::{SigningStamp, agreement_in, sign_in};

/// Ids and time of a signature, made before the transaction.
#[derive(Clone, Copy, Debug)]
pub struct SigningIds {
    voucher: VoucherId,
    transfers: [TransferId; 2],
    audits: [AuditId; 2],
    now: Instant,
}

impl SigningIds {
    /// Fresh ones.
    pub fn fresh(app: &App) -> SigningIds {
        SigningIds {
            voucher: app.clock.fresh(),
            transfers: [app.clock.fresh(), app.clock.fresh()],
            audits: [app.clock.fresh(), app.clock.fresh()],
            now: app.clock.now(),
        }
    }
}

/// Signs an agreement for the caller's organisation, inside the caller's transaction; the agency's
/// signature is the last, and issues the voucher of a purchase agreement.
pub fn agreement_sign_in(
    db: &mut Db,
    who: &Principal,
    id: AgreementId,
    signature: &SignAgreement,
    ids: SigningIds,
) -> AppResult<Agreement> {
    let SigningIds { voucher, transfers: [reserve, issue], audits: [signed, issued], now } = ids;
    let stamp = SigningStamp { transfer: reserve, audit: signed, now };
    let agreement = sign_in(db, who, id, &signature.terms_hash, stamp)?;
    let buys = agreement.programme == ProgrammeCode::PURCHASE;
    if !buys || agreement.state != AgreementState::Active {
        return Ok(agreement);
    }
    let stamp = Stamp { transfer: issue, audit: issued, who: Some(who), now };
    issue_in(db, &agreement, voucher, &stamp)?;
    agreement_in(db, id)
}
