//! The rules of vouchers against the rulebook, as tables and as random sequences.

use proptest::prelude::*;
use schema::money::BasisPoints;
use schema::time::Calendar;

use super::*;

fn won(amount: i64) -> Won {
    Won::new(amount).unwrap()
}

/// A voucher of 2024-06-10: its last day is 2024-10-10.
fn voucher(ratio: i64, approved: i64) -> Purse {
    let agreed = "2024-06-10".parse().unwrap();
    let calendar = Calendar::embedded().unwrap();
    Purse {
        state: VoucherState::Active,
        terms: Terms::new(BasisPoints::new(ratio).unwrap(), won(approved)),
        period: Period::months_after(agreed, 4).unwrap().shifted(calendar),
        available: won(approved),
        held: Won::ZERO,
        committed: Won::ZERO,
        paid: Won::ZERO,
        refunded: Won::ZERO,
        returned: Won::ZERO,
        cost: Won::ZERO,
        granted: Won::ZERO,
    }
}

fn in_time() -> Instant {
    "2024-10-10T23:59:59.999999+09:00".parse().unwrap()
}

fn too_late() -> Instant {
    "2024-10-11T00:00:00+09:00".parse().unwrap()
}

fn held(purse: &Purse, supply: i64) -> (Purse, Use) {
    let step = hold(purse, won(supply), in_time()).unwrap();
    (step.purse, step.used.unwrap())
}

#[test]
fn r_051_r_052_purchases_together_get_what_one_purchase_would() {
    for (ratio, costs, supports) in [
        (8_000, &[12_345_679][..], &[9_876_543][..]),
        (10_000, &[12_345_679], &[10_000_000]),
        (8_000, &[1_000_003, 1_000_003, 1_000_003], &[800_002, 800_002, 800_003]),
        (8_000, &[7_000_000, 6_000_000], &[5_600_000, 4_400_000]),
    ] {
        let mut purse = voucher(ratio, 10_000_000);
        for (cost, support) in costs.iter().zip(supports) {
            let used;
            (purse, used) = held(&purse, *cost);
            assert_eq!(used.support, won(*support), "{cost}");
            assert_eq!(used.support.checked_add(used.company_share), Some(won(*cost)));
        }
        assert_eq!(purse.sum(), Some(won(10_000_000)));
    }
}

#[test]
fn r_052_the_third_purchase_of_a_used_voucher_gets_nothing() {
    let (purse, _) = held(&voucher(8_000, 10_000_000), 7_000_000);
    let (purse, _) = held(&purse, 6_000_000);
    assert_eq!((purse.state, purse.available), (VoucherState::Exhausted, Won::ZERO));
    let refusal = hold(&purse, won(1_000_000), in_time()).unwrap_err();
    assert_eq!((refusal.code, refusal.rule), (Code::VoucherShort, Some("R-052")));
}

#[test]
fn r_051_a_support_of_nothing_is_refused() {
    let purse = voucher(8_000, 10_000_000);
    assert_eq!(hold(&purse, won(1), in_time()).unwrap_err().code, Code::SupportZero);
    assert_eq!(hold(&purse, Won::ZERO, in_time()).unwrap_err().code, Code::PriceInvalid);
    assert_eq!(hold(&voucher(8_000, 5), won(1_000), in_time()).unwrap().purse.held, won(5));
}

#[test]
fn r_064_nothing_is_ordered_or_accepted_after_the_period() {
    let purse = voucher(8_000, 10_000_000);
    let (ordered, used) = held(&purse, 1_000_000);
    let refusal = hold(&purse, won(1_000_000), too_late()).unwrap_err();
    assert_eq!((refusal.code, refusal.rule), (Code::PeriodOver, Some("R-064")));
    assert_eq!(refusal.figures["ended"], "2024-10-10");
    assert!(commit(&ordered, &used, in_time()).is_ok());
    assert_eq!(commit(&ordered, &used, too_late()).unwrap_err().code, Code::PeriodOver);
    // The timer may have run before the buyer accepts.
    let expired = expire(&ordered, too_late()).unwrap().unwrap().purse;
    let released = Use { state: UseState::Released, ..used };
    assert_eq!(commit(&expired, &released, too_late()).unwrap_err().code, Code::PeriodOver);
}

