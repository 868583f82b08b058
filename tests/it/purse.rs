//! A voucher under many commands in no sensible order: after each, what the exchange says is what a
//! few lines of arithmetic say, and at the end the books balance.

use schema::api::trade::{Contract, Listing};
use schema::api::vouchers::Voucher;
use serde_json::json;
use tests::files::{ingested, press_csv};
use tests::market::{Staff, evidence, order, sign_and_fund};
use tests::{Persona, TestApp};

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(sides).unwrap()).unwrap()
    }
}

/// How far a purchase has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Ordered,
    Funded,
    Delivered,
    Accepted,
    Approved,
    Paid,
}

struct Purchase {
    contract: Contract,
    stage: Stage,
    payment: String,
}

/// What the arithmetic says of the voucher.
#[derive(Debug, Default, PartialEq, Eq)]
struct Model {
    cost: i64,
    held: i64,
    committed: i64,
    paid: i64,
}

const APPROVED: i64 = 10_000_000;

impl Model {
    fn granted(&self) -> i64 {
        self.held + self.committed + self.paid
    }

    /// Support of one more purchase: of all of them together, less what they have.
    fn support(&self, supply: i64) -> i64 {
        ((self.cost + supply) * 8 / 10).min(APPROVED) - self.granted()
    }
}

struct Table {
    app: TestApp,
    staff: Staff,
    seller: Persona,
    buyer: Persona,
    voucher: Voucher,
    listings: Vec<Listing>,
    open: Vec<Purchase>,
    model: Model,
    invoices: u32,
}

impl Table {
    async fn laid(prices: &[i64]) -> Table {
        let app = TestApp::start();
        let staff = Staff::hired(&app).await;
        staff.appropriate("P15", 250_000_000).await;
        let (seller, buyer) = (app.provider().await, app.buyer().await);
        let voucher = staff.voucher(&buyer, "process_improvement", APPROVED).await;
        let mut listings = Vec::new();
        for (nth, price) in prices.iter().enumerate() {
            let version = ingested(&app, &seller, "press.csv", press_csv(40 + nth, ',')).await;
            listings.push(staff.on_sale(&seller, &version, *price).await);
        }
        let (open, model, invoices) = (Vec::new(), Model::default(), 0);
        Table { app, staff, seller, buyer, voucher, listings, open, model, invoices }
    }

    /// Orders a product that is not yet bought.
    async fn order(&mut self, at: usize) {
        let listing = &self.listings[at];
        if self.open.iter().any(|one| one.contract.listing == listing.id) {
            return;
        }
        let supply = listing.draft.price.get();
        let expected = self.model.support(supply);
        let body = order(listing, Some(&self.voucher), "process_improvement");
        let answer = self.buyer.post("/v1/contracts", body).await;
        if expected == 0 {
            assert_eq!(answer.status, 409, "{}", answer.text());
            return;
        }
        let contract: Contract = answer.expect(201).read();
        assert_eq!(contract.support.get(), expected, "{:?} + {supply}", self.model);
        assert_eq!(contract.company_share.get(), supply - expected);
        self.model.cost += supply;
        self.model.held += expected;
        self.open.push(Purchase { contract, stage: Stage::Ordered, payment: String::new() });
    }

    /// Takes a purchase one step on, or withdraws it where that is possible.
    async fn step(&mut self, at: usize, withdraw: bool) {
        let Some(purchase) = self.open.get(at) else { return };
        let (stage, contract) = (purchase.stage, purchase.contract.clone());
        let (path, support) = (format!("/v1/contracts/{}", contract.id), contract.support.get());
        if withdraw {
            let answer =
                self.buyer.post(&format!("{path}/cancel"), json!({"reason": "취소"})).await;
            if matches!(stage, Stage::Ordered | Stage::Funded) {
                answer.expect(200);
                self.model.cost -= contract.supply.get();
                self.model.held -= support;
                self.open.remove(at);
            } else {
                answer.refused(409, "state-forbids");
            }
            return;
        }
        let next = match stage {
            Stage::Ordered => {
                sign_and_fund(&self.buyer, &self.seller, &contract).await;
                Stage::Funded
            }
            Stage::Funded => {
                self.buyer.get(&format!("{path}/file")).await.expect(200);
                Stage::Delivered
            }
            Stage::Delivered => {
                self.buyer.command(&format!("{path}/accept")).await.expect(200);
                self.model.held -= support;
                self.model.committed += support;
                Stage::Accepted
            }
            Stage::Accepted => {
                self.invoices += 1;
                let proof = evidence(&contract, self.invoices);
                let approved = self.staff.approver.post("/v1/payments", proof).await.expect(201);
                self.open[at].payment = approved.id();
                Stage::Approved
            }
            Stage::Approved => {
                let pay = format!("/v1/payments/{}/pay", self.open[at].payment);
                self.staff.payer.command(&pay).await.expect(200);
                self.model.committed -= support;
                self.model.paid += support;
                Stage::Paid
            }
            Stage::Paid => Stage::Paid,
        };
        self.open[at].stage = next;
    }

    async fn agrees(&self) {
        let path = format!("/v1/vouchers/{}", self.voucher.id);
        let seen: Voucher = self.buyer.get(&path).await.expect(200).read();
        let said = [seen.held, seen.committed, seen.paid, seen.available].map(|won| won.get());
        let Model { held, committed, paid, .. } = self.model;
        let left = APPROVED - self.model.granted();
        assert_eq!(said, [held, committed, paid, left], "{:?}", self.model);
        assert_eq!((seen.refunded.get(), seen.returned.get()), (0, 0));
    }
}

async fn played(seed: u64) {
    // R-052's vectors among them; the last alone is more than the voucher covers.
    let prices = [1_000_003, 1_000_003, 1_000_003, 3_999_999, 1, 12_499_999];
    let mut table = Table::laid(&prices).await;
    let mut dice = Dice(seed);
    for _ in 0..60 {
        match dice.roll(3) {
            0 => table.order(dice.roll(prices.len())).await,
            _ => {
                let at = dice.roll(table.open.len().max(1));
                let withdraw = dice.roll(4) == 0;
                table.step(at, withdraw).await;
            }
        }
        table.agrees().await;
    }
    assert!(table.model.granted() > 0 && table.open.len() > 1, "too little happened");
    let check = table.staff.auditor.get("/v1/ledger/check").await.expect(200);
    assert_eq!(check["balanced"], true, "{}", check.text());
    assert_eq!(table.app.left_over(), Vec::<std::path::PathBuf>::new());
}

#[tokio::test]
async fn r_061_any_order_of_commands_keeps_the_voucher_whole() {
    for seed in [0x2024_0610, 0x1dea_5eed, 0x0bad_cafe] {
        played(seed).await;
    }
}
