//! `verify`: whether a certificate holds for a file and for its evidence, offline.

use std::path::{Path, PathBuf};

use processing::certificate::{self, Match, PublicKey, Trust, Verified};
use processing::digest::canonical_sha256;
use processing::quality::RuleDocument;
use processing::{Fault, quality};
use schema::data::certificate::Claims;
use schema::data::lineage::Lineage;
use schema::data::quality::{Report, RuleSet};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::certify::{beside, tell};
use super::validate::Beside;
use super::{Desk, Verdict};

#[derive(Debug, clap::Args)]
pub(super) struct Verify {
    /// 인증서(JWS) · certificate
    certificate: PathBuf,
    /// 데이터 파일 · data file
    file: PathBuf,
    /// 발급자의 공개키 목록(JWKS); 이 가운데 한 키의 서명만 인정 · the issuer's keys; only theirs will do
    #[arg(long)]
    keys: Option<PathBuf>,
    /// 검증에 쓴 규칙; 없으면 인증서 옆의 것 · rules applied; those beside the certificate if absent
    #[arg(long)]
    rules: Option<PathBuf>,
    /// 품질 보고서; 없으면 인증서 옆의 것 · quality report; the one beside the certificate if absent
    #[arg(long)]
    report: Option<PathBuf>,
    /// 계보; 없으면 인증서 옆의 것 · lineage; the one beside the certificate if absent
    #[arg(long)]
    lineage: Option<PathBuf>,
    /// 같은 규칙으로 다시 검증해 결과를 비교 · validates again by the rules and compares the result
    #[arg(long)]
    recheck: bool,
    #[command(flatten)]
    beside: Beside,
}

/// A document named by a certificate.
struct Named<'a> {
    /// Slug of it: `rules`, `report`, `lineage`.
    what: &'static str,
    names: (&'static str, &'static str),
    given: Option<&'a Path>,
    digest: Option<&'a str>,
}

impl Desk {
    pub(super) fn verify(&self, args: &Verify) -> Result<Verdict, Fault> {
        let jws = self.read(&args.certificate)?;
        let keys = args.keys.as_deref().map(|path| self.read(path)).transpose()?;
        let keys = keys.map(|keys| PublicKey::from_jwks(&keys)).transpose()?;
        self.exists(&args.file)?;
        let trust = keys.as_deref().map_or(Trust::Carried, Trust::Listed);
        let verified =
            certificate::verify_match_with(&jws, trust, &args.file, &self.limits, &self.progress)?;
        let claims = &verified.claims;
        let mut checked = vec!["signature", "data"];
        let rules: Option<RuleSet> =
            self.named(&args.certificate, &rules_of(args, claims), &mut checked)?;
        let report = Named {
            what: "report",
            names: ("품질 보고서", "quality report"),
            given: args.report.as_deref(),
            digest: Some(&claims.report_sha256),
        };
        let _report: Option<Report> = self.named(&args.certificate, &report, &mut checked)?;
        let lineage = Named {
            what: "lineage",
            names: ("계보", "lineage"),
            given: args.lineage.as_deref(),
            digest: claims.lineage_sha256.as_deref(),
        };
        let _lineage: Option<Lineage> = self.named(&args.certificate, &lineage, &mut checked)?;
        if args.recheck {
            self.recheck(args, rules, claims)?;
            checked.push("result");
        }
        self.say(&verified, keys.is_some(), &checked)?;
        Ok(Verdict::Passed)
    }

    /// A document given, or lying beside the certificate, if it is the one that the certificate names.
    fn named<T: Serialize + DeserializeOwned>(
        &self,
        certificate: &Path,
        named: &Named<'_>,
        checked: &mut Vec<&'static str>,
    ) -> Result<Option<T>, Fault> {
        let here = beside(certificate, named.what);
        let path = match named.given {
            Some(path) => path,
            None if here.is_file() => &here,
            None => return Ok(None),
        };
        let (ko, en) = named.names;
        let other = |reason: &str| {
            let name = path.display();
            Fault::input(
                &format!("certificate-{}", named.what),
                format!("{ko} {name}이(가) 인증서가 가리키는 것과 다릅니다. {reason}"),
                format!("the {en} {name} is not the one that the certificate names. {reason}"),
            )
        };
        let document: T = match self.document(path) {
            Ok(document) => document,
            Err(Fault::Input(fault)) if fault.code == "document-invalid" => {
                return Err(other(&fault.text.en));
            }
            Err(fault) => return Err(fault),
        };
        // As it stands, with every field that this version of the tool may not know; or, of rules
        // written by hand, as they are understood.
        let raw = serde_json::from_str::<Value>(&self.read(path)?).ok();
        let same = |digest: Result<String, Fault>| -> Result<bool, Fault> {
            Ok(Some(digest?.as_str()) == named.digest)
        };
        let holds = match &raw {
            Some(raw) if same(canonical_sha256(raw))? => true,
            _ => same(canonical_sha256(&document))? && is_whole(raw.as_ref(), &document)?,
        };
        if !holds {
            return Err(other(""));
        }
        checked.push(named.what);
        Ok(Some(document))
    }

