//! Settlements under many commands in no sensible order: nothing breaks, no balance falls below zero,
//! and after every command the books say what the rows say.

use schema::api::settlement::Settlement;
use serde_json::{Value, json};
use tests::files::{ingested, press_csv};
use tests::market::{Staff, evidence, order, sign_and_fund};
use tests::works::{because, line};
use tests::{Answer, Persona, TestApp};

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}

struct Table {
    /// Kept until the end, when the books are checked.
    _app: TestApp,
    staff: Staff,
    /// Another person of the agency.
    third: Persona,
    recipient: Persona,
    agreement: String,
    settlement: Option<String>,
    payment: Option<String>,
    /// Commands that were taken.
    taken: u32,
}

impl Table {
    async fn staffed() -> (TestApp, Staff, Persona) {
        let app = TestApp::start();
        let staff = Staff::hired(&app).await;
        for programme in ["P14", "P15"] {
            staff.appropriate(programme, 250_000_000).await;
        }
        let role = schema::api::parties::Role::Agency;
        let third = app.colleague(&staff.operator, staff.approver.org, role).await;
        (app, staff, third)
    }

    /// A processing agreement that is given up, and so settled without any work.
    async fn processing() -> Table {
        let (app, staff, third) = Table::staffed().await;
        let (recipient, processor) = (app.provider().await, app.processor().await);
        let agreement = staff.processing(&recipient, &processor).await.id.to_string();
        let (settlement, payment) = (None, None);
        Table { _app: app, staff, third, recipient, agreement, settlement, payment, taken: 0 }
    }

    /// A purchase agreement with one purchase that is paid.
    async fn purchase() -> Table {
        let (app, staff, third) = Table::staffed().await;
        let (seller, recipient) = (app.provider().await, app.buyer().await);
        let voucher = staff.voucher(&recipient, "process_improvement", 10_000_000).await;
        let version = ingested(&app, &seller, "press.csv", press_csv(60, ',')).await;
        let listing = staff.on_sale(&seller, &version, 7_000_003).await;
        let body = order(&listing, Some(&voucher), "process_improvement");
        let contract: schema::api::trade::Contract =
            recipient.post("/v1/contracts", body).await.expect(201).read();
        sign_and_fund(&recipient, &seller, &contract).await;
        let path = format!("/v1/contracts/{}", contract.id);
        recipient.get(&format!("{path}/file")).await.expect(200);
        recipient.command(&format!("{path}/accept")).await.expect(200);
        let proof = evidence(&contract, 1);
        let payment = staff.approver.post("/v1/payments", proof).await.expect(201).id();
        staff.payer.command(&format!("/v1/payments/{payment}/pay")).await.expect(200);
        let agreement = voucher.agreement.to_string();
        let (settlement, payment) = (None, Some(payment));
        Table { _app: app, staff, third, recipient, agreement, settlement, payment, taken: 0 }
    }

    fn report(&self, dice: &mut Dice) -> Value {
        let lines = if self.payment.is_some() {
            json!([])
        } else {
            json!([
                line("government", "가공비", 1 + i64::try_from(dice.roll(50_000_000)).unwrap(), 1),
                line("cash", "가공비", 1 + i64::try_from(dice.roll(2_000_000)).unwrap(), 1),
                line("in_kind", "인건비", 1 + i64::try_from(dice.roll(10_000_000)).unwrap(), 0),
            ])
        };
        json!({"interest": dice.roll(5_000), "statement": "정산", "lines": lines})
    }

    async fn settlement_command(
        &self,
        verb: &str,
        who: &Persona,
        body: Option<Value>,
    ) -> Option<Answer> {
        let id = self.settlement.as_ref()?;
        let path = format!("/v1/settlements/{id}/{verb}");
        Some(match body {
            Some(body) => who.post(&path, body).await,
            None => who.command(&path).await,
        })
    }

