//! Commands about quality and its evidence: validate, certify, verify.

use std::path::Path;

use processing::certificate::{self, Match, PublicKey, SigningKey};
use processing::digest::{canonical_sha256, logical_hash, sha256_file};
use processing::{Fault, privacy, profile, quality};
use schema::data::certificate::Claims;
use schema::data::lineage::Lineage;
use schema::data::privacy::Outcome;
use schema::data::quality::{GRADE_REJECT, Index, Report, RuleSet};
use serde_json::json;

use super::args::Certify;
use super::look::word;
use super::say::{Page, hundredths};
use super::{Desk, Table, Verdict};

impl Desk {
    pub(super) fn validate(&self, file: &Path, rules: Option<&Path>) -> Result<Verdict, Fault> {
        let table = self.table(file)?;
        let (_, report) = self.assessed(&table, rules)?;
        self.print(&report, |page| judge(page, &report))?;
        Ok(verdict(&report))
    }

    pub(super) fn scan(&self, file: &Path, today: Option<&str>) -> Result<Verdict, Fault> {
        let today: jiff::civil::Date = match today {
            // Korea's day, wherever the desk stands.
            None => jiff::tz::Offset::constant(9).to_datetime(jiff::Timestamp::now()).date(),
            Some(text) => text.parse().map_err(|_| {
                Fault::input(
                    "date-invalid",
                    format!("‘{text}’은(는) 날짜가 아닙니다. 2024-05-01처럼 쓰십시오."),
                    format!("“{text}” is not a day; write 2024-05-01"),
                )
            })?,
        };
        let day = |part: i8| u8::try_from(part).unwrap_or(1);
        let today = (i32::from(today.year()), day(today.month()), day(today.day()));
        let table = self.table(file)?;
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let (path, dictionary) = (&table.path, &table.dictionary);
        let report = privacy::scan(path, dictionary, &name, today, &self.limits, &self.progress)?;
        self.print(&report, |page| {
            for finding in &report.findings {
                let number = finding.column_number.map_or("-".to_owned(), |n| n.to_string());
                let column = finding.column.clone().unwrap_or(number);
                page.line(&format!("{column}: {} × {}", word(&finding.outcome), finding.count));
                page.text(&finding.text);
            }
            page.fact("결과", "outcome", word(&report.outcome));
        })?;
        Ok(if report.outcome == Outcome::Block { Verdict::Failed } else { Verdict::Passed })
    }

    pub(super) fn certify(&self, args: &Certify) -> Result<Verdict, Fault> {
        self.exists(&args.file)?;
        if !super::is_parquet(&args.file)? {
            return Err(Fault::input(
                "parquet-needed",
                "인증서는 Parquet 파일에 발급합니다. 먼저 convert나 run으로 변환하십시오.",
                "a certificate is for a Parquet file; convert the file or run a pipeline first",
            ));
        }
        let key = SigningKey::from_pem(&self.read(&args.key)?)?;
        let lineage: Option<Lineage> =
            args.lineage.as_deref().map(|path| self.document(path)).transpose()?;
        let sha256 = sha256_file(&args.file)?;
        if lineage.as_ref().is_some_and(|lineage| lineage.output.sha256 != sha256) {
            return Err(Fault::input(
                "lineage-other",
                "계보가 이 파일의 것이 아닙니다.",
                "the lineage is that of another file",
            ));
        }
        let table = self.table(&args.file)?;
        let (rules, report) = self.assessed(&table, args.rules.as_deref())?;
        let claims = Claims {
            issuer: args.issuer.clone(),
            issued_at: jiff::Timestamp::now().to_string(),
            size_bytes: std::fs::metadata(&args.file)?.len(),
            logical_sha256: logical_hash(&args.file, &self.limits)?,
            file_sha256: sha256,
            rows: report.rows,
            columns: u32::try_from(table.dictionary.columns.len()).unwrap_or(u32::MAX),
            rule_set_sha256: canonical_sha256(&rules)?,
            report_sha256: canonical_sha256(&report)?,
            lineage_sha256: lineage.as_ref().map(canonical_sha256).transpose()?,
            tool: report.tool.clone(),
            grade: report.grade.clone().unwrap_or_else(|| GRADE_REJECT.to_owned()),
        };
        self.write(&args.out, &(certificate::issue(&claims, &key)? + "\n"))?;
        if let Some(path) = &args.report {
            let text = serde_json::to_string_pretty(&report);
            self.write(path, &(text.map_err(|error| Fault::Bug(error.to_string()))? + "\n"))?;
        }
        self.print(&claims, |page| {
            judge(page, &report);
            page.gap();
            tell(page, &claims);
        })?;
        Ok(verdict(&report))
    }

