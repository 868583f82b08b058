//! A whole year of the three programmes in one test: the pool of processors (P13), 30 applications for
//! processing (P14) and 40 for purchases (P15) under the budgets of the notice, with everything that
//! follows, and with the statements of the year to the won. `docs/YEAR.md` tells it for people.

mod chapters;
mod deals;
mod intake;
mod processing;
mod purchase;
mod stage;
mod table;
mod trouble;

use stage::Year;
use table::Figures;

/// The year as it must come out: P14, P15.
const EXPECTED: &[(&str, [i64; 2])] = &[
    ("budget", [1_250_000_000, 250_000_000]),
    ("signed", [1_250_000_000, 250_000_000]),
    ("paid", [372_333_333, 83_664_180]),
    ("refunded", [0, 5_000_000]),
    ("released", [827_666_667, 171_335_820]),
    ("recovered", [0, 10_000_000]),
    ("released_late", [50_000_000, 0]),
    ("recovered_late", [30_821_918, 9_999_999]),
    ("promised", [0, 0]),
    ("carried_over", [25_000_000, 0]),
    ("spent", [341_511_415, 58_664_181]),
    ("unspent", [827_666_667, 181_335_820]),
    ("state_revenue", [80_821_918, 9_999_999]),
    ("charges", [0, 5_101_233]),
];

#[tokio::test]
async fn a_year_of_the_three_programmes_comes_out_to_the_won() {
    let year = Year::opened().await;
    let mut shelf = chapters::shop(&year).await;
    let cases = chapters::spring(&year, &shelf).await;
    let mut parties = chapters::june(&year, &cases).await;
    let product = chapters::products(&year, &mut parties, &cases, &mut shelf).await;
    let deals = chapters::first_purchases(&year, &parties, &shelf).await;
    let second = chapters::second_applications(&year, &shelf).await;
    let sanction = chapters::fraud(&year, &parties).await;
    let august = chapters::august(&year, &second).await;
    chapters::second_purchases(&year, &parties, &august, &shelf).await;
    chapters::autumn(&year, &parties, &deals).await;
    chapters::winter(&year, &parties, &shelf, &product).await;
    chapters::next_year(&year, &parties).await;
    chapters::last_states(&year, &cases, &second, &parties, &sanction).await;
    closing(&year).await;
}

fn expected_of(name: &str) -> [i64; 2] {
    EXPECTED.iter().find(|(known, _)| *known == name).unwrap().1
}

/// The statements of the year are what was expected and what the document tells, and add up.
async fn closing(year: &Year) {
    let expected: Figures =
        EXPECTED.iter().map(|(name, amounts)| ((*name).to_owned(), *amounts)).collect();
    let played = table::played(year).await;
    assert_eq!(played, expected, "the exchange and the constants of this test");
    let document = std::fs::read_to_string(crate::tidy::root().join("docs/YEAR.md")).unwrap();
    assert_eq!(table::told(&document), expected, "docs/YEAR.md and the constants of this test");
    let [p14, p15] = [0, 1].map(|at| move |name: &str| expected_of(name)[at]);
    let sums = [p15("signed"), p14("paid"), p15("paid"), p14("released"), p15("released")];
    assert_eq!(table::sums(&document), sums, "the tables B to F of docs/YEAR.md");
    for at in 0..2 {
        let figure = |name: &str| expected_of(name)[at];
        let sum = |names: &[&str]| names.iter().map(|name| figure(name)).sum::<i64>();
        assert_eq!(
            sum(&["promised", "spent", "unspent", "state_revenue"]),
            figure("budget"),
            "every won of the budget is somewhere"
        );
        assert_eq!(
            sum(&["paid", "released", "released_late", "promised"]) - figure("refunded"),
            figure("signed"),
            "every won that was promised was paid or went back"
        );
        assert_eq!(
            figure("paid") - sum(&["refunded", "recovered", "recovered_late"]),
            figure("spent")
        );
    }
    year.staff.balanced().await;
}
