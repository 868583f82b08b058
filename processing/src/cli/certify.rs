//! `certify`: a validated table gets a signed certificate, and its evidence beside it.
//!
//! Beside `NAME.jws` lie `NAME.rules.json`, `NAME.report.json` and, of a pipeline's result,
//! `NAME.lineage.json`: what the certificate names by digest, for `verify` and for anyone to read.

use std::path::{Path, PathBuf};

use processing::Fault;
use processing::certificate::{self, SigningKey};
use processing::digest::{
    canonical_sha256, logical_hash_with, sha256_file_with, unordered_hash_with,
};
use schema::data::certificate::Claims;
use schema::data::lineage::Lineage;
use schema::data::quality::GRADE_REJECT;

use super::html::Drawn;
use super::keygen::new_key;
use super::say::Page;
use super::validate::{Beside, judge, verdict};
use super::{Desk, Verdict};

#[derive(Debug, clap::Args)]
pub(super) struct Certify {
    /// `convert`나 `run`이 만든 Parquet · Parquet file of `convert` or `run`
    file: PathBuf,
    /// 규칙(YAML, JSON); 없으면 제안 규칙 · rules; suggested ones if absent
    #[arg(long)]
    rules: Option<PathBuf>,
    #[command(flatten)]
    beside: Beside,
    /// 개인키(PKCS#8 PEM); 없으면 설정 폴더의 키(처음이면 생성) · private key; else the one in the
    /// configuration folder, made on first use
    #[arg(long, env = "JANGTEO_SIGNING_KEY")]
    key: Option<PathBuf>,
    /// 결과 인증서(JWS); 규칙과 보고서는 그 옆에 적음 · certificate to write, with rules and report beside it
    #[arg(long)]
    out: PathBuf,
    /// 품질 보고서(JSON)를 적을 다른 파일 · where else to write the report
    #[arg(long)]
    report: Option<PathBuf>,
    /// `run`이 적은 계보 · lineage, as `run` wrote it
    #[arg(long)]
    lineage: Option<PathBuf>,
    /// 행 순서가 달라도 인증서가 맞음 · the certificate also holds for the rows in any order
    #[arg(long)]
    any_order: bool,
    /// 사람이 읽는 보고서(HTML)를 적을 파일 · where to write the report that people read
    #[arg(long)]
    html: Option<PathBuf>,
    /// 발급자 · who certifies
    #[arg(long, default_value = "jangteo-process")]
    issuer: String,
}

