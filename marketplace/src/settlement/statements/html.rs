//! Statements as a page that prints: one file without anything from elsewhere, in Korean with English
//! beside it.

use std::fmt::Write as _;

use schema::api::statements::{Statement, YearFund, YearStatement};
use schema::lang::Text;

use super::csv::figures;

const STYLE: &str = "\
@page{size:A4 landscape;margin:12mm}\
body{font:12px/1.5 'Noto Sans KR','Apple SD Gothic Neo','Malgun Gothic',sans-serif;margin:24px;color:#111}\
h1{font-size:20px;margin:0 0 2px}h2{font-size:14px;margin:20px 0 6px}\
.en{color:#555;font-size:11px}\
table{border-collapse:collapse;width:100%}caption{text-align:left;font-weight:600;padding:12px 0 4px}\
th,td{border:1px solid #bbb;padding:3px 6px;text-align:left;vertical-align:top;word-break:break-all}\
thead{display:table-header-group}tr{break-inside:avoid}\
.n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}\
tfoot td{font-weight:600;border-top:2px solid #111}";

/// Text inside HTML.
fn safe(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// Whole won with commas.
fn won(amount: i64) -> String {
    let digits = amount.unsigned_abs().to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if amount < 0 { format!("−{out}") } else { out }
}

fn both(text: &Text) -> String {
    format!("{}<br><span class=\"en\">{}</span>", safe(&text.ko), safe(&text.en))
}

fn head(out: &mut String, columns: &[(&str, &str)]) {
    out.push_str("<thead><tr>");
    for (ko, en) in columns {
        let _ = write!(out, "<th scope=\"col\">{ko}<br><span class=\"en\">{en}</span></th>");
    }
    out.push_str("</tr></thead>");
}

fn page(title: &Text, about: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=\"ko\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <title>{}</title><style>{STYLE}</style></head><body><h1>{}</h1>\
         <p class=\"en\">{}<br>{about}</p>{body}</body></html>",
        safe(&title.ko),
        safe(&title.ko),
        safe(&title.en)
    )
}

/// A statement.
pub(super) fn statement(statement: &Statement) -> String {
    let mut body = String::new();
    accounts(&mut body, statement);
    if !statement.figures.is_empty() {
        body.push_str("<table><caption>요약 · Summary</caption>");
        head(&mut body, &[("항목", "Figure"), ("금액(원)", "Won")]);
        body.push_str("<tbody>");
        for figure in &statement.figures {
            let (name, amount) = (both(&figure.name), won(figure.amount));
            let _ = write!(body, "<tr><td>{name}</td><td class=\"n\">{amount}</td></tr>");
        }
        body.push_str("</tbody></table>");
    }
    transfers(&mut body, statement);
    let about = format!(
        "{} · {} ~ {} · {}",
        safe(&statement.subject),
        statement.from,
        statement.to,
        safe(&statement.made_at.seoul_text())
    );
    page(&statement.title, &about, &body)
}

fn accounts(body: &mut String, statement: &Statement) {
    body.push_str("<table><caption>계정별 증감 · Accounts</caption>");
    head(
        body,
        &[
            ("계정", "Account"),
            ("기초", "Opening"),
            ("증가", "In"),
            ("감소", "Out"),
            ("기말", "Closing"),
        ],
    );
    body.push_str("<tbody>");
    let mut sums = [0_i64; 4];
    for account in &statement.accounts {
        let figures = [account.opening, account.credited, account.debited, account.closing];
        let _ = write!(body, "<tr><td>{}</td>", both(&account.name));
        for (sum, figure) in sums.iter_mut().zip(figures) {
            *sum = sum.saturating_add(figure);
            let _ = write!(body, "<td class=\"n\">{}</td>", won(figure));
        }
        body.push_str("</tr>");
    }
    body.push_str("</tbody><tfoot><tr><td>합계 Total</td>");
    for sum in sums {
        let _ = write!(body, "<td class=\"n\">{}</td>", won(sum));
    }
    body.push_str("</tr></tfoot></table>");
}

fn transfers(body: &mut String, statement: &Statement) {
    body.push_str("<table><caption>거래 내역 · Transfers</caption>");
    head(
        body,
        &[
            ("일자", "Day"),
            ("사유", "Why"),
            ("출금 계정", "From"),
            ("입금 계정", "To"),
            ("금액(원)", "Won"),
            ("대상", "Object"),
        ],
    );
    body.push_str("<tbody>");
    for line in &statement.lines {
        let _ = write!(
            body,
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td class=\"n\">{}</td><td>{}</td></tr>",
            line.day,
            safe(&line.why),
            safe(&line.debit),
            safe(&line.credit),
            won(line.amount),
            safe(&line.object)
        );
    }
    let _ = write!(
        body,
        "</tbody><tfoot><tr><td colspan=\"4\">합계 Total{}</td><td class=\"n\">{}</td><td></td></tr></tfoot></table>",
        if statement.truncated { " (일부만 표시 · not all are shown)" } else { "" },
        won(statement.total)
    );
}

/// The figures of a fund as cells.
fn cells(fund: &YearFund) -> String {
    figures(fund).iter().map(|figure| format!("<td class=\"n\">{}</td>", won(*figure))).collect()
}

/// The closing report of a year.
pub(super) fn year(report: &YearStatement) -> String {
    let mut body = String::from("<table><caption>회계연도 결산 · Closing report</caption>");
    head(
        &mut body,
        &[
            ("회계", "Fund"),
            ("예산", "Appropriated"),
            ("지급 예정", "Promised"),
            ("그중 이월", "Of that carried over"),
            ("집행", "Spent"),
            ("미집행", "Unspent"),
            ("국고 반환", "State revenue"),
            ("이자·가산금", "Charges"),
        ],
    );
    body.push_str("<tbody>");
    for fund in &report.funds {
        let _ = write!(body, "<tr><td>{}</td>{}</tr>", safe(&fund.fund), cells(fund));
    }
    let _ = write!(
        body,
        "</tbody><tfoot><tr><td>합계 Total</td>{}</tr></tfoot></table>",
        cells(&report.total)
    );
    let year = report.fiscal_year;
    let title = Text::new(format!("{year}회계연도 결산"), format!("Fiscal year {year}"));
    let state = if report.closed { "마감 · closed" } else { "진행 중 · running" };
    page(&title, &format!("{state} · {}", safe(&report.made_at.seoul_text())), &body)
}

#[cfg(test)]
mod tests {
    use super::{safe, won};

    #[test]
    fn amounts_have_commas_and_text_is_harmless() {
        for (amount, text) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (-36_000_000, "−36,000,000"),
            (i64::MIN, "−9,223,372,036,854,775,808"),
        ] {
            assert_eq!(won(amount), text);
        }
        assert_eq!(
            safe("<b a='1'>\"&\"</b>"),
            "&lt;b a=&#39;1&#39;&gt;&quot;&amp;&quot;&lt;/b&gt;"
        );
    }
}
