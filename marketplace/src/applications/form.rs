//! What an application must say, and the support it comes to. Pure.

use schema::api::applications::{ApplicationBody, ProcessingPart, PurchasePart};
use schema::api::programme::{CostItem, PurchasePurpose};
use schema::code::Code;
use schema::money::{BasisPoints, Won};
use schema::money_rules::cash::{CashBase, CashRule, Sources, check_cost_plan, cost_plan_refusal};
use schema::notice::{MatchingMode, Programme, ProgrammeCode, SizeClass};
use schema::problem::{Reason, Refusal};
use schema::time::Period;
use schema::typed::length;

use super::guards::Scene;

/// Products of one application.
pub(super) const PRODUCTS_MAX: usize = 50;
/// Versions of one application.
pub(super) const VERSIONS_MAX: usize = 50;
/// Lines of a cost plan.
const ITEMS_MAX: usize = 200;
/// Characters of a text.
const TEXT_MAX: usize = 4_000;

/// Checks the form of what is there, in a draft, too: texts, counts, and the part that belongs to
/// the programme.
pub(super) fn shape(code: ProgrammeCode, body: &ApplicationBody) -> Result<(), Refusal> {
    length("title", &body.title, 200)?;
    for (field, value, max) in [
        ("purpose", &body.purpose, TEXT_MAX),
        ("content", &body.content, TEXT_MAX),
        ("capability", &body.capability, TEXT_MAX),
        ("effect", &body.effect, TEXT_MAX),
        ("own_payment", &body.own_payment, TEXT_MAX),
        ("bank_account", &body.bank_account, 200),
    ] {
        if let Some(value) = value {
            text(field, value, max)?;
        }
    }
    let (foreign, field) = match code {
        ProgrammeCode::PROCESSING => (body.purchase.is_some(), "purchase"),
        _ => (body.processing.is_some(), "processing"),
    };
    if foreign {
        return Err(invalid(
            field,
            format!("{code} 신청서에 쓸 수 없는 항목입니다."),
            format!("It has no place in an application for {code}."),
        ));
    }
    if let Some(part) = &body.processing {
        processing_shape(part)?;
    }
    body.purchase.as_ref().map_or(Ok(()), purchase_shape)
}

fn processing_shape(part: &ProcessingPart) -> Result<(), Refusal> {
    if let Some(holding) = &part.holding {
        text("processing.holding", holding, TEXT_MAX)?;
    }
    few("processing.versions", part.versions.len(), VERSIONS_MAX)?;
    few("processing.items", part.items.len(), ITEMS_MAX)?;
    for (at, item) in part.items.iter().enumerate() {
        length(&format!("processing.items.{at}.name"), &item.name, 200)?;
    }
    distinct("processing.versions", part.versions.iter().map(|id| id.to_string()).collect())
}

fn purchase_shape(part: &PurchasePart) -> Result<(), Refusal> {
    few("purchase.products", part.products.len(), PRODUCTS_MAX)?;
    if part.products.iter().any(|product| product.price == Won::ZERO) {
        return Err(invalid(
            "purchase.products",
            "가격은 1원 이상이어야 합니다.".to_owned(),
            "A price is at least one won.".to_owned(),
        )
        .rule("R-056"));
    }
    let sha = part.pre_consult_sha256.as_deref();
    if sha.is_some_and(|sha| {
        sha.len() != 64 || !sha.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    }) {
        return Err(invalid(
            "purchase.pre_consult_sha256",
            "SHA-256은 소문자 16진수 64자리입니다.".to_owned(),
            "A SHA-256 is 64 lower-case hexadecimal digits.".to_owned(),
        ));
    }
    let ids = part.products.iter().map(|product| product.listing.to_string());
    distinct("purchase.products", ids.collect())
}

/// Checks that a text has 1 to `max` characters and no control characters but line ends and tabs.
pub(super) fn text(field: &str, text: &str, max: usize) -> Result<(), Refusal> {
    let strange = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    if !text.trim().is_empty() && text.chars().count() <= max && !text.chars().any(strange) {
        return Ok(());
    }
    Err(invalid(
        field,
        format!("1~{max}자의 글이어야 합니다."),
        format!("It must be a text of 1 to {max} characters."),
    ))
}

fn few(field: &str, count: usize, most: usize) -> Result<(), Refusal> {
    if count <= most {
        return Ok(());
    }
    Err(invalid(field, format!("{most}개까지입니다."), format!("At most {most}.")))
}

fn distinct(field: &str, mut ids: Vec<String>) -> Result<(), Refusal> {
    let count = ids.len();
    ids.sort();
    ids.dedup();
    if ids.len() == count {
        return Ok(());
    }
    Err(invalid(field, "같은 것이 두 번 있습니다.".to_owned(), "One stands twice.".to_owned()))
}

fn invalid(field: &str, ko: String, en: String) -> Refusal {
    Code::InvalidField.because(ko, en).field(field)
}

