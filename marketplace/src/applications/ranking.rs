//! Who gets what of a budget. Pure.

use schema::api::applications::{SelectionLine, SelectionOutcome};
use schema::id::ApplicationId;
use schema::money::Won;
use schema::time::Instant;

/// An evaluated application.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    /// Its id: the last word in a tie.
    pub(super) id: ApplicationId,
    /// What is ranked, in hundredths of a point.
    pub(super) score: i64,
    /// When it was submitted first: earlier is better in a tie.
    pub(super) submitted_at: Instant,
    /// The support that the rules come to.
    pub(super) computed: Won,
    /// Why it cannot be supported, whatever is left.
    pub(super) because: Option<&'static str>,
    /// Whether that can still be cured: it waits, and lets others pass.
    pub(super) curable: bool,
    /// Whether it turned a partial offer down already.
    pub(super) declined: bool,
}

impl Candidate {
    /// Whether it has a place in the ranking.
    fn ranks(&self) -> bool {
        self.because.is_none() || self.curable
    }
}

/// Ranks candidates and gives out `remaining`, best first, while it covers the computed support.
/// The first that it does not cover is offered what is left, and nobody after it is served before:
/// money is not passed by. Who turned such an offer down is passed by.
pub(super) fn allocate(mut candidates: Vec<Candidate>, remaining: Won) -> Vec<SelectionLine> {
    candidates.sort_by(|one, other| {
        let key = |c: &Candidate| (!c.ranks(), std::cmp::Reverse(c.score));
        (key(one), one.submitted_at, one.id).cmp(&(key(other), other.submitted_at, other.id))
    });
    let (mut left, mut open, mut place) = (remaining, true, 0_i64);
    let mut lines = Vec::with_capacity(candidates.len());
    for candidate in candidates {
        place += i64::from(candidate.ranks());
        let (outcome, amount) = decide(&candidate, left, open);
        left = left.saturating_sub(amount);
        // A waiting candidate who turned an offer down lets others pass.
        open &= outcome == SelectionOutcome::Selected
            || outcome == SelectionOutcome::NotSelected
            || candidate.declined
            || candidate.because.is_some();
        lines.push(SelectionLine {
            application: candidate.id,
            place: candidate.ranks().then_some(place),
            score_hundredths: candidate.score,
            outcome,
            computed: candidate.computed,
            amount,
            remaining: left,
            because: candidate.because.map(str::to_owned),
        });
    }
    lines
}