#[test]
fn r_064_what_is_unused_lapses_once_and_what_was_accepted_is_paid_later() {
    let (purse, first) = held(&voucher(8_000, 10_000_000), 1_000_000);
    let accepted = commit(&purse, &first, in_time()).unwrap();
    let (purse, _) = held(&accepted.purse, 2_000_000);
    assert_eq!(expire(&purse, in_time()).unwrap(), None);
    let over = expire(&purse, too_late()).unwrap().unwrap().purse;
    assert_eq!((over.state, over.returned), (VoucherState::Expired, won(9_200_000)));
    assert_eq!((over.available, over.held, over.committed), (Won::ZERO, Won::ZERO, won(800_000)));
    assert_eq!(expire(&over, too_late()).unwrap(), None, "it lapses once");
    let paid = pay(&over, &accepted.used.unwrap()).unwrap().purse;
    assert_eq!((paid.paid, paid.sum()), (won(800_000), Some(won(10_000_000))));
}

#[test]
fn r_066_a_refund_goes_back_to_its_sources() {
    let (purse, used) = held(&voucher(8_000, 10_000_000), 10_000_000);
    let step = commit(&purse, &used, in_time()).unwrap();
    let step = pay(&step.purse, &step.used.unwrap()).unwrap();
    let (half, own) = refund(&step.purse, &step.used.unwrap(), won(5_000_000), in_time()).unwrap();
    assert_eq!((half.purse.refunded, own), (won(4_000_000), won(1_000_000)));
    // The voucher still runs, so its part can be spent again.
    assert_eq!(half.purse.available, won(6_000_000));
    let used = half.used.unwrap();
    let refusal = refund(&half.purse, &used, won(5_000_001), in_time()).unwrap_err();
    assert_eq!((refusal.code, refusal.rule), (Code::PriceInvalid, Some("R-066")));
    let (rest, own) = refund(&half.purse, &used, won(5_000_000), too_late()).unwrap();
    assert_eq!((rest.purse.returned, own), (won(4_000_000), won(1_000_000)));
    assert_eq!(rest.used.unwrap().state, UseState::Refunded);
}

/// Every command × state of the use: what becomes of it, or the refusal.
#[test]
fn uses_move_as_drawn() {
    let states = [
        (UseState::Held, ["committed", "released", "state-forbids", "state-forbids"]),
        (UseState::Committed, ["state-forbids", "released", "paid", "state-forbids"]),
        (UseState::Paid, ["state-forbids", "state-forbids", "state-forbids", "paid"]),
        (UseState::Released, ["state-forbids"; 4]),
        (UseState::Refunded, ["state-forbids"; 4]),
    ];
    for (state, expected) in states {
        let (mut purse, used) = held(&voucher(8_000, 10_000_000), 1_000_000);
        let used = Use { state, ..used };
        // Money where the state says that it is.
        (purse.held, purse.committed, purse.paid) = match state {
            UseState::Held => (used.support, Won::ZERO, Won::ZERO),
            UseState::Committed => (Won::ZERO, used.support, Won::ZERO),
            _ => (Won::ZERO, Won::ZERO, used.support),
        };
        let now = in_time();
        let name = |step: Result<Step, Refusal>| match step {
            Ok(step) => step.used.unwrap().state.as_str(),
            Err(refusal) => refusal.code.slug(),
        };
        let found = [
            name(commit(&purse, &used, now)),
            name(release(&purse, &used, now)),
            name(pay(&purse, &used)),
            name(refund(&purse, &used, won(1), now).map(|(step, _)| step)),
        ];
        assert_eq!(found, expected, "{state}");
    }
}

/// Every command × state of the voucher.
#[test]
fn a_stopped_voucher_spends_and_pays_nothing() {
    for (state, expected) in [
        (VoucherState::Active, ["ok", "ok", "ok"]),
        (VoucherState::Exhausted, ["ok", "ok", "ok"]),
        (VoucherState::Expired, ["period-over", "period-over", "ok"]),
        (VoucherState::Frozen, ["voucher-inactive"; 3]),
        (VoucherState::Revoked, ["voucher-inactive"; 3]),
    ] {
        let (purse, used) = held(&voucher(8_000, 10_000_000), 1_000_000);
        let step = commit(&purse, &used, in_time()).unwrap();
        let stopped = Purse { state, ..purse };
        let accepted = Purse { state, ..step.purse };
        let name = |step: Result<Step, Refusal>| step.map_or_else(|r| r.code.slug(), |_| "ok");
        let found = [
            name(hold(&stopped, won(1_000_000), in_time())),
            name(commit(&stopped, &used, in_time())),
            name(pay(&accepted, &step.used.unwrap())),
        ];
        assert_eq!(found, expected, "{state}");
    }
}

