//! The figures of the year: as the ledger has them, and as `docs/YEAR.md` tells them.

use std::collections::BTreeMap;

use schema::api::statements::{Statement, YearFund, YearStatement};

use super::stage::Year;

/// Figures by their names, for P14 and P15.
pub(super) type Figures = BTreeMap<String, [i64; 2]>;

const PROGRAMMES: [&str; 2] = ["P14", "P15"];
/// Why money goes back that was promised and not paid.
const RELEASES: [&str; 4] =
    ["agreement.release", "voucher.lapse", "voucher.close", "voucher.revoke"];

/// A movement of money: why, from, to, how much.
struct Moved {
    why: String,
    from: String,
    to: String,
    amount: i64,
}

/// Every movement of fourteen months, as the monthly statements have them.
async fn moves(year: &Year) -> Vec<Moved> {
    let months = (1..=12).map(|month| format!("2024-{month:02}"));
    let months = months.chain(["2025-01".to_owned(), "2025-02".to_owned()]);
    let mut moves = Vec::new();
    for month in months {
        let path = format!("/v1/statements/months/{month}");
        let told: Statement = year.staff.auditor.get(&path).await.expect(200).read();
        assert!(!told.truncated, "{month}");
        moves.extend(told.lines.into_iter().map(|line| Moved {
            why: line.why,
            from: line.debit,
            to: line.credit,
            amount: line.amount,
        }));
    }
    moves
}

fn sum(moves: &[Moved], counts: impl Fn(&Moved) -> bool) -> i64 {
    moves.iter().filter(|one| counts(one)).map(|one| one.amount).sum()
}

/// What was moved for one programme.
fn moved(moves: &[Moved], programme: &str) -> Vec<(&'static str, i64)> {
    let account = |kind: &str| format!("{kind}/{programme}/2024");
    let (budget, state) = (account("budget"), account("state_revenue"));
    let charges = account("charges");
    let paid = if programme == "P14" { "settlement.pay" } else { "voucher.pay" };
    let refunds = |one: &Moved| one.why == "voucher.refund" && programme == "P15";
    let release = |one: &Moved| RELEASES.contains(&one.why.as_str());
    let repaid = |one: &Moved| one.why == "claim.repay";
    vec![
        ("budget", sum(moves, |one| one.why == "budget.appropriate" && one.to == budget)),
        ("signed", sum(moves, |one| one.why == "agreement.reserve" && one.from == budget)),
        ("paid", sum(moves, |one| one.why == paid)),
        ("refunded", sum(moves, refunds)),
        ("released", sum(moves, |one| release(one) && one.to == budget)),
        ("recovered", sum(moves, |one| repaid(one) && one.to == budget)),
        ("released_late", sum(moves, |one| release(one) && one.to == state)),
        ("recovered_late", sum(moves, |one| repaid(one) && one.to == state)),
        ("charges", sum(moves, |one| one.to == charges)),
    ]
}

/// What the closing report of the year says of one programme.
fn reported(fund: &YearFund) -> Vec<(&'static str, i64)> {
    vec![
        ("promised", fund.promised),
        ("carried_over", fund.carried_over),
        ("spent", fund.spent),
        ("unspent", fund.unspent),
        ("state_revenue", fund.state_revenue),
    ]
}

/// The figures as the exchange has them. The closing report has to say what the movements say.
pub(super) async fn played(year: &Year) -> Figures {
    let moves = moves(year).await;
    let path = "/v1/statements/years/2024";
    let closing: YearStatement = year.staff.auditor.get(path).await.expect(200).read();
    assert!(closing.closed);
    let mut figures = Figures::new();
    for (at, programme) in PROGRAMMES.into_iter().enumerate() {
        let fund = closing.funds.iter().find(|fund| fund.fund == format!("{programme}/2024"));
        let fund = fund.unwrap();
        for (name, amount) in moved(&moves, programme).into_iter().chain(reported(fund)) {
            figures.entry(name.to_owned()).or_default()[at] = amount;
        }
        let said = [figures["budget"][at], figures["charges"][at]];
        assert_eq!(said, [fund.appropriated, fund.charges], "{programme}");
    }
    figures
}

/// The figures that the document tells: every row of a table that begins with a name in code.
pub(super) fn told(document: &str) -> Figures {
    let mut figures = Figures::new();
    for line in document.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let amount = |at: usize| -> i64 {
            let digits = cells[at].replace([',', ' '], "");
            digits.parse().unwrap_or_else(|_| panic!("not an amount: {line}"))
        };
        let name = cells[1].trim_matches('`').to_owned();
        assert!(figures.insert(name, [amount(2), amount(3)]).is_none(), "twice: {line}");
    }
    figures
}

/// The last row of a table that adds its last column up, once for every such table: the sum that it
/// says. The rows above it must come to it.
pub(super) fn sums(document: &str) -> Vec<i64> {
    let (mut found, mut rows) = (Vec::new(), Vec::new());
    for line in document.lines() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let last = cells.iter().rev().nth(1).map(|cell| cell.replace(',', ""));
        let Some(amount) = last.and_then(|cell| cell.parse::<i64>().ok()) else {
            rows.clear();
            continue;
        };
        if cells[1].is_empty() {
            assert_eq!(rows.iter().sum::<i64>(), amount, "{line}");
            found.push(amount);
        }
        rows.push(amount);
    }
    found
}
