//! What a client is told when something is wrong.

use std::fmt::Write as _;

use schema::code::Code;
use schema::lang::Lang;
use serde_json::{Value, json};
use tests::TestApp;

#[tokio::test]
async fn a_body_that_is_not_json_is_malformed() {
    let app = TestApp::start();
    let kind = "application/json";
    for body in
        ["", "{", "{\"a\":1", "[1,]", "nul", "{\"email\":\"a\"} {", "\u{feff}{}", "\"\\ud800\""]
    {
        let call = app.nobody().command("/v1/login").bytes(kind, body.to_owned());
        let answer = call.await;
        let code = answer["code"].as_str().unwrap_or_default().to_owned();
        assert!(["malformed-request", "invalid-field"].contains(&code.as_str()), "{body}: {code}");
        answer.refused(if code == "malformed-request" { 400 } else { 422 }, &code);
    }
    let call = app.nobody().command("/v1/login").bytes(kind, b"\xff\xfe{}".to_vec());
    call.await.refused(400, "malformed-request");
    // So deep that a careless parser runs out of stack.
    let deep = "[".repeat(200_000);
    let call = app.nobody().command("/v1/login").bytes(kind, deep);
    let answer = call.await;
    assert!((400..500).contains(&answer.status), "{}", answer.status);
}

#[tokio::test]
async fn an_unknown_or_missing_or_mistyped_field_is_named() {
    let app = TestApp::start();
    let owner = app.provider().await;
    for (body, field) in [
        (json!({"title": "a", "titel": "b"}), "titel"),
        (json!({"title": 7}), "title"),
        (json!({"title": null}), "title"),
        (json!({"title": "a", "description": ["x"]}), "description"),
    ] {
        let problem = owner.post("/v1/datasets", &body).await.refused(422, "invalid-field");
        assert_eq!(problem.field.as_deref(), Some(field), "{body}");
    }
    for body in [json!({}), json!([]), json!("x"), json!(null), json!(7)] {
        owner.post("/v1/datasets", &body).await.refused(422, "invalid-field");
    }
    let mut form = serde_json::to_value(
        app.sign_up_form(&[schema::api::parties::Role::Buyer], schema::notice::SizeClass::Sme),
    )
    .unwrap();
    form["organisation"]["fax"] = json!("02-000-0000");
    let problem = app.nobody().post("/v1/sign-up", form).await.refused(422, "invalid-field");
    assert_eq!(problem.field.as_deref(), Some("organisation.fax"));
}

#[tokio::test]
async fn a_body_must_be_said_to_be_json() {
    let app = TestApp::start();
    for kind in ["text/plain", "application/x-www-form-urlencoded", "", "application/json5"] {
        let call = app.nobody().command("/v1/login").bytes(kind, "{}");
        call.await.refused(415, "media-type-unsupported");
    }
    let call = app.nobody().command("/v1/login").bytes("application/json; charset=utf-8", "{}");
    call.await.refused(422, "invalid-field");
}

#[tokio::test]
async fn a_json_body_has_four_mebibytes_at_most() {
    let app = TestApp::start();
    let body = format!("{{\"email\":\"{}\"}}", "a".repeat(4 << 20));
    let call = app.nobody().command("/v1/login").bytes("application/json", body);
    let problem = call.await.refused(413, "payload-too-large");
    assert_eq!(problem.figures["bytes_max"], 4 << 20);
}

#[tokio::test]
async fn an_id_of_another_kind_or_form_is_malformed() {
    let app = TestApp::start();
    let owner = app.provider().await;
    let other = format!("/v1/datasets/{}", owner.org);
    for path in [other.as_str(), "/v1/datasets/x", "/v1/versions/%00", "/v1/jobs/job_1"] {
        let problem = owner.get(path).await.refused(400, "malformed-request");
        assert_eq!(problem.field.as_deref(), Some("id"), "{path}");
    }
    for query in ["limit=0", "limit=201", "cursor=abc"] {
        owner.get(&format!("/v1/datasets?{query}")).await.refused(422, "invalid-field");
    }
    for query in ["limit=x", "limit=-1", "page=2", "limit=1&limit=2"] {
        owner.get(&format!("/v1/datasets?{query}")).await.refused(400, "malformed-request");
    }
}

