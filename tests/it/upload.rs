//! Files that arrive: good ones in every form, bad ones in every way.

use std::path::PathBuf;

use marketplace::clock::Clock;
use processing::Limits;
use processing::certificate::{self, PublicKey};
use schema::api::catalog::{Version, VersionState};
use schema::api::jobs::JobState;
use serde_json::json;
use tests::files::{
    content_digest, gzip, ingested, job_of, open_version, press_csv, press_parquet, sha256,
};
use tests::{Api, TestApp};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// Path of an object in the folder of the store.
fn object(app: &TestApp, sha256: &str) -> PathBuf {
    let shard = sha256.get(..2).unwrap();
    app.data_dir().join("objects/sha256").join(shard).join(sha256)
}

/// The certificate of a version holds for its stored table, judged with public means alone.
async fn certificate_holds(app: &TestApp, owner: &Api, version: &Version) {
    let path = format!("/v1/versions/{}/certificate", version.id);
    let answer = owner.get(&path).await.expect(200);
    assert_eq!(answer.header("content-type"), "application/jose");
    let keys = app.nobody().get("/.well-known/jwks.json").await.expect(200).text();
    let keys = PublicKey::from_jwks(&keys).unwrap();
    let table = object(app, &version.table.as_ref().unwrap().sha256);
    let claims = certificate::verify(&answer.text(), &keys, &table, &Limits::default()).unwrap();
    assert_eq!(Some(claims.rows), version.rows.map(i64::unsigned_abs));
    assert_eq!(Some(i64::from(claims.columns)), version.columns);
    assert_eq!(claims.file_sha256, version.table.as_ref().unwrap().sha256);
    assert_eq!(Some(claims.grade), version.grade.clone().or(Some("N/A".to_owned())));
}

/// A version is ready with so many rows and columns, and everything about it can be read.
async fn is_ready(app: &TestApp, owner: &Api, name: &str, version: &Version, size: (i64, i64)) {
    assert_eq!(version.state, VersionState::Ready, "{name}: {:?}", version.fault);
    assert_eq!((version.rows, version.columns), (Some(size.0), Some(size.1)), "{name}");
    assert!(version.certified && version.fault.is_none() && version.privacy.is_some(), "{name}");
    let table = version.table.as_ref().unwrap();
    let stored = std::fs::read(object(app, &table.sha256)).unwrap();
    assert_eq!((sha256(&stored), stored.len()), (table.sha256.clone(), table.bytes as usize));
    let path = format!("/v1/versions/{}/evidence", version.id);
    let evidence: schema::data::evidence::Evidence = owner.get(&path).await.expect(200).read();
    assert_eq!(evidence.dictionary.columns.len() as i64, size.1, "{name}");
    assert_eq!(evidence.report.rows as i64, size.0, "{name}");
    assert_eq!(job_of(owner, version).await.state, JobState::Done);
    certificate_holds(app, owner, version).await;
}

fn utf16(text: &str) -> Vec<u8> {
    let mut bytes = vec![0xff, 0xfe];
    bytes.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    bytes
}

#[tokio::test]
async fn every_form_of_table_becomes_ready() {
    let app = TestApp::start();
    let owner = app.provider().await;
    let comma = press_csv(300, ',');
    // 온도,불량여부 in CP949.
    let mut cp949 = b"\xbf\xc2\xb5\xb5,\xba\xd2\xb7\xae\xbf\xa9\xba\xce\n".to_vec();
    (0..200).for_each(|row| cp949.extend(format!("{}.5,OK\n", row % 7).bytes()));
    let lines: String = (0..120)
        .map(|row| {
            format!("{{\"time\":\"2024-03-01T00:{:02}:00Z\",\"torque\":{row}.25}}\n", row % 60)
        })
        .collect();
    for (name, bytes, size) in [
        ("comma.csv", comma.clone().into_bytes(), (300, 6)),
        ("semicolon.csv", press_csv(250, ';').into_bytes(), (250, 6)),
        ("tab.tsv", press_csv(200, '\t').into_bytes(), (200, 6)),
        ("cp949.csv", cp949, (200, 2)),
        ("utf16.csv", utf16(&press_csv(150, ',')), (150, 6)),
        ("bom.csv", format!("\u{feff}{comma}").into_bytes(), (300, 6)),
        ("packed.csv.gz", gzip(comma.as_bytes()), (300, 6)),
        ("lines.jsonl", lines.into_bytes(), (120, 2)),
        ("table.parquet", press_parquet(180), (180, 6)),
        // The name says nothing: the bytes decide.
        ("no ending", press_parquet(90), (90, 6)),
    ] {
        let version = ingested(&app, &owner, name, bytes).await;
        is_ready(&app, &owner, name, &version, size).await;
    }
}