impl Desk {
    pub(super) fn certify(&self, args: &Certify) -> Result<Verdict, Fault> {
        self.exists(&args.file)?;
        if !super::is_parquet(&args.file)? {
            return Err(Fault::input(
                "parquet-needed",
                "인증서는 Parquet 파일에 발급합니다. 먼저 convert나 run으로 변환하십시오.",
                "a certificate is for a Parquet file; convert the file or run a pipeline first",
            ));
        }
        let key = self.signing_key(args.key.as_deref())?;
        let (limits, progress) = (&self.limits, &self.progress);
        let lineage: Option<Lineage> =
            args.lineage.as_deref().map(|path| self.document(path)).transpose()?;
        let sha256 = sha256_file_with(&args.file, progress)?;
        if lineage.as_ref().is_some_and(|lineage| lineage.output.sha256 != sha256) {
            return Err(Fault::input(
                "lineage-other",
                "계보가 이 파일의 것이 아닙니다.",
                "the lineage is that of another file",
            ));
        }
        let table = self.table(&args.file)?;
        // One time for both, so that whoever checks knows what freshness counted back from.
        let now = jiff::Timestamp::now();
        let (rules, assessment) =
            self.assessed(&table, args.rules.as_deref(), &args.beside, now)?;
        let report = &assessment.report;
        let unordered = args.any_order.then(|| unordered_hash_with(&args.file, limits, progress));
        let claims = Claims {
            issuer: args.issuer.clone(),
            issued_at: now.to_string(),
            size_bytes: std::fs::metadata(&args.file)?.len(),
            logical_sha256: logical_hash_with(&args.file, limits, progress)?,
            unordered_sha256: unordered.transpose()?,
            file_sha256: sha256,
            rows: report.rows,
            columns: u32::try_from(table.dictionary.columns.len()).unwrap_or(u32::MAX),
            rule_set_sha256: canonical_sha256(&rules)?,
            report_sha256: canonical_sha256(report)?,
            lineage_sha256: lineage.as_ref().map(canonical_sha256).transpose()?,
            tool: report.tool.clone(),
            grade: report.grade.clone().unwrap_or_else(|| GRADE_REJECT.to_owned()),
        };
        self.write_json(&beside(&args.out, "rules"), &rules)?;
        self.write_json(&beside(&args.out, "report"), report)?;
        if let Some(lineage) = &lineage {
            self.write_json(&beside(&args.out, "lineage"), lineage)?;
        }
        if let Some(path) = &args.report {
            self.write_json(path, report)?;
        }
        if let Some(path) = &args.html {
            let drawn = Drawn {
                report: Some(report),
                suggested: args.rules.is_none(),
                lineage: lineage.as_ref(),
                certificate: Some((&claims, key.public().kid())),
                ..Drawn::of(&args.file, &table, &assessment.profile)
            };
            self.draw(path, &drawn)?;
        }
        // The certificate comes last: where it lies, its evidence lies, too.
        self.write(&args.out, &(certificate::issue(&claims, &key)? + "\n"))?;
        self.print(&claims, |page| {
            judge(page, report);
            page.gap();
            tell(page, &claims);
            page.fact("서명 키", "signing key", key.public().kid());
        })?;
        Ok(verdict(report))
    }

    /// The key of a file; without one, the person's own, which is made on first use.
    fn signing_key(&self, path: Option<&Path>) -> Result<SigningKey, Fault> {
        if let Some(path) = path {
            return SigningKey::from_pem(&self.read(path)?);
        }
        let path = own_key()?;
        if path.is_file() {
            return SigningKey::from_pem(&self.read(&path)?);
        }
        if let Some(folder) = path.parent() {
            let mut builder = std::fs::DirBuilder::new();
            #[cfg(unix)]
            std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
            builder.recursive(true).create(folder)?;
        }
        let key = new_key(&path)?;
        let (name, kid) = (path.display(), key.public().kid());
        self.remark(
            &format!(
                "서명 키를 새로 만들었습니다: {name} (키 {kid}). 잃어버리지 않게 보관하십시오."
            ),
            &format!("made a signing key: {name} (key {kid}); keep it safe"),
        );
        Ok(key)
    }
}

/// Where a person's own key lies: `jangteo/signing-key.pem` in the configuration folder.
fn own_key() -> Result<PathBuf, Fault> {
    let folder = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let config = folder("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        .or_else(|| folder("HOME").map(|home| PathBuf::from(home).join(".config")))
        .or_else(|| folder("APPDATA").map(PathBuf::from));
    config.map(|config| config.join("jangteo").join("signing-key.pem")).ok_or_else(|| {
        Fault::input(
            "key-missing",
            "설정 폴더를 알 수 없습니다. --key로 개인키를 지정하십시오.",
            "there is no configuration folder; name a private key with --key",
        )
    })
}

/// The file of a piece of evidence beside a certificate.
pub(super) fn beside(certificate: &Path, what: &str) -> PathBuf {
    certificate.with_extension(format!("{what}.json"))
}

pub(super) fn tell(page: &mut Page, claims: &Claims) {
    page.fact("발급자", "issuer", &claims.issuer);
    page.fact("발급 시각", "issued at", &claims.issued_at);
    page.fact("등급", "grade", &claims.grade);
    page.fact("행", "rows", claims.rows);
    page.fact("열", "columns", claims.columns);
    page.fact("SHA-256", "SHA-256", &claims.file_sha256);
    page.fact("내용 해시", "content hash", &claims.logical_sha256);
}
