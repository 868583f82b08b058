//! The stage of the year: who is there all the time, and what moves its clock.

use std::cell::Cell;

use schema::api::programme::Agreement;
use schema::api::trade::Listing;
use schema::api::vouchers::Voucher;
use serde_json::{Value, json};
use tests::applicants::Panel;
use tests::files::{ingested, press_csv};
use tests::market::{Staff, cost_method, draft, sign_agreement};
use tests::works::because;
use tests::{Persona, TestApp, workshop};

use super::intake::Case;

/// The whole year.
pub(super) struct Year {
    pub(super) app: TestApp,
    pub(super) staff: Staff,
    pub(super) panel: Panel,
    /// Sells data that were made without public money.
    pub(super) seller: Persona,
    /// Active members of the pool.
    pub(super) pool: Vec<(Persona, String)>,
    rows: Cell<usize>,
    invoices: Cell<u32>,
}

impl Year {
    /// January: staff and panel are hired, three processors apply to the pool. February: two are
    /// registered, one is refused because its facility is not there.
    pub(super) async fn opened() -> Year {
        let app = TestApp::start();
        app.set_text("2024-01-15T10:00:00+09:00");
        let staff = Staff::hired(&app).await;
        let panel = Panel::hired(&app, &staff, 5).await;
        let mut pool = Vec::new();
        for nth in 0..3 {
            let processor = app.processor().await;
            let form = workshop::application(3, &format!("가공 {}건", nth + 10));
            let member = processor.post("/v1/pool", form).await.expect(201).id();
            pool.push((processor, member));
        }
        let seller = app.provider().await;
        let (rows, invoices) = (Cell::new(40), Cell::new(0));
        let mut year = Year { app, staff, panel, seller, pool, rows, invoices };
        year.at("2024-02-05").await;
        let (_, refused) = year.pool.pop().unwrap();
        year.refuse(&refused).await;
        for (_, member) in &year.pool {
            workshop::register(&year.staff, member).await;
        }
        year.staff.appropriate("P14", 1_250_000_000).await;
        year.staff.appropriate("P15", 250_000_000).await;
        year
    }

    async fn refuse(&self, member: &str) {
        let met = |name: &str| json!({"requirement": name, "met": true});
        let missing = json!({"requirement": "facility", "met": false, "note": "서버가 없다."});
        let verdicts = [met("staff"), met("track_record"), missing, met("security_pledge")];
        let path = format!("/v1/pool/{member}/register");
        let judged = self.staff.operator.post(&path, json!({"verdicts": verdicts})).await;
        assert_eq!(judged.expect(200)["state"], "refused");
    }

    /// Ten in the morning of a day: the calendar has done its work, the staff is back.
    pub(super) async fn at(&self, day: &str) {
        self.app.set_text(&format!("{day}T10:00:00+09:00"));
        marketplace::timers::once(&self.app.app).await;
        self.staff.sign_in().await;
    }

    /// A number that no other invoice of the year has.
    pub(super) fn invoice(&self) -> u32 {
        self.invoices.set(self.invoices.get() + 1);
        self.invoices.get()
    }

    /// Rows of a file that no other product of the year has.
    pub(super) fn rows(&self) -> usize {
        self.rows.set(self.rows.get() + 1);
        self.rows.get()
    }

    /// A product of the seller that everybody can buy.
    pub(super) async fn product(&self, price: i64) -> Listing {
        let csv = press_csv(self.rows(), ',');
        let version = ingested(&self.app, &self.seller, "press.csv", csv).await;
        self.staff.on_sale(&self.seller, &version, price).await
    }

    /// A product that was approved and never published.
    pub(super) async fn unpublished(&self, price: i64) -> String {
        let csv = press_csv(self.rows(), ',');
        let version = ingested(&self.app, &self.seller, "press.csv", csv).await;
        let path = format!("/v1/versions/{}/price-bases", version.id);
        let basis = self.seller.post(&path, cost_method(price)).await.expect(201).id();
        let new = json!({"version": version.id, "draft": draft(price, &basis)});
        let listing = self.seller.post("/v1/listings", new).await.expect(201).id();
        let path = format!("/v1/listings/{listing}");
        self.seller.command(&format!("{path}/submit")).await.expect(200);
        self.staff.operator.command(&format!("{path}/approve")).await.expect(200);
        listing
    }

    /// The agreement of a selected application, signed by all, the agency last.
    pub(super) async fn agreed(&self, case: &Case, with: Option<&(Persona, String)>) -> Agreement {
        let path = format!("/v1/applications/{}/agreement", case.application.id);
        let body = with.map_or(json!({}), |(_, member)| json!({"processor": member}));
        let drafted: Agreement = self.staff.approver.post(&path, body).await.expect(201).read();
        for party in [Some(&case.who), with.map(|(processor, _)| processor)].into_iter().flatten() {
            sign_agreement(party, &drafted).await.expect(200);
        }
        sign_agreement(&self.staff.approver, &drafted).await.expect(200).read()
    }

    /// The voucher of an agreement.
    pub(super) async fn voucher(&self, agreement: &Agreement) -> Voucher {
        let path = format!("/v1/vouchers/{}", agreement.voucher.unwrap());
        self.staff.auditor.get(&path).await.expect(200).read()
    }

    /// How an agreement stands.
    pub(super) async fn state(&self, agreement: &Agreement) -> String {
        let path = format!("/v1/agreements/{}", agreement.id);
        let found = self.staff.auditor.get(&path).await.expect(200);
        found["state"].as_str().unwrap().to_owned()
    }

    /// The agency's order on an agreement, such as `suspend`.
    pub(super) async fn directs(&self, agreement: &Agreement, verb: &str, reason: &str) {
        let path = format!("/v1/agreements/{}/{verb}", agreement.id);
        self.staff.approver.post(&path, because(reason)).await.expect(200);
    }

    /// The budget of a programme: available, promised, paid, returned.
    pub(super) async fn budget(&self, programme: &str) -> [i64; 4] {
        let path = format!("/v1/programmes/{programme}/budget?fiscal_year=2024");
        let budget = self.staff.auditor.get(&path).await.expect(200);
        ["available", "promised", "paid", "returned"].map(|name| won(&budget[name]))
    }
}

/// A figure of an answer.
pub(super) fn won(value: &Value) -> i64 {
    value.as_i64().unwrap()
}