#[tokio::test]
async fn korean_column_names_survive_cp949() {
    let app = TestApp::start();
    let owner = app.provider().await;
    let mut bytes = b"\xbf\xc2\xb5\xb5,x\n".to_vec();
    (0..50).for_each(|row| bytes.extend(format!("{row},1\n").bytes()));
    let version = ingested(&app, &owner, "a.csv", bytes).await;
    let path = format!("/v1/versions/{}/evidence", version.id);
    let evidence = owner.get(&path).await.expect(200);
    assert_eq!(evidence["dictionary"]["columns"][0]["name"], "온도");
}

/// A file that is taken in and found to be of no use: the version is rejected with `code`, told in
/// both languages, and its bytes are gone.
async fn is_rejected(app: &TestApp, owner: &Api, name: &str, bytes: Vec<u8>, code: &str) {
    let before = app.objects();
    let version = ingested(app, owner, name, bytes.clone()).await;
    assert_eq!(version.state, VersionState::Rejected, "{name}");
    let fault = version.fault.clone().unwrap();
    assert_eq!(fault.code, code, "{name}: {}", fault.text.en);
    assert!(fault.text.ko.chars().any(tests::api::is_hangul), "{name}: {}", fault.text.ko);
    assert!(!fault.text.en.chars().any(tests::api::is_hangul), "{name}: {}", fault.text.en);
    // What was refused stays on record by its digest alone.
    assert_eq!(version.source.as_ref().unwrap().sha256, sha256(&bytes), "{name}");
    assert!(version.table.is_none() && !version.certified, "{name}");
    assert_eq!(job_of(owner, &version).await.state, JobState::Done, "{name}");
    assert_eq!(app.objects(), before, "{name} left objects behind");
    assert_eq!(app.left_over(), Vec::<PathBuf>::new(), "{name}");
    let path = format!("/v1/versions/{}", version.id);
    owner.get(&format!("{path}/certificate")).await.refused(404, "not-found");
    owner.get(&format!("{path}/evidence")).await.refused(409, "version-not-ready");
}

#[tokio::test]
async fn files_of_no_use_are_rejected_with_their_fault() {
    let app = TestApp::start();
    let owner = app.provider().await;
    let parquet = press_parquet(200);
    let cut = |bytes: &[u8]| bytes.get(..bytes.len() / 2).unwrap().to_vec();
    let packed = gzip(press_csv(2_000, ',').as_bytes());
    let mut ragged = press_csv(60, ',');
    ragged.push_str("2024-03-01 00:00:00,PRESS-1,1.0\n");
    ragged.push_str(press_csv(60, ',').split_once('\n').unwrap().1);
    let header = (0..10_000).map(|nth| format!("c{nth}")).collect::<Vec<_>>().join(",");
    let row = vec!["1"; 10_000].join(",");
    for (name, bytes, code) in [
        ("cut.parquet", cut(&parquet), "parquet-invalid"),
        ("magic.parquet", b"PAR1PAR1".to_vec(), "parquet-invalid"),
        ("ragged.csv", ragged.into_bytes(), "csv-ragged"),
        ("quote.csv", b"a,b\n1,\"2\n3,4\n".to_vec(), "csv-quote-open"),
        ("wide.csv", format!("{header}\n{row}\n{row}\n").into_bytes(), "columns-too-many"),
        ("header.csv", b"time,pressure,temperature\n".to_vec(), "file-no-records"),
        ("blank.csv", b"\n\n\n".to_vec(), "file-empty"),
        ("cut.csv.gz", cut(&packed), "unpack-invalid"),
        ("broken.jsonl", b"{\"a\":1}\n{\"a\":\n{\"a\":3}\n".to_vec(), "json-invalid"),
    ] {
        is_rejected(&app, &owner, name, bytes, code).await;
    }
}

#[tokio::test]
async fn a_gzip_bomb_is_stopped() {
    let app = TestApp::start();
    let owner = app.provider().await;
    let unpacked = b"0\n".repeat(16 << 20);
    let bomb = gzip(&unpacked);
    assert!(unpacked.len() / bomb.len() > 300, "{} bytes are no bomb", bomb.len());
    is_rejected(&app, &owner, "bomb.csv.gz", bomb, "unpack-ratio").await;
}

#[tokio::test]
async fn an_empty_file_is_refused_at_once() {
    let app = TestApp::start();
    let owner = app.provider().await;
    let path = open_version(&owner, "empty.csv").await;
    owner.put(&format!("{path}/content"), "").await.refused(422, "upload-empty");
    assert_eq!(owner.get(&path).await.expect(200)["state"], "open");
    assert_eq!(app.objects(), Vec::<String>::new());
}

