//! `quote`: the calculator of the programmes at one's own desk, without an exchange.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;
use schema::api::programme::{Quote, QuoteQuery};
use schema::lang::{Lang, Text};
use schema::money::Won;
use schema::notice::quote::quote;
use schema::notice::{Notice, ProgrammeCode, SizeClass};
use schema::problem::{Problem, Refusal};
use schema::time::Day;

use crate::clock::Clock;

/// What is to be computed.
#[derive(Args)]
pub(super) struct QuoteArgs {
    /// Programme, such as P14 or P01-2
    code: ProgrammeCode,
    /// Class of the applicant: sme, midsized, large, nonprofit
    #[arg(long)]
    class: SizeClass,
    /// Total eligible cost in won; the price with VAT with --gross
    #[arg(long, value_name = "WON")]
    total: i64,
    /// Track of the programme, such as `upgrade` or `advanced`
    #[arg(long)]
    track: Option<String>,
    /// The total is a price with VAT
    #[arg(long)]
    gross: bool,
    /// Day whose notice is taken [default: today in Korea]
    #[arg(long, value_name = "YYYY-MM-DD")]
    on: Option<Day>,
    /// Another notice, as a file of the form of docs/schemas/notice.schema.json
    #[arg(long, value_name = "FILE")]
    pack: Option<PathBuf>,
    /// Answer as JSON
    #[arg(long)]
    json: bool,
    /// Language: ko or en
    #[arg(long, default_value = "ko", value_parser = super::tongue)]
    lang: Lang,
}

/// Reads a notice from a file.
pub(super) fn pack(path: &std::path::Path) -> Result<Notice> {
    let raw = std::fs::read_to_string(path).with_context(|| format!("{}", path.display()))?;
    Notice::parse(&raw).with_context(|| format!("{}", path.display()))
}

/// Computes and prints.
pub(super) fn run(args: QuoteArgs) -> Result<ExitCode> {
    let given = args.pack.as_deref().map(pack).transpose()?;
    let day = args.on.unwrap_or_else(|| Clock::system().now().seoul_day());
    let notice = match &given {
        Some(notice) => notice,
        None => Notice::on(day)?.with_context(|| format!("no notice is in force on {day}"))?,
    };
    let programme = notice
        .programme(args.code)
        .with_context(|| format!("{} has no programme {}", notice.version, args.code))?;
    let cost = Won::new(args.total).context("--total is out of range")?;
    let asked =
        QuoteQuery { cost, class: args.class, track: args.track.clone(), gross: Some(args.gross) };
    match quote(notice, programme, &asked) {
        Ok(found) if args.json => {
            println!("{}", serde_json::to_string_pretty(&found)?);
            Ok(ExitCode::SUCCESS)
        }
        Ok(found) => {
            print!("{}", told(&found, &programme.name, args.lang));
            Ok(ExitCode::SUCCESS)
        }
        Err(refusal) => {
            refused(&refusal, args.json, args.lang)?;
            Ok(ExitCode::FAILURE)
        }
    }
}

fn refused(refusal: &Refusal, json: bool, lang: Lang) -> Result<()> {
    if json {
        let problem = Problem::of(refusal, lang, "");
        println!("{}", serde_json::to_string_pretty(&problem)?);
        return Ok(());
    }
    let rule = refusal.rule.map(|rule| format!(" ({rule})")).unwrap_or_default();
    println!("✗ {}{rule}", refusal.detail.get(lang));
    Ok(())
}

/// The quote as people read it: each step with its rule, then what decided it.
fn told(quote: &Quote, name: &Text, lang: Lang) -> String {
    use std::fmt::Write as _;
    let mut out = String::new();
    let track = quote.track.as_ref().map(|track| format!(" / {track}")).unwrap_or_default();
    // Writing to a String cannot fail.
    let _ =
        writeln!(out, "{} {}{track}  [{}]", quote.programme, name.get(lang), quote.notice_version);
    for step in &quote.steps {
        let _ = writeln!(out, "  {:<6} {}", step.rule, step.text.get(lang));
    }
    let (support, share, decided, months) = match lang {
        Lang::Ko => ("정부지원금", "기업부담금", "결정한 한도", "협약기간(개월)"),
        Lang::En => ("government support", "company share", "decided by", "months at most"),
    };
    let _ = writeln!(out, "{support}: {}", quote.support);
    let _ = writeln!(out, "{share}: {}", quote.company_share);
    let _ = writeln!(out, "{decided}: {} ({})", quote.binding_text.get(lang), quote.binding);
    if let Some(period) = quote.period_months {
        let _ = writeln!(out, "{months}: {period}");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_names_every_step_its_rule_and_what_binds() {
        let notice = Notice::embedded().unwrap();
        let programme = notice.programme(ProgrammeCode::PROCESSING).unwrap();
        let asked = QuoteQuery {
            cost: Won::new(62_500_003).unwrap(),
            class: SizeClass::Sme,
            track: None,
            gross: None,
        };
        let found = quote(notice, programme, &asked).unwrap();
        for (lang, words) in [
            (Lang::Ko, ["R-050", "R-054", "R-055", "50,000,000", "지원 한도"]),
            (Lang::En, ["R-050", "R-054", "R-055", "12,500,003", "the cap of"]),
        ] {
            let text = told(&found, &programme.name, lang);
            for word in words {
                assert!(text.contains(word), "{word}: {text}");
            }
        }
    }
}
