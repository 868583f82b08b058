//! Statements for spreadsheets: UTF-8 with a byte-order mark, because common spreadsheets take it for
//! another encoding otherwise, and Korean names would be lost.

use std::fmt::Write as _;

use schema::api::statements::{Statement, YearFund, YearStatement};

/// A field, quoted where it must be. A field that a spreadsheet would take for a formula is told to
/// be text.
fn field(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '@', '\t', '\r'])
        || (text.starts_with('-') && text.parse::<i64>().is_err());
    let text = if formula { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\n', '\r']) {
        return format!("\"{}\"", text.replace('"', "\"\""));
    }
    text
}

fn row(out: &mut String, fields: &[&str]) {
    let fields: Vec<String> = fields.iter().map(|text| field(text)).collect();
    let _ = write!(out, "{}\r\n", fields.join(","));
}

/// A statement: its accounts, its figures, its transfers with their sum.
pub(super) fn statement(statement: &Statement) -> String {
    let mut out = String::from('\u{feff}');
    row(&mut out, &["명세 Statement", &statement.title.ko, &statement.title.en]);
    let (from, to) = (statement.from.to_string(), statement.to.to_string());
    row(&mut out, &["기간 Period", &from, &to]);
    row(&mut out, &[]);
    row(
        &mut out,
        &["계정 Account", "이름", "Name", "기초 Opening", "증가 In", "감소 Out", "기말 Closing"],
    );
    let mut sums = [0_i64; 4];
    for account in &statement.accounts {
        let figures = [account.opening, account.credited, account.debited, account.closing];
        for (sum, figure) in sums.iter_mut().zip(figures) {
            *sum = sum.saturating_add(figure);
        }
        let [opening, credited, debited, closing] = figures.map(|figure| figure.to_string());
        let (kind, name) = (account.kind.as_str(), &account.name);
        row(&mut out, &[kind, &name.ko, &name.en, &opening, &credited, &debited, &closing]);
    }
    let [opening, credited, debited, closing] = sums.map(|figure| figure.to_string());
    row(&mut out, &["합계 Total", "", "", &opening, &credited, &debited, &closing]);
    row(&mut out, &[]);
    for figure in &statement.figures {
        let amount = figure.amount.to_string();
        row(&mut out, &[&figure.code, &figure.name.ko, &figure.name.en, &amount]);
    }
    row(&mut out, &[]);
    row(
        &mut out,
        &[
            "일자 Day",
            "사유 Why",
            "출금 From",
            "입금 To",
            "금액 Amount",
            "대상 Object",
            "거래 Transfer",
        ],
    );
    for line in &statement.lines {
        let (day, amount) = (line.day.to_string(), line.amount.to_string());
        let fields = [
            day.as_str(),
            &line.why,
            &line.debit,
            &line.credit,
            &amount,
            &line.object,
            line.id.as_str(),
        ];
        row(&mut out, &fields);
    }
    row(&mut out, &["합계 Total", "", "", "", &statement.total.to_string(), "", ""]);
    out
}

/// The closing report of a year.
pub(super) fn year(report: &YearStatement) -> String {
    let mut out = String::from('\u{feff}');
    row(
        &mut out,
        &[
            "회계 Fund",
            "예산 Appropriated",
            "지급 예정 Promised",
            "이월 Carried over",
            "집행 Spent",
            "미집행 Unspent",
            "국고 반환 State revenue",
            "이자·가산금 Charges",
        ],
    );
    for fund in report.funds.iter().chain([&report.total]) {
        let figures = figures(fund).map(|figure| figure.to_string());
        let mut fields = vec![fund.fund.as_str()];
        fields.extend(figures.iter().map(String::as_str));
        row(&mut out, &fields);
    }
    out
}

/// The figures of a fund in the order of the columns.
pub(super) fn figures(fund: &YearFund) -> [i64; 7] {
    [
        fund.appropriated,
        fund.promised,
        fund.carried_over,
        fund.spent,
        fund.unspent,
        fund.state_revenue,
        fund.charges,
    ]
}

#[cfg(test)]
mod tests {
    use super::field;

    #[test]
    fn fields_are_quoted_and_never_formulas() {
        for (text, written) in [
            ("plain", "plain"),
            ("-36000000", "-36000000"),
            ("a,b", "\"a,b\""),
            ("\"quoted\"", "\"\"\"quoted\"\"\""),
            ("=1+1", "'=1+1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("-cmd|' /C calc'!A0", "'-cmd|' /C calc'!A0"),
            ("+82 2", "'+82 2"),
        ] {
            assert_eq!(field(text), written);
        }
    }
}
