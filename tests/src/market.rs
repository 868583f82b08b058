//! The ways of the market that many tests walk: budgets, agreements, a product on sale, a purchase.

use schema::api::catalog::Version;
use schema::api::parties::Role;
use schema::api::programme::Agreement;
use schema::api::trade::{Contract, Listing};
use schema::api::vouchers::Voucher;
use serde_json::{Value, json};

use crate::api::Api;
use crate::app::TestApp;
use crate::cast::Persona;
use crate::files::sha256;

/// The staff: an operator, two people of the agency, and its auditor.
#[derive(Clone, Debug)]
pub struct Staff {
    /// Of the operating organisation.
    pub operator: Persona,
    /// Of the agency; drafts, signs and approves.
    pub approver: Persona,
    /// Of the agency; pays.
    pub payer: Persona,
    /// Of the agency's audit.
    pub auditor: Persona,
}

impl Staff {
    /// Makes them.
    pub async fn hired(app: &TestApp) -> Staff {
        let operator = app.operator().await;
        let approver = app.staff(&operator, Role::Agency).await;
        let payer = app.colleague(&operator, approver.org, Role::Agency).await;
        let auditor = app.colleague(&operator, approver.org, Role::Auditor).await;
        Staff { operator, approver, payer, auditor }
    }

    /// Puts money into the budget of a programme for 2024.
    pub async fn appropriate(&self, programme: &str, amount: i64) {
        let money = json!({"fiscal_year": 2024, "amount": amount, "reason": "2024년 본예산"});
        self.approver.post(&format!("/v1/programmes/{programme}/budget"), money).await.expect(200);
    }

    /// Drafts an agreement that its parties sign; the agency has not yet.
    pub async fn drafted(&self, body: Value, parties: &[&Persona]) -> Agreement {
        for party in parties {
            self.papers(party).await;
        }
        let drafted: Agreement =
            self.approver.post("/v1/agreements", body).await.expect(201).read();
        for party in parties {
            sign_agreement(party, &drafted).await.expect(200);
        }
        drafted
    }

    /// An agreement that everybody has signed, the agency last.
    pub async fn agreed(&self, body: Value, parties: &[&Persona]) -> Agreement {
        let drafted = self.drafted(body, parties).await;
        sign_agreement(&self.approver, &drafted).await.expect(200).read()
    }

    /// A voucher of at most `support` won for `buyer`.
    pub async fn voucher(&self, buyer: &Persona, purpose: &str, support: i64) -> Voucher {
        let agreement = self.agreed(purchase(buyer, purpose, support), &[buyer]).await;
        let id = agreement.voucher.expect("a voucher");
        buyer.get(&format!("/v1/vouchers/{id}")).await.expect(200).read()
    }

    /// A version on sale for `price` won of supply value.
    pub async fn on_sale(&self, seller: &Api, version: &Version, price: i64) -> Listing {
        self.on_sale_as(seller, version, price, json!({})).await
    }

    /// A version on sale with a licence that differs from the usual one in some fields.
    pub async fn on_sale_as(
        &self,
        seller: &Api,
        version: &Version,
        price: i64,
        licence: Value,
    ) -> Listing {
        let path = format!("/v1/versions/{}/price-bases", version.id);
        let basis = seller.post(&path, cost_method(price)).await.expect(201).id();
        let mut draft = draft(price, &basis);
        for (field, value) in licence.as_object().into_iter().flatten() {
            draft["licence"][field] = value.clone();
        }
        let new = json!({"version": version.id, "draft": draft});
        let id = seller.post("/v1/listings", new).await.expect(201).id();
        let path = format!("/v1/listings/{id}");
        seller.command(&format!("{path}/submit")).await.expect(200);
        self.operator.command(&format!("{path}/approve")).await.expect(200);
        seller.command(&format!("{path}/publish")).await.expect(200).read()
    }
}

/// A purchase agreement to be drafted.
pub fn purchase(buyer: &Persona, purpose: &str, support: i64) -> Value {
    json!({
        "programme": "P15", "title": "제조데이터 상품 구매", "recipient": buyer.org,
        "support": support, "purpose": purpose,
    })
}

/// A price calculation that comes to `price`: nothing is obsolete, nothing is earned, one buyer.
pub fn cost_method(price: i64) -> Value {
    json!({
        "method": "cost", "reproduction_cost": price, "obsolescence_bp": 0, "margin_bp": 0,
        "buyers": 1,
    })
}

/// A listing to be drafted.
pub fn draft(price: i64, basis: &str) -> Value {
    json!({
        "title": {"ko": "프레스 공정 데이터", "en": "Press-line data"},
        "summary": {"ko": "설비에서 잰 시계열", "en": "Series measured at the machine"},
        "description": {
            "process": {"ko": "프레스 성형", "en": "Press forming"},
            "equipment": {"ko": "기계식 프레스", "en": "Mechanical press"},
            "ksic": "25913",
        },
        "price": price,
        "price_basis": basis,
        "licence": {
            "model": "LUMP_SUM", "term_months": 36,
            "scope": {"purposes": [], "users": 20, "sites": 1, "affiliates": false},
            "exclusivity": "non_exclusive", "derived": "buyer_owns", "territory": "KR",
            "delivery": "file", "updates": "corrections", "warranty": {"days": 14},
        },
        "attestation": {"right_to_sell": true, "no_third_party_rights": true},
        "file_name": "press.parquet",
    })
}

/// Signs the terms of an agreement as they are.
pub async fn sign_agreement(who: &Persona, agreement: &Agreement) -> crate::Answer {
    let terms = json!({"terms_hash": agreement.terms_hash});
    who.post(&format!("/v1/agreements/{}/sign", agreement.id), terms).await
}

/// An order, with or without a voucher.
pub fn order(listing: &Listing, voucher: Option<&Voucher>, purpose: &str) -> Value {
    let mut order = json!({
        "listing": listing.id, "purpose": purpose, "purpose_text": "불량 예측 모델 개발",
    });
    if let (Some(voucher), Some(fields)) = (voucher, order.as_object_mut()) {
        fields.insert("voucher".to_owned(), json!(voucher.id));
    }
    order
}

/// The proof of a bank transfer.
pub fn proof() -> String {
    sha256("이체확인증".as_bytes())
}

/// Both sides sign a contract and the buyer pays its own part.
pub async fn sign_and_fund(buyer: &Api, seller: &Api, contract: &Contract) -> Contract {
    let path = format!("/v1/contracts/{}", contract.id);
    for side in [buyer, seller] {
        let terms = json!({"terms_hash": contract.terms_hash});
        side.post(&format!("{path}/sign"), terms).await.expect(200);
    }
    let paid = json!({"transferred": contract.own_payment, "proof_sha256": proof()});
    buyer.post(&format!("{path}/fund"), paid).await.expect(200).read()
}

/// The evidence for the payment of a contract, with the invoice numbered `nth`.
pub fn evidence(contract: &Contract, nth: u32) -> Value {
    json!({
        "contract_id": contract.id, "invoice_no": format!("2024061041000088{nth:08}"),
        "invoice_date": "2024-06-10", "invoice_supply": contract.supply,
        "transfer_proof_sha256": proof(), "transferred": contract.own_payment,
    })
}
