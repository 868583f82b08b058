//! The signature of an agreement. It stands here and not with agreements, because the last signature
//! of a purchase agreement issues its voucher, and a feature may use only those before it.

use schema::api::programme::{Agreement, AgreementState, SignAgreement};
use schema::id::{AgreementId, AuditId, TransferId, VoucherId};
use schema::notice::ProgrammeCode;

use super::service::{Stamp, issue_in};
use crate::app::App;
use crate::auth::Principal;
use crate::error::AppResult;
use crate::idempotency::{Once, Ticket, once_in};
use crate::programme::service::{SigningStamp, agreement_in, sign_in};

/// Signs an agreement for the caller's organisation; the agency's signature is the last, and issues
/// the voucher of a purchase agreement.
pub async fn agreement_sign(
    app: &App,
    who: Principal,
    ticket: Ticket,
    id: AgreementId,
    signature: SignAgreement,
) -> AppResult<Once<Agreement>> {
    let now = app.clock.now();
    let voucher: VoucherId = app.clock.fresh();
    let transfers: [TransferId; 2] = [app.clock.fresh(), app.clock.fresh()];
    let audits: [AuditId; 2] = [app.clock.fresh(), app.clock.fresh()];
    app.store
        .write(move |db| {
            once_in(db, &ticket, now, |db| {
                let ([reserve, issue], [signed, issued]) = (transfers, audits);
                let stamp = SigningStamp { transfer: reserve, audit: signed, now };
                let agreement = sign_in(db, &who, id, &signature.terms_hash, stamp)?;
                let buys = agreement.programme == ProgrammeCode::PURCHASE;
                if !buys || agreement.state != AgreementState::Active {
                    return Ok(agreement);
                }
                let stamp = Stamp { transfer: issue, audit: issued, who: Some(&who), now };
                issue_in(db, &agreement, voucher, &stamp)?;
                agreement_in(db, id)
            })
        })
        .await
}
