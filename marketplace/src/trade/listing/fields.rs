//! What a provider may write in a listing.

use schema::api::trade::{LicenceOffer, ListingDraft, PaymentModel, Purpose};
use schema::code::Code;
use schema::lang::Text;
use schema::money::Won;
use schema::money_rules::vat::TaxedPrice;
use schema::notice::Ksic;
use schema::problem::Refusal;

use crate::catalog::rules::file_name;

/// Checks every field of a draft.
pub(super) fn draft(draft: &ListingDraft) -> Result<(), Refusal> {
    both("title", &draft.title, 200)?;
    both("summary", &draft.summary, 5_000)?;
    both("description.process", &draft.description.process, 200)?;
    both("description.equipment", &draft.description.equipment, 200)?;
    draft.description.ksic.parse::<Ksic>().map_err(|error| {
        Code::InvalidField
            .because("산업분류는 두 자리에서 다섯 자리 숫자입니다.", error.to_string())
            .rule("R-181")
            .field("description.ksic")
    })?;
    price(draft.price)?;
    file_name(&draft.file_name)?;
    if !draft.file_name.ends_with(".parquet") {
        return Err(Code::FileNameInvalid
            .because(
                "구매자가 받는 파일은 Parquet이므로 이름이 `.parquet`으로 끝나야 합니다.",
                "Buyers receive Parquet, so the name must end in `.parquet`.",
            )
            .field("file_name"));
    }
    licence(&draft.licence)
}

fn price(price: Won) -> Result<(), Refusal> {
    if price == Won::ZERO || TaxedPrice::from_supply(price).is_none() {
        return Err(Code::PriceInvalid
            .because(
                "가격은 1원 이상이고 부가가치세를 더할 수 있는 금액이어야 합니다.",
                "A price is at least one won and leaves room for VAT.",
            )
            .rule("R-056")
            .field("price"));
    }
    Ok(())
}

fn licence(licence: &LicenceOffer) -> Result<(), Refusal> {
    if licence.model != PaymentModel::LumpSum {
        return Err(not_offered(
            "licence.model",
            format!("`{}` 방식은 아직 제공하지 않습니다.", licence.model),
            format!("The payment model `{}` is not offered yet.", licence.model),
        )
        .cure("`LUMP_SUM`(일시불)을 쓰세요.", "Use `LUMP_SUM`."));
    }
    let territory = &licence.territory;
    if !(2..=32).contains(&territory.len()) || !territory.bytes().all(|b| b.is_ascii_uppercase()) {
        return Err(invalid(
            "licence.territory",
            "지역은 `KR`, `WORLD`처럼 대문자 2~32자입니다.",
            "A territory is 2 to 32 capital letters, such as `KR` or `WORLD`.",
        ));
    }
    let scope = &licence.scope;
    if scope.purposes.len() > Purpose::ALL.len() {
        return Err(invalid(
            "licence.scope.purposes",
            "목적이 너무 많습니다.",
            "Too many purposes.",
        ));
    }
    for (field, value, max) in [
        ("licence.term_months", licence.term_months, 1_200),
        ("licence.scope.users", scope.users, 1_000_000),
        ("licence.scope.sites", scope.sites, 100_000),
    ] {
        if value.is_some_and(|value| value == 0 || value > max) {
            return Err(invalid(
                field,
                &format!("1~{max}이어야 합니다."),
                &format!("It must be 1 to {max}."),
            ));
        }
    }
    if licence.warranty.days > 3_650 {
        return Err(invalid(
            "licence.warranty.days",
            "0~3650일이어야 합니다.",
            "It must be 0 to 3650 days.",
        ));
    }
    Ok(())
}

/// Both languages of a text.
fn both(field: &str, text: &Text, max: usize) -> Result<(), Refusal> {
    prose(&format!("{field}.ko"), &text.ko, max)?;
    prose(&format!("{field}.en"), &text.en, max)
}

/// A text of 1 to `max` characters that may have line breaks but no other control characters.
pub(in crate::trade) fn prose(field: &str, text: &str, max: usize) -> Result<(), Refusal> {
    let control = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
    if text.trim().is_empty() || text.chars().count() > max || text.chars().any(control) {
        return Err(invalid(
            field,
            &format!("1~{max}자의 글이어야 합니다."),
            &format!("It must be a text of 1 to {max} characters."),
        ));
    }
    Ok(())
}

fn not_offered(field: &str, ko: String, en: String) -> Refusal {
    Code::InvalidField.because(ko, en).rule("R-145").field(field).with("reason", "not-offered-yet")
}

