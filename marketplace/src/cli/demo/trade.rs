//! Trade: price, listing, contract, delivery, payment.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use processing::Limits;
use processing::certificate::{self, PublicKey};
use schema::api::catalog::Version;
use schema::api::parties::Organisation;
use schema::api::programme::Agreement;
use schema::api::settlement::{NewPayment, Payment};
use schema::api::trade::{
    Attestation, Contract, DeliveryMethod, DerivedPolicy, Exclusivity, Fund, LicenceOffer, Listing,
    ListingDraft, NewListing, Order, PaymentModel, PriceBasis, PriceInputs, ProductDescription,
    Purpose, Scope, Sign, UpdatePolicy, Warranty,
};
use schema::api::vouchers::Voucher;
use schema::lang::Text;
use schema::money::BasisPoints;

use super::cast::{Actor, Cast};
use super::client::NOTHING;
use super::console::Console;
use super::money;

/// The owner prices and lists the product; the operator approves; its one-year duty begins.
pub(super) async fn list(
    cast: &Cast,
    version: &Version,
    support: &Agreement,
    console: &mut Console,
) -> Result<Listing> {
    console.step("가격을 산정합니다", "The price is calculated");
    let owner = &cast.provider.api;
    let cost = support.total.context("the agreement has no total")?;
    let inputs = PriceInputs::Cost {
        reproduction_cost: cost,
        obsolescence_bp: BasisPoints::new(2_000).context("20 %")?,
        margin_bp: 1_500,
        buyers: 6,
    };
    let path = format!("/v1/versions/{}/price-bases", version.id);
    let basis: PriceBasis = owner.post(&path, Some(&inputs)).await?;
    console.line("방법", "method", "P = C × (1 − 20 %) × (1 + 15 %) / 6 (R-151)");
    console.line("산정 가격", "calculated price", basis.result);

    console.step("상품을 등록합니다", "The product is listed");
    let draft = ListingDraft {
        title: Text::new("정제된 프레스 공정 데이터", "Cleaned press-line data"),
        summary: Text::new(
            "정제·검증을 마친 설비 시계열과 품질 증명서",
            "Cleaned and validated machine series with a quality certificate",
        ),
        description: ProductDescription {
            process: Text::new("프레스 성형", "Press forming"),
            equipment: Text::new("기계식 프레스", "Mechanical press"),
            ksic: "25913".to_owned(),
        },
        price: basis.result,
        price_basis: Some(basis.id),
        licence: licence(),
        attestation: Attestation { right_to_sell: true, no_third_party_rights: true },
        file_name: "product.parquet".to_owned(),
        supersedes: None,
    };
    let new = NewListing { version: version.id, draft };
    let drafted: Listing = owner.post("/v1/listings", Some(&new)).await?;
    let path = format!("/v1/listings/{}", drafted.id);
    let _: Listing = owner.post(&format!("{path}/submit"), NOTHING).await?;
    let _: Listing = cast.operator.api.post(&format!("{path}/approve"), NOTHING).await?;
    let listed: Listing = owner.post(&format!("{path}/publish"), NOTHING).await?;
    console.line("상품", "listing", format!("{}  {}", listed.id, listed.state));
    for warning in &listed.warnings {
        console.line("  참고", "  note", console.pick(&warning.text.ko, &warning.text.en));
    }
    console.line("공급가액", "supply price", listed.draft.price);
    let duty = listed.duty.as_ref().context("a supported product has a listing duty (R-090)")?;
    let period = &duty.period;
    console.line("의무 등록 종료일", "one-year duty ends", format!("{} (R-090)", period.end));
    Ok(listed)
}

fn licence() -> LicenceOffer {
    LicenceOffer {
        model: PaymentModel::LumpSum,
        term_months: Some(36),
        scope: Scope { purposes: Vec::new(), users: Some(20), sites: Some(1), affiliates: false },
        exclusivity: Exclusivity::NonExclusive,
        derived: DerivedPolicy::BuyerOwns,
        territory: "KR".to_owned(),
        delivery: DeliveryMethod::File,
        updates: UpdatePolicy::Corrections,
        probe: true,
        warranty: Warranty { days: 14 },
        liability_cap: None,
    }
}

