//! The arguments that every command takes, and the list of commands.
//!
//! What one command takes and does is in its own file: a new flag touches that file only.

use ::schema::lang::Lang;
use clap::{Parser, Subcommand, ValueEnum};
use processing::limits::Limits;

use super::{
    certify, convert, generate, inspect, keygen, profile, run, scan, schema, suggest, validate,
    verify,
};

/// 제조데이터 전처리·품질검증 도구 · Prepares and validates manufacturing data.
///
/// 종료 코드 · exit codes: 0 통과 passed, 1 품질 미달 data fails, 2 사용법 오류 wrong usage,
/// 3 입력 오류 wrong input, 4 실행 환경 오류 could not run, 130 중단 interrupted.
#[derive(Debug, Parser)]
#[command(name = "jangteo-process", version, propagate_version = true)]
pub(super) struct Args {
    /// 사람이 읽는 출력의 언어 · language of what people read
    #[arg(long, global = true, value_enum, default_value_t = Language::Ko, env = "JANGTEO_LANG")]
    pub(super) lang: Language,
    /// 결과를 JSON으로 출력 · print results as JSON
    #[arg(long, global = true)]
    pub(super) json: bool,
    /// 진행 상황을 표시하지 않음 · show no progress
    #[arg(long, short, global = true)]
    pub(super) quiet: bool,
    /// 스레드 수; 결과는 같음 · threads; the result is the same
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: Option<u16>,
    /// 데이터에 쓸 메모리(예: 512MiB); 넘으면 디스크 사용 · memory for data; beyond it the disk is used
    #[arg(long, global = true, value_name = "SIZE", value_parser = bytes)]
    memory: Option<usize>,
    #[command(subcommand)]
    pub(super) command: Command,
}

impl Args {
    /// The bounds asked for.
    pub(super) fn limits(&self) -> Limits {
        let mut limits = Limits::default();
        if let Some(threads) = self.threads {
            limits.threads = usize::from(threads);
        }
        if let Some(memory) = self.memory {
            limits.memory_bytes_max = memory;
        }
        limits
    }
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

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// 파일의 형식·인코딩·열을 알아냅니다 · finds out how files are read and what their columns are
    Inspect(inspect::Inspect),
    /// 파일을 열 사전이 담긴 Parquet으로 바꿉니다 · converts files to Parquet with a column dictionary
    Convert(convert::Convert),
    /// 열마다 통계를 냅니다 · measures every column
    Profile(profile::Profile),
    /// 정제 파이프라인이나 품질 규칙을 제안합니다 · suggests a cleaning pipeline and quality rules
    Suggest(suggest::Suggest),
    /// 품질 규칙으로 검증합니다 · validates by quality rules
    Validate(validate::Validate),
    /// 개인정보를 찾습니다(값은 출력하지 않음) · looks for personal data, never printing it
    Scan(scan::Scan),
    /// 파이프라인을 실행합니다 · runs a cleaning pipeline
    Run(run::Run),
    /// 품질을 검증하고 서명된 인증서를 냅니다 · validates and signs a certificate
    Certify(certify::Certify),
    /// 인증서가 파일과 맞는지 확인합니다 · checks that a certificate holds for a file
    Verify(verify::Verify),
    /// 가상 공장의 시험 데이터를 만듭니다 · makes sample data of an imaginary line
    Generate(generate::Generate),
    /// 서명 키를 만들고 공개키(JWKS)를 출력합니다 · makes a signing key and prints its public half as JWKS
    Keygen(keygen::Keygen),
    /// 문서의 JSON Schema를 출력합니다 · prints the JSON Schema of a document
    Schema(schema::Schema),
}

/// A number of bytes: `512MiB`, `2GiB`, `1000000`.
fn bytes(text: &str) -> Result<usize, String> {
    const UNITS: [(&str, usize); 7] = [
        ("kib", 1 << 10),
        ("mib", 1 << 20),
        ("gib", 1 << 30),
        ("kb", 1_000),
        ("mb", 1_000_000),
        ("gb", 1_000_000_000),
        ("b", 1),
    ];
    let lower = text.trim().to_ascii_lowercase();
    let (digits, unit) = UNITS
        .iter()
        .find_map(|(name, unit)| Some((lower.strip_suffix(name)?.trim_end(), *unit)))
        .unwrap_or((&lower, 1));
    let size = digits.parse::<usize>().ok().and_then(|count| count.checked_mul(unit));
    size.filter(|size| *size >= 1 << 20).ok_or_else(|| {
        "1MiB 이상의 크기를 쓰십시오 · write a size of at least 1MiB, such as 512MiB".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::{Args, bytes};

    #[test]
    fn the_arguments_are_well_formed() {
        Args::command().debug_assert();
    }

    #[test]
    fn sizes_are_read_in_either_kind_of_unit() {
        assert_eq!(bytes("512MiB"), Ok(512 << 20));
        assert_eq!(bytes("2 gib"), Ok(2 << 30));
        assert_eq!(bytes("2GB"), Ok(2_000_000_000));
        assert_eq!(bytes("1048576"), Ok(1 << 20));
        for wrong in ["", "MiB", "-1MiB", "1.5GiB", "100", "99999999999GiB", "1TiB"] {
            assert!(bytes(wrong).is_err(), "{wrong}");
        }
    }
}
