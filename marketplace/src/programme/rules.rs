//! What an agreement may say, and who signs it when.

use schema::api::parties::Organisation;
use schema::api::programme::{
    AgreementState, CostItem, CostPlan, NewAgreement, PurchasePurpose, SigningParty,
};
use schema::code::Code;
use schema::money::{BasisPoints, Won};
use schema::money_rules::Rounding;
use schema::money_rules::cash::{CashRule, CostPlanFault, Sources, check_cost_plan};
use schema::money_rules::support::{Ceilings, SupportRefusal, Terms, support};
use schema::notice::{MatchingMode, Notice, Programme, ProgrammeCode, Screening, SizeClass};
use schema::problem::{Reason, Refusal};

/// The programmes whose agreements are made on this exchange.
pub(super) const HERE: &[ProgrammeCode] = &[ProgrammeCode::PROCESSING, ProgrammeCode::PURCHASE];
/// Lines of a cost plan at most.
const ITEMS_MAX: usize = 200;

/// The parties of an agreement, and whether they belong together.
pub(super) struct Parties<'a> {
    pub(super) recipient: &'a Organisation,
    pub(super) processor: Option<&'a Organisation>,
    /// Whether recipient and processor belong to one group.
    pub(super) tied: bool,
    /// What the rules of the notice say of the recipient.
    pub(super) screening: &'a Screening,
    /// The class of the recipient, by certificate.
    pub(super) class: SizeClass,
}

/// What a draft promises.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Promise {
    pub(super) class: SizeClass,
    pub(super) ratio: BasisPoints,
    pub(super) rounding: Rounding,
    pub(super) support: Won,
    pub(super) plan: Option<CostPlan>,
    pub(super) period_months: u8,
    pub(super) listing_months: Option<u8>,
}

/// Decides on a draft: shape, eligibility, self-dealing,
/// amounts and purpose, in this order.
pub(super) fn draft(
    programme: &Programme,
    parties: &Parties<'_>,
    new: &NewAgreement,
) -> Result<Promise, Refusal> {
    if !HERE.contains(&programme.code) {
        return Err(invalid(
            "programme",
            "이 거래소는 P14와 P15의 협약만 맺습니다.",
            "This exchange makes agreements of P14 and P15 only.",
        ));
    }
    shape(new, programme.policy.matching_mode)?;
    let reviewed = new.review_note.is_some();
    parties.screening.settled(reviewed).map_err(at_recipient)?;
    if parties.processor.is_some_and(|other| other.id == parties.recipient.id) || parties.tied {
        return Err(Code::SameGroup
            .because(
                "데이터 보유기업과 가공기업은 같은 기업이나 계열일 수 없습니다.",
                "Data owner and processor must not be one firm or of one group.",
            )
            .rule("R-074")
            .field("processor"));
    }
    let class = parties.class;
    let (Some(terms), Some(period_months)) =
        (programme.terms(class, None), programme.period_months)
    else {
        return Err(no_support(SupportRefusal::Zero));
    };
    let support = match (&new.plan, new.support) {
        (Some(plan), _) => planned(plan, &terms, programme.policy.cash)?,
        (None, Some(asked)) => requested(asked, &terms)?,
        (None, None) => terms.cap,
    };
    if let Some(purpose) = new.purpose {
        purposeful(class, purpose)?;
    }
    Ok(Promise {
        class,
        ratio: terms.ratio,
        rounding: terms.rounding,
        support,
        plan: new.plan.clone(),
        period_months,
        listing_months: programme.policy.listing_months,
    })
}

/// A refusal that names no field is about the recipient.
fn at_recipient(refusal: Refusal) -> Refusal {
    if refusal.field.is_some() { refusal } else { refusal.field("recipient") }
}

fn invalid(field: &str, ko: &str, en: &str) -> Refusal {
    Code::InvalidField.because(ko, en).field(field)
}

/// Which fields each programme needs and has no use for. Where the year's notice lets the data owner
/// process alone, no processor signs.
fn shape(new: &NewAgreement, mode: Option<MatchingMode>) -> Result<(), Refusal> {
    let processing = new.programme == ProgrammeCode::PROCESSING;
    let matched = processing && mode != Some(MatchingMode::Solo);
    let ceiling = new.support.is_some();
    for (field, present, wanted) in [
        ("processor", new.processor.is_some(), matched),
        ("plan", new.plan.is_some(), processing),
        // A purchase without a ceiling of its own has that of the programme.
        ("support", ceiling, ceiling && !processing),
        ("purpose", new.purpose.is_some(), !processing),
    ] {
        if present != wanted {
            let (ko, en) = match wanted {
                true => ("이 필요합니다.", "is needed"),
                false => ("은(는) 쓸 수 없습니다.", "has no place"),
            };
            return Err(invalid(
                field,
                &format!("{} 협약에는 `{field}`{ko}", new.programme),
                &format!("`{field}` {en} in an agreement of {}.", new.programme),
            ));
        }
    }
    let items = new.plan.as_ref().map_or(&[][..], |plan| plan.items.as_slice());
    if items.len() > ITEMS_MAX {
        return Err(invalid(
            "plan.items",
            "사업비 항목은 200개까지입니다.",
            "A cost plan has at most 200 lines.",
        ));
    }
    Ok(())
}

