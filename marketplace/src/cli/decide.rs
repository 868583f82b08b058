//! `decide`: stored decisions judged again under another notice. Nothing is changed; what is told is
//! who would be affected: looks at eligibility, promised supports, held purchases.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;
use schema::api::eligibility::Snapshot;
use schema::api::programme::Agreement;
use schema::id::{AgreementId, SnapshotId};
use schema::lang::Lang;
use schema::money::Won;
use schema::notice::{Notice, replay};
use serde::Serialize;

use crate::app::App;
use crate::clock::Clock;
use crate::config::Config;
use crate::db::Db;
use crate::error::AppResult;
use crate::parties::eligibility::{notice_sha256, replay_in};
use crate::programme::replay::{agreements_in, promised};
use crate::vouchers::replay::{Used, uses_in};

/// Rows that are read at once.
const STEP: i64 = 200;

/// What is judged, and by what.
#[derive(Args)]
pub(super) struct DecideArgs {
    /// The other notice: a file of the form of docs/schemas/notice.schema.json
    #[arg(long, value_name = "FILE")]
    pack: PathBuf,
    /// Answer as JSON
    #[arg(long)]
    json: bool,
    /// Tell also what would stay as it is
    #[arg(long)]
    all: bool,
    /// Language: ko or en
    #[arg(long, default_value = "ko", value_parser = super::tongue)]
    lang: Lang,
}

/// One decision, as it is and as it would be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// `eligibility`, `agreement` or `purchase`.
    pub kind: &'static str,
    /// Id of what was decided on.
    pub object: String,
    /// Whose it is.
    pub org: String,
    /// The programme.
    pub programme: String,
    /// The edition that it was decided under.
    pub notice_version: String,
    /// What was decided.
    pub before: String,
    /// What would be.
    pub after: String,
    /// The rules that differ.
    pub rules: Vec<String>,
}

impl Change {
    /// Whether anything would be different.
    pub fn affects(&self) -> bool {
        self.before != self.after || !self.rules.is_empty()
    }
}

/// All that was judged again.
#[derive(Debug, Serialize)]
struct Report {
    notice_version: String,
    notice_sha256: String,
    judged: usize,
    affected: usize,
    changes: Vec<Change>,
}

/// Judges every stored decision again and prints what would change.
pub(super) async fn run(config: Config, args: DecideArgs) -> Result<ExitCode> {
    let notice = super::quote::pack(&args.pack)?;
    let app = App::open(config, Clock::system()).context("open the exchange")?;
    let (version, sha256) = (notice.version.clone(), notice_sha256(&notice));
    let mut changes = app.store.read(move |db| decisions_in(db, &notice)).await?;
    let judged = changes.len();
    let affected = changes.iter().filter(|change| change.affects()).count();
    if !args.all {
        changes.retain(Change::affects);
    }
    let report =
        Report { notice_version: version, notice_sha256: sha256, judged, affected, changes };
    if args.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print!("{}", table(&report, args.lang));
    }
    Ok(ExitCode::SUCCESS)
}

/// Every stored decision as it is and as it would be under `notice`.
pub fn decisions_in(db: &mut Db, notice: &Notice) -> AppResult<Vec<Change>> {
    let mut changes = Vec::new();
    let mut after: Option<SnapshotId> = None;
    loop {
        let looks = replay_in(db, after, STEP)?;
        let Some(last) = looks.last() else { break };
        after = Some(last.id);
        changes.extend(looks.iter().map(|look| look_again(notice, look)));
    }
    let mut after: Option<AgreementId> = None;
    loop {
        let agreements = agreements_in(db, after, STEP)?;
        let Some(last) = agreements.last() else { break };
        after = Some(last.id);
        for agreement in &agreements {
            changes.push(promise_again(notice, agreement));
            for (_, org, uses) in uses_in(db, agreement.id)? {
                changes.extend(buy_again(notice, agreement, org.as_str(), &uses));
            }
        }
    }
    Ok(changes)
}

fn look_again(notice: &Notice, look: &Snapshot) -> Change {
    let found = replay::eligibility(notice, look.programme, &look.standing);
    let rules = found
        .as_ref()
        .map(|found| replay::changed_rules(&look.screening(), found))
        .unwrap_or_default();
    Change {
        kind: "eligibility",
        object: look.id.to_string(),
        org: look.org.to_string(),
        programme: look.programme.to_string(),
        notice_version: look.notice_version.clone(),
        before: look.outcome.to_string(),
        after: found.map_or("none".to_owned(), |found| found.outcome.to_string()),
        rules,
    }
}

fn promise_again(notice: &Notice, agreement: &Agreement) -> Change {
    let was = promised(agreement);
    let found = replay::promise(notice, &was);
    let differs = found.is_none_or(|(support, _)| support != agreement.support);
    let rules = differs.then(|| "R-050".to_owned()).into_iter().collect();
    Change {
        kind: "agreement",
        object: agreement.id.to_string(),
        org: agreement.recipient.to_string(),
        programme: agreement.programme.to_string(),
        notice_version: agreement.notice_version.clone(),
        before: agreement.support.to_string(),
        after: found.map_or("none".to_owned(), |(support, _)| support.to_string()),
        rules,
    }
}

fn buy_again(notice: &Notice, agreement: &Agreement, org: &str, uses: &[Used]) -> Vec<Change> {
    let supplies: Vec<Won> = uses.iter().map(|one| one.supply).collect();
    let again = replay::promise(notice, &promised(agreement))
        .map(|(approved, terms)| replay::holds(approved, &terms, &supplies));
    uses.iter()
        .enumerate()
        .map(|(at, one)| {
            let after = again.as_ref().and_then(|again| again.get(at)).copied();
            let differs = after != Some(one.support);
            Change {
                kind: "purchase",
                object: one.contract.to_string(),
                org: org.to_owned(),
                programme: agreement.programme.to_string(),
                notice_version: agreement.notice_version.clone(),
                before: one.support.to_string(),
                after: after.map_or("none".to_owned(), |support| support.to_string()),
                rules: differs.then(|| "R-052".to_owned()).into_iter().collect(),
            }
        })
        .collect()
}

fn table(report: &Report, lang: Lang) -> String {
    use std::fmt::Write as _;
    let mut out = String::new();
    let head = match lang {
        Lang::Ko => format!(
            "공고 {} 기준으로 {}건을 다시 판정했고 {}건이 달라집니다.",
            report.notice_version, report.judged, report.affected
        ),
        Lang::En => format!(
            "{} decisions judged again under {}; {} would differ.",
            report.judged, report.notice_version, report.affected
        ),
    };
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{head}");
    for change in &report.changes {
        let _ = writeln!(
            out,
            "{:<11} {:<30} {:<30} {:<6} {:<14} {} → {}  {}",
            change.kind,
            change.object,
            change.org,
            change.programme,
            change.notice_version,
            change.before,
            change.after,
            change.rules.join(" ")
        );
    }
    out
}
