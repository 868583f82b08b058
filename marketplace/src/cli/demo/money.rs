//! Programmes and money: the pool, budgets, the processing agreement, the vouchers.

use anyhow::{Context, Result, ensure};
use schema::api::programme::{
    Agreement, AgreementState, Budget, CostPlan, NewAgreement, NewAppropriation, PurchasePurpose,
    Quote, SignAgreement,
};
use schema::api::support::{
    NewPoolMember, PoolEvaluation, PoolMember, PoolPaper, Requirement, Verdict,
};
use schema::api::vouchers::Voucher;
use schema::id::{OrgId, PoolMemberId};
use schema::money::Won;
use schema::notice::{ProgrammeCode, SizeClass};

use super::cast::{Actor, Cast};
use super::console::Console;
use super::papers;

fn won(amount: i64) -> Result<Won> {
    Won::new(amount).context("amount out of range")
}

/// Digest of a paper that the story only mentions.
pub(super) fn paper(name: &str) -> String {
    processing::digest::sha256(name.as_bytes())
}

/// The processing firm joins the pool by absolute evaluation.
pub(super) async fn pool(cast: &Cast, console: &mut Console) -> Result<PoolMemberId> {
    console.step("가공기업이 Pool에 등록됩니다 (⑬)", "The processing firm joins the pool (P13)");
    let new = NewPoolMember {
        staff: 6,
        capacity: 3,
        facility: "GPU 서버 2대, 보안 작업실 1실".to_owned(),
        track_record: "제조데이터 가공 12건 (2022–2026)".to_owned(),
        papers: Requirement::ALL
            .iter()
            .map(|requirement| PoolPaper {
                requirement: *requirement,
                title: requirement.to_string(),
                sha256: paper(requirement.as_str()),
            })
            .collect(),
        security_pledge: true,
    };
    let applied: PoolMember = cast.processor.api.post("/v1/pool", Some(&new)).await?;
    let verdicts = Requirement::ALL
        .iter()
        .map(|requirement| Verdict { requirement: *requirement, met: true, note: None })
        .collect();
    let path = format!("/v1/pool/{}/register", applied.id);
    let member: PoolMember =
        cast.operator.api.post(&path, Some(&PoolEvaluation { verdicts })).await?;
    console.line("상태", "state", member.state);
    let until = member.valid_until.map(|day| day.to_string()).unwrap_or_default();
    console.line("유효기간", "valid until", until);
    console.line("동시 수행 한도", "capacity", format!("{} / {}", member.free, member.capacity));
    Ok(member.id)
}

/// The agency takes the year's money into the programme budgets.
pub(super) async fn budgets(cast: &Cast, console: &mut Console) -> Result<()> {
    console.step("사업 예산을 배정합니다", "Programme budgets are appropriated");
    let year = cast.year();
    for (code, amount) in
        [(ProgrammeCode::PROCESSING, 1_250_000_000), (ProgrammeCode::PURCHASE, 250_000_000)]
    {
        let new = NewAppropriation {
            fiscal_year: year,
            amount: won(amount)?,
            reason: format!("{year}년 본예산"),
        };
        let path = format!("/v1/programmes/{code}/budget");
        let budget: Budget = cast.approver.api.post(&path, Some(&new)).await?;
        let label = code.to_string();
        console.line(
            &label,
            &label,
            format!("{} won, {} available", amount_text(amount)?, budget.available),
        );
    }
    Ok(())
}

fn amount_text(amount: i64) -> Result<String> {
    Ok(won(amount)?.to_string())
}

/// A party reads the terms and signs them.
async fn sign(who: &Actor, agreement: &Agreement) -> Result<Agreement> {
    let path = format!("/v1/agreements/{}", agreement.id);
    let read: Agreement = who.api.get(&path).await?;
    let terms = SignAgreement { terms_hash: read.terms_hash };
    who.api.post(&format!("{path}/sign"), Some(&terms)).await
}