/// The support of a cost plan, or every rule that the plan breaks.
fn planned(plan: &CostPlan, terms: &Terms, cash: Option<CashRule>) -> Result<Won, Refusal> {
    support(plan.total, terms, Ceilings::default()).map_err(no_support)?;
    let (government, cash_part, in_kind) = (plan.government, plan.cash, plan.in_kind);
    let sources = Sources { government, cash: cash_part, in_kind };
    let items: Vec<Sources> = plan.items.iter().map(sources_of).collect();
    // Without a cash rule any split of the company share will do.
    let rule = cash.unwrap_or(CashRule {
        cash_base: schema::money_rules::cash::CashBase::CompanyShare,
        cash_min_bp: BasisPoints::ZERO,
        in_kind_max_bp: BasisPoints::WHOLE,
    });
    let faults = check_cost_plan(plan.total, &sources, &items, terms, &rule);
    if let Some(first) = faults.first() {
        let text = first.text();
        return Err(Code::CostPlanInvalid
            .because(text.ko, text.en)
            .rule(source_of(*first))
            .field("plan")
            .with("fault", first.rule())
            .reasons(faults.iter().map(|fault| fault_reason(*fault)).collect()));
    }
    if government == Won::ZERO {
        return Err(no_support(SupportRefusal::Zero).field("plan.government"));
    }
    Ok(government)
}

fn sources_of(item: &CostItem) -> Sources {
    Sources { government: item.government, cash: item.cash, in_kind: item.in_kind }
}

fn fault_reason(fault: CostPlanFault) -> Reason {
    Reason {
        code: fault.rule().to_owned(),
        rule: Some(source_of(fault).to_owned()),
        field: Some("plan".to_owned()),
        text: fault.text(),
    }
}

/// The rule of the rulebook behind a fault.
fn source_of(fault: CostPlanFault) -> &'static str {
    match fault {
        CostPlanFault::Sum => "R-201",
        CostPlanFault::Ratio { .. } | CostPlanFault::Cap { .. } => "R-050",
        CostPlanFault::CashMin { .. } => "R-054",
        CostPlanFault::InKind { .. } => "R-055",
    }
}

/// A requested ceiling, which may be less than the cap but not more.
fn requested(asked: Won, terms: &Terms) -> Result<Won, Refusal> {
    if asked == Won::ZERO {
        return Err(no_support(SupportRefusal::Zero).field("support"));
    }
    if asked > terms.cap {
        let fault = CostPlanFault::Cap { most: terms.cap };
        let text = fault.text();
        return Err(Code::CostPlanInvalid
            .because(text.ko, text.en)
            .rule("R-050")
            .field("support")
            .with("fault", fault.rule())
            .with("cap", terms.cap.get())
            .reasons(vec![fault_reason(fault)]));
    }
    Ok(asked)
}

/// firms improve a process or a business model, nonprofits do research.
fn purposeful(class: SizeClass, purpose: PurchasePurpose) -> Result<(), Refusal> {
    if (class == SizeClass::Nonprofit) == (purpose == PurchasePurpose::Research) {
        return Ok(());
    }
    Err(invalid(
        "purpose",
        "기업은 공정개선이나 비즈니스 모델 개발, 비영리기관은 연구 목적이어야 합니다.",
        "Firms buy for process improvement or a business model, nonprofits for research.",
    )
    .rule("R-028"))
}

/// A support that is not there, as a refusal.
pub(super) fn no_support(refusal: SupportRefusal) -> Refusal {
    let text = refusal.text();
    let rule = match refusal {
        SupportRefusal::NoCost => "R-056",
        SupportRefusal::Zero => "R-051",
        SupportRefusal::NoBudget => "R-043",
    };
    refusal.code().because(text.ko, text.en).rule(rule)
}

/// The state after a signature of `party`, when `signed` have signed. The agency signs last,
/// because its signature spends the budget.
pub(super) fn sign(
    state: AgreementState,
    party: SigningParty,
    signed: &[SigningParty],
    with_processor: bool,
) -> Result<AgreementState, Refusal> {
    if !matches!(state, AgreementState::Drafted | AgreementState::PartiallySigned) {
        return Err(Code::StateForbids
            .because(
                format!("서명할 수 없는 상태입니다: {state}"),
                format!("An agreement that is {state} cannot be signed."),
            )
            .rule("R-041")
            .with("state", state.as_str()));
    }
    if signed.contains(&party) {
        return Err(Code::StateForbids
            .because("이미 서명했습니다.", "This party has signed already.")
            .rule("R-041")
            .with("party", party.as_str()));
    }
    if party != SigningParty::Agency {
        return Ok(AgreementState::PartiallySigned);
    }
    let mut wanted = vec![SigningParty::Recipient];
    wanted.extend(with_processor.then_some(SigningParty::Processor));
    let missing: Vec<&str> =
        wanted.iter().filter(|party| !signed.contains(party)).map(|party| party.as_str()).collect();
    if missing.is_empty() {
        return Ok(AgreementState::Active);
    }
    let list = missing.join(", ");
    Err(Code::StateForbids
        .because(
            format!("전문기관은 마지막에 서명합니다. 남은 서명: {list}"),
            format!("The agency signs last. Still to sign: {list}."),
        )
        .rule("R-041")
        .with("missing", missing))
}

/// Whether the terms of a draft still hold on the day of the last signature: the class may have
/// changed (edge case 2), and so may the notice (edge case 14).
pub(super) fn still_holds(
    notice: &Notice,
    programme: &Programme,
    seen: (&Screening, SizeClass),
    drafted: (&str, BasisPoints, bool),
) -> Result<(), Refusal> {
    let ((screening, class), (version, ratio, reviewed)) = (seen, drafted);
    screening.settled(reviewed).map_err(at_recipient)?;
    let terms = programme.terms(class, None);
    if notice.version == version && terms.is_some_and(|terms| terms.ratio == ratio) {
        return Ok(());
    }
    Err(Code::TermsChanged
        .because(
            "초안을 쓴 뒤에 공고나 지원 비율이 바뀌었습니다.",
            "The notice or the ratio has changed since the draft.",
        )
        .rule("R-010")
        .cure("협약을 새로 작성하세요.", "Draft the agreement anew."))
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
