//! Paying what a settlement owes.

use schema::api::programme::Agreement;
use schema::api::settlement::Settlement;
use schema::code::Code;
use schema::id::SettlementId;
use schema::money::Won;
use schema::notice::ScreenOutcome;
use schema::papers::Stage;
use schema::time::Instant;
use serde_json::json;

use super::super::claims::service::set_off_in;
use super::super::{carry, freeze};
use super::decide::fund_of;
use super::rules::{self, Command};
use super::service::{seen_in, settlement_in, take_in};
use crate::app::App;
use crate::auth::Principal;
use crate::auth::policy::{self, Action};
use crate::db::Db;
use crate::error::AppResult;
use crate::execution::service::{self as execution, Outcome};
use crate::idempotency::{Once, Ticket};
use crate::ledger::{AccountKey, command};
use crate::programme::{lifecycle, service as programme};

/// Pays the recipient what its settlement says. For the agency, and for a third person. What the
/// recipient owes the state is kept back first (L3 32); nothing is paid while a matter is open
/// against it, nor from a closed year without a carry-over.
pub async fn pay(
    app: &App,
    who: Principal,
    ticket: Ticket,
    id: SettlementId,
) -> AppResult<Once<Settlement>> {
    command(app, who, ticket, move |db, who, turn| {
        let mut row = seen_in(db, who, id)?;
        policy::act(who, Action::PaymentPay, &[])?;
        rules::step(row.state, Command::Pay, row.days()?, turn.now)?;
        rules::apart(who.user, &[row.assessed_by, row.approved_by])?;
        let agreement = programme::agreement_in(db, row.agreement_id)?;
        freeze::none_in(db, &[row.org_id])?;
        operating_in(db, &agreement, id.as_str(), turn.now)?;
        let payable = row.payable.unwrap_or(Won::ZERO);
        let fund = fund_of(&agreement)?;
        carry::covered_in(db, agreement.id, fund, payable, turn.now)?;
        let reserved = AccountKey::AgreementReserved(agreement.id);
        let kept = set_off_in(db, row.org_id, reserved, payable, id.as_str(), turn)?;
        let paid = payable.saturating_sub(kept);
        let way = (reserved, AccountKey::Payee(row.org_id));
        turn.post(db, way, paid, "settlement.pay", id.as_str())?;
        row.set_off = kept;
        row.paid_by = Some(who.user);
        row.paid_at = Some(turn.now.as_micros());
        let body = json!({"paid": paid, "set_off": kept});
        take_in(db, &mut row, Command::Pay, None, body, turn)?;
        execution::settled_in(db, agreement.id, Outcome::Even, turn)?;
        settlement_in(db, id)
    })
    .await
}

/// how the recipient stands is looked at before every payment. A firm that is suspended, closed
/// or in default is not paid; its class, its taxes and a ban since then do not take back what was
/// promised.
pub(in crate::settlement) fn operating_in(
    db: &mut Db,
    agreement: &Agreement,
    object: &str,
    now: Instant,
) -> AppResult<()> {
    let seen = lifecycle::look_in(db, agreement, agreement.recipient, Stage::Payment, object, now)?;
    let stopped = seen
        .screening()
        .with(ScreenOutcome::Refuse)
        .find(|finding| finding.rule == "R-003")
        .cloned();
    match stopped {
        None => Ok(()),
        Some(finding) => Err(Code::BusinessNotOperating
            .because(finding.text.ko, finding.text.en)
            .rule("R-003")
            .cure(
                "전문기관은 협약을 중지하고 확인해 주세요.",
                "The agency suspends the agreement and finds out.",
            )
            .into()),
    }
}
