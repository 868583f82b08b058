//! What a paper must say, and what may become of it.

use schema::api::documents::{Document, NewDocument, PaperVerdict, Verification};
use schema::code::Code;
use schema::notice::SizeClass;
use schema::papers::{PaperKind, PaperState};
use schema::problem::Refusal;
use schema::time::Day;
use schema::typed::{file_name, length};

use crate::limits;

/// Checks what is said of a new paper.
pub fn new(new: &NewDocument, media_type: &str, today: Day) -> Result<(), Refusal> {
    file_name(&new.file_name, limits::FILE_NAME_BYTES_MAX)?;
    let typed = media_type.len() <= 100
        && media_type.contains('/')
        && media_type.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
    if !typed {
        return Err(Code::MediaTypeUnsupported.because(
            "Content-Type은 application/pdf와 같은 형식이어야 합니다.",
            "Content-Type must be a media type such as application/pdf.",
        ));
    }
    if let Some(issuer) = &new.issuer {
        length("issuer", issuer, 200)?;
    }
    if let Some(subject) = &new.subject
        && (subject.len() != 30 || !subject.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'))
    {
        return Err(field("subject", "대상의 식별자가 아닙니다.", "It is not an id of an object."));
    }
    dates(new, today)?;
    class(new)
}

/// A certificate must say until when it is good, and no paper is issued in the future.
fn dates(new: &NewDocument, today: Day) -> Result<(), Refusal> {
    if new.kind.has_a_term() && new.expires_on.is_none() {
        return Err(field(
            "expires_on",
            "유효기간이 있는 서류입니다. 만료일을 보내 주세요.",
            "This paper is good for a term; say its last day.",
        )
        .rule("R-004"));
    }
    if new.issued_on.is_some_and(|day| day > today) {
        return Err(field(
            "issued_on",
            "발급일이 오늘보다 늦습니다.",
            "It was issued in the future.",
        ));
    }
    match (new.issued_on, new.expires_on) {
        (Some(issued), Some(last)) if last < issued => Err(field(
            "expires_on",
            "만료일이 발급일보다 이릅니다.",
            "It ends before it was issued.",
        )),
        _ => Ok(()),
    }
}

/// a certificate of size says which class; other papers say none.
fn class(new: &NewDocument) -> Result<(), Refusal> {
    let fits = match new.kind {
        PaperKind::SizeCert => {
            matches!(new.size_class, Some(SizeClass::Sme | SizeClass::Midsized | SizeClass::Large))
        }
        PaperKind::NonprofitCert => new.size_class == Some(SizeClass::Nonprofit),
        _ => new.size_class.is_none(),
    };
    if fits {
        return Ok(());
    }
    Err(field(
        "size_class",
        "기업 규모는 확인서(SIZE_CERT, NONPROFIT_CERT)에만, 그 내용대로 적습니다.",
        "A class stands on certificates only (SIZE_CERT, NONPROFIT_CERT), as they certify it.",
    )
    .rule("R-010"))
}

fn field(name: &str, ko: &str, en: &str) -> Refusal {
    Code::InvalidField.because(ko, en).field(name)
}

/// The state after a reviewer's word on a paper.
pub fn verify(
    kind: PaperKind,
    state: PaperState,
    word: &Verification,
) -> Result<PaperState, Refusal> {
    if let Some(reason) = &word.reason {
        length("reason", reason, 500)?;
    }
    // an exception is a decision of a person, who says why.
    let wanted = word.verdict == PaperVerdict::Rejected || kind == PaperKind::ExceptionDoc;
    if wanted && word.reason.is_none() {
        return Err(field("reason", "사유를 적어 주세요.", "Say why.")
            .rule(if kind == PaperKind::ExceptionDoc { "R-006" } else { "R-200" }));
    }
    if state != PaperState::Received {
        return Err(Code::StateForbids
            .because(
                format!("이미 확인이 끝난 서류입니다: {state}"),
                format!("The paper is {state} already."),
            )
            .cure("새 서류를 올려 주세요.", "Send a new paper.")
            .with("state", state.as_str()));
    }
    Ok(match word.verdict {
        PaperVerdict::Verified => PaperState::Verified,
        PaperVerdict::Rejected => PaperState::Rejected,
    })
}

/// The newest paper of a kind if it is good on `on`, or what is wrong with it.
pub fn required(kind: PaperKind, newest: Option<Document>, on: Day) -> Result<Document, Refusal> {
    let name = kind.name();
    let Some(paper) = newest else {
        return Err(Code::DocumentMissing
            .because(format!("서류가 없습니다: {}", name.ko), format!("There is no {}.", name.en))
            .rule(rule_of(kind))
            .cure(
                format!("`{kind}` 서류를 POST /v1/documents로 올려 주세요."),
                format!("Send a paper of kind {kind} to POST /v1/documents."),
            )
            .with("kind", kind.as_str()));
    };
    if paper.is_good_on(on) {
        return Ok(paper);
    }
    let code = match kind {
        PaperKind::TaxNational | PaperKind::TaxLocal => Code::TaxCertExpired,
        _ => Code::DocumentExpired,
    };
    let last = paper.expires_on.map(|day| day.to_string()).unwrap_or_default();
    Err(code
        .because(
            format!("{}의 유효기간이 {last}에 끝났습니다.", name.ko),
            format!("The {} was good until {last}.", name.en),
        )
        .rule(rule_of(kind))
        .cure("새로 발급받아 올려 주세요.", "Send one that was issued anew.")
        .with("kind", kind.as_str())
        .with("expires_on", last)
        .with("checked_on", on.to_string()))
}

/// The rule that asks for a paper.
fn rule_of(kind: PaperKind) -> &'static str {
    match kind {
        PaperKind::TaxNational | PaperKind::TaxLocal => "R-004",
        PaperKind::SizeCert | PaperKind::NonprofitCert => "R-010",
        PaperKind::NoDuplicatePledge => "R-012",
        PaperKind::PreConsult => "R-029",
        PaperKind::ExceptionDoc => "R-006",
        _ => "R-200",
    }
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
