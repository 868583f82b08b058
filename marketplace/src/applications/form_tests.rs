//! Forms against the rulebook.

use schema::api::applications::WantedProduct;
use schema::id::ListingId;
use schema::notice::Notice;

use super::*;

fn won(amount: i64) -> Won {
    Won::new(amount).unwrap()
}

fn scene(code: ProgrammeCode) -> Scene<'static> {
    let notice = Notice::embedded().unwrap();
    Scene { notice, programme: notice.programme(code).unwrap() }
}

fn common() -> ApplicationBody {
    let text = || Some("글".to_owned());
    ApplicationBody {
        title: "제조데이터 과제".to_owned(),
        purpose: text(),
        content: text(),
        capability: text(),
        effect: text(),
        own_payment: text(),
        starts_on: Some("2024-07-01".parse().unwrap()),
        ends_on: Some("2024-10-31".parse().unwrap()),
        ..ApplicationBody::default()
    }
}

/// P14 with one line of costs.
fn p14(total: i64, government: i64, cash: i64, in_kind: i64) -> ApplicationBody {
    let item = CostItem {
        name: "가공비".to_owned(),
        government: won(government),
        cash: won(cash),
        in_kind: won(in_kind),
    };
    ApplicationBody {
        total: Some(won(total)),
        requested: Some(won(government)),
        own_cash: Some(won(cash)),
        own_in_kind: Some(won(in_kind)),
        processing: Some(ProcessingPart {
            holding: Some("프레스 3대, 2년, 1초 주기".to_owned()),
            items: vec![item],
            ..ProcessingPart::default()
        }),
        ..common()
    }
}

/// P15 with products of these prices.
fn p15(prices: &[i64], requested: i64, purpose: PurchasePurpose) -> ApplicationBody {
    let total: i64 = prices.iter().sum();
    let products = (1_u128..)
        .zip(prices)
        .map(|(n, price)| WantedProduct {
            listing: ListingId::from_uuid(uuid::Uuid::from_u128(n)),
            price: won(*price),
        })
        .collect();
    ApplicationBody {
        total: Some(won(total)),
        requested: Some(won(requested)),
        own_cash: Some(won(total - requested)),
        own_in_kind: Some(Won::ZERO),
        purchase: Some(PurchasePart { products, purpose: Some(purpose), pre_consult_sha256: None }),
        ..common()
    }
}

fn fields(reasons: &[Reason]) -> Vec<&str> {
    reasons.iter().filter_map(|reason| reason.field.as_deref()).collect()
}

#[test]
fn r_020_an_empty_draft_lacks_everything_and_a_full_one_nothing() {
    let empty = ApplicationBody { title: "과제".to_owned(), ..ApplicationBody::default() };
    let common = [
        "purpose",
        "content",
        "capability",
        "effect",
        "total",
        "requested",
        "own_cash",
        "own_in_kind",
        "own_payment",
        "starts_on",
        "ends_on",
    ];
    for (code, more) in [
        (ProgrammeCode::PROCESSING, ["processing.versions", "processing.items"]),
        (ProgrammeCode::PURCHASE, ["purchase.products", "purchase.purpose"]),
    ] {
        assert!(shape(code, &empty).is_ok(), "a draft may be empty");
        let found = missing(&empty, scene(code));
        assert_eq!(fields(&found), [&common[..], &more[..]].concat(), "{code}");
    }
    let full = p14(50_000_000, 40_000_000, 1_000_000, 9_000_000);
    assert!(missing(&full, scene(ProgrammeCode::PROCESSING)).is_empty());
    let full = p15(&[5_000_000], 4_000_000, PurchasePurpose::BusinessModel);
    assert!(missing(&full, scene(ProgrammeCode::PURCHASE)).is_empty());
}

#[test]
fn a_13_a_consortium_names_its_processor() {
    let notice = Notice::embedded().unwrap();
    let mut programme = notice.programme(ProgrammeCode::PROCESSING).unwrap().clone();
    let body = p14(50_000_000, 40_000_000, 1_000_000, 9_000_000);
    for (mode, lacking) in [
        (MatchingMode::PostSelection, vec![]),
        (MatchingMode::AtApplication, vec!["processing.processor"]),
        (MatchingMode::Solo, vec![]),
    ] {
        programme.policy.matching_mode = Some(mode);
        let scene = Scene { notice, programme: &programme };
        assert_eq!(fields(&missing(&body, scene)), lacking, "{mode}");
    }
}

#[test]
fn r_201_the_money_is_right_to_the_won() {
    let scene = scene(ProgrammeCode::PROCESSING);
    for (body, good) in [
        (p14(50_000_000, 40_000_000, 1_000_000, 9_000_000), true),
        (p14(50_000_000, 40_000_000, 999_999, 9_000_001), false),
        (p14(50_000_000, 40_000_001, 1_000_000, 8_999_999), false),
        (p14(50_000_000, 30_000_000, 2_000_000, 18_000_000), true),
        (p14(62_500_003, 50_000_000, 1_250_001, 11_250_002), true),
        (p14(62_500_003, 50_000_000, 1_250_000, 11_250_003), false),
        (p14(50_000_000, 40_000_000, 1_000_000, 9_000_001), false),
        (p14(100_000_000, 50_000_001, 5_000_000, 44_999_999), false),
    ] {
        let found = sound(&body, scene, SizeClass::Sme);
        assert_eq!(found.is_ok(), good, "{:?} {found:?}", body.requested);
        if let Err(refusal) = found {
            assert_eq!((refusal.code, refusal.rule), (Code::CostPlanInvalid, Some("R-201")));
        }
    }
    let nothing = p14(10, 0, 1, 9);
    assert_eq!(sound(&nothing, scene, SizeClass::Sme).unwrap_err().code, Code::SupportZero);
    let large = p14(50_000_000, 40_000_000, 1_000_000, 9_000_000);
    assert_eq!(sound(&large, scene, SizeClass::Large).unwrap_err().code, Code::ClassNotEligible);
}

