//! Stored decisions judged again under another notice: who would be affected, and nothing changed.

use marketplace::cli::decide::{Change, decisions_in};
use schema::api::trade::Contract;
use schema::notice::Notice;
use serde_json::{Value, json};
use tests::TestApp;
use tests::files::{ingested, press_csv};
use tests::market::{Staff, order, sign_and_fund};

/// The notice of 2024 with changes.
fn pack(edit: impl Fn(&mut Value)) -> Notice {
    let mut data: Value = serde_json::from_slice(Notice::embedded().unwrap().raw()).unwrap();
    data["version"] = json!("trial");
    edit(&mut data);
    Notice::parse(&data.to_string()).unwrap()
}

fn judged(app: &TestApp, notice: &Notice) -> Vec<Change> {
    app.app.store.read_now(|db| decisions_in(db, notice)).unwrap()
}

fn of<'c>(changes: &'c [Change], kind: &str) -> Vec<(&'c str, &'c str)> {
    let found = changes.iter().filter(|change| change.kind == kind && change.affects());
    found.map(|change| (change.before.as_str(), change.after.as_str())).collect()
}

#[tokio::test]
async fn another_notice_tells_who_would_be_affected() {
    let app = TestApp::start();
    let staff = Staff::hired(&app).await;
    staff.appropriate("P15", 250_000_000).await;
    let (seller, buyer) = (app.provider().await, app.buyer().await);
    let voucher = staff.voucher(&buyer, "process_improvement", 10_000_000).await;
    let version = ingested(&app, &seller, "press.csv", press_csv(600, ',')).await;
    let listing = staff.on_sale(&seller, &version, 12_345_679).await;
    let body = order(&listing, Some(&voucher), "process_improvement");
    let contract: Contract = buyer.post("/v1/contracts", body).await.expect(201).read();
    sign_and_fund(&buyer, &seller, &contract).await;

    let same = judged(&app, &pack(|_| ()));
    assert!(same.iter().any(|change| change.kind == "eligibility"));
    assert!(same.iter().any(|change| change.kind == "purchase"));
    assert!(same.iter().all(|change| !change.affects()), "{same:?}");

    let less = judged(
        &app,
        &pack(|data| {
            data["programmes"][15]["cap"] = json!(8_000_000);
            data["programmes"][15]["ratio_bp"]["sme"] = json!(7_000);
        }),
    );
    assert_eq!(of(&less, "agreement"), [("10,000,000", "8,000,000")]);
    assert_eq!(of(&less, "purchase"), [("9,876,543", "8,000,000")]);
    assert!(of(&less, "eligibility").is_empty());

    let strict = judged(
        &app,
        &pack(|data| {
            let row = json!({"ksic_prefix": "259", "outcome": "REJECT",
                         "name": {"ko": "시험", "en": "trial"}});
            data["industries"].as_array_mut().unwrap().push(row);
        }),
    );
    let barred = strict.iter().filter(|c| c.kind == "eligibility" && c.affects());
    let barred: Vec<_> = barred.map(|c| (c.after.as_str(), c.rules.join(" "))).collect();
    assert!(!barred.is_empty());
    assert!(
        barred.iter().all(|(after, rules)| *after == "refuse" && rules == "R-008"),
        "{barred:?}"
    );
    // Nothing was changed.
    let path = format!("/v1/vouchers/{}", voucher.id);
    assert_eq!(buyer.get(&path).await.expect(200)["approved"], json!(10_000_000));
}