/// Everything that a complete application would still need, all at once.
pub(super) fn missing(body: &ApplicationBody, scene: Scene<'_>) -> Vec<Reason> {
    let programme = scene.programme;
    let mut missing = Vec::new();
    let mut need = |present: bool, field: &str, ko: &str, en: &str| {
        if !present {
            let ko = format!("{ko} 내용이 없습니다.");
            let mut reason = Reason::new("missing", Some("R-020"), ko, format!("{en} is missing."));
            reason.field = Some(field.to_owned());
            missing.push(reason);
        }
    };
    need(body.purpose.is_some(), "purpose", "목적", "The purpose");
    need(body.content.is_some(), "content", "사업 내용", "The content");
    need(body.capability.is_some(), "capability", "수행 역량", "The capability");
    need(body.effect.is_some(), "effect", "기대 효과", "The expected effect");
    need(body.total.is_some(), "total", "총사업비", "The total cost");
    need(body.requested.is_some(), "requested", "신청 지원금", "The requested support");
    need(body.own_cash.is_some(), "own_cash", "현금 부담금", "The own share in cash");
    need(body.own_in_kind.is_some(), "own_in_kind", "현물 부담금", "The own share in kind");
    need(body.own_payment.is_some(), "own_payment", "부담금 납부 방법", "How the share is paid");
    need(body.starts_on.is_some(), "starts_on", "시작일", "The first day");
    need(body.ends_on.is_some(), "ends_on", "종료일", "The last day");
    if programme.code == ProgrammeCode::PROCESSING {
        let empty = ProcessingPart::default();
        let part = body.processing.as_ref().unwrap_or(&empty);
        let holds = !part.versions.is_empty() || part.holding.is_some();
        need(holds, "processing.versions", "보유 데이터", "What data are held");
        need(!part.items.is_empty(), "processing.items", "비목별 사업비", "The cost plan");
        let together = programme.policy.matching_mode == Some(MatchingMode::AtApplication);
        let named = part.processor.is_some() || !together;
        need(
            named,
            "processing.processor",
            "함께 신청할 가공기업",
            "The processor of the consortium",
        );
    } else {
        let empty = PurchasePart::default();
        let part = body.purchase.as_ref().unwrap_or(&empty);
        need(!part.products.is_empty(), "purchase.products", "구매할 상품", "The products");
        need(part.purpose.is_some(), "purchase.purpose", "구매 목적", "What the data are for");
    }
    missing
}

/// Checks what a complete application says against the programme: its days, its purpose,
/// and its money to the won. Answers the requested support.
pub(super) fn sound(
    body: &ApplicationBody,
    scene: Scene<'_>,
    class: SizeClass,
) -> Result<Won, Refusal> {
    let programme = scene.programme;
    days(body, programme)?;
    let purpose = body.purchase.as_ref().and_then(|part| part.purpose);
    if let Some(purpose) = purpose
        && (class == SizeClass::Nonprofit) != (purpose == PurchasePurpose::Research)
    {
        return Err(invalid(
            "purchase.purpose",
            "기업은 공정개선이나 비즈니스 모델 개발, 비영리기관은 연구 목적이어야 합니다."
                .to_owned(),
            "Firms buy for process improvement or a business model, nonprofits for research."
                .to_owned(),
        )
        .rule("R-028"));
    }
    money(body, programme, class)
}

fn days(body: &ApplicationBody, programme: &Programme) -> Result<(), Refusal> {
    let (Some(start), Some(end)) = (body.starts_on, body.ends_on) else { return Ok(()) };
    let months = programme.period_months.unwrap_or(1);
    let last = Period::months_from(start, months.into()).map_or(start, |term| term.end());
    if start < end && end <= last {
        return Ok(());
    }
    Err(invalid(
        "ends_on",
        format!("수행 기간은 시작일 뒤 {months}개월 안이어야 합니다 (늦어도 {last})."),
        format!("The last day is after the first and within {months} months, at most {last}."),
    )
    .rule("R-042"))
}

fn money(body: &ApplicationBody, programme: &Programme, class: SizeClass) -> Result<Won, Refusal> {
    let terms = programme.terms(class, None).ok_or_else(|| {
        Code::ClassNotEligible
            .because("이 유형의 기업은 지원하지 않습니다.", "This class of firm is not supported.")
            .rule("R-001")
    })?;
    let (Some(total), Some(requested)) = (body.total, body.requested) else {
        return Err(invalid("total", "금액이 없습니다.".into(), "The amounts are missing.".into()));
    };
    if requested == Won::ZERO {
        return Err(Code::SupportZero
            .because("신청 지원금은 1원 이상이어야 합니다.", "Ask for at least one won.")
            .rule("R-051")
            .field("requested"));
    }
    if let Some(part) = &body.purchase {
        let prices = Won::checked_sum(part.products.iter().map(|product| product.price));
        if prices != Some(total) {
            return Err(Code::CostPlanInvalid
                .because(
                    "총사업비는 구매할 상품 가격의 합과 같아야 합니다.",
                    "The total cost must be the sum of the products' prices.",
                )
                .rule("R-201")
                .field("total"));
        }
    }
    let sources = Sources {
        government: requested,
        cash: body.own_cash.unwrap_or_default(),
        in_kind: body.own_in_kind.unwrap_or_default(),
    };
    let items: Vec<Sources> = body
        .processing
        .iter()
        .flat_map(|part| &part.items)
        .map(|item: &CostItem| Sources {
            government: item.government,
            cash: item.cash,
            in_kind: item.in_kind,
        })
        .collect();
    // Without a cash rule any split of the company share will do.
    let rule = programme.policy.cash.unwrap_or(CashRule {
        cash_base: CashBase::CompanyShare,
        cash_min_bp: BasisPoints::ZERO,
        in_kind_max_bp: BasisPoints::WHOLE,
    });
    let faults = check_cost_plan(total, &sources, &items, &terms, &rule);
    match cost_plan_refusal(&faults) {
        Some(refusal) => Err(refusal),
        None => Ok(requested),
    }
}

/// The support that the rules come to today: ratio and cap of the class, and at most what was
/// asked for.
pub(super) fn computed(total: Won, requested: Won, programme: &Programme, class: SizeClass) -> Won {
    programme.terms(class, None).map_or(Won::ZERO, |terms| terms.computed(total).min(requested))
}

#[cfg(test)]
#[path = "form_tests.rs"]
mod tests;
