//! Signing up, signing in, sessions, and what others may not see.

use futures::future::join_all;
use marketplace::db::schema::{audit, sessions};
use schema::api::parties::{Membership, Role, SignUp, Tokens};
use schema::notice::SizeClass;
use serde_json::{Value, json};
use tests::cast::PASSWORD;
use tests::{Persona, TestApp};

fn form(app: &TestApp) -> SignUp {
    app.sign_up_form(&[Role::Provider], SizeClass::Sme)
}

#[tokio::test]
async fn an_organisation_signs_up_and_its_person_signs_in() {
    let app = TestApp::start();
    let form = form(&app);
    let answer = app.nobody().post("/v1/sign-up", &form).await.expect(201);
    assert!(!answer.text().contains("password"));
    let made: Membership = answer.read();
    assert_eq!(answer.header("location"), format!("/v1/organisations/{}", made.organisation.id));
    assert_eq!(made.organisation.roles, [Role::Provider]);
    assert_eq!(made.user.org, made.organisation.id);

    let upper = form.user.email.to_uppercase();
    let login = json!({"email": format!(" {upper} "), "password": PASSWORD});
    let tokens: Tokens = app.nobody().post("/v1/login", login).await.expect(200).read();
    let me = app.nobody().with_token(&tokens.access_token).get("/v1/me").await.expect(200);
    assert_eq!(me.read::<Membership>().user.id, made.user.id);
    assert_eq!((tokens.token_type.as_str(), tokens.expires_in), ("Bearer", 600));
}

#[tokio::test]
async fn a_sign_up_is_checked_field_by_field() {
    let app = TestApp::start();
    let whole = serde_json::to_value(form(&app)).unwrap();
    for (pointer, value, field) in [
        ("/organisation/name", json!(" "), "organisation.name"),
        ("/organisation/name", json!("가".repeat(201)), "organisation.name"),
        ("/organisation/name", json!("두\n줄"), "organisation.name"),
        ("/organisation/business_no", json!("124-81-00999"), "organisation.business_no"),
        ("/organisation/business_no", json!("000-00-00000"), "organisation.business_no"),
        ("/organisation/business_no", json!(1_248_100_998), "organisation.business_no"),
        ("/organisation/representative", json!(""), "organisation.representative"),
        ("/organisation/size_class", json!("huge"), "organisation.size_class"),
        ("/organisation/ksic", json!("2591"), "organisation.ksic"),
        ("/organisation/roles", json!([]), "organisation.roles"),
        ("/organisation/roles", json!(["operator"]), "organisation.roles"),
        ("/organisation/roles", json!(["agency", "provider"]), "organisation.roles"),
        ("/organisation/roles", json!(["owner"]), "organisation.roles[0]"),
        ("/user/email", json!("kim"), "user.email"),
        ("/user/name", json!(""), "user.name"),
        ("/user/password", json!("아홉자짜리비밀번호"), "user.password"),
        ("/user/password", json!("x".repeat(129)), "user.password"),
    ] {
        let mut changed = whole.clone();
        *changed.pointer_mut(pointer).unwrap() = value.clone();
        let problem =
            app.nobody().post("/v1/sign-up", &changed).await.refused(422, "invalid-field");
        assert_eq!(problem.field.as_deref(), Some(field), "{pointer} {value}");
    }
    app.nobody().post("/v1/sign-up", &whole).await.expect(201);
}

#[tokio::test]
async fn r_192_one_organisation_for_each_business_number_and_one_account_for_each_address() {
    let app = TestApp::start();
    let (first, second) = (form(&app), form(&app));
    app.nobody().post("/v1/sign-up", &first).await.expect(201);

    let mut same_number = second.clone();
    same_number.organisation.business_no = first.organisation.business_no;
    let problem =
        app.nobody().post("/v1/sign-up", &same_number).await.refused(409, "business-no-taken");
    assert_eq!(problem.rule.as_deref(), Some("R-192"));

    // Neither does the same number without hyphens count as another.
    let mut typed = serde_json::to_value(&same_number).unwrap();
    let digits = first.organisation.business_no.to_string().replace('-', "");
    *typed.pointer_mut("/organisation/business_no").unwrap() = json!(digits);
    app.nobody().post("/v1/sign-up", typed).await.refused(409, "business-no-taken");

    let mut same_address = second.clone();
    same_address.user.email = first.user.email.to_uppercase();
    app.nobody().post("/v1/sign-up", &same_address).await.refused(409, "email-taken");
    // What was refused left nothing behind.
    app.nobody().post("/v1/sign-up", &second).await.expect(201);
}

