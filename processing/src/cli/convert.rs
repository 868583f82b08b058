//! `convert`: a file in any state → a typed Parquet table with its dictionary.

use std::path::PathBuf;

use processing::{Fault, ingest};
use serde_json::json;

use super::{Desk, Verdict};

#[derive(Debug, clap::Args)]
pub(super) struct Convert {
    /// CSV, JSON Lines, Parquet (gzip, zstd)
    file: PathBuf,
    /// 결과 Parquet · Parquet file to write
    #[arg(long)]
    out: PathBuf,
    /// `inspect --json` 결과를 고친 열 사전 · dictionary to use, as `inspect --json` prints it
    #[arg(long)]
    dictionary: Option<PathBuf>,
}

impl Desk {
    pub(super) fn convert(&self, args: &Convert) -> Result<Verdict, Fault> {
        self.exists(&args.file)?;
        let dictionary = args.dictionary.as_deref().map(|path| self.document(path)).transpose()?;
        let (limits, progress) = (&self.limits, &self.progress);
        let ingested =
            ingest::convert(&args.file, &args.out, dictionary.as_ref(), limits, progress)?;
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
}
