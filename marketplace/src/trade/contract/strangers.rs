//! Buyer and seller must not belong together.

use schema::api::parties::Organisation;
use schema::code::Code;
use schema::problem::Refusal;

use crate::parties::affiliation::{Tie, tie};

/// Buyer and seller are not of one group.
pub(super) fn strangers(buyer: &Organisation, seller: &Organisation) -> Result<(), Refusal> {
    let Some(tie) = tie(buyer, seller) else { return Ok(()) };
    let (ko, en) = match tie {
        Tie::BusinessNo => ("사업자등록번호가 같습니다.", "They have one business number."),
        Tie::CorporateNo => ("법인등록번호가 같습니다.", "They have one corporate number."),
        Tie::Representative => ("대표자가 같습니다.", "They have a representative in common."),
        Tie::Declared => {
            ("계열기업으로 신고되어 있습니다.", "One has declared the other an affiliate.")
        }
    };
    Err(Code::SameGroup.because(ko, en).rule("R-063"))
}

/// The refusal for two sides of which it was declared that they belong together.
pub(super) fn declared_tie() -> Refusal {
    Code::SameGroup
        .because("서로 계열임을 신고한 기업입니다.", "They are declared to be of one group.")
        .rule("R-063")
}

#[cfg(test)]
mod tests {
    use schema::api::parties::{Organisation, Role};
    use schema::id::OrgId;
    use schema::notice::SizeClass;
    use schema::time::Instant;

    use super::strangers;

    fn org(n: u128, business: &str, corporate: Option<&str>, head: &str) -> Organisation {
        Organisation {
            id: OrgId::from_uuid(uuid::Uuid::from_u128(n)),
            name: format!("기관 {n}"),
            business_no: business.parse().unwrap(),
            corporate_no: corporate.map(|no| no.parse().unwrap()),
            corporate_no_checked: None,
            representative: head.to_owned(),
            size_class: SizeClass::Sme,
            ksic: None,
            roles: vec![Role::Buyer],
            standing: schema::api::parties::OrgStanding::default(),
            created_at: Instant::from_micros(0).unwrap(),
        }
    }

    #[test]
    fn r_063_buyer_and_seller_are_strangers() {
        let one = org(1, "124-81-00998", Some("130111-0006246"), "김하나");
        assert!(strangers(&one, &org(2, "220-81-62517", None, "이두리")).is_ok());
        // A branch of one corporation under another business number (edge case 8).
        let branch = org(2, "220-81-62517", Some("130111-0006246"), "이두리");
        let refused = strangers(&one, &branch).unwrap_err();
        assert_eq!((refused.code.slug(), refused.rule), ("same-group", Some("R-063")));
        assert!(strangers(&one, &one).is_err());
        assert!(strangers(&one, &org(3, "220-81-62517", None, "김 하나")).is_err());
    }
}
