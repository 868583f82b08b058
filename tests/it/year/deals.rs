//! Purchases with vouchers: order, delivery, payment, refund, use, settlement.

use schema::api::programme::Agreement;
use schema::api::trade::Contract;
use serde_json::{Value, json};
use tests::Persona;
use tests::files::sha256;
use tests::market::{evidence, sign_and_fund};
use tests::works::because;

use super::purchase::{Good, purpose};
use super::stage::{Year, won};

/// A buyer with its agreement.
pub(super) struct Buyer {
    pub(super) who: Persona,
    pub(super) agreement: Agreement,
}

/// A purchase that was accepted.
pub(super) struct Deal {
    pub(super) contract: Contract,
}

impl Year {
    fn order_of(buyer: &Buyer, good: &Good) -> Value {
        json!({
            "listing": good.0, "voucher": buyer.agreement.voucher,
            "purpose": purpose(buyer.agreement.class), "purpose_text": "불량 예측 모델 개발",
        })
    }

    /// An order that the voucher cannot pay a won of.
    pub(super) async fn not_supported(&self, buyer: &Buyer, good: &Good) {
        let order = Year::order_of(buyer, good);
        let refused = buyer.who.post("/v1/contracts", order).await;
        assert_eq!(refused.status, 409, "{}", refused.text());
    }

    /// From the order to the acceptance, with the support that it must come to.
    pub(super) async fn bought(
        &self,
        buyer: &Buyer,
        seller: &Persona,
        good: &Good,
        support: i64,
    ) -> Deal {
        let order = Year::order_of(buyer, good);
        let ordered: Contract = buyer.who.post("/v1/contracts", order).await.expect(201).read();
        let figures = [ordered.supply, ordered.support, ordered.company_share];
        assert_eq!(figures.map(|won| won.get()), [good.1, support, good.1 - support]);
        let contract = sign_and_fund(&buyer.who, seller, &ordered).await;
        let path = format!("/v1/contracts/{}", contract.id);
        buyer.who.get(&format!("{path}/file")).await.expect(200);
        let accepted = buyer.who.command(&format!("{path}/accept")).await.expect(200);
        Deal { contract: accepted.read() }
    }

    /// The evidence of a purchase with an invoice of today.
    pub(super) fn evidence_of(&self, deal: &Deal, invoice: u32) -> Value {
        let mut body = evidence(&deal.contract, invoice);
        body["invoice_date"] = json!(self.app.now().seoul_day());
        body
    }

    /// One person of the agency approves the evidence, another pays. Answers the payment's
    /// path and the number of its invoice.
    pub(super) async fn pays(&self, deal: &Deal) -> (String, u32) {
        let invoice = self.invoice();
        let body = self.evidence_of(deal, invoice);
        let payment = self.staff.approver.post("/v1/payments", body).await.expect(201).id();
        let path = format!("/v1/payments/{payment}");
        self.staff.payer.command(&format!("{path}/pay")).await.expect(200);
        (path, invoice)
    }

    /// The seller gives a part of the supply value back; answers the public part.
    pub(super) async fn refunded(&self, payment: &str, supply: i64) -> i64 {
        let refund =
            json!({"supply": supply, "reason": "행 절반 불량", "proof_sha256": sha256(b"refund")});
        let path = format!("{payment}/refunds");
        won(&self.staff.payer.post(&path, refund).await.expect(201)["public"])
    }

    /// Reports the use of purchases on a day, and the operator finds it in order.
    pub(super) async fn used(&self, buyer: &Buyer, deals: &[&Deal], day: &str) {
        let uses: Vec<Value> = deals
            .iter()
            .map(|deal| {
                json!({"contract": deal.contract.id, "used_on": day,
                    "text": "불량 예측에 썼습니다.", "evidence_sha256": sha256(b"log")})
            })
            .collect();
        let path = format!("/v1/agreements/{}/completion", buyer.agreement.id);
        let report = json!({"summary": "구매하고 활용했습니다.", "utilisation": uses});
        buyer.who.post(&path, report).await.expect(201);
        let pass = because("활용 확인");
        self.staff.operator.post(&format!("{path}/pass"), pass).await.expect(200);
    }

    /// Settles a purchase agreement; answers the settlement as it stands.
    pub(super) async fn settles(&self, buyer: &Buyer, interest: i64, verdicts: Value) -> Value {
        let path = format!("/v1/agreements/{}/settlement", buyer.agreement.id);
        let report = json!({"interest": interest, "statement": "구매 내역입니다."});
        let id = buyer.who.post(&path, report).await.expect(201).id();
        self.staff.stands(&buyer.who, &id, verdicts).await
    }

    /// Settles an agreement of which nothing is disallowed.
    pub(super) async fn settles_even(&self, buyer: &Buyer) {
        let stands = self.settles(buyer, 0, json!([])).await;
        let figures = ["payable", "refund"].map(|name| won(&stands[name]));
        assert_eq!((figures, &stands["state"]), ([0, 0], &json!("final")));
    }

    /// The newest claim against a firm is paid, to the won.
    pub(super) async fn repays(&self, who: &Persona, origin: &str, amount: i64) {
        let claims = self.staff.auditor.get("/v1/claims?limit=200").await.expect(200);
        let all = claims["items"].as_array().unwrap();
        let claim = all
            .iter()
            .find(|one| one["org"] == json!(who.org) && one["origin"] == origin)
            .unwrap_or_else(|| panic!("no claim of {origin}: {}", claims.text()));
        assert_eq!(won(&claim["owed_today"]), amount, "{claim}");
        let path = format!("/v1/claims/{}/repay", claim["id"].as_str().unwrap());
        let repayment = json!({"amount": amount, "proof_sha256": sha256(b"transfer")});
        let done = self.staff.payer.post(&path, repayment).await.expect(200);
        assert_eq!(done["state"], "repaid");
    }
}
