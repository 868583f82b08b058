//! What each target does with its input. The targets themselves only hand it over; the tests of
//! `processing` run the same on damaged seeds.

use std::io::Write as _;
use std::path::PathBuf;

use processing::certificate::{self, PublicKey, SigningKey};
use processing::progress::Silent;
use processing::{ingest, pipeline, quality};
use schema::data::certificate::Claims;
use schema::data::column::Dictionary;
use schema::data::lineage::Lineage;

use super::{Bench, book, ingest_all_ways, judged, limits, measure};

/// Runs a check in a folder of this thread, which goes with it.
fn on_bench<T>(check: impl FnOnce(&Bench) -> T) -> T {
    thread_local! {
        static BENCH: Bench = Bench::new();
    }
    BENCH.with(check)
}

/// Separated text: any bytes as a file.
pub fn text(bytes: &[u8]) {
    on_bench(|bench| {
        let input = bench.file("input", bytes);
        if let Some((table, dictionary)) = ingest_all_ways(bench, &input) {
            measure(bench, &table, &dictionary);
        }
    });
}

/// JSON Lines: the bytes behind the first brace of an object.
pub fn json_lines(bytes: &[u8]) {
    let is_object = bytes.first() == Some(&b'{');
    text(&if is_object { bytes.to_vec() } else { [&b"{\""[..], bytes].concat() });
}

/// Parquet: damaged and made-up files, converted and read as they are.
pub fn parquet(bytes: &[u8]) {
    on_bench(|bench| {
        let input = bench.file("input", bytes);
        ingest_all_ways(bench, &input);
        if let Some(dictionary) = judged(ingest::dictionary_of(&input)) {
            measure(bench, &input, &dictionary);
        }
    });
}

/// gzip and zstd: bytes as they are, and text that is packed here and then damaged or glued.
pub fn packed(bytes: &[u8]) {
    let packed = match bytes {
        [how @ 1..=5, at, bit, text @ ..] => made(*how, *at, *bit, text),
        _ => bytes.to_vec(),
    };
    on_bench(|bench| ingest_all_ways(bench, &bench.file("input", &packed)));
}

/// Workbooks: files as they are, and sheets, words and records put into a sound workbook.
pub fn workbook(bytes: &[u8]) {
    let file = match bytes {
        [1, sheet @ ..] => book::xlsx(b"<sst><si><t>a</t></si><si><t>b</t></si></sst>", sheet),
        [2, parts @ ..] => {
            let at = parts.iter().position(|byte| *byte == 0).unwrap_or(parts.len());
            let (shared, sheet) = parts.split_at(at);
            book::xlsx(shared, sheet.get(1..).unwrap_or_default())
        }
        [3, content @ ..] => book::ods(content),
        [4, sheet @ ..] => book::xlsb(sheet),
        [5, stream @ ..] => book::xls(stream),
        _ => bytes.to_vec(),
    };
    on_bench(|bench| ingest_all_ways(bench, &bench.file("input", &file)));
}

struct Spec {
    bench: Bench,
    text: PathBuf,
    table: PathBuf,
    dictionary: Dictionary,
}

thread_local! {
    static SPEC: Spec = Spec::new();
    static EVIDENCE: Evidence = Evidence::new();
}

impl Spec {
    fn new() -> Self {
        let bench = Bench::new();
        let rows = (0..60).map(|row| {
            let (minute, temp) = (row % 60, 20 + row * 7 % 13);
            let machine = ["A", "B"][row % 2];
            format!("2024-01-01 00:{minute:02}:00,{machine},{temp}.5,{row},ok\n")
        });
        let text = format!("time,machine,temp,n,label\n{}", rows.collect::<String>());
        let text = bench.file("table.csv", text.as_bytes());
        let table = bench.path("table.parquet");
        let made =
            ingest::convert(&text, &table, None, &limits(1), &Silent).expect("a sound table");
        Self { bench, text, table, dictionary: made.dictionary }
    }
}