/// Owner, processor and agency agree on processing support (R-053: 40 + 1 + 9 of 50 million).
pub(super) async fn processing_agreement(cast: &Cast, console: &mut Console) -> Result<Agreement> {
    console
        .step("가공지원 협약을 맺습니다 (⑭)", "The processing-support agreement is signed (P14)");
    let plan = CostPlan {
        total: won(50_000_000)?,
        government: won(40_000_000)?,
        cash: won(1_000_000)?,
        in_kind: won(9_000_000)?,
        items: Vec::new(),
    };
    let new = NewAgreement {
        programme: ProgrammeCode::PROCESSING,
        title: "설비 데이터 상품 가공".to_owned(),
        recipient: cast.provider.org,
        processor: Some(cast.processor.org),
        plan: Some(plan),
        support: None,
        purpose: None,
        review_note: None,
    };
    papers::file(cast, &cast.provider, SizeClass::Sme, console).await?;
    let drafted: Agreement = cast.approver.api.post("/v1/agreements", Some(&new)).await?;
    sign(&cast.provider, &drafted).await?;
    sign(&cast.processor, &drafted).await?;
    let signed = sign(&cast.approver, &drafted).await?;
    ensure!(signed.state == AgreementState::Active, "agreement is {}", signed.state);
    let share = signed.company_share.unwrap_or(Won::ZERO);
    console.line("총사업비", "total cost", signed.total.unwrap_or(Won::ZERO));
    console.line(
        "정부지원금",
        "government support",
        format!("{} ({})", signed.support, signed.ratio_bp),
    );
    console.line("기업부담금", "company share", share);
    let cash = (signed.cash.unwrap_or(Won::ZERO), signed.in_kind.unwrap_or(Won::ZERO));
    console.line("  현금 / 현물", "  cash / in kind", format!("{} / {}", cash.0, cash.1));
    period(&signed, console);
    Ok(signed)
}

fn period(agreement: &Agreement, console: &Console) {
    if let Some(period) = &agreement.period {
        let text = format!("{} ~ {}", period.start(), period.end());
        console.line("협약기간 (4개월)", "agreement period (4 m)", text);
    }
}

/// The vouchers of the two buyers.
pub(super) struct Vouchers {
    pub(super) sme: Voucher,
    pub(super) nonprofit: Voucher,
}

/// A small firm receives an 80 % voucher and a nonprofit a 100 % one.
pub(super) async fn vouchers(cast: &Cast, console: &mut Console) -> Result<Vouchers> {
    console.step("구매지원 바우처를 발급합니다 (⑮)", "Purchase vouchers are issued (P15)");
    papers::file(cast, &cast.buyer, SizeClass::Sme, console).await?;
    papers::file(cast, &cast.nonprofit, SizeClass::Nonprofit, console).await?;
    let sme = voucher(cast, &cast.buyer, PurchasePurpose::ProcessImprovement, console).await?;
    let nonprofit = voucher(cast, &cast.nonprofit, PurchasePurpose::Research, console).await?;
    Ok(Vouchers { sme, nonprofit })
}

async fn voucher(
    cast: &Cast,
    buyer: &Actor,
    purpose: PurchasePurpose,
    console: &Console,
) -> Result<Voucher> {
    let new = NewAgreement {
        programme: ProgrammeCode::PURCHASE,
        title: "제조데이터 상품 구매".to_owned(),
        recipient: buyer.org,
        processor: None,
        plan: None,
        support: None,
        purpose: Some(purpose),
        review_note: None,
    };
    let drafted: Agreement = cast.approver.api.post("/v1/agreements", Some(&new)).await?;
    sign(buyer, &drafted).await?;
    let signed = sign(&cast.approver, &drafted).await?;
    let id = signed.voucher.context("no voucher was issued")?;
    let voucher: Voucher = buyer.api.get(&format!("/v1/vouchers/{id}")).await?;
    console.line(
        &buyer.name,
        &buyer.name,
        format!("{}  {}  up to {} won", voucher.id, voucher.ratio_bp, voucher.approved),
    );
    let until = voucher.period.end();
    console.line("  사용기한", "  usable until", format!("{until} ({} days)", voucher.days_left));
    Ok(voucher)
}

/// What the open calculator says about a purchase.
pub(super) async fn quote(api: &super::client::Client, cost: Won, class: &str) -> Result<Quote> {
    api.get(&format!("/v1/programmes/P15/quote?cost={}&class={class}", cost.get())).await
}

impl Cast {
    /// The fiscal year of the story: the year in Seoul today.
    fn year(&self) -> i16 {
        self.today.year()
    }

    /// Whose organisation `org` is.
    pub(super) fn name_of(&self, org: OrgId) -> &str {
        [&self.provider, &self.processor, &self.buyer, &self.nonprofit]
            .into_iter()
            .find(|actor| actor.org == org)
            .map_or("?", |actor| &actor.name)
    }
}
