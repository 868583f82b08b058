//! The rules of agreements against the rulebook.

use schema::api::parties::OrgStanding;
use schema::api::programme::SigningParty as Party;
use schema::id::{DocumentId, OrgId};
use schema::notice::{PaperSeen, Standing, screen};
use schema::papers::{PaperKind, PaperState, Stage};
use schema::registry_no::BusinessKind;
use schema::time::Instant;

use super::*;

fn won(amount: i64) -> Won {
    Won::new(amount).unwrap()
}

fn org(id: u128, size_class: SizeClass, ksic: Option<&str>) -> Organisation {
    Organisation {
        id: OrgId::from_uuid(uuid::Uuid::from_u128(id)),
        name: "가나정밀".to_owned(),
        business_no: "124-81-00998".parse().unwrap(),
        corporate_no: None,
        corporate_no_checked: None,
        representative: "김철수".to_owned(),
        size_class,
        ksic: ksic.map(str::to_owned),
        roles: Vec::new(),
        standing: OrgStanding::default(),
        created_at: Instant::MIN,
    }
}

fn plan(total: i64, government: i64, cash: i64, in_kind: i64) -> CostPlan {
    CostPlan {
        total: won(total),
        government: won(government),
        cash: won(cash),
        in_kind: won(in_kind),
        items: Vec::new(),
    }
}

fn p14(plan: CostPlan) -> NewAgreement {
    NewAgreement {
        programme: ProgrammeCode::PROCESSING,
        title: "사출 공정 데이터 상품화".to_owned(),
        recipient: org(1, SizeClass::Sme, None).id,
        processor: Some(org(2, SizeClass::Sme, None).id),
        plan: Some(plan),
        support: None,
        purpose: None,
        review_note: None,
    }
}

fn p15(support: i64, purpose: PurchasePurpose) -> NewAgreement {
    NewAgreement {
        programme: ProgrammeCode::PURCHASE,
        processor: None,
        plan: None,
        support: Some(won(support)),
        purpose: Some(purpose),
        ..p14(plan(0, 0, 0, 0))
    }
}

/// What the rules say of an organisation whose papers are all in order.
fn seen(programme: &Programme, org: &Organisation) -> Screening {
    let notice = Notice::embedded().unwrap();
    let paper = |kind: &PaperKind| PaperSeen {
        document: DocumentId::from_uuid(uuid::Uuid::from_u128(1)),
        kind: *kind,
        state: PaperState::Verified,
        sha256: "0".repeat(64),
        expires_on: None,
        size_class: None,
    };
    let standing = Standing {
        on: "2024-06-10".parse().unwrap(),
        stage: Stage::Agreement,
        class: org.size_class,
        industries: org.ksic.iter().map(|code| code.parse().unwrap()).collect(),
        foreign: org.business_no.hint() == BusinessKind::Foreign,
        status: org.standing.status,
        insolvency: false,
        collects_data: Some(true),
        papers: PaperKind::ALL.iter().map(paper).collect(),
        bans: Vec::new(),
        namesakes: Vec::new(),
        supported: Vec::new(),
    };
    screen(notice, programme, &standing)
}

fn decide(new: &NewAgreement, recipient: &Organisation) -> Result<Promise, Refusal> {
    let notice = Notice::embedded().unwrap();
    let processor = org(2, SizeClass::Sme, Some("62010"));
    let processor = new.processor.map(|_| &processor);
    let programme = notice.programme(new.programme).unwrap();
    let (screening, class) = (&seen(programme, recipient), recipient.size_class);
    let parties = Parties { recipient, processor, tied: false, screening, class };
    draft(programme, &parties, new)
}

fn maker() -> Organisation {
    org(1, SizeClass::Sme, Some("22232"))
}

/// Code and first reason of a refusal.
fn told(refusal: &Refusal) -> (Code, &str) {
    (refusal.code, refusal.reasons.first().map_or("", |reason| reason.code.as_str()))
}

#[test]
fn a_13_the_notice_says_whether_a_processor_signs() {
    let whole = || plan(62_500_000, 50_000_000, 1_250_000, 11_250_000);
    let alone = NewAgreement { processor: None, ..p14(whole()) };
    let notice = Notice::embedded().unwrap();
    for (mode, with, without) in [
        (Some(MatchingMode::PostSelection), true, false),
        (Some(MatchingMode::AtApplication), true, false),
        (None, true, false),
        (Some(MatchingMode::Solo), false, true),
    ] {
        let mut programme = notice.programme(ProgrammeCode::PROCESSING).unwrap().clone();
        programme.policy.matching_mode = mode;
        let (recipient, other) = (maker(), org(2, SizeClass::Sme, Some("62010")));
        let decide = |new: &NewAgreement, processor| {
            let (screening, class) = (&seen(&programme, &recipient), recipient.size_class);
            let recipient = &recipient;
            let parties = Parties { recipient, processor, tied: false, screening, class };
            draft(&programme, &parties, new)
        };
        assert_eq!(decide(&p14(whole()), Some(&other)).is_ok(), with, "{mode:?}");
        let refused = decide(&alone, None);
        assert_eq!(refused.is_ok(), without, "{mode:?}");
        if let Err(refused) = refused {
            assert_eq!(refused.field.as_deref(), Some("processor"));
        }
    }
}