/// What the agency does to a voucher as a whole, by its state.
#[test]
fn a_voucher_is_frozen_revoked_and_closed_as_drawn() {
    use VoucherState as V;
    for (state, expected) in [
        (V::Active, [Some(V::Frozen), None, Some(V::Revoked), Some(V::Expired)]),
        (V::Exhausted, [Some(V::Frozen), None, Some(V::Revoked), Some(V::Expired)]),
        (V::Expired, [None, None, Some(V::Revoked), None]),
        (V::Frozen, [None, Some(V::Active), Some(V::Revoked), None]),
        (V::Revoked, [None; 4]),
    ] {
        let (purse, _) = held(&voucher(8_000, 10_000_000), 1_000_000);
        let purse = Purse { state, ..purse };
        let step = |step: Result<Option<Step>, Refusal>| step.unwrap().map(|step| step.purse);
        let (revoked, closed) = (step(revoke(&purse)), step(close(&purse)));
        for left in [&revoked, &closed].into_iter().flatten() {
            let back = (left.available, left.held, left.returned);
            assert_eq!(back, (Won::ZERO, Won::ZERO, won(10_000_000)), "{state}");
        }
        let found = [
            frozen(state),
            thawed(&purse),
            revoked.map(|purse| purse.state),
            closed.map(|purse| purse.state),
        ];
        assert_eq!(found, expected, "{state}");
    }
}

#[derive(Clone, Copy, Debug)]
enum Command {
    Hold(i64),
    Commit(usize),
    Release(usize),
    Pay(usize),
    Refund(usize, i64),
    Expire,
    Freeze,
    Thaw,
    Revoke,
    Close,
}

fn commands() -> impl Strategy<Value = Vec<(Command, bool)>> {
    let one = prop_oneof![
        4 => (1..8_000_000_i64).prop_map(Command::Hold),
        2 => (1..20_i64).prop_map(Command::Hold),
        4 => (0..8_usize).prop_map(Command::Commit),
        2 => (0..8_usize).prop_map(Command::Release),
        4 => (0..8_usize).prop_map(Command::Pay),
        2 => (0..8_usize, 1..5_000_000_i64).prop_map(|(at, won)| Command::Refund(at, won)),
        1 => Just(Command::Expire),
        1 => Just(Command::Freeze),
        2 => Just(Command::Thaw),
        1 => Just(Command::Revoke),
        1 => Just(Command::Close),
    ];
    // One command in ten comes after the period.
    proptest::collection::vec((one, proptest::bool::weighted(0.1)), 0..60)
}

/// The voucher ended: what open orders held is released.
fn ended(purse: &mut Purse, uses: &mut [Use], step: Result<Option<Step>, Refusal>) {
    let Ok(Some(step)) = step else { return };
    *purse = step.purse;
    for used in uses.iter_mut().filter(|used| used.state == UseState::Held) {
        used.state = UseState::Released;
    }
}

/// Applies a command as the service does; refusals change nothing.
fn apply(purse: &mut Purse, uses: &mut Vec<Use>, command: Command, now: Instant) {
    let at = |at: usize| uses.get(at).copied();
    let (step, place) = match command {
        Command::Hold(supply) => (hold(purse, won(supply), now), None),
        Command::Commit(i) => match at(i) {
            Some(used) => (commit(purse, &used, now), Some(i)),
            None => return,
        },
        Command::Release(i) => match at(i) {
            Some(used) => (release(purse, &used, now), Some(i)),
            None => return,
        },
        Command::Pay(i) => match at(i) {
            Some(used) => (pay(purse, &used), Some(i)),
            None => return,
        },
        Command::Refund(i, supply) => match at(i) {
            Some(used) => (refund(purse, &used, won(supply), now).map(|done| done.0), Some(i)),
            None => return,
        },
        Command::Expire => return ended(purse, uses, expire(purse, now)),
        Command::Revoke => return ended(purse, uses, revoke(purse)),
        Command::Close => return ended(purse, uses, close(purse)),
        Command::Freeze => {
            purse.state = frozen(purse.state).unwrap_or(purse.state);
            return;
        }
        Command::Thaw => {
            purse.state = thawed(purse).unwrap_or(purse.state);
            return;
        }
    };
    let Ok(step) = step else { return };
    *purse = step.purse;
    match (place, step.used) {
        (Some(i), Some(used)) => uses[i] = used,
        (_, Some(used)) => uses.push(used),
        (_, None) => {}
    }
}

