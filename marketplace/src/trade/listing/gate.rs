//! The gate before publication: what must hold before an operator looks at a listing, and
//! what a buyer should know although it does not stop it.
//!
//! Every failure is told at once. What public money paid for is held to more: its grade may not be
//! `REJECT`, its licence may not be exclusive, its price may not block a sale
//!

use schema::api::trade::{Exclusivity, ListingDraft};
use schema::code::Code;
use schema::data::column::{Column, Role};
use schema::data::quality::GRADE_REJECT;
use schema::money::{BasisPoints, Won};
use schema::problem::{Reason, Refusal};

use super::duty;

/// Columns named in a warning at most.
const NAMED_MAX: usize = 5;

/// What the gate looks at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Facts<'a> {
    /// What the provider wrote.
    pub(super) draft: &'a ListingDraft,
    /// Whether the version is ready.
    pub(super) ready: bool,
    /// Its rows.
    pub(super) rows: i64,
    /// Whether it has a quality index.
    pub(super) indexed: bool,
    /// Its grade.
    pub(super) grade: Option<&'a str>,
    /// Outcome of the search for personal data.
    pub(super) privacy: Option<&'a str>,
    /// Whether it has a certificate.
    pub(super) certified: bool,
    /// Result of the calculation behind the price, if there is one for this version.
    pub(super) basis: Option<Won>,
    /// What the notice of its agreement says of it, if public money paid for it.
    pub(super) funded: Option<Bounds>,
    /// Its columns.
    pub(super) columns: &'a [Column],
}

/// Bounds of a product made with public money, where the notice sets any.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// Least part of its columns that a standard maps.
    pub(super) mapped_share_min: Option<BasisPoints>,
    /// A price above this part of the calculated one blocks sale, in basis points.
    pub(super) price_block_bp: Option<u32>,
}

/// Everything that stops the listing.
pub(super) fn blocking(facts: &Facts<'_>) -> Vec<Reason> {
    let mut reasons = data(facts);
    reasons.extend(offer(facts));
    reasons
}

/// Refuses a listing with all `reasons`, if there are any.
pub(super) fn pass(reasons: Vec<Reason>) -> Result<(), Refusal> {
    if reasons.is_empty() {
        return Ok(());
    }
    Err(Code::ListingBlocked
        .because(
            format!("등록 요건 {}가지를 채우지 못했습니다.", reasons.len()),
            format!("{} requirements of a listing are not met.", reasons.len()),
        )
        .rule("R-094")
        .reasons(reasons))
}

/// What is wrong with the data.
fn data(facts: &Facts<'_>) -> Vec<Reason> {
    let mut reasons = Vec::new();
    if !facts.ready {
        reasons.push(Reason::new(
            "version-not-ready",
            Some("R-094"),
            "데이터 처리가 끝나지 않았습니다.",
            "The version is not ready.",
        ));
        // Everything else about the data follows from this.
        return reasons;
    }
    if facts.rows == 0 {
        reasons.push(Reason::new(
            "no-rows",
            Some("R-160"),
            "행이 없는 데이터는 등록할 수 없습니다.",
            "A table without rows cannot be listed.",
        ));
    }
    match facts.privacy {
        Some("PASS" | "CLEARED") => {}
        Some("REVIEW") => reasons.push(Reason::new(
            "privacy-review",
            Some("R-174"),
            "개인정보 의심 항목의 검토가 끝나지 않았습니다.",
            "Suspected personal data have not been cleared.",
        )),
        Some("BLOCK") => reasons.push(Reason::new(
            "privacy-block",
            Some("R-170"),
            "개인을 식별하는 번호가 있어 등록할 수 없습니다.",
            "The data hold numbers that identify people.",
        )),
        _ => reasons.push(Reason::new(
            "privacy-unknown",
            Some("R-094"),
            "개인정보 검사 결과가 없습니다.",
            "There is no result of the search for personal data.",
        )),
    }
    if !facts.indexed {
        reasons.push(Reason::new(
            "quality-missing",
            Some("R-094"),
            "품질지수를 계산할 수 없는 데이터입니다.",
            "There is no quality index for the data.",
        ));
    }
    if facts.funded.is_some() && facts.grade == Some(GRADE_REJECT) {
        reasons.push(Reason::new(
            "grade-reject",
            Some("R-163"),
            "지원사업으로 만든 상품의 품질 등급이 기준에 미치지 못합니다.",
            "The quality grade is too low for a product made with public money.",
        ));
    }
    if !facts.certified {
        reasons.push(Reason::new(
            "certificate-missing",
            Some("R-164"),
            "품질 인증서가 없습니다.",
            "There is no quality certificate.",
        ));
    }
    reasons
}