/// What people write: pipelines, rules and dictionaries as YAML or JSON, applied to a small table.
pub fn spec(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    SPEC.with(|spec| written(spec, text));
}

fn written(spec: &Spec, text: &str) {
    let Spec { bench, text: csv, table, dictionary } = spec;
    let out = bench.path("out.parquet");
    if let Some(spec) = judged(pipeline::parse(text)) {
        let fits = judged(pipeline::check(&spec, dictionary)).is_some();
        let ran = judged(pipeline::run(&spec, table, &out, &limits(1), &Silent));
        if let (Some(ran), true) = (ran, fits) {
            let again = judged(pipeline::run(&spec, table, &out, &limits(2), &Silent));
            assert_eq!(again, Some(ran), "threads differ");
        }
    }
    if let Some(rules) = document(text) {
        judged(quality::assess(table, dictionary, &rules, &limits(1), &Silent));
    }
    if let Some(dictionary) = document::<Dictionary>(text) {
        judged(ingest::convert(csv, &out, Some(&dictionary), &limits(1), &Silent));
    }
}

struct Evidence {
    _bench: Bench,
    file: PathBuf,
    key: SigningKey,
}

impl Evidence {
    fn new() -> Self {
        let bench = Bench::new();
        let file = bench.file("table.parquet", b"PAR1 is not enough");
        Self { file, _bench: bench, key: SigningKey::from_seed(&[7; 32]) }
    }
}

/// Certificates, key lists, private keys and lineages as somebody hands them in.
pub fn evidence(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    EVIDENCE.with(|evidence| handed_in(evidence, text));
}

fn handed_in(evidence: &Evidence, text: &str) {
    let Evidence { file, key, .. } = evidence;
    let keys = std::slice::from_ref(key.public());
    judged(certificate::verify(text.trim(), keys, file, &limits(1)));
    judged(SigningKey::from_pem(text));
    if let Some(keys) = judged(PublicKey::from_jwks(text)) {
        let written = serde_json::to_string(&PublicKey::to_jwks(&keys)).expect("keys are written");
        let again = judged(PublicKey::from_jwks(&written)).expect("written keys are read");
        assert_eq!(again, keys);
    }
    if let Ok(claims) = serde_json::from_str::<Claims>(text) {
        let jws = judged(certificate::issue(&claims, key)).expect("any claims can be signed");
        assert_eq!(judged(certificate::open(&jws, keys)), Some(claims), "what was signed opens");
        judged(certificate::verify(&jws, keys, file, &limits(1)));
    }
    if let Ok(lineage) = serde_json::from_str::<Lineage>(text) {
        let written = serde_json::to_string(&lineage).expect("a lineage is written");
        assert_eq!(serde_json::from_str::<Lineage>(&written).ok(), Some(lineage));
    }
}

/// Packed text, with one byte changed at a place if `bit` is not 0.
fn made(how: u8, at: u8, bit: u8, text: &[u8]) -> Vec<u8> {
    let half = text.len() / 2;
    let mut packed = match how {
        1 => gzip(text),
        2 => zstd(text),
        3 => [gzip(&text[..half]), gzip(&text[half..])].concat(),
        4 => [zstd(&text[..half]), zstd(&text[half..])].concat(),
        _ => gzip(&zstd(text)),
    };
    let at = usize::from(at) * packed.len() / 256;
    packed[at] ^= bit;
    packed
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut pack = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    pack.write_all(text).expect("memory takes bytes");
    pack.finish().expect("memory takes bytes")
}

fn zstd(text: &[u8]) -> Vec<u8> {
    zstd::bulk::compress(text, 1).expect("memory takes bytes")
}

/// A document as the command line reads it: JSON by its first character, else YAML.
fn document<T: serde::de::DeserializeOwned>(text: &str) -> Option<T> {
    if text.trim_start().starts_with(['{', '[']) {
        serde_json::from_str(text).ok()
    } else {
        serde_saphyr::from_str(text).ok()
    }
}