#[tokio::test]
async fn the_reader_chooses_the_language_and_machines_get_both() {
    let app = TestApp::start();
    for (header, lang) in [
        ("en-US,en;q=0.9", Lang::En),
        ("ko-KR,ko;q=0.9,en;q=0.8", Lang::Ko),
        ("fr", Lang::Ko),
        ("", Lang::Ko),
    ] {
        let answer = app.nobody().get("/v1/me").header("accept-language", header).await;
        assert_eq!(answer.header("content-language"), if lang == Lang::Ko { "ko" } else { "en" });
        let problem = answer.refused(401, "unauthenticated");
        assert_eq!(problem.title, Code::Unauthenticated.title(lang), "{header}");
        assert_eq!(problem.detail, problem.text.get(lang), "{header}");
        assert!(!problem.text.ko.is_empty() && !problem.text.en.is_empty());
    }
}

/// The page that explains every code, from the table in the program.
fn page() -> String {
    let mut page = "\
# Errors

Every error answer is `application/problem+json` (RFC 9457): `type`, `title`, `status`, `detail` and
`instance`, and beside them

- `code`: the slug below. It never changes its meaning and is never used again for another.
- `text`: the detail in Korean and in English. `Accept-Language` chooses which one `title` and
  `detail` are in.
- `rule`, `field`, `cure`, `reasons` and figures, where there are such.

The `instance` carries the number of the request, which the log has, too. A cause that is ours is
logged and never sent. `503` and `429` say in `Retry-After` when to come back. What a caller may not
see answers `404`, as if it did not exist.

Faults of a file's content are not errors of a request: they are told by `fault` of the version.

| code | status | 한국어 | English |
|---|---|---|---|
"
    .to_owned();
    for code in Code::ALL {
        let (ko, en) = (code.title(Lang::Ko), code.title(Lang::En));
        let _ = writeln!(page, "| `{}` | {} | {ko} | {en} |", code.slug(), code.status());
    }
    page
}

/// `UPDATE_DOCS=1` writes the page anew.
#[test]
fn every_code_is_documented() {
    let path = super::tidy::root().join("docs/ERRORS.md");
    let page = page();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == page, "docs/ERRORS.md is out of date: run the tests with UPDATE_DOCS=1");
}

#[test]
fn every_title_is_in_its_language() {
    for code in Code::ALL {
        let (ko, en) = (code.title(Lang::Ko), code.title(Lang::En));
        assert!(ko.chars().any(tests::api::is_hangul), "{}: {ko}", code.slug());
        assert!(en.is_ascii(), "{}: {en}", code.slug());
        assert!(!ko.contains('|') && !en.contains('|'));
    }
}

#[tokio::test]
async fn a_problem_never_tells_a_cause_of_ours() {
    let app = TestApp::start();
    let owner = app.provider().await;
    let version =
        tests::files::ingested(&app, &owner, "a.csv", tests::files::press_csv(40, ',')).await;
    // The evidence vanishes from the disk.
    std::fs::remove_dir_all(app.data_dir().join("objects/sha256")).unwrap();
    let answer = owner.get(&format!("/v1/versions/{}/evidence", version.id)).await;
    let text = answer.text();
    answer.refused(500, "internal");
    for cause in ["sha256", "objects", "No such file", "os error"] {
        assert!(!text.contains(cause), "{text}");
    }
    assert!(serde_json::from_str::<Value>(&text).is_ok());
}

/// The `type` of every problem is an address that explains it.
#[tokio::test]
async fn the_type_of_every_problem_leads_to_its_meaning() {
    let app = TestApp::start();
    for code in Code::ALL {
        let page = app.nobody().get(&format!("/problems/{}", code.slug())).await.expect(200);
        for lang in [Lang::Ko, Lang::En] {
            assert!(page.text().contains(code.title(lang)), "{}", code.slug());
        }
    }
    app.nobody().get("/problems/no-such-code").await.refused(404, "not-found");
}
