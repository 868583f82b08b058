//! The year of P15: forty applications in two rounds, and the products they are about.

use schema::api::applications::{EvaluationBatch, Selection, SelectionOutcome as Outcome};
use schema::api::parties::Role;
use schema::notice::SizeClass;
use serde_json::{Value, json};
use tests::applicants::purchase_body;

use super::deals::Buyer;
use super::intake::{Case, Fate, Plan};
use super::stage::Year;

/// A product: its listing and its price.
pub(super) type Good = (String, i64);

/// The firm of the June round that is found out.
pub(super) const FRAUD: usize = 2;
/// Its representative.
pub(super) const HEAD: &str = "김철수";

/// Some applicants who ask for the same: how many, their class, which products of the shelf, the
/// support they ask for, and what becomes of them.
pub(super) struct Group {
    count: usize,
    class: SizeClass,
    goods: &'static [usize],
    requested: i64,
    fate: Fate,
}

const fn group(
    count: usize,
    class: SizeClass,
    goods: &'static [usize],
    requested: i64,
    fate: Fate,
) -> Group {
    Group { count, class, goods, requested, fate }
}

/// Applied in March, evaluated in June.
pub(super) const JUNE: &[Group] = &[
    group(9, SizeClass::Sme, &[0], 10_000_000, Fate::Scored(22)),
    group(1, SizeClass::Sme, &[1], 9_999_999, Fate::Scored(22)),
    group(3, SizeClass::Nonprofit, &[2], 9_999_999, Fate::Scored(21)),
    group(4, SizeClass::Sme, &[3, 4, 5], 2_400_007, Fate::Scored(20)),
    group(1, SizeClass::Sme, &[0], 10_000_000, Fate::Scored(14)),
    group(1, SizeClass::Large, &[0], 10_000_000, Fate::Barred("class-not-eligible")),
    group(1, SizeClass::Sme, &[0], 10_000_000, Fate::Expired("2024-04-30")),
    group(1, SizeClass::Sme, &[0], 10_000_000, Fate::Withdrawn),
];

/// Applied in July, when the products of P14 are on sale; evaluated in August.
pub(super) const AUGUST: &[Group] = &[
    group(8, SizeClass::Sme, &[8], 9_876_543, Fate::Scored(24)),
    group(2, SizeClass::Nonprofit, &[8], 10_000_000, Fate::Scored(23)),
    group(1, SizeClass::Sme, &[9, 6, 7], 10_000_000, Fate::Scored(22)),
    group(1, SizeClass::Sme, &[1], 9_999_999, Fate::Scored(21)),
    group(5, SizeClass::Sme, &[0], 10_000_000, Fate::Scored(18)),
    group(1, SizeClass::Sme, &[10], 2_000_000, Fate::Scored(25)),
    group(1, SizeClass::Sme, &[0], 10_000_000, Fate::Silent("2024-07-19")),
];

/// What the seller has on sale from February on, at the prices of.
pub(super) async fn shelf(year: &Year) -> Vec<Good> {
    let prices =
        [12_500_000, 12_499_999, 9_999_999, 1_000_003, 1_000_003, 1_000_003, 6_000_000, 1_000_000];
    let mut shelf = Vec::new();
    for price in prices {
        shelf.push((year.product(price).await.id.to_string(), price));
    }
    shelf
}

/// Everybody of a round applies; `fraud` has the representative that another firm has, too.
pub(super) async fn applied(
    year: &Year,
    round: &[Group],
    shelf: &[Good],
    fraud: Option<usize>,
) -> Vec<Case> {
    let mut plans = Vec::new();
    for group in round {
        let goods: Vec<Good> = group.goods.iter().map(|at| shelf[*at].clone()).collect();
        let mut body = purchase_body(&goods, group.requested);
        body["purchase"]["purpose"] = json!(purpose(group.class));
        for _ in 0..group.count {
            let mut form = year.app.sign_up_form(&[Role::Buyer], group.class);
            if Some(plans.len()) == fraud {
                form.organisation.representative = HEAD.to_owned();
            }
            plans.push(Plan { form, body: body.clone(), fate: group.fate });
        }
    }
    year.apply("P15", &plans).await
}

/// What public money may serve.
pub(super) fn purpose(class: SizeClass) -> &'static str {
    if class == SizeClass::Nonprofit { "research" } else { "process_improvement" }
}

/// Selected firms sign with the agency and hold a voucher each.
pub(super) async fn signed(year: &Year, cases: &[Case]) -> Vec<Buyer> {
    let mut buyers = Vec::new();
    for case in cases {
        case.who.sign_in().await;
        let agreement = year.agreed(case, None).await;
        buyers.push(Buyer { who: case.who.clone(), agreement });
    }
    buyers
}

/// What a selection gave, added up by outcome: how many, and how much.
pub(super) fn given(made: &Selection, outcome: Outcome) -> (usize, i64) {
    let lines = made.lines.iter().filter(|line| line.outcome == outcome);
    lines.fold((0, 0), |(count, sum), line| (count + 1, sum + line.amount.get()))
}

/// June: all seventeen that passed are selected.
pub(super) async fn june(year: &Year, cases: &[Case], batch: &EvaluationBatch) {
    let made = year.selected(cases, batch, "2024-06-30").await;
    assert_eq!(given(&made, Outcome::Selected), (17, 139_600_024));
    assert_eq!(given(&made, Outcome::NotSelected), (1, 0));
}

/// August: eleven are selected, the twelfth is offered the last 1,387,632 won, five wait
/// until the end of September, and a product that was never on sale bars its application.
pub(super) async fn august(year: &Year, cases: &[Case], batch: &EvaluationBatch) {
    let made = year.selected(cases, batch, "2024-09-30").await;
    assert_eq!(given(&made, Outcome::Selected), (11, 109_012_344));
    assert_eq!(given(&made, Outcome::Offered), (1, 1_387_632));
    assert_eq!(given(&made, Outcome::Waitlisted), (5, 0));
    let barred = made.lines.last().unwrap();
    assert_eq!(
        (barred.outcome, barred.because.as_deref()),
        (Outcome::NotSelected, Some("not_listed"))
    );
    let offered = &cases[11];
    offered.who.sign_in().await;
    let consent = format!("/v1/applications/{}/consent", offered.application.id);
    let agreed: Value = offered.who.command(&consent).await.expect(200).json;
    assert_eq!(agreed["approved"], 1_387_632);
}