/// What is wrong with the offer.
fn offer(facts: &Facts<'_>) -> Vec<Reason> {
    let mut reasons = Vec::new();
    match facts.basis {
        None => reasons.push(Reason::new(
            "price-basis-missing",
            Some("R-150"),
            "이 버전의 가격산정 기록이 없습니다.",
            "There is no price basis for this version.",
        )),
        Some(basis) => reasons.extend(price_blocks(facts, basis)),
    }
    let attested = facts.draft.attestation;
    if !attested.right_to_sell {
        reasons.push(Reason::new(
            "attestation-right-to-sell",
            Some("R-094"),
            "판매할 권리가 있음을 확인해 주세요.",
            "Affirm the right to sell.",
        ));
    }
    if !attested.no_third_party_rights {
        reasons.push(Reason::new(
            "attestation-third-party-rights",
            Some("R-094"),
            "제3자의 권리가 없음을 확인해 주세요.",
            "Affirm that nobody else has rights in the data.",
        ));
    }
    if facts.funded.is_some() && facts.draft.licence.exclusivity == Exclusivity::Exclusive {
        reasons.push(Reason::new(
            "licence-exclusive",
            Some("R-212"),
            "의무 등록 기간에는 독점 이용을 허락할 수 없습니다.",
            "An exclusive licence is not possible while the listing duty runs.",
        ));
    }
    if facts.draft.licence.warranty.days == 0 {
        reasons.push(Reason::new(
            "licence-warranty",
            Some("R-143"),
            "품질 보증 기간이 없습니다.",
            "The licence has no quality warranty.",
        ));
    }
    reasons
}

/// a price so far above the calculated one that nobody will pay it.
fn price_blocks(facts: &Facts<'_>, basis: Won) -> Option<Reason> {
    let most = facts.funded?.price_block_bp?;
    if duty::price_sells(facts.draft.price, basis, most) {
        return None;
    }
    let percent = most / 100;
    Some(Reason::new(
        "price-blocks-sale",
        Some("R-091"),
        format!("가격이 산정가 {basis}원의 {percent}%를 넘습니다."),
        format!("The price is more than {percent} % of the calculated {basis} won."),
    ))
}

/// What a buyer should know although it does not stop the listing.
pub(super) fn warnings(facts: &Facts<'_>) -> Vec<Reason> {
    let mut warnings = Vec::new();
    let bare: Vec<&str> = facts
        .columns
        .iter()
        .filter(|column| is_signal(column) && column.unit.is_none())
        .map(|column| column.name.as_str())
        .collect();
    if !bare.is_empty() {
        let named = bare.iter().take(NAMED_MAX).copied().collect::<Vec<_>>().join(", ");
        warnings.push(Reason::new(
            "unit-missing",
            Some("R-181"),
            format!("단위가 없는 수치 열이 {}개 있습니다: {named}", bare.len()),
            format!("{} numeric columns have no unit: {named}", bare.len()),
        ));
    }
    let mapped = facts.columns.iter().filter(|column| column.semantic_id.is_some()).count();
    let least =
        facts.funded.and_then(|bounds| bounds.mapped_share_min).unwrap_or(BasisPoints::ZERO);
    let least = usize::try_from(least.get()).unwrap_or(0);
    if mapped * 10_000 < facts.columns.len() * least {
        warnings.push(Reason::new(
            "mapping-low",
            Some("R-184"),
            format!("표준 사전에 연결된 열이 {}개 중 {mapped}개입니다.", facts.columns.len()),
            format!("{mapped} of {} columns are mapped to a standard.", facts.columns.len()),
        ));
    }
    if facts.funded.is_none() && facts.grade == Some(GRADE_REJECT) {
        warnings.push(Reason::new(
            "grade-reject",
            Some("R-163"),
            "품질 등급이 가장 낮은 기준에 미치지 못합니다.",
            "The quality is below the lowest grade.",
        ));
    }
    warnings
}