    /// Validates again and compares what comes of it.
    fn recheck(&self, args: &Verify, rules: Option<RuleSet>, claims: &Claims) -> Result<(), Fault> {
        let Some(set) = rules else {
            return Err(Fault::input(
                "rules-needed",
                "다시 검증하려면 규칙이 있어야 합니다. --rules로 지정하십시오.",
                "validating again needs the rules; name them with --rules",
            ));
        };
        let table = self.table(&args.file)?;
        let (path, dictionary) = (&table.path, &table.dictionary);
        let document = RuleDocument { set, lines: Vec::new() };
        // A certificate is issued at the time that freshness counted back from, unless it was told
        // another.
        let issued = claims.issued_at.parse().unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        let around = self.around(&args.beside, &document, issued)?;
        let (context, set) = (&around.context, &document.set);
        let (report, _) =
            quality::validate_in(context, path, dictionary, set, &self.limits, &self.progress)?;
        if canonical_sha256(&report)? == claims.report_sha256 {
            return Ok(());
        }
        let (theirs, mine) = (&claims.tool, &report.tool);
        Err(Fault::input(
            "certificate-result",
            format!("다시 검증한 결과가 인증된 결과와 다릅니다. (인증: {theirs}, 지금: {mine})"),
            format!(
                "validated again, the result is not that certified. (certified by {theirs}, now {mine})"
            ),
        ))
    }

    fn say(&self, verified: &Verified, listed: bool, checked: &[&str]) -> Result<(), Fault> {
        let Verified { claims, signer, matched } = verified;
        let (word, ko, en) = match matched {
            Match::Bytes => (
                "bytes",
                "인증된 파일과 바이트까지 같습니다.",
                "the file is the certified one, byte by byte",
            ),
            Match::Content => (
                "content",
                "파일은 다시 저장되었지만 내용은 인증된 것과 같습니다.",
                "the file was written anew; its content is that certified",
            ),
            Match::Rows => (
                "rows",
                "행의 순서는 다르지만 모든 행이 인증된 것과 같습니다.",
                "the rows are those certified, in another order",
            ),
        };
        let kid = signer.kid();
        let who = if listed {
            self.text(
                &format!("서명 키 {kid}는 주어진 키 목록에 있습니다."),
                &format!("the signing key {kid} is among the keys given"),
            )
        } else {
            self.text(
                &format!(
                    "서명은 맞지만, 서명 키 {kid}가 누구의 것인지는 확인하지 않았습니다(--keys)."
                ),
                &format!("the signature holds; whose key {kid} is was not checked (--keys)"),
            )
        };
        let told = self.text(ko, en);
        let document = json!({
            "matched": word, "signer": kid, "signer_listed": listed, "checked": checked, "claims": claims,
        });
        self.print(&document, |page| {
            page.line(&told);
            page.line(&who);
            page.fact("확인한 것", "checked", checked.join(", "));
            page.gap();
            tell(page, claims);
        })
    }
}

fn rules_of<'a>(args: &'a Verify, claims: &'a Claims) -> Named<'a> {
    Named {
        what: "rules",
        names: ("규칙", "rule set"),
        given: args.rules.as_deref(),
        digest: Some(&claims.rule_set_sha256),
    }
}

/// Whether a document says nothing beyond what was understood of it: a misspelt key of an optional
/// field would be passed over.
fn is_whole<T: Serialize>(raw: Option<&Value>, document: &T) -> Result<bool, Fault> {
    fn within(part: &Value, whole: &Value) -> bool {
        match (part, whole) {
            (Value::Object(part), Value::Object(whole)) => part.iter().all(|(key, value)| {
                let empty = value.is_null() || value.as_array().is_some_and(Vec::is_empty);
                empty || whole.get(key).is_some_and(|other| within(value, other))
            }),
            (Value::Array(part), Value::Array(whole)) => {
                part.len() == whole.len() && part.iter().zip(whole).all(|(a, b)| within(a, b))
            }
            // Numbers may be written in several ways; their value was compared by the digest.
            (Value::Number(_), Value::Number(_)) => true,
            (part, whole) => part == whole,
        }
    }
    let whole = serde_json::to_value(document).map_err(|error| Fault::Bug(error.to_string()))?;
    Ok(raw.is_none_or(|raw| within(raw, &whole)))
}
