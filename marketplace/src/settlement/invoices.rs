//! The register of tax invoices: one invoice counts under one agreement only, whoever shows it and
//! where.

use diesel::prelude::*;
use schema::code::Code;
use schema::id::AgreementId;
use schema::time::Instant;

use crate::db::Db;
use crate::db::schema::invoices;
use crate::error::AppResult;

/// Whether an invoice was shown before.
pub(super) fn seen_in(db: &mut Db, invoice_no: &str) -> AppResult<bool> {
    Ok(shown(db, invoice_no)?.is_some())
}

fn shown(db: &mut Db, invoice_no: &str) -> AppResult<Option<AgreementId>> {
    Ok(invoices::table
        .filter(invoices::invoice_no.eq(invoice_no.to_owned()))
        .select(invoices::agreement_id)
        .first(db)
        .optional()?)
}

/// Registers an invoice that was not shown before.
pub(super) fn first_in(
    db: &mut Db,
    invoice_no: &str,
    agreement: AgreementId,
    object: &str,
    now: Instant,
) -> AppResult<()> {
    diesel::insert_into(invoices::table)
        .values((
            invoices::invoice_no.eq(invoice_no.to_owned()),
            invoices::agreement_id.eq(agreement),
            invoices::object.eq(object.to_owned()),
            invoices::seen_at.eq(now.as_micros()),
        ))
        .execute(db)?;
    Ok(())
}

/// Registers an invoice for an agreement, or refuses it when it counts under another (`E_DUP_INVOICE`).
/// The same agreement may show it again: its payment and its settlement tell of the same purchase.
pub(super) fn claim_in(
    db: &mut Db,
    invoice_no: &str,
    agreement: AgreementId,
    object: &str,
    now: Instant,
) -> AppResult<()> {
    match shown(db, invoice_no)? {
        None => first_in(db, invoice_no, agreement, object, now),
        Some(other) if other == agreement => Ok(()),
        Some(_) => Err(Code::InvoiceDuplicate
            .because(
                "다른 협약에서 이미 쓰인 세금계산서 승인번호입니다.",
                "This approval number counts under another agreement already.",
            )
            .rule("R-200")
            .field("lines.invoice_no")
            .with("invoice_no", invoice_no)
            .into()),
    }
}