/// Whether a column carries measurements, so that it should have a unit. Keys, labels and times
/// have none.
fn is_signal(column: &Column) -> bool {
    column.value_type.is_numeric()
        && matches!(column.role, Role::Input | Role::State | Role::Quality | Role::Unknown)
}

#[cfg(test)]
mod tests {
    use schema::api::trade::{Attestation, Exclusivity, ListingDraft};
    use schema::data::column::{Column, Role, ValueType};
    use schema::money::{BasisPoints, Won};

    use super::super::fields::tests::sample;
    use super::{Bounds, Facts, blocking, pass, warnings};

    fn column(name: &str, role: Role, unit: Option<&str>) -> Column {
        Column {
            name: name.to_owned(),
            source_name: None,
            value_type: ValueType::Number,
            role,
            unit: unit.map(str::to_owned),
            title: None,
            semantic_id: None,
            nullable: false,
            formats: Vec::new(),
            sentinels: Vec::new(),
            confidence_bp: None,
        }
    }

    fn facts(draft: &ListingDraft) -> Facts<'_> {
        Facts {
            draft,
            ready: true,
            rows: 100,
            indexed: true,
            grade: Some("B"),
            privacy: Some("PASS"),
            certified: true,
            basis: Won::new(4_600_000),
            funded: None,
            columns: &[],
        }
    }

    fn bounds() -> Bounds {
        Bounds { mapped_share_min: BasisPoints::new(8_000), price_block_bp: Some(30_000) }
    }

    fn codes(facts: &Facts<'_>) -> Vec<String> {
        blocking(facts).into_iter().map(|reason| reason.code).collect()
    }

    #[test]
    fn r_094_a_sound_listing_passes() {
        let draft = sample();
        assert!(pass(blocking(&facts(&draft))).is_ok());
        let funded = Facts { funded: Some(bounds()), ..facts(&draft) };
        assert!(codes(&funded).is_empty());
    }

    #[test]
    fn r_094_each_fault_has_its_reason() {
        let draft = sample();
        let sound = facts(&draft);
        for (broken, code) in [
            (Facts { ready: false, ..sound }, "version-not-ready"),
            (Facts { rows: 0, ..sound }, "no-rows"),
            (Facts { privacy: Some("REVIEW"), ..sound }, "privacy-review"),
            (Facts { privacy: Some("BLOCK"), ..sound }, "privacy-block"),
            (Facts { privacy: None, ..sound }, "privacy-unknown"),
            (Facts { indexed: false, ..sound }, "quality-missing"),
            (Facts { certified: false, ..sound }, "certificate-missing"),
            (Facts { basis: None, ..sound }, "price-basis-missing"),
        ] {
            assert_eq!(codes(&broken), [code]);
        }
    }

    #[test]
    fn r_094_all_reasons_are_told_at_once() {
        let mut draft = sample();
        draft.attestation = Attestation::default();
        draft.licence.warranty.days = 0;
        let broken = Facts { rows: 0, indexed: false, basis: None, ..facts(&draft) };
        let refused = pass(blocking(&broken)).unwrap_err();
        assert_eq!(refused.code.slug(), "listing-blocked");
        let told: Vec<&str> = refused.reasons.iter().map(|reason| reason.code.as_str()).collect();
        assert_eq!(
            told,
            [
                "no-rows",
                "quality-missing",
                "price-basis-missing",
                "attestation-right-to-sell",
                "attestation-third-party-rights",
                "licence-warranty",
            ]
        );
    }

    #[test]
    fn public_money_is_held_to_more() {
        let mut draft = sample();
        draft.licence.exclusivity = Exclusivity::Exclusive;
        draft.price = Won::new(13_800_001).unwrap();
        let own = Facts { grade: Some("REJECT"), ..facts(&draft) };
        assert!(codes(&own).is_empty());
        assert_eq!(warnings(&own)[0].code, "grade-reject");
        let funded = Facts { funded: Some(bounds()), ..own };
        assert_eq!(codes(&funded), ["grade-reject", "price-blocks-sale", "licence-exclusive"]);
    }

    #[test]
    fn r_171_only_data_that_were_found_anonymous_are_listed() {
        let draft = sample();
        for (privacy, rule) in [
            (Some("PASS"), None),
            (Some("CLEARED"), None),
            (Some("REVIEW"), Some("R-174")),
            (Some("BLOCK"), Some("R-170")),
            (None, Some("R-094")),
        ] {
            let told = blocking(&Facts { privacy, ..facts(&draft) });
            let rules: Vec<Option<&str>> = told.iter().map(|r| r.rule.as_deref()).collect();
            assert_eq!(rules, rule.into_iter().map(Some).collect::<Vec<_>>(), "{privacy:?}");
        }
    }

    #[test]
    fn r_150_no_listing_without_a_price_calculation() {
        let draft = sample();
        let told = blocking(&Facts { basis: None, ..facts(&draft) });
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].rule.as_deref(), Some("R-150"));
    }

    #[test]
    fn r_212_no_exclusive_licence_while_the_listing_duty_runs() {
        let mut draft = sample();
        let funded =
            |draft: &ListingDraft| codes(&Facts { funded: Some(bounds()), ..facts(draft) });
        assert!(funded(&draft).is_empty());
        draft.licence.exclusivity = Exclusivity::Exclusive;
        assert_eq!(funded(&draft), ["licence-exclusive"]);
        assert!(codes(&facts(&draft)).is_empty(), "one's own product may be sold exclusively");
    }

    #[test]
    fn r_184_less_than_eighty_percent_mapped_is_told() {
        let draft = sample();
        for (mapped, told) in [(0, true), (7, true), (8, false), (10, false)] {
            let columns: Vec<Column> = (0..10)
                .map(|at| Column {
                    semantic_id: (at < mapped).then(|| format!("0173-1#02-{at}#001")),
                    ..column(&format!("c{at}"), Role::State, Some("1"))
                })
                .collect();
            let own = Facts { columns: &columns, ..facts(&draft) };
            let funded = Facts { funded: Some(bounds()), ..own };
            let found = warnings(&funded).iter().any(|warning| warning.code == "mapping-low");
            assert_eq!(found, told, "{mapped} of 10");
            assert!(warnings(&own).is_empty() && codes(&funded).is_empty());
        }
    }

    #[test]
    fn r_181_missing_units_are_told_and_do_not_stop() {
        let draft = sample();
        let columns = [
            column("temp", Role::State, None),
            column("pressure", Role::Unknown, Some("bar")),
            column("ratio", Role::State, Some("1")),
            column("lot_no", Role::Key, None),
            column("verdict", Role::Label, None),
        ];
        let facts = Facts { columns: &columns, ..facts(&draft) };
        assert!(codes(&facts).is_empty());
        let told = warnings(&facts);
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].text.en, "1 numeric columns have no unit: temp");
        let funded = Facts { funded: Some(bounds()), ..facts };
        assert_eq!(warnings(&funded)[1].code, "mapping-low");
    }
}
