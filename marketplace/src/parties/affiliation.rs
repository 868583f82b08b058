//! Whether two organisations belong together.
//!
//! A shared business number, corporate number or representative is enough. Names of representatives
//! are compared as people read them: without blanks, and composed, since the same 가 can be typed as
//! one character or as its letters. Two strangers of one name are taken for one person: the rule is
//! that public money does not go round in a circle, and a wrong refusal can be cured by a person.
//! What either side has declared counts too. Deliberately absent: shareholdings, which no register
//! at hand tells.
//! Affiliations that the staff found are in [`declared`](super::declared).

use schema::api::parties::{Interest, Organisation};

/// Why two organisations are taken for one group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tie {
    /// They are one organisation, or have one business number.
    BusinessNo,
    /// They are branches of one corporation.
    CorporateNo,
    /// They have a representative in common.
    Representative,
    /// One of them has declared the other an affiliate.
    Declared,
}

/// What ties two organisations together, the strongest first.
pub fn tie(one: &Organisation, other: &Organisation) -> Option<Tie> {
    if one.id == other.id || one.business_no == other.business_no {
        return Some(Tie::BusinessNo);
    }
    if one.corporate_no.is_some() && one.corporate_no == other.corporate_no {
        return Some(Tie::CorporateNo);
    }
    let others = people(&other.representative);
    let shared = people(&one.representative).iter().any(|person| others.contains(person));
    if shared {
        return Some(Tie::Representative);
    }
    let declared = |of: &Organisation, no| of.standing.affiliates.contains(no);
    let tied = declared(one, &other.business_no) || declared(other, &one.business_no);
    tied.then_some(Tie::Declared)
}

/// Whether two organisations belong to the same group.
pub fn same_group(one: &Organisation, other: &Organisation) -> bool {
    tie(one, other).is_some()
}

/// Why a person of `evaluator` may not evaluate an application of `parties`: what they have
/// declared themselves, or what the records tell.
pub fn conflict(
    evaluator: &Organisation,
    declared: Option<Interest>,
    parties: &[&Organisation],
) -> Option<Interest> {
    declared
        .or_else(|| parties.iter().any(|party| party.id == evaluator.id).then_some(Interest::Party))
        .or_else(|| {
            parties.iter().any(|party| same_group(evaluator, party)).then_some(Interest::Group)
        })
}

/// The people a field of representatives names: firms may have several.
pub fn people(representatives: &str) -> Vec<String> {
    composed(representatives)
        .split([',', '，', '、', '·', '/', ';', '&'])
        .map(|name| name.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_lowercase())
        .filter(|name| !name.is_empty())
        .collect()
}

/// The same text with conjoining Hangul letters composed to syllables (Unicode 3.12).
fn composed(text: &str) -> String {
    const S: u32 = 0xAC00;
    const L: u32 = 0x1100;
    const V: u32 = 0x1161;
    const T: u32 = 0x11A7;
    let mut out: Vec<char> = Vec::new();
    for next in text.chars() {
        let code = u32::from(next);
        let last = out.last().map(|last| u32::from(*last));
        let syllable = match last {
            Some(last) if (L..L + 19).contains(&last) && (V..V + 21).contains(&code) => {
                Some(S + ((last - L) * 21 + (code - V)) * 28)
            }
            Some(last)
                if (S..S + 11_172).contains(&last)
                    && (last - S).is_multiple_of(28)
                    && (T + 1..T + 28).contains(&code) =>
            {
                Some(last + (code - T))
            }
            _ => None,
        };
        match syllable.and_then(char::from_u32) {
            Some(syllable) => {
                out.pop();
                out.push(syllable);
            }
            None => out.push(next),
        }
    }
    out.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use schema::api::parties::{Interest, Organisation};
    use schema::id::OrgId;
    use schema::notice::SizeClass;
    use schema::time::Instant;

    use super::{Tie, composed, conflict, same_group, tie};

    fn org(id: u128, business_no: &str, corporate_no: Option<&str>, who: &str) -> Organisation {
        Organisation {
            id: OrgId::from_uuid(uuid::Uuid::from_u128(id)),
            name: "가나정밀".to_owned(),
            business_no: business_no.parse().unwrap(),
            corporate_no: corporate_no.map(|no| no.parse().unwrap()),
            corporate_no_checked: None,
            representative: who.to_owned(),
            size_class: SizeClass::Sme,
            ksic: None,
            roles: Vec::new(),
            standing: schema::api::parties::OrgStanding::default(),
            created_at: Instant::MIN,
        }
    }

    #[test]
    fn r_063_a_shared_number_or_representative_ties_two_organisations() {
        let seller = org(1, "124-81-00998", Some("130111-0006246"), "김철수");
        for (other, expected) in [
            (org(1, "124-81-00998", None, "김철수"), Some(Tie::BusinessNo)),
            // Edge case 8: another business number of one corporation.
            (org(2, "220-81-62517", Some("130111-0006246"), "이영희"), Some(Tie::CorporateNo)),
            (org(3, "220-81-62517", None, " 김 철수 "), Some(Tie::Representative)),
            (org(4, "220-81-62517", None, "이영희, 김철수"), Some(Tie::Representative)),
            (org(5, "220-81-62517", Some("110111-0062432"), "이영희"), None),
            (org(6, "220-81-62517", None, ""), None),
        ] {
            assert_eq!(tie(&seller, &other), expected, "{}", other.representative);
            assert_eq!(same_group(&other, &seller), expected.is_some());
        }
        let (one, two) = (org(7, "124-81-00998", None, ""), org(8, "220-81-62517", None, ""));
        assert!(!same_group(&one, &two), "absent numbers and names tie nobody");
    }

    #[test]
    fn r_063_a_declared_affiliate_is_of_the_group_whoever_declared_it() {
        let seller = org(1, "124-81-00998", None, "김철수");
        let mut buyer = org(2, "220-81-62517", None, "이영희");
        assert_eq!(tie(&seller, &buyer), None);
        buyer.standing.affiliates = vec![seller.business_no];
        assert_eq!(tie(&seller, &buyer), Some(Tie::Declared));
        assert_eq!(tie(&buyer, &seller), Some(Tie::Declared));
    }

    #[test]
    fn r_013_an_evaluator_with_an_interest_is_excluded() {
        let evaluator = org(1, "124-81-00998", Some("130111-0006246"), "김철수");
        let stranger = org(2, "220-81-62517", None, "이영희");
        let branch = org(3, "220-81-62517", Some("130111-0006246"), "박민수");
        let with = |declared, parties: &[&Organisation]| conflict(&evaluator, declared, parties);
        assert_eq!(with(None, &[&stranger]), None);
        assert_eq!(with(None, &[&stranger, &evaluator]), Some(Interest::Party));
        assert_eq!(with(None, &[&stranger, &branch]), Some(Interest::Group));
        for declared in Interest::ALL {
            assert_eq!(with(Some(*declared), &[&stranger]), Some(*declared));
        }
    }

    #[test]
    fn edge_case_16_names_typed_as_letters_equal_composed_ones() {
        let typed = "\u{1100}\u{1175}\u{11B7}\u{110E}\u{1165}\u{11AF}\u{1109}\u{116E}";
        assert_eq!(composed(typed), "김철수");
        assert_eq!(composed("김철수 Kim"), "김철수 Kim");
        let seller = org(1, "124-81-00998", None, "김철수");
        assert!(same_group(&seller, &org(2, "220-81-62517", None, typed)));
    }
}
