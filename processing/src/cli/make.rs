//! Commands that make files: convert, run, generate, keygen.

use std::io::Write as _;
use std::path::Path;

use processing::certificate::{PublicKey, SigningKey};
use processing::generate::{self, Kind};
use processing::{Fault, ingest, pipeline};
use schema::data::lineage::Lineage;
use serde_json::json;

use super::say::Page;
use super::{Desk, Verdict};

impl Desk {
    pub(super) fn convert(
        &self,
        file: &Path,
        out: &Path,
        dictionary: Option<&Path>,
    ) -> Result<Verdict, Fault> {
        self.exists(file)?;
        let dictionary = dictionary.map(|path| self.document(path)).transpose()?;
        let ingested =
            ingest::convert(file, out, dictionary.as_ref(), &self.limits, &self.progress)?;
        let columns = ingested.dictionary.columns.len();
        let document = json!({"rows": ingested.rows, "dictionary": ingested.dictionary});
        self.print(&document, |page| {
            page.fact("행", "rows", ingested.rows);
            page.fact("열", "columns", columns);
            for finding in &ingested.dictionary.findings {
                page.text(&finding.text);
            }
        })?;
        Ok(Verdict::Passed)
    }

    pub(super) fn clean(
        &self,
        spec: &Path,
        input: &Path,
        out: &Path,
        lineage_out: Option<&Path>,
    ) -> Result<Verdict, Fault> {
        let spec = pipeline::parse(&self.read(spec)?)?;
        let table = self.table(input)?;
        let lineage = pipeline::run(&spec, &table.path, out, &self.limits, &self.progress)?;
        if let Some(path) = lineage_out {
            let text = serde_json::to_string_pretty(&lineage);
            self.write(path, &(text.map_err(|error| Fault::Bug(error.to_string()))? + "\n"))?;
        }
        self.print(&lineage, |page| tell(page, &lineage))?;
        Ok(Verdict::Passed)
    }

    pub(super) fn generate(
        &self,
        kind: Kind,
        rows: u64,
        seed: u64,
        out: &Path,
    ) -> Result<Verdict, Fault> {
        generate::write_csv(kind, rows, seed, out)?;
        let sha256 = processing::digest::sha256_file(out)?;
        let document = json!({"kind": kind.name(), "rows": rows, "seed": seed, "sha256": sha256});
        self.print(&document, |page| {
            page.fact("행", "rows", rows);
            page.fact("SHA-256", "SHA-256", &sha256);
        })?;
        Ok(Verdict::Passed)
    }

    pub(super) fn keygen(&self, out: &Path) -> Result<Verdict, Fault> {
        let key = SigningKey::generate()?;
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(out).map_err(|error| {
            if error.kind() != std::io::ErrorKind::AlreadyExists {
                return Fault::from(error);
            }
            let name = out.display();
            Fault::input(
                "file-exists",
                format!("{name}이(가) 이미 있습니다. 키는 덮어쓰지 않습니다."),
                format!("{name} exists already; a key is never overwritten"),
            )
        })?;
        file.write_all(key.to_pem()?.as_bytes())?;
        // A JWKS is a document for programs, whatever the language.
        let jwks = PublicKey::to_jwks(std::slice::from_ref(key.public()));
        let text = serde_json::to_string_pretty(&jwks);
        let text = text.map_err(|error| Fault::Bug(error.to_string()))?;
        self.print(&jwks, |page| page.line(&text))?;
        Ok(Verdict::Passed)
    }
}

fn tell(page: &mut Page, lineage: &Lineage) {
    let rows: Vec<Vec<String>> = lineage
        .steps
        .iter()
        .map(|step| {
            vec![
                step.number.to_string(),
                step.step.clone(),
                step.rows_in.to_string(),
                step.rows_out.to_string(),
                step.columns_in.to_string(),
                step.columns_out.to_string(),
                step.cells_changed.to_string(),
                step.dropped_columns.join(" "),
            ]
        })
        .collect();
    let heads = [
        ("번호", "no."),
        ("단계", "step"),
        ("행 전", "rows in"),
        ("행 후", "rows out"),
        ("열 전", "columns in"),
        ("열 후", "columns out"),
        ("바뀐 칸", "cells changed"),
        ("버린 열", "columns dropped"),
    ];
    page.table(&heads, &rows);
    page.gap();
    page.fact("행", "rows", lineage.output.rows);
    page.fact("열", "columns", lineage.output.columns);
    page.fact("SHA-256", "SHA-256", &lineage.output.sha256);
    page.fact("내용 해시", "content hash", &lineage.output.logical_sha256);
}
