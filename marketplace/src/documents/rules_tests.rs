//! Papers: their dates, their class, and who says that they are in order.

use schema::api::documents::{Document, NewDocument, PaperVerdict, Verification};
use schema::code::Code;
use schema::id::{DocumentId, OrgId, UserId};
use schema::notice::SizeClass;
use schema::papers::{PaperKind, PaperState};
use schema::time::{Day, Instant};

use super::{new, required, verify};

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn paper(kind: PaperKind, expires_on: Option<&str>) -> Document {
    let nil = uuid::Uuid::from_u128(1);
    Document {
        id: DocumentId::from_uuid(nil),
        kind,
        org: OrgId::from_uuid(nil),
        uploaded_by: UserId::from_uuid(nil),
        file_name: "a.pdf".to_owned(),
        media_type: "application/pdf".to_owned(),
        bytes: 1,
        sha256: "0".repeat(64),
        issuer: None,
        issued_on: None,
        expires_on: expires_on.map(day),
        size_class: None,
        subject: None,
        state: PaperState::Received,
        reason: None,
        verified_by: None,
        verified_at: None,
        created_at: Instant::MIN,
    }
}

fn said(kind: PaperKind) -> NewDocument {
    NewDocument {
        kind,
        file_name: "증명.pdf".to_owned(),
        org: None,
        issuer: None,
        issued_on: None,
        expires_on: None,
        size_class: None,
        subject: None,
    }
}

#[test]
fn r_004_a_tax_certificate_must_be_valid_on_the_day_of_the_check() {
    for (last, on, refusal) in [
        ("2024-06-10", "2024-06-10", None),
        ("2024-06-09", "2024-06-10", Some(Code::TaxCertExpired)),
        ("2024-06-09", "2024-06-09", None),
    ] {
        for kind in [PaperKind::TaxNational, PaperKind::TaxLocal] {
            let found = required(kind, Some(paper(kind, Some(last))), day(on));
            assert_eq!(found.err().map(|refused| refused.code), refusal, "{kind} {last} {on}");
        }
    }
    let refused = required(PaperKind::TaxLocal, None, day("2024-06-10")).unwrap_err();
    assert_eq!((refused.code, refused.rule), (Code::DocumentMissing, Some("R-004")));
    let refused = required(
        PaperKind::SizeCert,
        Some(paper(PaperKind::SizeCert, Some("2024-01-01"))),
        day("2024-06-10"),
    );
    assert_eq!(refused.unwrap_err().code, Code::DocumentExpired);
}

#[test]
fn certificates_say_their_last_day_and_their_class() {
    let today = day("2024-06-10");
    let check = |new_paper: &NewDocument| {
        new(new_paper, "application/pdf", today).err().and_then(|refused| refused.field)
    };
    let mut tax = said(PaperKind::TaxNational);
    assert_eq!(check(&tax).as_deref(), Some("expires_on"));
    tax.expires_on = Some(day("2024-07-01"));
    assert_eq!(check(&tax), None);
    tax.issued_on = Some(day("2024-06-11"));
    assert_eq!(check(&tax).as_deref(), Some("issued_on"));
    tax.issued_on = Some(today);
    tax.expires_on = Some(day("2024-06-09"));
    assert_eq!(check(&tax).as_deref(), Some("expires_on"));

    for (kind, class, wrong) in [
        (PaperKind::SizeCert, None, true),
        (PaperKind::SizeCert, Some(SizeClass::Sme), false),
        (PaperKind::SizeCert, Some(SizeClass::Midsized), false),
        (PaperKind::SizeCert, Some(SizeClass::Nonprofit), true),
        (PaperKind::NonprofitCert, Some(SizeClass::Nonprofit), false),
        (PaperKind::NonprofitCert, Some(SizeClass::Sme), true),
        (PaperKind::BizReg, Some(SizeClass::Sme), true),
        (PaperKind::BizReg, None, false),
    ] {
        let mut paper = said(kind);
        paper.size_class = class;
        paper.expires_on = Some(day("2025-06-10"));
        assert_eq!(check(&paper).is_some(), wrong, "{kind} {class:?}");
    }
    let mut paper = said(PaperKind::BizReg);
    paper.subject = Some("x".to_owned());
    assert_eq!(check(&paper).as_deref(), Some("subject"));
    assert!(new(&said(PaperKind::BizReg), "pdf", today).is_err());
}

#[test]
fn state_and_verdict_matrix() {
    let word =
        |verdict, reason: Option<&str>| Verification { verdict, reason: reason.map(str::to_owned) };
    for state in PaperState::ALL {
        for verdict in PaperVerdict::ALL {
            let next = verify(PaperKind::BizReg, *state, &word(*verdict, Some("확인")));
            let open = *state == PaperState::Received;
            assert_eq!(next.is_ok(), open, "{state} {verdict}");
            if let Ok(next) = next {
                assert_eq!(next.as_str(), verdict.as_str());
            }
        }
    }
    let silent = |kind, verdict| verify(kind, PaperState::Received, &word(verdict, None)).is_err();
    assert!(silent(PaperKind::BizReg, PaperVerdict::Rejected));
    assert!(!silent(PaperKind::BizReg, PaperVerdict::Verified));
    assert!(silent(PaperKind::ExceptionDoc, PaperVerdict::Verified), "R-006: never automatic");
}