/// A buyer orders with a voucher, both sign, the bytes are delivered and checked, the seller is paid.
pub(super) async fn buy(
    cast: &Cast,
    buyer: &Actor,
    voucher: &Voucher,
    listing: &Listing,
    version: &Version,
    scratch: &Path,
    console: &mut Console,
) -> Result<()> {
    let (ko, en) = (format!("{}이(가) 구매합니다", buyer.name), format!("{} buys", buyer.name));
    console.step(&ko, &en);
    let me: Organisation = buyer.api.get(&format!("/v1/organisations/{}", buyer.org)).await?;
    let quote = money::quote(&buyer.api, listing.draft.price, me.size_class.as_str()).await?;
    let research = voucher.ratio_bp == BasisPoints::WHOLE;
    let order = Order {
        listing: listing.id,
        voucher: Some(voucher.id),
        purpose: if research { Purpose::Research } else { Purpose::ProcessImprovement },
        purpose_text: "불량 예측 모델 개발 (defect prediction)".to_owned(),
        expected_terms_hash: None,
    };
    let contract: Contract = buyer.api.post("/v1/contracts", Some(&order)).await?;
    let path = format!("/v1/contracts/{}", contract.id);
    ensure!(contract.support == quote.support, "the order does not cost what was quoted");
    console.line("계약", "contract", contract.id);
    console.line(
        "공급가액 + 부가세",
        "supply value + VAT",
        format!("{} + {}", contract.supply, contract.vat),
    );
    console.line("정부지원", "public share", format!("{} ({})", contract.support, quote.ratio_bp));
    console.line("자부담", "own payment", contract.own_payment);

    let terms = Sign { terms_hash: contract.terms_hash.clone() };
    for party in [buyer, &cast.provider] {
        let _: Contract = party.api.post(&format!("{path}/sign"), Some(&terms)).await?;
    }
    console.line("계약서 해시", "terms hash", &contract.terms_hash);
    let fund =
        Fund { transferred: contract.own_payment, proof_sha256: money::paper("이체확인증") };
    let _: Contract = buyer.api.post(&format!("{path}/fund"), Some(&fund)).await?;

    let file = scratch.join(format!("{}.parquet", contract.id));
    let length = buyer.api.download(&format!("{path}/file"), &file).await?;
    let sold = version.table.as_ref().context("the version has no table")?;
    ensure!(processing::digest::sha256_file(&file)? == sold.sha256, "other bytes were delivered");
    let jws = buyer.api.text(&format!("{path}/certificate")).await?;
    let keys = PublicKey::from_jwks(&buyer.api.text("/.well-known/jwks.json").await?)?;
    let claims = certificate::verify(&jws, &keys, &file, &Limits::default())?;
    ensure!(claims.file_sha256 == sold.sha256, "the certificate is for other bytes");
    console.line("받은 파일", "downloaded", format!("{length} bytes  {}", claims.file_sha256));
    console.held(
        "받은 파일이 증명서의 SHA-256과 같고 서명이 맞습니다",
        "The bytes match the certificate's SHA-256 and its signature holds",
    );
    let accepted: Contract = buyer.api.post(&format!("{path}/accept"), NOTHING).await?;
    pay(cast, &accepted, console).await?;
    let left: Voucher = buyer.api.get(&format!("/v1/vouchers/{}", voucher.id)).await?;
    console.line(
        "바우처",
        "voucher",
        format!("paid {}, available {} of {}", left.paid, left.available, left.approved),
    );
    Ok(())
}

/// One person of the agency approves on the evidence, another pays.
async fn pay(cast: &Cast, contract: &Contract, console: &Console) -> Result<()> {
    // 24 characters: the day, the agency's code, and a part of the contract's own.
    let tail: String = contract.id.as_str().chars().rev().take(16).collect();
    let new = NewPayment {
        contract_id: contract.id,
        invoice_no: format!("{}{tail}", cast.today.to_string().replace('-', "")),
        invoice_date: cast.today,
        invoice_supply: contract.supply,
        transfer_proof_sha256: money::paper("이체확인증"),
        transferred: contract.own_payment,
    };
    let approved: Payment = cast.approver.api.post("/v1/payments", Some(&new)).await?;
    let path = format!("/v1/payments/{}/pay", approved.id);
    let paid: Payment = cast.payer.api.post(&path, NOTHING).await?;
    console.line(
        "지급",
        "paid to the seller",
        format!("{} → {}", paid.support, cast.name_of(paid.seller)),
    );
    Ok(())
}