#[test]
fn r_201_cost_plans_to_the_won() {
    let good = decide(&p14(plan(50_000_000, 40_000_000, 1_000_000, 9_000_000)), &maker()).unwrap();
    assert_eq!((good.support, good.period_months), (won(40_000_000), 4));
    assert_eq!((good.ratio.get(), good.listing_months), (8_000, Some(12)));
    for (bad, fault, rule) in [
        (plan(50_000_000, 40_000_000, 999_999, 9_000_001), "E_CASH_MIN", "R-054"),
        (plan(50_000_000, 40_000_001, 1_000_000, 8_999_999), "E_RATIO", "R-050"),
        (plan(50_000_000, 40_000_000, 1_000_000, 9_000_001), "E_SUM", "R-201"),
        (plan(70_000_001, 50_000_001, 10_000_000, 10_000_000), "E_CAP", "R-050"),
    ] {
        let refusal = decide(&p14(bad), &maker()).unwrap_err();
        assert_eq!(told(&refusal), (Code::CostPlanInvalid, fault));
        assert_eq!((refusal.rule, &refusal.figures["fault"]), (Some(rule), &fault.into()));
        assert!(!refusal.detail.ko.is_empty() && !refusal.detail.en.is_empty());
    }
    let mut itemised = plan(50_000_000, 40_000_000, 1_000_000, 9_000_000);
    itemised.items = vec![CostItem {
        name: "전처리".to_owned(),
        government: won(40_000_000),
        cash: won(1_000_000),
        in_kind: won(8_999_999),
    }];
    assert_eq!(told(&decide(&p14(itemised), &maker()).unwrap_err()).1, "E_SUM");
}

#[test]
fn r_051_r_056_a_support_of_nothing_is_refused() {
    for (new, code) in [
        (p14(plan(0, 0, 0, 0)), Code::PriceInvalid),
        (p14(plan(1, 0, 1, 0)), Code::SupportZero),
        (p14(plan(1_000_000, 0, 1_000_000, 0)), Code::SupportZero),
        (p15(0, PurchasePurpose::ProcessImprovement), Code::SupportZero),
    ] {
        assert_eq!(decide(&new, &maker()).unwrap_err().code, code);
    }
}

#[test]
fn r_050_a_purchase_agreement_asks_for_at_most_the_cap() {
    let purpose = PurchasePurpose::BusinessModel;
    assert_eq!(decide(&p15(10_000_000, purpose), &maker()).unwrap().support, won(10_000_000));
    assert_eq!(decide(&p15(1, purpose), &maker()).unwrap().support, won(1));
    let unsaid = NewAgreement { support: None, ..p15(1, purpose) };
    assert_eq!(decide(&unsaid, &maker()).unwrap().support, won(10_000_000));
    let refusal = decide(&p15(10_000_001, purpose), &maker()).unwrap_err();
    assert_eq!(told(&refusal), (Code::CostPlanInvalid, "E_CAP"));
}

#[test]
fn r_001_r_008_r_009_eligibility() {
    let purchase = p15(1_000_000, PurchasePurpose::ProcessImprovement);
    let process = p14(plan(50_000_000, 40_000_000, 1_000_000, 9_000_000));
    for (new, class, ksic, expected) in [
        (&purchase, SizeClass::Large, Some("22232"), Some(Code::ClassNotEligible)),
        (&purchase, SizeClass::Midsized, Some("62010"), None),
        (&purchase, SizeClass::Sme, Some("55101"), Some(Code::IndustryNotEligible)),
        (&purchase, SizeClass::Sme, Some("33409"), Some(Code::EvidenceMissing)),
        (&purchase, SizeClass::Sme, None, Some(Code::EvidenceMissing)),
        (&process, SizeClass::Nonprofit, Some("22232"), Some(Code::ClassNotEligible)),
        (&process, SizeClass::Sme, Some("62010"), Some(Code::IndustryNotEligible)),
        (&process, SizeClass::Sme, None, Some(Code::IndustryNotEligible)),
        (&process, SizeClass::Sme, Some("34011"), None),
    ] {
        let found = decide(new, &org(1, class, ksic)).map_err(|refusal| refusal.code);
        assert_eq!(found.err(), expected, "{} {class} {ksic:?}", new.programme);
    }
    let reviewed = NewAgreement { review_note: Some("놀이기구 아님".to_owned()), ..purchase };
    assert!(decide(&reviewed, &org(1, SizeClass::Sme, Some("33409"))).is_ok());
}

#[test]
fn r_002_a_foreign_business_number_is_for_a_reviewer() {
    let mut foreign = maker();
    foreign.business_no =
        (0..10).find_map(|check| format!("123-84-0000{check}").parse().ok()).unwrap();
    let new = p15(1_000_000, PurchasePurpose::ProcessImprovement);
    let refusal = decide(&new, &foreign).unwrap_err();
    assert_eq!((refusal.code, refusal.rule), (Code::EvidenceMissing, Some("R-002")));
}

