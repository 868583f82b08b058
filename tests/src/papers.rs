//! Evidence papers of the people of the exchange, and how their firms stand.

use schema::api::documents::Document;
use schema::api::parties::Organisation;
use schema::notice::SizeClass;
use schema::papers::PaperKind;
use serde_json::json;

use crate::cast::Persona;
use crate::market::Staff;

/// A day on which no test looks any more.
pub const FAR: &str = "2199-12-31";

/// Sends a paper. `more` is further query text, such as `&expires_on=2024-12-31`.
pub async fn send(who: &Persona, kind: PaperKind, more: &str) -> Document {
    let path = format!("/v1/documents?kind={kind}&file_name=paper.pdf{more}");
    let bytes = format!("{kind} of {}", who.org);
    let call = who.call(reqwest::Method::POST, &path).bytes("application/pdf", bytes);
    call.await.expect(201).read()
}

impl Staff {
    /// Says that a paper is in order.
    pub async fn verify(&self, paper: &Document) -> Document {
        let word = json!({"verdict": "verified", "reason": "원본과 대조함"});
        self.operator
            .post(&format!("/v1/documents/{}/verify", paper.id), word)
            .await
            .expect(200)
            .read()
    }

    /// Sends a paper that the operator verifies.
    pub async fn filed(&self, who: &Persona, kind: PaperKind, more: &str) -> Document {
        self.verify(&send(who, kind, more).await).await
    }

    /// Everything that an agreement needs: certificates of class and taxes, and the word that the
    /// firm collects data. Once for each firm.
    pub async fn papers(&self, who: &Persona) {
        let listed = who.get("/v1/documents?kind=TAX_LOCAL").await.expect(200);
        if listed["items"].as_array().is_some_and(|items| !items.is_empty()) {
            return;
        }
        let path = format!("/v1/organisations/{}", who.org);
        let org: Organisation = who.get(&path).await.expect(200).read();
        let certificate = match org.size_class {
            SizeClass::Nonprofit => PaperKind::NonprofitCert,
            _ => PaperKind::SizeCert,
        };
        let class = format!("&expires_on={FAR}&size_class={}", org.size_class);
        self.filed(who, certificate, &class).await;
        for kind in [PaperKind::TaxNational, PaperKind::TaxLocal] {
            self.filed(who, kind, &format!("&expires_on={FAR}")).await;
        }
        let said = json!({"collects_data": true}).to_string();
        let call = who.call(reqwest::Method::PUT, &format!("{path}/declaration"));
        call.bytes("application/json", said).await.expect(200);
    }
}