#[tokio::test]
async fn the_promised_digest_must_be_that_of_the_bytes() {
    let app = TestApp::start();
    let owner = app.provider().await;
    let path = open_version(&owner, "a.csv").await;
    let content = format!("{path}/content");
    let bytes = "a,b\n1,2\n";
    let (right, wrong) = (content_digest(bytes.as_bytes()), content_digest(b"other"));
    for name in ["content-digest", "repr-digest"] {
        let answer = owner.put(&content, bytes).header(name, &wrong).await;
        let problem = answer.refused(422, "digest-mismatch");
        assert_eq!(problem.figures["received_sha256"], sha256(bytes.as_bytes()));
        assert!(problem.cure.is_some());
    }
    for bad in ["", "sha-256", "sha-256=abc", "sha-256=:AAAA:", "sha-512=:AAAA:", "md5=:AAAA:"] {
        let answer = owner.put(&content, bytes).header("content-digest", bad).await;
        let problem = answer.refused(400, "malformed-request");
        assert_eq!(problem.field.as_deref(), Some("content-digest"), "{bad}");
    }
    let both = owner.put(&content, bytes).header("content-digest", &right);
    both.header("repr-digest", &wrong).await.refused(422, "digest-mismatch");
    assert_eq!(app.objects(), Vec::<String>::new());
    assert_eq!(owner.get(&path).await.expect(200)["state"], "open");

    let many = format!("sha-512=:AAAA:, {right}");
    let answer = owner.put(&content, bytes).header("content-digest", &many).await.expect(200);
    assert_eq!(answer.header("repr-digest"), right);
    assert_eq!(answer["source"]["bytes"], bytes.len());
}

#[tokio::test]
async fn a_file_name_is_one_path_segment() {
    let app = TestApp::start();
    let owner = app.provider().await;
    let dataset = owner.post("/v1/datasets", json!({"title": "프레스"})).await.expect(201).id();
    let path = format!("/v1/datasets/{dataset}/versions");
    let long = "가".repeat(86);
    for bad in ["../../etc/passwd", "/etc/passwd", "a\\b.csv", "..", "", "a\u{0}.csv", "a\n", &long]
    {
        let answer = owner.post(&path, json!({"file_name": bad})).await;
        let problem = answer.refused(422, "file-name-invalid");
        assert_eq!(problem.field.as_deref(), Some("file_name"), "{bad:?}");
    }
    let seen = owner.get(&format!("/v1/datasets/{dataset}")).await.expect(200);
    assert_eq!(seen.json.get("versions"), None);
}

