//! `validate`: how a file fares by rules.
//!
//! What people read begins with the verdict, then says of each rule that was broken how often, where
//! and what would cure it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use processing::quality::{self, Assessment, Context, Process, Reference, RuleDocument};
use processing::{Fault, profile};
use schema::data::profile::{Profile, Scalar};
use schema::data::quality::{Check, Index, Report, RuleResult, RuleSet, Severity};

use super::html::Drawn;
use super::say::{Page, hundredths};
use super::{Desk, Table, Verdict};

/// Minutes that Korea is ahead of UTC.
const KOREA_MIN: i32 = 540;

#[derive(Debug, clap::Args)]
pub(super) struct Validate {
    /// 파일 · file
    file: PathBuf,
    /// 규칙(YAML, JSON); 없으면 제안 규칙 · rules; suggested ones if absent
    #[arg(long)]
    rules: Option<PathBuf>,
    /// 공정별 규칙 묶음을 더함 · also apply the rule pack of a kind of line
    #[arg(long, value_enum)]
    pack: Option<PackKind>,
    #[command(flatten)]
    beside: Beside,
    /// 위반 행과 규칙을 적을 파일(.csv, .parquet) · where to write failing rows and their rules
    #[arg(long, value_name = "FILE")]
    failed_rows: Option<PathBuf>,
    /// 위반 행 파일의 최대 줄 수 · lines of that file at most
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    failed_rows_max: usize,
    /// 사람이 읽는 보고서(HTML)를 적을 파일 · where to write the report that people read
    #[arg(long)]
    html: Option<PathBuf>,
}

/// What rules need besides the file.
#[derive(Debug, clap::Args)]
pub(super) struct Beside {
    /// 규칙이 참조하는 표나 프로파일(JSON) · table or profile (JSON) that rules refer to
    #[arg(long, value_name = "NAME=FILE", value_parser = named_file)]
    reference: Vec<(String, PathBuf)>,
    /// 최신성 판단 기준 시각(RFC 3339); 없으면 지금, verify는 발급 시각 · time that freshness counts back
    /// from; if absent now, and of verify when the certificate was issued
    #[arg(long)]
    as_of: Option<String>,
}

/// References and times of some rules, and the tables that were converted for them.
pub(super) struct Around {
    pub(super) context: Context,
    /// The time that a rule of freshness counts back from, if there is such a rule.
    pub(super) as_of: Option<jiff::Timestamp>,
    _copies: Vec<Table>,
}

/// A rule pack, as the command line takes it.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum PackKind {
    /// 프레스 · stamping press
    Press,
    /// 사출 · injection moulding
    Injection,
    /// 절삭가공 · machining centre
    Cnc,
    /// 다이캐스팅 · die casting
    Casting,
}

impl From<PackKind> for Process {
    fn from(kind: PackKind) -> Self {
        match kind {
            PackKind::Press => Self::Press,
            PackKind::Injection => Self::Injection,
            PackKind::Cnc => Self::Cnc,
            PackKind::Casting => Self::Casting,
        }
    }
}

/// Reads `name=file`.
fn named_file(text: &str) -> Result<(String, PathBuf), String> {
    match text.split_once('=') {
        Some((name, file)) if !name.is_empty() && !file.is_empty() => {
            Ok((name.to_owned(), PathBuf::from(file)))
        }
        _ => Err("이름=파일 꼴로 쓰십시오 · write NAME=FILE".to_owned()),
    }
}

