//! The lines of a report: checked as they come in, taken from the purchases of a voucher, and judged
//! with what is known of their payees.

use std::collections::BTreeSet;

use schema::api::programme::Agreement;
use schema::api::settlement::{CostSource, NewSettlementLine, PaidBy, PaymentState};
use schema::api::vouchers::UseState;
use schema::code::Code;
use schema::id::{ContractId, VoucherId};
use schema::money::Won;
use schema::problem::Refusal;

use super::super::{rules as gate, service as payments};
use super::store::LineRow;
use crate::db::Db;
use crate::error::AppResult;
use crate::parties::affiliation::same_group;
use crate::parties::lookup::organisation_by_no_in;
use crate::parties::rules::length;
use crate::parties::service::organisation_in;
use crate::{trade, vouchers};

/// Lines of a report at most.
const LINES_MAX: usize = 500;
/// Documents of a line at most.
const DOCUMENTS_MAX: usize = 20;

/// Checks reported lines and writes their invoice numbers in one way.
pub(super) fn checked(mut lines: Vec<NewSettlementLine>) -> AppResult<Vec<NewSettlementLine>> {
    if lines.is_empty() || lines.len() > LINES_MAX {
        return Err(invalid(
            "lines",
            "정산 항목은 1~500개입니다.",
            "A settlement report has 1 to 500 lines.",
        )
        .into());
    }
    let mut invoices = BTreeSet::new();
    for line in &mut lines {
        length("lines.name", &line.name, 200)?;
        if let Some(name) = &line.payee_name {
            length("lines.payee_name", name, 200)?;
        }
        if line.spent == Won::ZERO {
            return Err(invalid(
                "lines.spent",
                "1원 이상이어야 합니다.",
                "It must be at least one won.",
            )
            .rule("R-056")
            .into());
        }
        if (line.source == CostSource::InKind) != (line.method == PaidBy::InKind) {
            return Err(invalid(
                "lines.method",
                "현물은 재원과 집행 방법이 모두 현물이어야 합니다.",
                "What is given in kind is in kind by source and by method.",
            )
            .rule("R-055")
            .into());
        }
        documents(&mut line.documents)?;
        if let Some(no) = &line.invoice_no {
            let no = gate::invoice_no(no)?;
            if !invoices.insert((no.clone(), line.source)) {
                return Err(duplicate(&no).into());
            }
            line.invoice_no = Some(no);
        }
    }
    Ok(lines)
}

fn documents(documents: &mut [String]) -> AppResult<()> {
    if documents.len() > DOCUMENTS_MAX {
        return Err(invalid(
            "lines.documents",
            "증빙은 항목마다 20개까지입니다.",
            "A line has at most 20 documents.",
        )
        .into());
    }
    for hash in documents {
        *hash = gate::sha256(hash).map_err(|refusal| refusal.field("lines.documents"))?;
    }
    Ok(())
}

fn invalid(field: &str, ko: &str, en: &str) -> Refusal {
    Code::InvalidField.because(ko, en).rule("R-102").field(field)
}

/// One invoice may be shared by the sources that paid it, but counts once for each.
fn duplicate(no: &str) -> Refusal {
    Code::InvoiceDuplicate
        .because(
            "같은 재원에 같은 세금계산서가 두 번 적혀 있습니다.",
            "One invoice stands twice for one source.",
        )
        .rule("R-200")
        .field("lines.invoice_no")
        .with("invoice_no", no)
}

/// The report of a purchase agreement: every paid purchase, less what its seller refunded, by who
/// paid it. The invoice is that of the payment, which was examined then.
pub(super) fn purchased_in(
    db: &mut Db,
    voucher: VoucherId,
) -> AppResult<Vec<(NewSettlementLine, ContractId)>> {
    let mut lines = Vec::new();
    for used in vouchers::service::voucher_in(db, voucher)?.uses {
        if used.state != UseState::Paid {
            continue;
        }
        let contract = trade::service::contract_in(db, used.contract)?;
        let Some(payment) = payments::payment_of_in(db, used.contract)? else { continue };
        if payment.state != PaymentState::Paid {
            continue;
        }
        let seller = organisation_in(db, contract.seller)?;
        let public = used.support.saturating_sub(used.refunded);
        let own_refunded = used.refunded_supply.saturating_sub(used.refunded);
        let own = used.company_share.saturating_sub(own_refunded);
        let spent_on = contract.accepted_at.unwrap_or(contract.ordered_at).seoul_day();
        for (source, planned, spent) in [
            (CostSource::Government, used.support, public),
            (CostSource::Cash, used.company_share, own),
        ] {
            if spent == Won::ZERO {
                continue;
            }
            let line = NewSettlementLine {
                source,
                name: contract.title.ko.chars().take(200).collect(),
                planned,
                spent,
                vat: Won::ZERO,
                method: PaidBy::Transfer,
                invoice_no: Some(payment.invoice_no.clone()),
                invoice_date: Some(payment.invoice_date),
                payee_no: Some(seller.business_no),
                payee_name: Some(seller.name.clone()),
                spent_on,
                documents: vec![payment.transfer_proof_sha256.clone()],
            };
            lines.push((line, used.contract));
        }
    }
    Ok(lines)
}

/// Whether the payee of each line belongs to the recipient's group. A payee that is
/// not on this exchange is known by its number alone.
pub(super) fn affiliated_in(
    db: &mut Db,
    agreement: &Agreement,
    lines: &[LineRow],
) -> AppResult<Vec<bool>> {
    let recipient = organisation_in(db, agreement.recipient)?;
    let mut found = Vec::with_capacity(lines.len());
    for line in lines {
        let payee = match &line.payee_no {
            Some(no) => organisation_by_no_in(db, no)?,
            None => None,
        };
        found.push(payee.is_some_and(|payee| same_group(&recipient, &payee)));
    }
    Ok(found)
}
