//! `generate`: sample data of an imaginary line.

use std::path::PathBuf;

use clap::ValueEnum;
use processing::Fault;
use processing::digest::sha256_file_with;
use processing::generate::{self, Kind};
use serde_json::json;

use super::{Desk, Verdict};

#[derive(Debug, clap::Args)]
pub(super) struct Generate {
    /// 공정 · kind of line
    #[arg(long, value_enum)]
    kind: LineKind,
    /// 행 수 · records
    #[arg(long, default_value_t = 10_000)]
    rows: u64,
    /// 같은 값이면 같은 파일 · the same seed gives the same bytes
    #[arg(long, default_value_t = 42)]
    seed: u64,
    /// 결과 CSV · CSV file to write
    #[arg(long)]
    out: PathBuf,
}

/// A kind of line, as the command line takes it.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum LineKind {
    /// 프레스 · stamping press
    Press,
    /// 절삭가공 · machining centre
    Cnc,
    /// 사출 · injection moulding
    Injection,
}

impl From<LineKind> for Kind {
    fn from(kind: LineKind) -> Self {
        match kind {
            LineKind::Press => Self::Press,
            LineKind::Cnc => Self::Cnc,
            LineKind::Injection => Self::Injection,
        }
    }
}

impl Desk {
    pub(super) fn generate(&self, args: &Generate) -> Result<Verdict, Fault> {
        let (kind, rows, seed) = (Kind::from(args.kind), args.rows, args.seed);
        generate::write_csv_with(kind, rows, seed, &args.out, &self.progress)?;
        let sha256 = sha256_file_with(&args.out, &self.progress)?;
        let document = json!({"kind": kind.name(), "rows": rows, "seed": seed, "sha256": sha256});
        self.print(&document, |page| {
            page.fact("행", "rows", rows);
            page.fact("SHA-256", "SHA-256", &sha256);
        })?;
        Ok(Verdict::Passed)
    }
}