impl Desk {
    pub(super) fn validate(&self, args: &Validate) -> Result<Verdict, Fault> {
        let table = self.table(&args.file)?;
        let mut document = self.rules_for(&table, args.rules.as_deref())?;
        if let Some(pack) = args.pack {
            let known: Vec<String> = document.set.rules.iter().map(|r| r.id.clone()).collect();
            let more = quality::pack_rules(pack.into(), &table.dictionary)?;
            document.set.rules.extend(more.into_iter().filter(|rule| !known.contains(&rule.id)));
        }
        let mut around = self.around(&args.beside, &document, jiff::Timestamp::now())?;
        around.context.failed_rows_max = args.failed_rows.is_some().then_some(args.failed_rows_max);
        let context = &around.context;
        let (path, dictionary) = (&table.path, &table.dictionary);
        let (set, limits) = (&document.set, &self.limits);
        // A page shows the data, too; a report alone needs no profile.
        let (report, failed, profile) = if args.html.is_some() {
            let found = quality::assess_in(context, path, dictionary, set, limits, &self.progress)?;
            (found.report, found.failed, Some(found.profile))
        } else {
            let (report, failed) =
                quality::validate_in(context, path, dictionary, set, limits, &self.progress)?;
            (report, failed, None)
        };
        let mut more = false;
        if let (Some(out), Some(failed)) = (&args.failed_rows, &failed) {
            failed.write(set, out)?;
            more = failed.more;
        }
        if let (Some(path), Some(profile)) = (&args.html, &profile) {
            let drawn = Drawn {
                report: Some(&report),
                suggested: args.rules.is_none(),
                ..Drawn::of(&args.file, &table, profile)
            };
            self.draw(path, &drawn)?;
        }
        self.print(&report, |page| {
            judge(page, &report);
            if let Some(as_of) = around.as_of {
                let zone = jiff::tz::Offset::constant(9);
                page.fact("기준 시각", "as of", format!("{}+09:00", zone.to_datetime(as_of)));
            }
            if let Some(out) = &args.failed_rows {
                page.fact("위반 행", "failing rows", out.display());
            }
            if more {
                let (ko, en) = (
                    "위반 행이 더 있습니다. --failed-rows-max를 늘리세요.",
                    "There are more failing rows; raise --failed-rows-max.",
                );
                let told = page.pick(ko, en).to_owned();
                page.line(&told);
            }
        })?;
        Ok(verdict(&report))
    }

    /// Rules, given or suggested, and what comes of them; freshness counts back from `now` unless
    /// another time is given.
    pub(super) fn assessed(
        &self,
        table: &Table,
        rules: Option<&Path>,
        beside: &Beside,
        now: jiff::Timestamp,
    ) -> Result<(RuleSet, Assessment), Fault> {
        let document = self.rules_for(table, rules)?;
        let around = self.around(beside, &document, now)?;
        let (path, dictionary) = (&table.path, &table.dictionary);
        let (context, set, limits) = (&around.context, &document.set, &self.limits);
        let assessment =
            quality::assess_in(context, path, dictionary, set, limits, &self.progress)?;
        Ok((document.set, assessment))
    }

    /// What the rules of a document need besides the file.
    pub(super) fn around(
        &self,
        beside: &Beside,
        document: &RuleDocument,
        now: jiff::Timestamp,
    ) -> Result<Around, Fault> {
        let (references, copies) = self.references(&beside.reference)?;
        let rules = &document.set.rules;
        let fresh = rules.iter().any(|rule| matches!(rule.check, Check::Freshness { .. }));
        let given = beside.as_of.as_deref().map(instant).transpose()?;
        let as_of = given.or(fresh.then_some(now));
        let context = Context {
            references,
            as_of_us: as_of.map(jiff::Timestamp::as_microsecond),
            failed_rows_max: None,
            lines: document.lines.clone(),
        };
        Ok(Around { context, as_of: as_of.filter(|_| fresh), _copies: copies })
    }

    fn rules_for(&self, table: &Table, rules: Option<&Path>) -> Result<RuleDocument, Fault> {
        let Some(path) = rules else {
            let profile =
                profile::profile(&table.path, &table.dictionary, &self.limits, &self.progress)?;
            let set = quality::suggest(&profile, &table.dictionary);
            return Ok(RuleDocument { set, lines: Vec::new() });
        };
        self.rules(path)
    }

    /// The rules of a document.
    pub(super) fn rules(&self, path: &Path) -> Result<RuleDocument, Fault> {
        quality::parse(&self.read(path)?).map_err(|fault| in_file(fault, path))
    }

    /// What rules refer to: tables, converted if need be, and profiles in JSON.
    fn references(
        &self,
        named: &[(String, PathBuf)],
    ) -> Result<(BTreeMap<String, Reference>, Vec<Table>), Fault> {
        let (mut references, mut kept) = (BTreeMap::new(), Vec::new());
        for (name, file) in named {
            let json = file.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json"));
            let profile = || self.document::<Profile>(file);
            let reference = if json && let Ok(profile) = profile() {
                Reference::Profile(Box::new(profile))
            } else {
                let table = self.table(file)?;
                let (path, dictionary) = (table.path.clone(), table.dictionary.clone());
                kept.push(table);
                Reference::Table { path, dictionary }
            };
            references.insert(name.clone(), reference);
        }
        Ok((references, kept))
    }
}

