//! `convert`: files in any state → a typed Parquet table with its dictionary.

use std::path::PathBuf;

use processing::{Fault, ingest};
use schema::data::column::Dictionary;
use serde_json::json;

use super::inspect::note;
use super::{Desk, Verdict};

#[derive(Debug, clap::Args)]
pub(super) struct Convert {
    /// CSV, JSON Lines, Excel, Parquet (gzip, zstd); 여럿이면 한 표로 · several make one table
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// 결과 Parquet · Parquet file to write
    #[arg(long)]
    out: PathBuf,
    /// `inspect`가 적은 열 사전(YAML, JSON) · dictionary to use, as `inspect` wrote it
    #[arg(long)]
    dictionary: Option<PathBuf>,
    /// 행마다 파일 이름을 담는 열을 더합니다 · adds a column that names the file of each record
    #[arg(long)]
    source_column: bool,
}

impl Desk {
    pub(super) fn convert(&self, args: &Convert) -> Result<Verdict, Fault> {
        args.files.iter().try_for_each(|file| self.exists(file))?;
        let dictionary: Option<Dictionary> =
            args.dictionary.as_deref().map(|path| self.document(path)).transpose()?;
        let given = dictionary.as_ref();
        let (out, source) = (&args.out, args.source_column);
        let (limits, progress) = (&self.limits, &self.progress);
        let ingested = match args.files.as_slice() {
            [file] if !source && given.is_none_or(|given| given.files.is_empty()) => {
                ingest::convert(file, out, given, limits, progress)?
            }
            files => ingest::convert_all(files, out, given, source, limits, progress)?,
        };
        let columns = ingested.dictionary.columns.len();
        let document = json!({"rows": ingested.rows, "dictionary": ingested.dictionary});
        self.print(&document, |page| {
            page.fact("행", "rows", ingested.rows);
            page.fact("열", "columns", columns);
            note(page, &ingested.dictionary.findings);
        })?;
        Ok(Verdict::Passed)
    }
}
