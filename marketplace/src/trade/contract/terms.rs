//! The parameters of a contract, the document made of them, and the digest that is signed.

use schema::api::parties::Organisation;
use schema::api::trade::{LicenceOffer, Listing, Purpose};
use schema::id::{ContractId, ListingId, VersionId, VoucherId};
use schema::lang::{Lang, Text};
use schema::money::Won;
use schema::time::Day;
use serde::Serialize;
use serde_json::json;

use super::clauses;
use crate::catalog::VersionRow;
use crate::error::AppResult;
use crate::trade::offer::{TEMPLATE, digest, sha256};

/// A party as the document names it.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Party {
    /// Name.
    pub(super) name: String,
    /// Business registration number.
    pub(super) business_no: String,
    /// Representative.
    pub(super) representative: String,
}

impl From<&Organisation> for Party {
    fn from(org: &Organisation) -> Party {
        Party {
            name: org.name.clone(),
            business_no: org.business_no.to_string(),
            representative: org.representative.clone(),
        }
    }
}

/// The data that are licensed.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Goods {
    /// Title of the product.
    pub(super) title: Text,
    /// The listing.
    pub(super) listing: ListingId,
    /// The version.
    pub(super) version: VersionId,
    /// Name of the file.
    pub(super) file_name: String,
    /// SHA-256 of the file.
    pub(super) sha256: String,
    /// Its length in bytes.
    pub(super) bytes: i64,
    /// Rows.
    pub(super) rows: i64,
    /// Columns.
    pub(super) columns: i64,
    /// Quality grade.
    pub(super) grade: String,
    /// SHA-256 of the quality certificate.
    pub(super) certificate_sha256: String,
}

impl Goods {
    /// The goods of a listing and its version.
    pub(super) fn of(listing: &Listing, version: &VersionRow) -> Goods {
        let certificate = version.certificate.as_deref().unwrap_or_default();
        Goods {
            title: listing.draft.title.clone(),
            listing: listing.id,
            version: version.id,
            file_name: listing.draft.file_name.clone(),
            sha256: version.table_sha256.clone().unwrap_or_default(),
            bytes: version.table_bytes.unwrap_or(0),
            rows: listing.rows,
            columns: listing.columns,
            grade: listing.grade.clone().unwrap_or_else(|| "-".to_owned()),
            certificate_sha256: sha256(certificate.as_bytes()),
        }
    }
}

/// Everything that a contract fills into its template.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Parameters {
    /// The contract.
    pub(super) contract: ContractId,
    /// Day of the order in Korea.
    pub(super) ordered_on: Day,
    /// Seller.
    pub(super) seller: Party,
    /// Buyer.
    pub(super) buyer: Party,
    /// What is licensed.
    pub(super) goods: Goods,
    /// The licence.
    pub(super) licence: LicenceOffer,
    /// What for.
    pub(super) purpose: Purpose,
    /// What for, in words.
    pub(super) purpose_text: String,
    /// Supply value.
    pub(super) supply: Won,
    /// VAT.
    pub(super) vat: Won,
    /// Public share.
    pub(super) support: Won,
    /// The buyer's share of the supply value.
    pub(super) company_share: Won,
    /// What the buyer transfers.
    pub(super) own_payment: Won,
    /// The voucher that pays the public share.
    pub(super) voucher: Option<VoucherId>,
    /// Days in which a delivery may be rejected.
    pub(super) acceptance_days: u16,
}

/// A contract's document.
#[derive(Clone, Debug)]
pub(super) struct Document {
    /// Id of the template.
    pub(super) template: &'static str,
    /// The parameters as JSON.
    pub(super) parameters: String,
    /// The text in Korean and English (Markdown).
    pub(super) text: Text,
    /// The digest that both sides sign.
    pub(super) terms_hash: String,
}

/// Writes the document. Its digest covers template, parameters and both texts, so that nobody can
/// change one and keep the signature of another.
pub(super) fn write(parameters: &Parameters) -> AppResult<Document> {
    let value = serde_json::to_value(parameters)?;
    let text =
        Text::new(clauses::render(parameters, Lang::Ko), clauses::render(parameters, Lang::En));
    let terms_hash = digest(&json!({
        "en": sha256(text.en.as_bytes()),
        "ko": sha256(text.ko.as_bytes()),
        "parameters": digest(&value),
        "template": TEMPLATE,
    }));
    Ok(Document { template: TEMPLATE, parameters: value.to_string(), text, terms_hash })
}

#[cfg(test)]
pub(super) mod tests {
    use schema::api::trade::Purpose;
    use schema::lang::Text;
    use schema::money::Won;

    use super::{Goods, Parameters, Party};
    use crate::trade::listing::tests::sample;

    pub(in crate::trade::contract) fn parameters() -> Parameters {
        let w = |amount| Won::new(amount).unwrap();
        let party = |name: &str, business_no: &str| Party {
            name: name.to_owned(),
            business_no: business_no.to_owned(),
            representative: "Kim".to_owned(),
        };
        Parameters {
            contract: "con_00000000000000000000000001".parse().unwrap(),
            ordered_on: "2024-06-10".parse().unwrap(),
            seller: party("Seller Ltd", "124-81-00998"),
            buyer: party("Buyer Ltd", "220-81-62517"),
            goods: Goods {
                title: Text::new("사출 데이터", "Moulding data"),
                listing: "lst_00000000000000000000000001".parse().unwrap(),
                version: "ver_00000000000000000000000001".parse().unwrap(),
                file_name: "injection.parquet".to_owned(),
                sha256: "ab".repeat(32),
                bytes: 1_000,
                rows: 100,
                columns: 5,
                grade: "A".to_owned(),
                certificate_sha256: "cd".repeat(32),
            },
            licence: sample().licence,
            purpose: Purpose::ProcessImprovement,
            purpose_text: "defect prediction".to_owned(),
            supply: w(4_600_000),
            vat: w(460_000),
            support: w(3_680_000),
            company_share: w(920_000),
            own_payment: w(1_380_000),
            voucher: Some("vch_00000000000000000000000001".parse().unwrap()),
            acceptance_days: 14,
        }
    }
}
