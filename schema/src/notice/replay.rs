//! Decisions made again under another edition of the notice: pure, from what was kept of them.
//!
//! Nothing here changes what was decided; an agreement keeps the edition that it was signed under
//! (edge case 14). It answers who would be affected if the other edition had been in force.

use super::{Notice, ProgrammeCode, ScreenOutcome, Screening, SizeClass, Standing, screen};
use crate::money::Won;
use crate::money_rules::support::{Ceilings, Terms, cumulative_support};

/// What the rules of another edition say of a standing that was seen; none if the edition has no
/// such programme.
pub fn eligibility(
    notice: &Notice,
    programme: ProgrammeCode,
    standing: &Standing,
) -> Option<Screening> {
    notice.programme(programme).map(|programme| screen(notice, programme, standing))
}

/// The rules whose word differs between two screenings.
pub fn changed_rules(before: &Screening, after: &Screening) -> Vec<String> {
    let worst = |screening: &Screening, rule: &str| -> Option<ScreenOutcome> {
        let of_rule = screening.findings.iter().filter(|finding| finding.rule == rule);
        of_rule.map(|finding| finding.outcome).max()
    };
    let mut rules: Vec<String> = before
        .findings
        .iter()
        .chain(&after.findings)
        .map(|finding| finding.rule.clone())
        .filter(|rule| worst(before, rule) != worst(after, rule))
        .collect();
    rules.sort();
    rules.dedup();
    rules
}

/// What an agreement was decided on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Promised {
    /// The programme.
    pub programme: ProgrammeCode,
    /// The class.
    pub class: SizeClass,
    /// The total cost, where there is a plan; a purchase has only its ceiling.
    pub total: Option<Won>,
    /// What was promised.
    pub support: Won,
    /// The terms that it was promised under.
    pub terms: Terms,
}

/// What would be promised under another edition; none if it promises nothing to that class. Who had
/// asked for all that there was, is taken to ask for all that there would be; who had asked for less
/// gets no more.
pub fn promise(notice: &Notice, was: &Promised) -> Option<(Won, Terms)> {
    let terms = notice.programme(was.programme)?.terms(was.class, None)?;
    let most = |terms: &Terms| was.total.map_or(terms.cap, |total| terms.computed(total));
    let (before, after) = (most(&was.terms), most(&terms));
    let support = if was.support >= before { after } else { was.support.min(after) };
    Some((support, terms))
}

/// The supports of the purchases of a voucher, in their order, under other terms.
pub fn holds(approved: Won, terms: &Terms, supplies: &[Won]) -> Vec<Won> {
    let (mut cost, mut left) = (Won::ZERO, approved);
    supplies
        .iter()
        .map(|supply| {
            let ceilings = Ceilings { remaining_agreement: Some(left), ..Ceilings::default() };
            let found = cumulative_support(cost, *supply, terms, ceilings)
                .map_or(Won::ZERO, |found| found.support);
            cost = cost.checked_add(*supply).unwrap_or(Won::MAX);
            left = left.saturating_sub(found);
            found
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::BasisPoints;

    fn won(amount: i64) -> Won {
        Won::new(amount).unwrap()
    }

    /// The edition of 2024, and one of June 2024 in which P14 pays up to 60 million won and P15
    /// 70 % up to 8 million.
    fn editions() -> [Notice; 2] {
        let first = Notice::embedded().unwrap().clone();
        let mut data: serde_json::Value = serde_json::from_slice(first.raw()).unwrap();
        data["version"] = "2024-r1".into();
        data["effective_from"] = "2024-06-11".into();
        for programme in data["programmes"].as_array_mut().unwrap() {
            match programme["code"].as_str().unwrap() {
                "P14" => programme["cap"] = 60_000_000.into(),
                "P15" => {
                    programme["cap"] = 8_000_000.into();
                    programme["ratio_bp"]["sme"] = 7_000.into();
                }
                _ => {}
            }
        }
        [first, Notice::parse(&data.to_string()).unwrap()]
    }

    fn promised(notice: &Notice, code: &str, total: Option<i64>, support: i64) -> Promised {
        let programme = code.parse().unwrap();
        let terms = notice.programme(programme).unwrap().terms(SizeClass::Sme, None).unwrap();
        let total = total.map(won);
        Promised { programme, class: SizeClass::Sme, total, support: won(support), terms }
    }

    #[test]
    fn edge_case_14_a_raised_cap_is_for_agreements_signed_from_its_day_on() {
        let editions = editions();
        let on = |day: &str| Notice::in_force(&editions, day.parse().unwrap()).unwrap();
        let cap = |notice: &Notice| {
            notice.programme(ProgrammeCode::PROCESSING).unwrap().cap.unwrap().get()
        };
        for (day, version, most) in
            [("2024-06-10", "2024-draft-1", 50_000_000), ("2024-06-11", "2024-r1", 60_000_000)]
        {
            assert_eq!((on(day).version.as_str(), cap(on(day))), (version, most), "{day}");
        }
        // The agreement of the day before quotes its own edition, and stays what it was.
        let old = promised(on("2024-06-10"), "P14", Some(100_000_000), 50_000_000);
        assert_eq!(promise(&editions[0], &old).unwrap().0, won(50_000_000));
        // The replay only tells who would be affected.
        assert_eq!(promise(&editions[1], &old).unwrap().0, won(60_000_000));
    }

    #[test]
    fn who_asked_for_less_gets_no_more() {
        let editions = editions();
        for (code, total, support, after) in [
            ("P14", Some(100_000_000), 50_000_000, 60_000_000),
            ("P14", Some(100_000_000), 49_000_000, 49_000_000),
            ("P14", Some(50_000_000), 40_000_000, 40_000_000),
            ("P15", None, 10_000_000, 8_000_000),
            ("P15", None, 9_000_000, 8_000_000),
            ("P15", None, 3_000_000, 3_000_000),
        ] {
            let was = promised(&editions[0], code, total, support);
            assert_eq!(promise(&editions[1], &was).unwrap().0, won(after), "{code} {support}");
        }
        let was = promised(&editions[0], "P15", None, 1);
        let large = Promised { class: SizeClass::Large, ..was };
        assert_eq!(promise(&editions[1], &large), None);
    }

    #[test]
    fn r_052_purchases_are_computed_again_in_their_order() {
        let terms = |bp, cap| Terms::new(BasisPoints::new(bp).unwrap(), won(cap));
        let supplies = [won(7_000_000), won(6_000_000), won(1_000_000)];
        let as_won = |found: Vec<Won>| found.into_iter().map(Won::get).collect::<Vec<_>>();
        let now = holds(won(10_000_000), &terms(8_000, 10_000_000), &supplies);
        assert_eq!(as_won(now), [5_600_000, 4_400_000, 0]);
        let then = holds(won(8_000_000), &terms(7_000, 8_000_000), &supplies);
        assert_eq!(as_won(then), [4_900_000, 3_100_000, 0]);
        let small = [won(1_000_003); 3];
        let now = holds(won(10_000_000), &terms(8_000, 10_000_000), &small);
        assert_eq!(as_won(now), [800_002, 800_002, 800_003]);
    }
}
