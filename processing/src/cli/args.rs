//! The arguments, and their help in both languages.

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};
use processing::generate::Kind;
use schema::lang::Lang;

/// 제조데이터 전처리·품질검증 도구 · Prepares and validates manufacturing data.
///
/// 종료 코드 · exit codes: 0 통과 passed, 1 품질 미달 data fails, 2 사용법 오류 wrong usage,
/// 3 입력 오류 wrong input, 4 실행 환경 오류 could not run.
#[derive(Debug, Parser)]
#[command(name = "jangteo-process", version, propagate_version = true)]
pub(super) struct Args {
    /// 사람이 읽는 출력의 언어 · language of what people read
    #[arg(long, global = true, value_enum, default_value_t = Language::Ko)]
    pub(super) lang: Language,
    /// 결과를 JSON으로 출력 · print results as JSON
    #[arg(long, global = true)]
    pub(super) json: bool,
    #[command(subcommand)]
    pub(super) command: Command,
}

/// A language, as the command line takes it.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Language {
    /// 한국어
    Ko,
    /// English
    En,
}

impl From<Language> for Lang {
    fn from(language: Language) -> Self {
        match language {
            Language::Ko => Self::Ko,
            Language::En => Self::En,
        }
    }
}

/// A kind of line, as the command line takes it.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum LineKind {
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

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// 파일의 형식·인코딩·열을 알아냅니다 · finds out how files are read and what their columns are
    Inspect {
        /// CSV, JSON Lines, Parquet (gzip, zstd)
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// 파일을 열 사전이 담긴 Parquet으로 바꿉니다 · converts a file to Parquet with a column dictionary
    Convert {
        /// CSV, JSON Lines, Parquet (gzip, zstd)
        file: PathBuf,
        /// 결과 Parquet · Parquet file to write
        #[arg(long)]
        out: PathBuf,
        /// `inspect --json` 결과를 고친 열 사전 · dictionary to use, as `inspect --json` prints it
        #[arg(long)]
        dictionary: Option<PathBuf>,
    },
    /// 열마다 통계를 냅니다 · measures every column
    Profile {
        /// 파일 · file
        file: PathBuf,
    },
    /// 정제 파이프라인과 품질 규칙을 제안합니다 · suggests a cleaning pipeline (JSON: with quality rules)
    Suggest {
        /// 파일 · file
        file: PathBuf,
    },
    /// 품질 규칙으로 검증합니다 · validates by quality rules
    Validate {
        /// 파일 · file
        file: PathBuf,
        /// 규칙(YAML, JSON); 없으면 제안 규칙 · rules; suggested ones if absent
        #[arg(long)]
        rules: Option<PathBuf>,
    },
    /// 개인정보를 찾습니다(값은 출력하지 않음) · looks for personal data, never printing it
    Scan {
        /// 파일 · file
        file: PathBuf,
        /// 미래 날짜 판단 기준일(YYYY-MM-DD); 없으면 오늘 · day for judging future dates; today if absent
        #[arg(long)]
        today: Option<String>,
    },
    /// 파이프라인을 실행합니다 · runs a cleaning pipeline
    Run {
        /// 파이프라인 명세(YAML, JSON) · pipeline specification
        spec: PathBuf,
        /// 입력 파일 · file to clean
        #[arg(long)]
        input: PathBuf,
        /// 결과 Parquet · Parquet file to write
        #[arg(long)]
        out: PathBuf,
        /// 계보(JSON)를 적을 파일 · where to write the lineage
        #[arg(long)]
        lineage: Option<PathBuf>,
    },
    /// 품질을 검증하고 서명된 인증서를 냅니다 · validates and signs a certificate
    Certify(Certify),
    /// 인증서가 파일과 맞는지 확인합니다 · checks that a certificate holds for a file
    Verify {
        /// 인증서(JWS) · certificate
        certificate: PathBuf,
        /// 데이터 파일 · data file
        file: PathBuf,
        /// 공개키 목록(JWKS) · public keys
        #[arg(long)]
        keys: PathBuf,
        /// 이 규칙으로 검증했는지도 확인 · also check that these rules were applied
        #[arg(long)]
        rules: Option<PathBuf>,
    },
    /// 가상 공장의 시험 데이터를 만듭니다 · makes sample data of an imaginary line
    Generate {
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
    },
    /// 서명 키를 만들고 공개키(JWKS)를 출력합니다 · makes a signing key and prints its public half as JWKS
    Keygen {
        /// 개인키(PKCS#8 PEM)를 적을 새 파일 · new file for the private key
        #[arg(long)]
        out: PathBuf,
    },
}

#[derive(Debug, clap::Args)]
pub(super) struct Certify {
    /// `convert`나 `run`이 만든 Parquet · Parquet file of `convert` or `run`
    pub(super) file: PathBuf,
    /// 규칙(YAML, JSON); 없으면 제안 규칙 · rules; suggested ones if absent
    #[arg(long)]
    pub(super) rules: Option<PathBuf>,
    /// 개인키(PKCS#8 PEM) · private key
    #[arg(long)]
    pub(super) key: PathBuf,
    /// 결과 인증서(JWS) · certificate to write
    #[arg(long)]
    pub(super) out: PathBuf,
    /// 품질 보고서(JSON)를 적을 파일 · where to write the report
    #[arg(long)]
    pub(super) report: Option<PathBuf>,
    /// `run`이 적은 계보 · lineage, as `run` wrote it
    #[arg(long)]
    pub(super) lineage: Option<PathBuf>,
    /// 발급자 · who certifies
    #[arg(long, default_value = "jangteo-process")]
    pub(super) issuer: String,
}
