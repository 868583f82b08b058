//! The payment gate.

use schema::api::settlement::{NewPayment, PaymentState, SettlementState};
use schema::api::trade::{Contract, ContractState};
use schema::code::Code;
use schema::id::UserId;
use schema::money::Won;
use schema::problem::Refusal;
use schema::time::{Day, Period};

/// Characters of an approval number of an electronic tax invoice.
const INVOICE_CHARS: usize = 24;

/// The approval number as it is kept: upper case, without hyphens, so that one invoice has one text.
pub(super) fn invoice_no(text: &str) -> Result<String, Refusal> {
    let kept: String = text.trim().chars().filter(|c| *c != '-').take(INVOICE_CHARS + 1).collect();
    if kept.len() == INVOICE_CHARS && kept.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Ok(kept.to_ascii_uppercase());
    }
    Err(Code::InvalidField
        .because(
            "전자세금계산서 승인번호는 영문과 숫자 24자입니다.",
            "The approval number of an electronic tax invoice has 24 letters or digits.",
        )
        .rule("R-062")
        .field("invoice_no"))
}

/// A SHA-256 as it is kept: 64 lower-case hexadecimal digits.
pub(super) fn sha256(text: &str) -> Result<String, Refusal> {
    if text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(text.to_ascii_lowercase());
    }
    Err(Code::InvalidField
        .because("SHA-256은 16진수 64자입니다.", "A SHA-256 has 64 hexadecimal digits.")
        .field("transfer_proof_sha256"))
}

/// Compares the evidence with the contract. `committed` is the support that the voucher has
/// committed for it, if it has; `period` is that of the agreement.
pub(super) fn approve(
    contract: &Contract,
    committed: Option<Won>,
    period: &Period,
    evidence: &NewPayment,
    today: Day,
) -> Result<Won, Refusal> {
    if contract.state != ContractState::Accepted || contract.accepted_at.is_none() {
        return Err(missing(
            "accepted",
            "수요기업이 데이터를 인수하지 않았습니다.",
            "The buyer has not accepted the delivery.",
        ));
    }
    dated(evidence.invoice_date, period, today)?;
    equal(
        "invoice_supply",
        contract.supply,
        evidence.invoice_supply,
        "세금계산서의 공급가액이 계약과 다릅니다.",
        "The supply value on the invoice is not the contract's.",
    )?;
    if contract.funded_at.is_none() || evidence.transferred < contract.company_share {
        return Err(missing(
            "transferred",
            "기업부담금이 모두 지급되지 않았습니다.",
            "The company share has not been paid in full.",
        )
        .with("due", contract.own_payment.get())
        .with("found", evidence.transferred.get()));
    }
    equal(
        "transferred",
        contract.own_payment,
        evidence.transferred,
        "이체확인증의 금액이 자부담금과 다릅니다.",
        "The amount on the bank's proof is not the buyer's own payment.",
    )?;
    let proof = contract.proof_sha256.as_deref().unwrap_or_default();
    if !proof.eq_ignore_ascii_case(&evidence.transfer_proof_sha256) {
        return Err(missing(
            "transfer_proof_sha256",
            "수요기업이 낸 이체확인증과 다른 문서입니다.",
            "It is not the proof that the buyer handed in.",
        ));
    }
    match committed {
        Some(support) if support == contract.support && support > Won::ZERO => Ok(support),
        _ => Err(Code::StateForbids
            .because(
                "이 계약에 지급할 지원금이 확정되어 있지 않습니다.",
                "No support is committed for this contract.",
            )
            .rule("R-062")),
    }
}

/// the invoice is dated inside the period of the agreement, and not in the future.
fn dated(date: Day, period: &Period, today: Day) -> Result<(), Refusal> {
    if date > period.end() {
        let end = period.end();
        return Err(Code::PeriodOver
            .because(
                format!("세금계산서 작성일이 협약 종료일({end}) 뒤입니다."),
                format!("The invoice is dated after the agreement ended on {end}."),
            )
            .rule("R-200")
            .field("invoice_date")
            .with("ended", end.to_string()));
    }
    if date >= period.opens() && date <= today {
        return Ok(());
    }
    Err(missing(
        "invoice_date",
        "세금계산서 작성일이 협약일부터 오늘까지가 아닙니다.",
        "The invoice is not dated between the agreement and today.",
    )
    .rule("R-200"))
}

fn equal(field: &str, due: Won, found: Won, ko: &str, en: &str) -> Result<(), Refusal> {
    if due == found {
        return Ok(());
    }
    Err(missing(field, ko, en).with("due", due.get()).with("found", found.get()))
}

fn missing(field: &str, ko: &str, en: &str) -> Refusal {
    Code::EvidenceMissing.because(ko, en).rule("R-062").field(field)
}

/// Whether `payer` may pay what `approver` approved.
pub(super) fn pay(state: PaymentState, approver: UserId, payer: UserId) -> Result<(), Refusal> {
    if state != PaymentState::Approved {
        return Err(Code::StateForbids
            .because("이미 지급되었습니다.", "It has been paid already.")
            .rule("R-062")
            .with("state", state.as_str()));
    }
    apart(approver, payer)
}

/// Whether purchases may still be paid: until their settlement is approved, which counts what was
/// paid.
pub(super) fn countable(settlement: Option<SettlementState>) -> Result<(), Refusal> {
    use SettlementState as S;
    let Some(state) = settlement else { return Ok(()) };
    let open =
        [S::NotDue, S::Due, S::Late, S::Submitted, S::UnderReview, S::Supplement, S::Assessed];
    if open.contains(&state) {
        return Ok(());
    }
    Err(Code::StateForbids
        .because(
            "정산이 승인되어 더 지급할 수 없습니다.",
            "The settlement is approved; nothing more is paid under it.",
        )
        .rule("R-102")
        .with("settlement", state.as_str()))
}

/// Whether a purchase may still be refunded: until a settlement has taken it into its lines.
pub(super) fn refundable(settlement: Option<SettlementState>) -> bool {
    use SettlementState as S;
    settlement.is_none_or(|state| matches!(state, S::NotDue | S::Due | S::Late | S::Supplement))
}

/// Nobody moves money that they approved.
pub(super) fn apart(approver: UserId, payer: UserId) -> Result<(), Refusal> {
    if approver != payer {
        return Ok(());
    }
    Err(Code::DutiesSeparated
        .because("승인한 사람은 지급할 수 없습니다.", "The person who approved it may not pay it.")
        .rule("R-062")
        .cure(
            "전문기관의 다른 담당자가 지급해야 합니다.",
            "Another person of the agency must pay.",
        ))
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