    /// One command of many; most of them make no sense when they come.
    async fn step(&mut self, dice: &mut Dice) {
        let staff = &self.staff;
        let why = || Some(because("주사위"));
        let agreement = format!("/v1/agreements/{}", self.agreement);
        let answer = match dice.roll(18) {
            0 => Some(self.recipient.post(&format!("{agreement}/abandon"), because("포기")).await),
            1 => {
                let path = format!("{agreement}/abandon/approve");
                Some(staff.approver.post(&path, because("승인")).await)
            }
            2 | 3 => {
                let report = self.report(dice);
                let path = format!("{agreement}/settlement");
                let answer = self.recipient.post(&path, report).await;
                if answer.status == 201 {
                    self.settlement = Some(answer.id());
                }
                Some(answer)
            }
            4 | 5 => self.settlement_command("review", &staff.operator, None).await,
            6 => self.settlement_command("ask", &staff.operator, why()).await,
            7 | 8 => {
                let verdict = json!({"line": 1 + dice.roll(3), "accepted": dice.roll(3_000_000),
                    "reason": "other", "note": "주사위"});
                let lines = if dice.roll(2) == 0 { json!([]) } else { json!([verdict]) };
                let body = json!({"lines": lines, "note": "확인"});
                self.settlement_command("assess", &staff.operator, Some(body)).await
            }
            9 | 10 => self.settlement_command("approve", &staff.approver, why()).await,
            11 => self.settlement_command("return", &staff.approver, why()).await,
            12 => self.settlement_command("object", &self.recipient, why()).await,
            13 => self.settlement_command("dismiss", &self.third, why()).await,
            14 => self.settlement_command("consent", &self.recipient, why()).await,
            15 => self.settlement_command("pay", &staff.payer, None).await,
            16 => self.refund(dice).await,
            _ => self.repay().await,
        };
        if let Some(answer) = answer {
            assert!(answer.status < 500, "{}", answer.text());
            self.taken += u32::from(answer.status < 300);
        }
    }

    async fn refund(&self, dice: &mut Dice) -> Option<Answer> {
        let path = format!("/v1/payments/{}/refunds", self.payment.as_ref()?);
        let body = json!({"supply": dice.roll(2_000_000), "reason": "일부 환불",
            "proof_sha256": "e".repeat(64)});
        Some(self.staff.payer.post(&path, body).await)
    }

    async fn repay(&self) -> Option<Answer> {
        let claims = self.recipient.get("/v1/claims").await.expect(200);
        let claim = claims["items"].as_array()?.first()?.clone();
        let path = format!("/v1/claims/{}/repay", claim["id"].as_str()?);
        let body = json!({"amount": claim["owed_today"], "proof_sha256": "f".repeat(64)});
        Some(self.staff.payer.post(&path, body).await)
    }

    /// Whatever happened, the amounts fit.
    async fn agrees(&self) {
        self.staff.balanced().await;
        let Some(id) = &self.settlement else { return };
        let found: Settlement =
            self.recipient.get(&format!("/v1/settlements/{id}")).await.expect(200).read();
        let amounts = [found.final_support, found.payable, found.refund, found.already_paid];
        let [Some(support), Some(payable), Some(refund), Some(before)] = amounts else { return };
        let left = support.get() + refund.get();
        assert!(payable.get() == 0 || refund.get() == 0, "{found:?}");
        assert!(payable.get() + before.get() <= left, "{found:?}");
        assert!(found.carried <= found.accepted, "{found:?}");
    }
}

async fn played(mut table: Table, seed: u64) {
    let mut dice = Dice(seed);
    for _ in 0..120 {
        table.step(&mut dice).await;
        table.agrees().await;
    }
    assert!(table.taken > 5, "too little happened: {}", table.taken);
}

#[tokio::test]
async fn any_order_of_commands_keeps_a_processing_settlement_whole() {
    for seed in [0x2024_0610, 0x1dea_5eed] {
        played(Table::processing().await, seed).await;
    }
}

#[tokio::test]
async fn any_order_of_commands_keeps_a_purchase_settlement_whole() {
    for seed in [0x2024_0610, 0x0bad_cafe] {
        played(Table::purchase().await, seed).await;
    }
}