#[test]
fn r_028_the_purpose_goes_with_the_class() {
    for (class, purpose, accepted) in [
        (SizeClass::Sme, PurchasePurpose::Research, false),
        (SizeClass::Sme, PurchasePurpose::ProcessImprovement, true),
        (SizeClass::Nonprofit, PurchasePurpose::Research, true),
        (SizeClass::Nonprofit, PurchasePurpose::BusinessModel, false),
    ] {
        let found = decide(&p15(1_000_000, purpose), &org(1, class, Some("22232")));
        assert_eq!(found.is_ok(), accepted, "{class} {purpose}");
    }
}

#[test]
fn r_074_owner_and_processor_are_apart() {
    let notice = Notice::embedded().unwrap();
    let programme = notice.programme(ProgrammeCode::PROCESSING).unwrap();
    let new = p14(plan(50_000_000, 40_000_000, 1_000_000, 9_000_000));
    let (owner, other) = (maker(), org(2, SizeClass::Sme, None));
    for (processor, tied) in [(&owner, false), (&other, true)] {
        let (screening, class) = (&seen(programme, &owner), owner.size_class);
        let processor = Some(processor);
        let parties = Parties { recipient: &owner, processor, tied, screening, class };
        let refusal = draft(programme, &parties, &new).unwrap_err();
        assert_eq!((refusal.code, refusal.rule), (Code::SameGroup, Some("R-074")));
    }
}

#[test]
fn r_040_each_programme_has_its_fields() {
    let processing = p14(plan(50_000_000, 40_000_000, 1_000_000, 9_000_000));
    let purchase = p15(1_000_000, PurchasePurpose::ProcessImprovement);
    for (new, field) in [
        (NewAgreement { processor: None, ..processing.clone() }, "processor"),
        (NewAgreement { plan: None, ..processing.clone() }, "plan"),
        (NewAgreement { support: Some(won(1)), ..processing.clone() }, "support"),
        (NewAgreement { plan: processing.plan.clone(), ..purchase.clone() }, "plan"),
        (NewAgreement { purpose: None, ..purchase.clone() }, "purpose"),
        (NewAgreement { programme: "P01-1".parse().unwrap(), ..purchase }, "programme"),
    ] {
        let refusal = decide(&new, &maker()).unwrap_err();
        assert_eq!((refusal.code, refusal.field.as_deref()), (Code::InvalidField, Some(field)));
    }
}

/// Every state × party × who has signed: the next state, or `-`.
#[test]
fn r_041_the_agency_signs_last_and_nobody_twice() {
    let none: &[Party] = &[];
    let both = &[Party::Recipient, Party::Processor][..];
    for (state, party, signed, processor, expected) in [
        (AgreementState::Drafted, Party::Recipient, none, true, "partially_signed"),
        (AgreementState::Drafted, Party::Processor, none, true, "partially_signed"),
        (AgreementState::Drafted, Party::Agency, none, true, "-"),
        (AgreementState::PartiallySigned, Party::Agency, &both[..1], true, "-"),
        (AgreementState::PartiallySigned, Party::Agency, &both[1..], true, "-"),
        (AgreementState::PartiallySigned, Party::Agency, both, true, "active"),
        (AgreementState::PartiallySigned, Party::Agency, &both[..1], false, "active"),
        (AgreementState::PartiallySigned, Party::Recipient, &both[..1], true, "-"),
        (AgreementState::PartiallySigned, Party::Processor, both, true, "-"),
    ] {
        let next = sign(state, party, signed, processor);
        let next = next.map_or("-", AgreementState::as_str);
        assert_eq!(next, expected, "{state} {party} {signed:?}");
    }
    let open = [AgreementState::Drafted, AgreementState::PartiallySigned];
    for state in AgreementState::ALL.iter().filter(|state| !open.contains(state)) {
        for party in Party::ALL {
            let refusal = sign(*state, *party, both, true).unwrap_err();
            assert_eq!(refusal.code, Code::StateForbids, "{state} {party}");
        }
    }
}

#[test]
fn edge_cases_2_and_14_the_last_signature_sees_the_class_and_the_notice_again() {
    let notice = Notice::embedded().unwrap();
    let programme = notice.programme(ProgrammeCode::PURCHASE).unwrap();
    let of = |class, version: &str| {
        let ratio = BasisPoints::new(8_000).unwrap();
        let org = org(1, class, Some("22232"));
        let seen = seen(programme, &org);
        still_holds(notice, programme, (&seen, class), (version, ratio, false)).map_err(|r| r.code)
    };
    assert_eq!(of(SizeClass::Midsized, &notice.version), Ok(()), "the ratio is the same");
    assert_eq!(of(SizeClass::Large, &notice.version), Err(Code::ClassNotEligible));
    assert_eq!(of(SizeClass::Nonprofit, &notice.version), Err(Code::TermsChanged));
    assert_eq!(of(SizeClass::Sme, "2023-x"), Err(Code::TermsChanged));
}
