//! The calculator: what a programme would pay of a cost, step by step.

use super::eligibility::Verdict;
use super::{Notice, Programme, class_verdict};
use crate::api::programme::{Quote, QuoteQuery, QuoteStep};
use crate::code::Code;
use crate::lang::Text;
use crate::money::Won;
use crate::money_rules::Rounding;
use crate::money_rules::cash::{CashBase, cash_minimum, share_minimum};
use crate::money_rules::support::{Ceilings, Limit, Support, Terms, support};
use crate::money_rules::vat::{TaxedPrice, VatBasis};
use crate::problem::Refusal;

/// What a programme would pay of a cost. Budget and selection are not considered.
pub fn quote(notice: &Notice, programme: &Programme, asked: &QuoteQuery) -> Result<Quote, Refusal> {
    if let Verdict::Reject(ground) = class_verdict(programme, asked.class) {
        return Err(ground
            .code
            .because(ground.text.ko, ground.text.en)
            .rule(ground.rule)
            .field("class"));
    }
    let track = asked.track.as_deref();
    let terms = programme.terms(asked.class, track).ok_or_else(|| no_terms(programme))?;
    let price = asked.gross.unwrap_or(false).then(|| TaxedPrice::from_gross(asked.cost));
    let basis = programme.policy.vat_basis;
    let cost = price.as_ref().and_then(|price| price.eligible(basis)).unwrap_or(asked.cost);
    let found = support(cost, &terms, Ceilings::default())
        .map_err(|refused| Refusal::from(refused).field("cost"))?;
    let rule = programme.policy.cash;
    let cash_least = rule.map(|rule| cash_minimum(cost, found.company_share, &rule));
    let in_kind_most = rule.map(|rule| {
        let by_rule = found.company_share.share_floor(rule.in_kind_max_bp);
        by_rule.min(found.company_share.saturating_sub(cash_least.unwrap_or(Won::ZERO)))
    });
    let mut steps = Vec::new();
    steps.extend(price.map(|price| vat_step(asked.cost, &price, basis)));
    steps.extend(support_steps(cost, &terms, &found));
    steps.push(share_step(cost, &terms, &found));
    if let (Some(rule), Some(least), Some(most)) = (rule, cash_least, in_kind_most) {
        steps.push(cash_step(rule.cash_base, rule.cash_min_bp, least));
        steps.push(step(
            "R-055",
            format!("현물은 기업부담금의 {}까지", rule.in_kind_max_bp),
            format!("In kind at most {} of the company share", rule.in_kind_max_bp),
            most,
        ));
    }
    Ok(Quote {
        programme: programme.code,
        notice_version: notice.version.clone(),
        class: asked.class,
        track: asked.track.clone(),
        cost,
        vat: price.map(|price| price.vat),
        ratio_bp: terms.ratio,
        cap: terms.cap,
        rounding: terms.rounding,
        support: found.support,
        company_share: found.company_share,
        binding: found.binding,
        binding_text: limit_text(found.binding, &terms),
        cash_minimum: cash_least,
        in_kind_maximum: in_kind_most,
        period_months: programme.months(track),
        steps,
    })
}

fn step(rule: &str, ko: String, en: String, amount: Won) -> QuoteStep {
    QuoteStep { rule: rule.to_owned(), text: Text::new(ko, en), amount }
}

fn vat_step(gross: Won, price: &TaxedPrice, basis: VatBasis) -> QuoteStep {
    let amount = price.eligible(basis).unwrap_or(gross);
    let (ko, en) = match basis {
        VatBasis::Exclusive => (
            format!(
                "총액 {gross}원 = 공급가액 {} + 부가세 {}. 공급가액만 대상",
                price.supply, price.vat
            ),
            format!(
                "{gross} won in all = supply {} + VAT {}; the supply value counts",
                price.supply, price.vat
            ),
        ),
        VatBasis::Inclusive => (
            format!("부가세를 포함한 총액 {gross}원이 대상"),
            format!("The gross price of {gross} won counts, VAT included"),
        ),
    };
    step("R-057", ko, en, amount)
}

fn support_steps(cost: Won, terms: &Terms, found: &Support) -> Vec<QuoteStep> {
    let by_ratio = cost.share_floor(terms.ratio);
    let rounding = match terms.rounding {
        Rounding::Floor1 => ("원 미만 버림", "rounded down to the won"),
        Rounding::Floor10 => ("10원 미만 버림", "rounded down to ten won"),
    };
    vec![
        step(
            "R-050",
            format!("{cost}원 × {} = {by_ratio}원", terms.ratio),
            format!("{cost} won × {} = {by_ratio} won", terms.ratio),
            by_ratio,
        ),
        step(
            "R-050",
            format!("지원 한도 {}원", terms.cap),
            format!("The cap is {} won", terms.cap),
            terms.cap,
        ),
        step(
            "R-050",
            format!("정부지원금 {}원 ({})", found.support, rounding.0),
            format!("The state pays {} won ({})", found.support, rounding.1),
            found.support,
        ),
    ]
}

fn share_step(cost: Won, terms: &Terms, found: &Support) -> QuoteStep {
    let least = share_minimum(cost, terms.ratio);
    step(
        "R-054",
        format!(
            "기업부담금 {cost} − {} = {}원 (최소 {least}원)",
            found.support, found.company_share
        ),
        format!(
            "The firm pays {cost} − {} = {} won (at least {least})",
            found.support, found.company_share
        ),
        found.company_share,
    )
}

fn cash_step(base: CashBase, part: crate::money::BasisPoints, least: Won) -> QuoteStep {
    let (of_ko, of_en) = match base {
        CashBase::CompanyShare => ("기업부담금", "the company share"),
        CashBase::TotalCost => ("총사업비", "the total cost"),
    };
    step(
        "R-054",
        format!("현금은 {of_ko}의 {part} 이상, 올림 {least}원"),
        format!("Cash at least {part} of {of_en}, rounded up: {least} won"),
        least,
    )
}

/// What decided the support, in words.
fn limit_text(limit: Limit, terms: &Terms) -> Text {
    let (ko, en) = match limit {
        Limit::Ratio => {
            (format!("지원 비율 {}", terms.ratio), format!("the ratio of {}", terms.ratio))
        }
        Limit::Cap => {
            (format!("지원 한도 {}원", terms.cap), format!("the cap of {} won", terms.cap))
        }
        Limit::Approved => ("승인 금액".to_owned(), "the approved amount".to_owned()),
        Limit::Agreement => ("협약 잔액".to_owned(), "what the agreement has left".to_owned()),
        Limit::Budget => ("예산 잔액".to_owned(), "what the budget has left".to_owned()),
    };
    Text::new(ko, en)
}

/// Why a programme has no terms: it depends on the track, or pays nothing by itself.
fn no_terms(programme: &Programme) -> Refusal {
    let tracks: Vec<&str> = programme.tracks.iter().map(|track| track.code.as_str()).collect();
    if tracks.is_empty() {
        return Code::SupportZero.because(
            "이 사업은 지원금을 지급하지 않습니다.",
            "This programme pays no support by itself.",
        );
    }
    let list = tracks.join(", ");
    Code::InvalidField
        .because(
            format!("`track`는 다음 중 하나여야 합니다: {list}"),
            format!("`track` must be one of {list}."),
        )
        .field("track")
}

#[cfg(test)]
#[path = "quote_tests.rs"]
mod tests;