fn invalid(field: &str, ko: &str, en: &str) -> Refusal {
    Code::InvalidField.because(ko, en).field(field)
}

#[cfg(test)]
pub(super) mod tests {
    use schema::api::trade::{
        Attestation, DerivedPolicy, Exclusivity, ListingDraft, PaymentModel, ProductDescription,
        Purpose, Scope, UpdatePolicy, Warranty,
    };
    use schema::api::trade::{DeliveryMethod, LicenceOffer};
    use schema::lang::Text;
    use schema::money::Won;

    use super::draft;

    pub(in crate::trade) fn sample() -> ListingDraft {
        ListingDraft {
            title: Text::new("사출 성형 공정 데이터", "Injection moulding data"),
            summary: Text::new("센서 12종\n1초 주기", "Twelve sensors\nonce a second"),
            description: ProductDescription {
                process: Text::new("사출 성형", "Injection moulding"),
                equipment: Text::new("사출기", "Injection machine"),
                ksic: "C22".to_owned(),
            },
            price: Won::new(4_600_000).unwrap(),
            price_basis: None,
            licence: LicenceOffer {
                model: PaymentModel::LumpSum,
                term_months: Some(36),
                scope: Scope {
                    purposes: vec![Purpose::ProcessImprovement],
                    users: None,
                    sites: Some(1),
                    affiliates: false,
                },
                exclusivity: Exclusivity::NonExclusive,
                derived: DerivedPolicy::BuyerOwns,
                territory: "KR".to_owned(),
                delivery: DeliveryMethod::File,
                updates: UpdatePolicy::None,
                probe: false,
                warranty: Warranty { days: 14 },
                liability_cap: None,
            },
            attestation: Attestation { right_to_sell: true, no_third_party_rights: true },
            file_name: "injection.parquet".to_owned(),
            supersedes: None,
        }
    }

    #[test]
    fn a_sound_draft_passes() {
        draft(&sample()).unwrap();
    }

    /// Resale, sub-licence and re-identification are no fields: the template forbids them.
    #[test]
    fn r_210_a_licence_offer_says_model_term_scope_and_warranty() {
        let mut offer = sample().licence;
        offer.liability_cap = Won::new(1);
        offer.scope.users = Some(1);
        let json = serde_json::to_value(&offer).unwrap();
        let keys = |value: &serde_json::Value| {
            let mut keys: Vec<String> = value.as_object().unwrap().keys().cloned().collect();
            keys.sort();
            keys.join(" ")
        };
        assert_eq!(
            keys(&json),
            "delivery derived exclusivity liability_cap model scope term_months territory updates \
             warranty"
        );
        assert_eq!(keys(&json["scope"]), "affiliates purposes sites users");
        for wish in ["resale", "sublicence", "re_identification"] {
            let mut more = json.clone();
            more[wish] = true.into();
            assert!(serde_json::from_value::<LicenceOffer>(more).is_err(), "{wish}");
        }
    }

    #[test]
    fn r_145_other_payment_models_are_refused_clearly() {
        for model in [PaymentModel::FlatPeriod, PaymentModel::Metered, PaymentModel::Royalty] {
            let mut bad = sample();
            bad.licence.model = model;
            let refused = draft(&bad).unwrap_err();
            assert_eq!(refused.field.as_deref(), Some("licence.model"));
            assert_eq!(refused.figures["reason"], "not-offered-yet");
            assert!(refused.cure.is_some());
        }
    }

    #[test]
    fn each_bad_field_is_named() {
        type Spoil = fn(&mut ListingDraft);
        let cases: &[(&str, Spoil)] = &[
            ("title.ko", |d| d.title.ko.clear()),
            ("title.en", |d| d.title.en = "x".repeat(201)),
            ("summary.ko", |d| d.summary.ko = "\u{7}".to_owned()),
            ("description.ksic", |d| d.description.ksic = "1".to_owned()),
            ("price", |d| d.price = Won::ZERO),
            ("price", |d| d.price = Won::MAX),
            ("file_name", |d| d.file_name = "../x.parquet".to_owned()),
            ("file_name", |d| d.file_name = "x.csv".to_owned()),
            ("licence.territory", |d| d.licence.territory = "kr".to_owned()),
            ("licence.term_months", |d| d.licence.term_months = Some(0)),
            ("licence.scope.users", |d| d.licence.scope.users = Some(0)),
            ("licence.warranty.days", |d| d.licence.warranty.days = 4_000),
        ];
        for (field, spoil) in cases {
            let mut bad = sample();
            spoil(&mut bad);
            assert_eq!(draft(&bad).unwrap_err().field.as_deref(), Some(*field));
        }
    }
}