#[tokio::test]
async fn one_of_many_sign_ups_with_one_number_wins() {
    let app = TestApp::start();
    let first = form(&app);
    let forms: Vec<SignUp> = (0..6)
        .map(|nth| {
            let mut form = first.clone();
            form.user.email = format!("racer{nth}@jangteo.example");
            form
        })
        .collect();
    let calls = forms.iter().map(|form| app.nobody().post("/v1/sign-up", form).into_future());
    let answers = join_all(calls).await;
    let mut made = 0;
    for answer in answers {
        if answer.status == 201 {
            made += 1;
        } else {
            answer.refused(409, "business-no-taken");
        }
    }
    assert_eq!(made, 1);
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_look_the_same() {
    let app = TestApp::start();
    let someone = app.buyer().await;
    let mut problems = Vec::new();
    for email in [someone.email.as_str(), "nobody@jangteo.example"] {
        let login = json!({"email": email, "password": "틀린 비밀번호입니다"});
        let problem = app.nobody().post("/v1/login", login).await.refused(401, "login-failed");
        problems.push((problem.detail, problem.cure, problem.figures));
    }
    assert_eq!(problems[0], problems[1]);
}

#[tokio::test]
async fn five_failures_pause_the_account_for_a_quarter_of_an_hour() {
    let app = TestApp::start();
    let someone = app.buyer().await;
    let right = json!({"email": someone.email, "password": PASSWORD});
    let wrong = json!({"email": someone.email, "password": "틀린 비밀번호입니다"});
    for _ in 0..4 {
        app.nobody().post("/v1/login", &wrong).await.refused(401, "login-failed");
    }
    // A success in between starts the count anew.
    app.nobody().post("/v1/login", &right).await.expect(200);
    for _ in 0..5 {
        app.nobody().post("/v1/login", &wrong).await.refused(401, "login-failed");
    }
    for body in [&wrong, &right] {
        let answer = app.nobody().post("/v1/login", body).await;
        let wait: i64 = answer.header("retry-after").parse().unwrap();
        assert!((890..=901).contains(&wait), "{wait}");
        answer.refused(429, "login-throttled");
    }
    app.advance(15 * 60 - 1);
    app.nobody().post("/v1/login", &right).await.refused(429, "login-throttled");
    app.advance(1);
    app.nobody().post("/v1/login", &right).await.expect(200);
}

#[tokio::test]
async fn guesses_sent_at_once_are_counted_each() {
    let app = TestApp::start();
    let someone = app.buyer().await;
    let wrong = json!({"email": someone.email, "password": "틀린 비밀번호입니다"});
    let guesses = (0..8).map(|_| async { app.nobody().post("/v1/login", &wrong).await.status });
    join_all(guesses).await;
    let right = json!({"email": someone.email, "password": PASSWORD});
    app.nobody().post("/v1/login", right).await.refused(429, "login-throttled");
}

#[tokio::test]
async fn an_access_token_lives_ten_minutes() {
    let app = TestApp::start();
    let someone = app.buyer().await;
    app.advance(599);
    someone.get("/v1/me").await.expect(200);
    app.advance(1);
    let answer = someone.get("/v1/me").await;
    assert_eq!(answer.header("www-authenticate"), "Bearer");
    answer.refused(401, "token-expired");
}

#[tokio::test]
async fn a_token_that_was_tampered_with_or_is_none_is_refused() {
    let app = TestApp::start();
    let someone = app.buyer().await;
    let token = someone.token().unwrap();
    let parts: Vec<&str> = token.split('.').collect();
    let unsigned = format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{}.", parts[1]);
    let swapped =
        format!("{}.{}.{}", parts[0], parts[1], parts[2].chars().rev().collect::<String>());
    for bad in ["x", "", "a.b.c", unsigned.as_str(), swapped.as_str()] {
        app.nobody().with_token(bad).get("/v1/me").await.refused(401, "unauthenticated");
    }
    for scheme in ["Basic eDp5", "Bearer", ""] {
        let call = app.nobody().get("/v1/me").header("authorization", scheme);
        call.await.refused(401, "unauthenticated");
    }
    let lower = app.nobody().get("/v1/me").header("authorization", &format!("bearer {token}"));
    lower.await.expect(200);
}

async fn refresh(app: &TestApp, token: &str) -> tests::Answer {
    app.nobody().post("/v1/token", json!({"refresh_token": token})).await
}

#[tokio::test]
async fn a_refresh_token_works_once_and_its_reuse_ends_the_session() {
    let app = TestApp::start();
    let someone = app.buyer().await;
    let first: Tokens = refresh(&app, &someone.refresh_token).await.expect(200).read();
    let second: Tokens = refresh(&app, &first.refresh_token).await.expect(200).read();
    assert_ne!(first.refresh_token, second.refresh_token);
    app.nobody().with_token(&second.access_token).get("/v1/me").await.expect(200);

    refresh(&app, &first.refresh_token).await.refused(401, "refresh-reused");
    // The newest token fell with its session; a new sign-in is another session.
    refresh(&app, &second.refresh_token).await.refused(401, "refresh-invalid");
    let again = someone.sign_in().await;
    refresh(&app, &again.refresh_token).await.expect(200);
    assert_eq!(lines_of(&app, "session.reuse-detected"), 1);
}

#[tokio::test]
async fn a_refresh_token_ends_when_idle_and_with_its_session() {
    const DAY: i64 = 24 * 3600;
    let app = TestApp::start();
    let someone = app.buyer().await;
    for bad in ["", "x", &"A".repeat(43), &"가".repeat(5_000)] {
        refresh(&app, bad).await.refused(401, "refresh-invalid");
    }
    let mut token = someone.refresh_token.clone();
    for _ in 0..4 {
        app.advance(3 * DAY);
        token = refresh(&app, &token).await.expect(200).read::<Tokens>().refresh_token;
    }
    // Fourteen days after the sign-in the session is over, however busy it was.
    app.advance(2 * DAY);
    refresh(&app, &token).await.refused(401, "refresh-invalid");

    let idle = someone.sign_in().await.refresh_token;
    app.advance(3 * DAY + 1);
    refresh(&app, &idle).await.refused(401, "refresh-invalid");
}

#[tokio::test]
async fn two_uses_of_one_refresh_token_never_leave_two_live_ones() {
    let app = TestApp::start();
    let someone = app.buyer().await;
    let answers = join_all((0..8).map(|_| refresh(&app, &someone.refresh_token))).await;
    let won: Vec<Tokens> =
        answers.iter().filter(|answer| answer.status == 200).map(|answer| answer.read()).collect();
    assert!(won.len() <= 1, "{} of one token", won.len());
    assert!(answers.iter().all(|answer| answer.status == 200 || answer.status == 401));
    // The others were reuse, so the session is over for the winner, too.
    for tokens in won {
        refresh(&app, &tokens.refresh_token).await.refused(401, "refresh-invalid");
    }
    assert_eq!(live_sessions(&app), 0);
}

#[tokio::test]
async fn after_logout_no_refresh_token_works() {
    let app = TestApp::start();
    let someone = app.buyer().await;
    let answer = someone.command("/v1/logout").await.expect(204);
    assert!(answer.bytes.is_empty());
    refresh(&app, &someone.refresh_token).await.refused(401, "refresh-invalid");
    app.nobody().command("/v1/logout").await.refused(401, "unauthenticated");
    // Twice is as good as once.
    someone.command("/v1/logout").await.expect(204);
}

#[tokio::test]
async fn only_an_operator_makes_staff() {
    let app = TestApp::start();
    let operator = app.operator().await;
    let agency = app.staff(&operator, Role::Agency).await;
    let auditor = app.staff(&operator, Role::Auditor).await;
    let provider = app.provider().await;
    let form = app.sign_up_form(&[Role::Evaluator], SizeClass::Nonprofit);
    let new = json!({"organisation": form.organisation, "user": form.user, "roles": ["evaluator"]});
    for who in [&agency, &auditor, &provider] {
        who.post("/v1/staff", &new).await.refused(403, "forbidden");
    }
    app.nobody().post("/v1/staff", &new).await.refused(401, "unauthenticated");

    for (pointer, value, field) in [
        ("/roles", json!(["provider"]), "roles"),
        ("/roles", json!([]), "roles"),
        ("/organisation/roles", json!(["buyer"]), "organisation.roles"),
        ("/organisation", Value::Null, "org"),
    ] {
        let mut changed = new.clone();
        *changed.pointer_mut(pointer).unwrap() = value;
        let problem = operator.post("/v1/staff", changed).await.refused(422, "invalid-field");
        assert_eq!(problem.field.as_deref(), Some(field));
    }
    let made: Membership = operator.post("/v1/staff", &new).await.expect(201).read();
    assert_eq!(made.user.roles, [Role::Evaluator]);
    let colleague = app.colleague(&operator, agency.org, Role::Agency).await;
    assert_eq!(colleague.org, agency.org);
    assert_ne!(colleague.user, agency.user);
}

#[tokio::test]
async fn what_belongs_to_others_does_not_exist() {
    let app = TestApp::start();
    let (owner, rival) = (app.provider().await, app.provider().await);
    let operator = app.operator().await;
    let dataset = owner.post("/v1/datasets", json!({"title": "프레스"})).await.expect(201).id();
    let path = format!("/v1/datasets/{dataset}/versions");
    let version = owner.post(&path, json!({"file_name": "a.csv"})).await.expect(201).id();
    owner.put(&format!("/v1/versions/{version}/content"), "a,b\n1,2\n").await.expect(200);
    let finalised = owner.command(&format!("/v1/versions/{version}/finalise")).await.expect(202);
    let job = finalised["job"].as_str().unwrap();
    app.run_jobs().await;

    let (org, jobs) = (owner.org, format!("/v1/jobs/{job}"));
    for path in [
        format!("/v1/organisations/{org}"),
        format!("/v1/datasets/{dataset}"),
        format!("/v1/versions/{version}"),
        format!("/v1/versions/{version}/evidence"),
        format!("/v1/versions/{version}/certificate"),
        format!("{jobs}/events"),
        jobs,
    ] {
        owner.get(&path).await.expect(200);
        rival.get(&path).await.refused(404, "not-found");
        operator.get(&path).await.expect(200);
    }
    let new = json!({"file_name": "b.csv"});
    rival.post(&format!("/v1/datasets/{dataset}/versions"), &new).await.refused(404, "not-found");
    rival.put(&format!("/v1/versions/{version}/content"), "x").await.refused(404, "not-found");
    let finalise = format!("/v1/versions/{version}/finalise");
    rival.command(&finalise).await.refused(404, "not-found");
    // The operator sees it and is told that it may not.
    operator.command(&finalise).await.refused(403, "forbidden");
    let new = operator.post(&format!("/v1/datasets/{dataset}/versions"), &new).await;
    new.refused(403, "forbidden");
    let mine = rival.get("/v1/datasets").await.expect(200);
    assert_eq!(mine["items"], json!([]));
}

#[tokio::test]
async fn only_auditors_read_the_trail_and_it_holds_no_secrets() {
    let app = TestApp::start();
    let operator = app.operator().await;
    let auditor = app.staff(&operator, Role::Auditor).await;
    let buyer = app.buyer().await;
    for who in [&operator, &buyer] {
        who.get("/v1/audit").await.refused(403, "forbidden");
    }
    let mut lines = Vec::new();
    let mut path = "/v1/audit?limit=2".to_owned();
    loop {
        let page = auditor.get(&path).await.expect(200);
        lines.extend(page["items"].as_array().unwrap().clone());
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/v1/audit?limit=2&cursor={next}");
    }
    // Three organisations and three people.
    assert_eq!(lines.len(), 6);
    let text = json!(lines).to_string();
    for secret in [PASSWORD, "argon2", buyer.email.as_str(), "담당자"] {
        assert!(!text.contains(secret), "{secret}");
    }
    chains_hold(&app, &lines);
}

fn chains_hold(app: &TestApp, lines: &[Value]) {
    for line in lines {
        let object = line["object"].as_str().unwrap().to_owned();
        let broken = app.app.store.read_now(|db| marketplace::audit::verify_in(db, &object));
        assert_eq!(broken.unwrap(), None, "{object}");
    }
}

fn lines_of(app: &TestApp, action: &str) -> i64 {
    use diesel::prelude::*;
    let count = app.app.store.read_now(|db| {
        Ok(audit::table.filter(audit::action.eq(action.to_owned())).count().get_result(db)?)
    });
    count.unwrap()
}

fn live_sessions(app: &TestApp) -> i64 {
    use diesel::prelude::*;
    let count = app.app.store.read_now(|db| {
        Ok(sessions::table.filter(sessions::ended_at.is_null()).count().get_result(db)?)
    });
    count.unwrap()
}

#[tokio::test]
async fn a_person_may_act_for_a_firm_in_several_roles() {
    let app = TestApp::start();
    let both: Persona =
        app.join(&app.sign_up_form(&[Role::Buyer, Role::Provider], SizeClass::Sme)).await;
    both.post("/v1/datasets", json!({"title": "우리 데이터"})).await.expect(201);
    let me: Membership = both.get("/v1/me").await.expect(200).read();
    assert_eq!(me.user.roles.len(), 2);
}