#[test]
fn r_051_a_purchase_is_paid_in_cash_and_its_total_is_its_products() {
    let scene = scene(ProgrammeCode::PURCHASE);
    let firm = PurchasePurpose::ProcessImprovement;
    for (prices, requested, good) in [
        (&[12_345_679][..], 9_876_543, true),
        (&[12_345_679], 9_876_544, false),
        (&[12_500_001], 10_000_000, true),
        (&[20_000_000], 10_000_001, false),
        (&[1_000_003, 1_000_003, 1_000_003], 2_400_007, true),
        (&[1_000_003, 1_000_003, 1_000_003], 2_400_008, false),
    ] {
        let found = sound(&p15(prices, requested, firm), scene, SizeClass::Sme);
        assert_eq!(found.is_ok(), good, "{prices:?} {requested}");
    }
    let mut other = p15(&[5_000_000], 4_000_000, firm);
    other.total = Some(won(5_000_001));
    assert_eq!(sound(&other, scene, SizeClass::Sme).unwrap_err().field.unwrap(), "total");
    let mut kind = p15(&[5_000_000], 4_000_000, firm);
    (kind.own_cash, kind.own_in_kind) = (Some(won(999_999)), Some(won(1)));
    assert!(sound(&kind, scene, SizeClass::Sme).is_err(), "A-08: a price is not paid in kind");
    let whole = p15(&[9_999_999], 9_999_999, PurchasePurpose::Research);
    assert!(sound(&whole, scene, SizeClass::Nonprofit).is_ok());
    assert!(sound(&whole, scene, SizeClass::Sme).is_err());
}

#[test]
fn r_028_the_purpose_goes_with_the_class() {
    use PurchasePurpose as P;
    for (class, purpose, good) in [
        (SizeClass::Sme, P::ProcessImprovement, true),
        (SizeClass::Midsized, P::BusinessModel, true),
        (SizeClass::Sme, P::Research, false),
        (SizeClass::Nonprofit, P::Research, true),
        (SizeClass::Nonprofit, P::BusinessModel, false),
    ] {
        let body = p15(&[5_000_000], 4_000_000, purpose);
        let found = sound(&body, scene(ProgrammeCode::PURCHASE), class);
        assert_eq!(found.is_ok(), good, "{class} {purpose}");
    }
}

#[test]
fn r_042_no_plan_is_longer_than_the_programme() {
    let scene = scene(ProgrammeCode::PURCHASE);
    for (start, end, good) in [
        ("2024-07-01", "2024-10-31", true),
        ("2024-07-01", "2024-11-01", false),
        ("2024-07-01", "2024-07-02", true),
        ("2024-07-01", "2024-07-01", false),
        ("2024-07-01", "2024-06-30", false),
    ] {
        let mut body = p15(&[5_000_000], 4_000_000, PurchasePurpose::BusinessModel);
        (body.starts_on, body.ends_on) = (start.parse().ok(), end.parse().ok());
        let found = sound(&body, scene, SizeClass::Sme);
        assert_eq!(found.is_ok(), good, "{start} {end}: {found:?}");
    }
}

#[test]
fn r_056_approved_is_at_most_computed_and_asked_for() {
    let programme = scene(ProgrammeCode::PROCESSING).programme;
    for (total, requested, expected) in [
        (62_500_000, 50_000_000, 50_000_000),
        (62_500_000, 40_000_000, 40_000_000),
        (40_000_001, 40_000_001, 32_000_000),
        (100_000_000, 100_000_000, 50_000_000),
    ] {
        let found = computed(won(total), won(requested), programme, SizeClass::Sme);
        assert_eq!(found, won(expected), "{total}");
    }
    // Edge case 2: grown large after the application, nothing is left.
    assert_eq!(computed(won(10), won(8), programme, SizeClass::Large), Won::ZERO);
}

#[test]
fn the_form_of_a_draft_is_checked() {
    let good = p15(&[5_000_000], 4_000_000, PurchasePurpose::BusinessModel);
    let with = |change: &dyn Fn(&mut ApplicationBody)| {
        let mut body = good.clone();
        change(&mut body);
        let found = shape(ProgrammeCode::PURCHASE, &body);
        found.map_err(|refusal| refusal.field.unwrap_or_default())
    };
    assert_eq!(with(&|_| {}), Ok(()));
    let bad = |field: &str| Err(field.to_owned());
    assert_eq!(with(&|body| body.title = " ".to_owned()), bad("title"));
    assert_eq!(with(&|body| body.purpose = Some("a\0b".to_owned())), bad("purpose"));
    assert_eq!(with(&|body| body.effect = Some("글".repeat(4_001))), bad("effect"));
    assert_eq!(with(&|body| body.processing = Some(ProcessingPart::default())), bad("processing"));
    let part = |change: &dyn Fn(&mut PurchasePart)| {
        with(&|body: &mut ApplicationBody| change(body.purchase.as_mut().unwrap()))
    };
    assert_eq!(
        part(&|part| part.products.push(part.products[0].clone())),
        bad("purchase.products")
    );
    assert_eq!(part(&|part| part.products[0].price = Won::ZERO), bad("purchase.products"));
    assert_eq!(
        part(&|part| part.pre_consult_sha256 = Some("AB".repeat(32))),
        bad("purchase.pre_consult_sha256")
    );
    assert_eq!(part(&|part| part.pre_consult_sha256 = Some("ab".repeat(32))), Ok(()));
}
