//! Small files to upload, made here.

use std::fmt::Write as _;
use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use processing::Limits;
use processing::progress::Silent;
use schema::api::catalog::Version;
use schema::api::jobs::Job;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::api::{Answer, Api};
use crate::app::TestApp;

/// Readings of a press: a time, a machine, three measured values and a verdict.
pub fn press_csv(rows: usize, separator: char) -> String {
    let columns = ["measured_at", "machine", "pressure_bar", "temperature_c", "stroke", "verdict"];
    let mut text = columns.join(&separator.to_string());
    text.push('\n');
    for row in 0..rows {
        let (minute, hour, day) = (row % 60, row / 60 % 24, 1 + row / 1_440 % 28);
        let pressure = 180.0 + f64::from(u32::try_from(row % 17).unwrap_or(0)) * 0.25;
        let temperature = 41.5 + f64::from(u32::try_from(row % 29).unwrap_or(0)) * 0.1;
        let fields = [
            format!("2024-03-{day:02} {hour:02}:{minute:02}:00"),
            format!("PRESS-{}", row % 3 + 1),
            format!("{pressure:.2}"),
            format!("{temperature:.1}"),
            row.to_string(),
            if row % 40 == 39 { "NG" } else { "OK" }.to_owned(),
        ];
        let _ = writeln!(text, "{}", fields.join(&separator.to_string()));
    }
    text
}

/// `bytes` gzipped.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packed.write_all(bytes).expect("memory");
    packed.finish().expect("memory")
}

/// A Parquet file with the readings of [`press_csv`].
pub fn press_parquet(rows: usize) -> Vec<u8> {
    let dir = tempfile::tempdir().expect("a folder");
    let (csv, table) = (dir.path().join("press.csv"), dir.path().join("press.parquet"));
    std::fs::write(&csv, press_csv(rows, ',')).expect("a file");
    processing::ingest::convert(&csv, &table, None, &Limits::default(), &Silent).expect("a table");
    std::fs::read(&table).expect("a file")
}

/// SHA-256 in hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    marketplace::idempotency::hex(&Sha256::digest(bytes))
}

/// `Content-Digest` of `bytes` (RFC 9530).
pub fn content_digest(bytes: &[u8]) -> String {
    format!("sha-256=:{}:", BASE64.encode(Sha256::digest(bytes)))
}

/// A new version, waiting for its file. Answers its path.
pub async fn open_version(owner: &Api, file_name: &str) -> String {
    let dataset =
        owner.post("/v1/datasets", json!({"title": "프레스 설비 데이터"})).await.expect(201);
    let path = format!("/v1/datasets/{}/versions", dataset.id());
    let version = owner.post(&path, json!({"file_name": file_name})).await.expect(201);
    format!("/v1/versions/{}", version.id())
}

/// A version with a file, finalised and read by the worker.
pub async fn ingested(
    app: &TestApp,
    owner: &Api,
    file_name: &str,
    bytes: impl Into<bytes::Bytes>,
) -> Version {
    let path = open_version(owner, file_name).await;
    owner.put(&format!("{path}/content"), bytes).await.expect(200);
    owner.command(&format!("{path}/finalise")).await.expect(202);
    app.run_jobs().await;
    let answer: Answer = owner.get(&path).await.expect(200);
    answer.read()
}

/// The newest job of a version.
pub async fn job_of(owner: &Api, version: &Version) -> Job {
    let id = version.job.expect("a job");
    owner.get(&format!("/v1/jobs/{id}")).await.expect(200).read()
}
