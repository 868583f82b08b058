//! The machine under any sequence of commands.

use proptest::prelude::*;

use super::*;

/// The edges of the rulebook's text, written down a second time.
const EDGES: &[(S, S)] = &[
    (S::Draft, S::Submitted),
    (S::Submitted, S::UnderReview),
    (S::UnderReview, S::Supplement),
    (S::Supplement, S::UnderReview),
    (S::UnderReview, S::Eligible),
    (S::UnderReview, S::Ineligible),
    (S::Supplement, S::Ineligible),
    (S::Eligible, S::InEvaluation),
    (S::InEvaluation, S::Evaluated),
    (S::Evaluated, S::Selected),
    (S::Evaluated, S::Waitlisted),
    (S::Evaluated, S::NotSelected),
    (S::Waitlisted, S::Selected),
    (S::Waitlisted, S::NotSelected),
    (S::Ineligible, S::Objection),
    (S::NotSelected, S::Objection),
    (S::Objection, S::UnderReview),
    (S::Objection, S::InEvaluation),
    (S::Objection, S::Ineligible),
    (S::Objection, S::NotSelected),
    (S::Selected, S::Agreed),
    (S::Selected, S::Forfeited),
    (S::Draft, S::Withdrawn),
    (S::Submitted, S::Withdrawn),
    (S::UnderReview, S::Withdrawn),
    (S::Supplement, S::Withdrawn),
    (S::Eligible, S::Withdrawn),
    (S::Selected, S::Withdrawn),
];

/// An application in the model.
#[derive(Clone, Debug)]
struct Model {
    state: S,
    objected_from: Option<S>,
    term: Option<Day>,
    given: Won,
    offered: Option<Won>,
}

fn spoken_for(all: &[Model]) -> i64 {
    let live = |one: &&Model| matches!(one.state, S::Selected | S::Waitlisted | S::Agreed);
    all.iter().filter(live).map(|one| one.given.get() + one.offered.map_or(0, Won::get)).sum()
}

proptest! {
    #[test]
    fn any_sequence_of_commands_keeps_the_budget_and_the_machine(
        budget in 0_i64..60,
        moves in prop::collection::vec((0_usize..4, 0_usize..27, 1_i64..40, any::<u8>()), 0..400),
    ) {
        let fresh = Model {
            state: S::Draft, objected_from: None, term: None, given: Won::ZERO, offered: None,
        };
        let mut all = vec![fresh; 4];
        for (which, command, amount, luck) in moves {
            let command = C::ALL[command];
            let left = won(budget - spoken_for(&all));
            let one = all[which].clone();
            // Open offers of one's own are given back before a better one.
            let left = won(left.get() + one.offered.map_or(0, Won::get));
            let facts = Facts {
                purse: Purse { appropriated: won(budget), left },
                amount: won(amount),
                passed: luck & 1 == 0,
                barred: luck & 6 == 6,
                term: one.term,
                offer: one.offered.map(|offer| (offer, day("2024-06-10"))),
                waitlist_until: one.term,
                objected_from: one.objected_from,
                ..fine(command)
            };
            let Ok(step) = told(one.state, command, &facts) else { continue };
            prop_assert!(
                step.to == one.state || EDGES.contains(&(one.state, step.to)),
                "{} → {}", one.state, step.to
            );
            prop_assert!(
                !matches!(one.state, S::Agreed | S::Forfeited | S::Withdrawn),
                "{} is final", one.state
            );
            let next = &mut all[which];
            next.state = step.to;
            next.term = match step.term {
                Term::None => None,
                Term::Keep => one.term,
                Term::Until(day) => Some(day),
                Term::Days(_) if luck & 8 == 0 => Some(day("2024-06-09")),
                Term::Days(_) => Some(day("2024-06-10")),
            };
            match command {
                C::Select | C::Promote => (next.given, next.offered) = (facts.amount, None),
                C::Offer => next.offered = Some(facts.amount),
                C::Consent => {
                    (next.given, next.offered) = (one.offered.unwrap(), None);
                }
                C::Decline | C::LapseOffer | C::CloseWaitlist => next.offered = None,
                C::Object => next.objected_from = Some(one.state),
                C::Uphold | C::Dismiss => {
                    (next.objected_from, next.given, next.offered) = (None, Won::ZERO, None);
                }
                _ => {}
            }
            prop_assert!(spoken_for(&all) <= budget, "{command:?}: {all:?}");
        }
    }
}