#[tokio::test]
async fn more_bytes_than_allowed_are_refused_told_or_not() {
    let app = TestApp::builder().upload_bytes_max(1_000).start();
    let owner = app.provider().await;
    let path = open_version(&owner, "a.csv").await;
    let content = format!("{path}/content");
    let problem = owner.put(&content, vec![b'1'; 1_001]).await.refused(413, "payload-too-large");
    assert_eq!(problem.figures["bytes_max"], 1_000);

    // Chunked: no length is told beforehand.
    let mut chunked = format!(
        "PUT {content} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {}\r\n\
         transfer-encoding: chunked\r\nconnection: close\r\n\r\n",
        app.nobody().address(),
        owner.token().unwrap(),
    );
    (0..3).for_each(|_| chunked.push_str(&format!("1f4\r\n{}\r\n", "1".repeat(500))));
    chunked.push_str("0\r\n\r\n");
    let answer = raw(&app, chunked.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert!(answer.contains("payload-too-large"), "{answer}");

    assert_eq!(app.objects(), Vec::<String>::new());
    owner.put(&content, vec![b'1'; 1_000]).await.expect(200);
}

/// Sends bytes and then nothing more; reads the answer to its end.
async fn raw(app: &TestApp, bytes: &[u8]) -> String {
    let mut socket = tokio::net::TcpStream::connect(app.nobody().address()).await.unwrap();
    socket.write_all(bytes).await.unwrap();
    socket.shutdown().await.unwrap();
    let mut answer = Vec::new();
    // The server may close the connection while bytes of ours are still on the way.
    let _ = socket.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn a_body_cut_half_way_leaves_nothing() {
    let app = TestApp::start();
    let owner = app.provider().await;
    let path = open_version(&owner, "a.csv").await;
    let head = format!(
        "PUT {path}/content HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {}\r\n\
         content-length: 1000\r\n\r\n",
        app.nobody().address(),
        owner.token().unwrap(),
    );
    let mut bytes = head.into_bytes();
    bytes.extend(press_csv(5, ',').into_bytes());
    let answer = raw(&app, &bytes).await;
    if !answer.is_empty() {
        assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
        assert!(answer.contains("upload-incomplete"), "{answer}");
    }
    until(|| app.left_over().is_empty()).await;
    assert_eq!(app.objects(), Vec::<String>::new());
    assert_eq!(owner.get(&path).await.expect(200)["state"], "open");
    owner.command(&format!("{path}/finalise")).await.refused(409, "state-forbids");
}

/// Waits for what the server does after its answer, without a clock: other tasks run in between.
async fn until(done: impl Fn() -> bool) {
    for _ in 0..100_000 {
        if done() {
            return;
        }
        tokio::task::spawn_blocking(std::thread::yield_now).await.unwrap();
    }
    panic!("it never happened");
}

#[tokio::test]
async fn a_finalised_version_never_changes() {
    let app = TestApp::start();
    let owner = app.provider().await;
    let path = open_version(&owner, "a.csv").await;
    let (content, finalise) = (format!("{path}/content"), format!("{path}/finalise"));
    let problem = owner.command(&finalise).await.refused(409, "state-forbids");
    assert!(problem.cure.is_some());
    owner.put(&content, press_csv(50, ',')).await.expect(200);
    owner.command(&finalise).await.expect(202);
    for _ in 0..2 {
        let problem = owner.put(&content, "a\n1\n").await.refused(409, "version-immutable");
        assert_eq!(problem.rule.as_deref(), Some("R-095"));
        owner.command(&finalise).await.refused(409, "version-immutable");
        app.run_jobs().await;
    }
    assert_eq!(owner.get(&path).await.expect(200)["state"], "ready");
}

#[tokio::test]
async fn a_replaced_upload_takes_its_object_with_it() {
    let app = TestApp::start();
    let owner = app.provider().await;
    let path = open_version(&owner, "a.csv").await;
    let content = format!("{path}/content");
    owner.put(&content, "first\n1\n").await.expect(200);
    let first = app.objects();
    owner.put(&content, "second\n1\n").await.expect(200);
    let second = app.objects();
    assert_eq!((first.len(), second.len()), (1, 1));
    assert_ne!(first, second);
    // The same bytes again change nothing.
    owner.put(&content, "second\n1\n").await.expect(200);
    assert_eq!(app.objects(), second);
}

#[tokio::test]
async fn the_same_bytes_are_stored_once_and_stay_while_one_version_needs_them() {
    let app = TestApp::start();
    let owner = app.provider().await;
    let (one, two) = (open_version(&owner, "a.csv").await, open_version(&owner, "b.csv").await);
    for path in [&one, &two] {
        owner.put(&format!("{path}/content"), "same\n1\n").await.expect(200);
    }
    let shared = app.objects();
    assert_eq!(shared.len(), 1);
    owner.put(&format!("{one}/content"), "other\n1\n").await.expect(200);
    assert_eq!(app.objects().len(), 2);
    assert!(app.objects().contains(&shared[0]));
    owner.put(&format!("{two}/content"), "other\n1\n").await.expect(200);
    assert_eq!(app.objects().len(), 1);
}

#[tokio::test]
async fn versions_are_numbered_and_listed_newest_first() {
    let app = TestApp::start();
    let owner = app.provider().await;
    let dataset = owner.post("/v1/datasets", json!({"title": "프레스"})).await.expect(201).id();
    let path = format!("/v1/datasets/{dataset}");
    for _ in 0..3 {
        let new = json!({"file_name": "a.csv"});
        owner.post(&format!("{path}/versions"), new).await.expect(201);
    }
    let seen = owner.get(&path).await.expect(200);
    let numbers: Vec<_> =
        seen["versions"].as_array().unwrap().iter().map(|one| one["number"].clone()).collect();
    assert_eq!(numbers, [json!(3), json!(2), json!(1)]);
}

#[tokio::test]
async fn uploads_that_were_abandoned_are_swept_after_a_day() {
    let app = TestApp::start();
    let abandoned = app.data_dir().join("objects/incoming/req_old");
    std::fs::create_dir_all(abandoned.parent().unwrap()).unwrap();
    std::fs::write(&abandoned, "half of a file").unwrap();
    // The age of a file is the machine's, so the clock is set by the machine's, too.
    let real = Clock::system().now();
    app.set(real);
    marketplace::timers::once(&app.app).await;
    assert!(abandoned.exists());
    app.set(real.checked_add_secs(25 * 3600).unwrap());
    marketplace::timers::once(&app.app).await;
    assert!(!abandoned.exists());
}