/// The same fault, naming the file.
fn in_file(mut fault: Fault, path: &Path) -> Fault {
    if let Fault::Input(input) = &mut fault {
        let name = path.display();
        input.text.ko = format!("{name}: {}", input.text.ko);
        input.text.en = format!("{name}: {}", input.text.en);
    }
    fault
}

/// An instant; without an offset it is Korea's.
fn instant(text: &str) -> Result<jiff::Timestamp, Fault> {
    if let Ok(at) = text.parse::<jiff::Timestamp>() {
        return Ok(at);
    }
    let local = text.parse::<jiff::civil::DateTime>().ok();
    let korea = jiff::tz::Offset::from_seconds(KOREA_MIN * 60).ok();
    let at = local.zip(korea).and_then(|(local, korea)| korea.to_timestamp(local).ok());
    at.ok_or_else(|| {
        Fault::input(
            "time-invalid",
            format!("‘{text}’은(는) 시각이 아닙니다. 2024-05-01T09:00:00+09:00처럼 쓰십시오."),
            format!("“{text}” is not an instant; write 2024-05-01T09:00:00+09:00"),
        )
    })
}

/// What a report comes to.
pub(super) fn verdict(report: &Report) -> Verdict {
    if report.conforms && report.listable { Verdict::Passed } else { Verdict::Failed }
}

/// A report as people read it: the verdict, what was broken, the indices.
pub(super) fn judge(page: &mut Page, report: &Report) {
    let passed = verdict(report) == Verdict::Passed;
    let (errors, warnings) = (report.errors, report.warnings);
    let told = match passed {
        true => page.pick("적합", "PASSED"),
        false => page.pick("부적합", "FAILED"),
    };
    let told = told.to_owned();
    page.fact("판정", "verdict", told);
    page.fact("등급", "grade", report.grade.as_deref().unwrap_or("–"));
    page.fact("종합", "overall", report.overall.map_or("–".to_owned(), hundredths));
    page.fact("오류 규칙", "failed rules of severity error", errors);
    page.fact("경고 규칙", "failed rules of severity warning", warnings);
    page.fact("규칙", "rules", report.results.len());
    for notice in &report.notices {
        page.text(&notice.text);
    }
    let mut broken: Vec<&RuleResult> = report.results.iter().filter(|r| !r.passed).collect();
    broken.sort_by_key(|result| result.rule.severity == Severity::Warning);
    for result in &broken {
        page.gap();
        violation(page, result);
    }
    page.gap();
    let index = |index: Option<Index>| index.map_or("–".to_owned(), |i| hundredths(i.hundredths));
    page.fact("완전성", "completeness", index(report.indices.completeness));
    page.fact("유일성", "uniqueness", index(report.indices.uniqueness));
    page.fact("유효성", "validity", index(report.indices.validity));
    page.fact("일관성", "consistency", index(report.indices.consistency));
    page.fact("정확성", "accuracy", index(report.indices.accuracy));
    page.fact("무결성", "integrity", index(report.indices.integrity));
    page.fact("적시성", "timeliness", index(report.indices.timeliness));
}

/// A rule that was broken: how often, where, and what would cure it.
fn violation(page: &mut Page, result: &RuleResult) {
    let severity = match result.rule.severity {
        Severity::Error => page.pick("오류", "error"),
        Severity::Warning => page.pick("경고", "warning"),
    };
    let line = format!("[{severity}] {}", result.rule.id);
    page.line(&line);
    let count = format!("{} / {}", result.violations, result.checked);
    page.fact("  위반 / 검사", "  violations / checked", count);
    if !result.rows.is_empty() {
        let rows: Vec<String> = result.rows.iter().map(u64::to_string).collect();
        page.fact("  첫 행", "  first rows", rows.join(" "));
    }
    if let Some(Scalar::Number(value)) = result.measured {
        page.fact("  측정값", "  measured", value);
    } else if let Some(Scalar::Integer(value)) = result.measured {
        page.fact("  측정값", "  measured", value);
    }
    for detail in &result.details {
        let told = format!("  {}", page.pick(&detail.ko, &detail.en));
        page.line(&told);
    }
    if let Some(reason) = &result.rule.reason {
        let why = page.pick(&reason.ko, &reason.en).to_owned();
        page.fact("  이유", "  reason", why);
    }
    let cure = quality::cure(&result.rule.check);
    let cure = page.pick(&cure.ko, &cure.en).to_owned();
    page.fact("  조치", "  cure", cure);
}