fn sum(uses: &[Use], states: &[UseState], of: impl Fn(&Use) -> Won) -> Won {
    let chosen = uses.iter().filter(|used| states.contains(&used.state));
    Won::checked_sum(chosen.map(of)).unwrap()
}

proptest! {
    #[test]
    fn any_sequence_keeps_the_books(
        ratio in prop_oneof![Just(8_000_i64), Just(10_000), 1..=10_000_i64],
        approved in 1..=10_000_000_i64,
        sequence in commands(),
    ) {
        let mut purse = voucher(ratio, approved);
        let mut uses = Vec::new();
        for (command, late) in sequence {
            let now = if late { too_late() } else { in_time() };
            apply(&mut purse, &mut uses, command, now);
            prop_assert_eq!(purse.sum(), Some(won(approved)));
            prop_assert!(purse.granted <= won(approved));
            let held = sum(&uses, &[UseState::Held], |used| used.support);
            let committed = sum(&uses, &[UseState::Committed], |used| used.support);
            prop_assert_eq!((purse.held, purse.committed), (held, committed));
            let settled = [UseState::Paid, UseState::Refunded];
            prop_assert_eq!(purse.paid, sum(&uses, &settled, |used| used.support));
            prop_assert_eq!(purse.refunded, sum(&uses, &settled, |used| used.refunded));
            for used in &uses {
                prop_assert_eq!(used.support.checked_add(used.company_share), Some(used.supply));
                prop_assert!(used.refunded <= used.support);
                let own = used.refunded_supply.checked_sub(used.refunded);
                prop_assert!(own.is_some_and(|own| own <= used.company_share));
            }
        }
    }

    /// as long as nothing is given back, the sum of the supports is that of the sum.
    #[test]
    fn purchases_do_not_leak_won(costs in proptest::collection::vec(2..3_000_000_i64, 1..10)) {
        let mut purse = voucher(8_000, 10_000_000);
        for cost in costs {
            if let Ok(step) = hold(&purse, won(cost), in_time()) {
                purse = step.purse;
            }
            prop_assert_eq!(purse.granted, purse.terms.computed(purse.cost));
        }
    }
}

#[test]
fn r_059_r_066_what_an_order_costs_less_goes_back_before_it_is_paid() {
    let now = in_time();
    for (supply, cut, public, freed, left) in [
        // half of 10M of which 8M are public.
        (10_000_000, 5_000_000, Some(4_000_000), 4_000_000, 4_000_000),
        // the support of what is left of the cost.
        (10_000_000, 1_000_000, None, 800_000, 7_200_000),
        // Above the cap nothing is freed until the cost is below it.
        (20_000_000, 1_000_000, None, 0, 10_000_000),
        (12_500_001, 1, None, 0, 10_000_000),
    ] {
        let held = hold(&voucher(8_000, 10_000_000), won(supply), now).unwrap();
        let used = held.used.unwrap();
        let step = lower(&held.purse, &used, won(cut), public.map(won), now).unwrap();
        let after = step.used.unwrap();
        assert_eq!(step.moves[0].amount, won(freed), "{supply} {cut}");
        assert_eq!((after.support, after.supply), (won(left), won(supply - cut)));
        assert_eq!(after.supply.checked_sub(after.support), Some(after.company_share));
        assert_eq!(step.purse.sum(), voucher(8_000, 10_000_000).sum());
    }
    let held = hold(&voucher(8_000, 10_000_000), won(10_000_000), now).unwrap();
    let used = held.used.unwrap();
    for (cut, public) in [(10_000_000, None), (10_000_001, None), (8_000_000, Some(8_000_000))] {
        let refused = lower(&held.purse, &used, won(cut), public.map(won), now).unwrap_err();
        assert_eq!(refused.rule, Some("R-066"), "{cut}");
    }
    let paid = Use { state: UseState::Paid, ..used };
    assert!(lower(&held.purse, &paid, won(1), None, now).is_err());
}