fn decide(candidate: &Candidate, left: Won, open: bool) -> (SelectionOutcome, Won) {
    if !candidate.ranks() {
        return (SelectionOutcome::NotSelected, Won::ZERO);
    }
    if candidate.because.is_some() {
        return (SelectionOutcome::Waitlisted, Won::ZERO);
    }
    if !open || left == Won::ZERO {
        return (SelectionOutcome::Waitlisted, Won::ZERO);
    }
    if candidate.computed <= left {
        return (SelectionOutcome::Selected, candidate.computed);
    }
    if candidate.declined {
        return (SelectionOutcome::Waitlisted, Won::ZERO);
    }
    (SelectionOutcome::Offered, left)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn won(amount: i64) -> Won {
        Won::new(amount).unwrap()
    }

    fn id(n: u128) -> ApplicationId {
        ApplicationId::from_uuid(uuid::Uuid::from_u128(n))
    }

    fn candidate(n: u128, score: i64, at: i64, computed: i64) -> Candidate {
        Candidate {
            id: id(n),
            score,
            submitted_at: Instant::from_micros(at).unwrap(),
            computed: won(computed),
            because: None,
            curable: false,
            declined: false,
        }
    }

    fn told(lines: &[SelectionLine]) -> Vec<(ApplicationId, &'static str, i64)> {
        lines.iter().map(|l| (l.application, l.outcome.as_str(), l.amount.get())).collect()
    }

    #[test]
    fn r_026_what_is_left_is_offered_to_the_next() {
        let all = vec![
            candidate(1, 9_000, 1, 50_000_000),
            candidate(2, 8_000, 1, 50_000_000),
            candidate(3, 7_000, 1, 10_000_000),
        ];
        let lines = allocate(all, won(80_000_000));
        assert_eq!(
            told(&lines),
            [
                (id(1), "selected", 50_000_000),
                (id(2), "offered", 30_000_000),
                (id(3), "waitlisted", 0),
            ]
        );
        assert_eq!(lines.iter().map(|l| l.remaining.get()).collect::<Vec<_>>(), [30_000_000, 0, 0]);
        assert_eq!(lines.iter().map(|l| l.place).collect::<Vec<_>>(), [Some(1), Some(2), Some(3)]);
    }

    #[test]
    fn r_026_ties_go_to_the_earlier_submission_then_the_smaller_id() {
        let all = vec![
            candidate(4, 8_000, 7, 1),
            candidate(3, 8_000, 7, 1),
            candidate(2, 8_000, 9, 1),
            candidate(1, 8_001, 99, 1),
        ];
        let order: Vec<_> = allocate(all, won(10)).iter().map(|line| line.application).collect();
        assert_eq!(order, [id(1), id(3), id(4), id(2)]);
    }

    #[test]
    fn r_026_who_turned_an_offer_down_lets_others_pass() {
        let mut first = candidate(1, 9_000, 1, 50);
        first.declined = true;
        let lines = allocate(vec![first.clone(), candidate(2, 8_000, 1, 20)], won(30));
        assert_eq!(told(&lines), [(id(1), "waitlisted", 0), (id(2), "selected", 20)]);
        // With money enough it is served as its place says.
        let lines = allocate(vec![first, candidate(2, 8_000, 1, 20)], won(60));
        assert_eq!(told(&lines), [(id(1), "selected", 50), (id(2), "offered", 10)]);
    }

    #[test]
    fn who_cannot_be_supported_has_no_place_and_takes_nothing() {
        let mut below = candidate(1, 5_900, 1, 10);
        below.because = Some("below_pass_mark");
        let mut late = candidate(2, 9_900, 1, 10);
        late.because = Some("not_listed");
        let lines = allocate(vec![below, late, candidate(3, 6_000, 1, 10)], won(10));
        assert_eq!(
            told(&lines),
            [(id(3), "selected", 10), (id(2), "not_selected", 0), (id(1), "not_selected", 0)]
        );
        assert_eq!(lines.iter().map(|line| line.place).collect::<Vec<_>>(), [Some(1), None, None]);
    }

    #[test]
    fn who_lacks_a_paper_waits_and_lets_others_pass() {
        let mut first = candidate(1, 9_000, 1, 10);
        (first.because, first.curable) = (Some("papers"), true);
        let lines = allocate(vec![candidate(2, 8_000, 1, 10), first], won(10));
        assert_eq!(told(&lines), [(id(1), "waitlisted", 0), (id(2), "selected", 10)]);
        assert_eq!(lines.iter().map(|line| line.place).collect::<Vec<_>>(), [Some(1), Some(2)]);
    }

    proptest! {
        #[test]
        fn no_more_is_given_than_there_is_and_nobody_passes_by(
            scores in prop::collection::vec((0_i64..10_000, 0_i64..5, 1_i64..60, any::<bool>()), 0..20),
            left in 0_i64..300,
        ) {
            let all: Vec<Candidate> = (1_u128..)
                .zip(&scores)
                .map(|(n, (score, at, computed, declined))| {
                    let mut one = candidate(n, *score, *at, *computed);
                    one.declined = *declined;
                    one.because = (*score < 6_000).then_some("below_pass_mark");
                    one
                })
                .collect();
            let lines = allocate(all.clone(), won(left));
            prop_assert_eq!(lines.len(), all.len());
            let given: i64 = lines.iter().map(|line| line.amount.get()).sum();
            prop_assert!(given <= left);
            let offers = lines.iter().filter(|l| l.outcome == SelectionOutcome::Offered).count();
            prop_assert!(offers <= 1);
            // After the first who waits and has not declined, nobody is served.
            let first = lines.iter().position(|line| {
                line.outcome == SelectionOutcome::Waitlisted
                    && !all.iter().any(|c| c.id == line.application && c.declined)
            });
            if let Some(first) = first {
                prop_assert!(lines.iter().skip(first).all(|line| line.amount == Won::ZERO));
            }
        }
    }
}