    pub(super) fn verify(
        &self,
        certificate: &Path,
        file: &Path,
        keys: &Path,
        rules: Option<&Path>,
    ) -> Result<Verdict, Fault> {
        let jws = self.read(certificate)?;
        let keys = PublicKey::from_jwks(&self.read(keys)?)?;
        self.exists(file)?;
        let verified = certificate::verify_match(&jws, &keys, file, &self.limits)?;
        if let Some(path) = rules {
            let rules: RuleSet = self.document(path)?;
            if canonical_sha256(&rules)? != verified.claims.rule_set_sha256 {
                return Err(Fault::input(
                    "certificate-rules",
                    "인증서는 다른 규칙으로 검증한 것입니다.",
                    "the certificate was made by other rules",
                ));
            }
        }
        let bytes = verified.matched == Match::Bytes;
        let matched = if bytes { "bytes" } else { "content" };
        let document = json!({"matched": matched, "claims": verified.claims});
        let (ko, en) = if bytes {
            ("인증된 파일과 바이트까지 같습니다.", "the file is the certified one, byte by byte")
        } else {
            (
                "파일은 다시 저장되었지만 내용은 인증된 것과 같습니다.",
                "the file was written anew; its content is that certified",
            )
        };
        let told = self.text(ko, en);
        self.print(&document, |page| {
            page.line(&told);
            page.gap();
            tell(page, &verified.claims);
        })?;
        Ok(Verdict::Passed)
    }

    /// Rules, given or suggested, and what comes of them.
    fn assessed(&self, table: &Table, rules: Option<&Path>) -> Result<(RuleSet, Report), Fault> {
        let rules = match rules {
            Some(path) => self.document(path)?,
            None => {
                let profile =
                    profile::profile(&table.path, &table.dictionary, &self.limits, &self.progress)?;
                quality::suggest(&profile, &table.dictionary)
            }
        };
        let (path, dictionary) = (&table.path, &table.dictionary);
        let assessment = quality::assess(path, dictionary, &rules, &self.limits, &self.progress)?;
        Ok((rules, assessment.report))
    }
}

fn verdict(report: &Report) -> Verdict {
    if report.conforms && report.listable { Verdict::Passed } else { Verdict::Failed }
}

fn judge(page: &mut Page, report: &Report) {
    let rows: Vec<Vec<String>> = report
        .results
        .iter()
        .map(|result| {
            let rows: Vec<String> = result.rows.iter().map(u64::to_string).collect();
            vec![
                page.pick(
                    if result.passed { "통과" } else { "위반" },
                    if result.passed { "ok" } else { "FAIL" },
                )
                .to_owned(),
                result.rule.id.clone(),
                result.checked.to_string(),
                result.violations.to_string(),
                rows.join(" "),
            ]
        })
        .collect();
    let heads = [
        ("결과", "result"),
        ("규칙", "rule"),
        ("검사", "checked"),
        ("위반", "violations"),
        ("위반 행", "rows"),
    ];
    page.table(&heads, &rows);
    page.gap();
    let index = |index: Option<Index>| index.map_or("–".to_owned(), |i| hundredths(i.hundredths));
    page.fact("완전성", "completeness", index(report.indices.completeness));
    page.fact("유일성", "uniqueness", index(report.indices.uniqueness));
    page.fact("유효성", "validity", index(report.indices.validity));
    page.fact("일관성", "consistency", index(report.indices.consistency));
    page.fact("정확성", "accuracy", index(report.indices.accuracy));
    page.fact("무결성", "integrity", index(report.indices.integrity));
    page.fact("적시성", "timeliness", index(report.indices.timeliness));
    page.fact("종합", "overall", report.overall.map_or("–".to_owned(), hundredths));
    page.fact("등급", "grade", report.grade.as_deref().unwrap_or("–"));
    for notice in &report.notices {
        page.text(&notice.text);
    }
}

fn tell(page: &mut Page, claims: &Claims) {
    page.fact("발급자", "issuer", &claims.issuer);
    page.fact("발급 시각", "issued at", &claims.issued_at);
    page.fact("등급", "grade", &claims.grade);
    page.fact("행", "rows", claims.rows);
    page.fact("열", "columns", claims.columns);
    page.fact("SHA-256", "SHA-256", &claims.file_sha256);
    page.fact("내용 해시", "content hash", &claims.logical_sha256);
}
