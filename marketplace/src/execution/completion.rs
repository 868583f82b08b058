//! What completion is, and what is missing.

use schema::api::execution::Utilisation;
use schema::api::support::ProcessingState;
use schema::api::trade::ListingState;
use schema::code::Code;
use schema::id::{AgreementId, ContractId, VersionId};
use schema::problem::{Reason, Refusal};
use schema::time::{Day, Instant, Period};

/// What is known of the work of a P14 agreement.
#[derive(Clone, Debug, Default)]
pub struct ProcessingFacts {
    /// State, agreement and result of the job that the report names.
    pub job: Option<(ProcessingState, Option<AgreementId>, Option<VersionId>)>,
    /// Whether the result has a certificate and a quality index.
    pub certified: bool,
    /// See `certified`.
    pub indexed: bool,
    /// The product that the report names.
    pub listing: Option<ListingFacts>,
}

/// What is known of a product.
#[derive(Clone, Copy, Debug)]
pub struct ListingFacts {
    /// State.
    pub state: ListingState,
    /// The version sold.
    pub version: VersionId,
    /// The agreement whose listing year lies on it.
    pub duty: Option<AgreementId>,
    /// When it was published.
    pub published_at: Option<Instant>,
    /// Whether its price was calculated.
    pub priced: bool,
}

fn reason(code: &str, rule: &str, ko: &str, en: &str) -> Reason {
    Reason::new(code, Some(rule), ko, en)
}

/// What is missing of a P14 completion; nothing when it is complete.
pub fn processing_missing(
    agreement: AgreementId,
    period: &Period,
    facts: &ProcessingFacts,
) -> Vec<Reason> {
    let mut missing = Vec::new();
    let result = match facts.job {
        Some((state, of, result)) if of == Some(agreement) => {
            if !matches!(state, ProcessingState::Accepted | ProcessingState::Closed) {
                missing.push(reason(
                    "E_ACCEPTANCE",
                    "R-100",
                    "데이터 보유기업이 가공 결과를 인수하지 않았습니다",
                    "The data owner has not accepted the result of the processing",
                ));
            }
            result
        }
        _ => {
            missing.push(reason(
                "E_PROCESSING",
                "R-071",
                "이 협약으로 한 가공 작업이 없습니다",
                "There is no processing job under this agreement",
            ));
            None
        }
    };
    if result.is_none() || !facts.certified {
        missing.push(reason(
            "E_CERTIFICATE",
            "R-164",
            "가공 결과의 인증서가 없습니다",
            "The result of the processing has no certificate",
        ));
    }
    if result.is_none() || !facts.indexed {
        missing.push(reason(
            "E_QUALITY",
            "R-100",
            "가공 결과의 품질 보고서가 없습니다",
            "The result of the processing has no quality report",
        ));
    }
    listed(agreement, period, result, facts.listing, &mut missing);
    missing
}

fn listed(
    agreement: AgreementId,
    period: &Period,
    result: Option<VersionId>,
    listing: Option<ListingFacts>,
    missing: &mut Vec<Reason>,
) {
    let ours = listing.filter(|listing| {
        listing.state == ListingState::Listed
            && listing.duty == Some(agreement)
            && result.is_none_or(|result| result == listing.version)
    });
    let Some(listing) = ours else {
        missing.push(reason(
            "E_NOT_LISTED",
            "R-100",
            "가공 결과가 거래소에 등록되어 있지 않습니다",
            "The result of the processing is not on sale",
        ));
        return;
    };
    if listing.published_at.is_none_or(|at| period.is_over(at)) {
        missing.push(reason(
            "E_PUBLISHED_LATE",
            "R-100",
            "협약기간이 끝난 뒤에 등록되었습니다",
            "It was published after the period had ended",
        ));
    }
    if !listing.priced {
        missing.push(reason(
            "E_PRICE_BASIS",
            "R-150",
            "가격산정 기록이 없습니다",
            "There is no calculation of the price",
        ));
    }
}

/// A purchase that was accepted within the period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Purchase {
    /// The contract.
    pub contract: ContractId,
    /// When the delivery was accepted.
    pub accepted_at: Option<Instant>,
}

/// What is missing of a P15 completion: every purchase accepted and used inside the period, each use
/// with evidence dated inside it.
pub fn purchase_missing(
    period: &Period,
    purchases: &[Purchase],
    uses: &[Utilisation],
    today: Day,
) -> Vec<Reason> {
    let mut missing = Vec::new();
    if purchases.is_empty() {
        missing.push(reason(
            "E_PURCHASE",
            "R-100",
            "인수한 구매가 없습니다",
            "No purchase has been accepted",
        ));
    }
    for purchase in purchases {
        let of = |text: &str| format!("{text}: {}", purchase.contract);
        if purchase.accepted_at.is_none_or(|at| period.is_over(at)) {
            missing.push(reason(
                "E_PERIOD",
                "R-060",
                &of("협약기간 안에 인수하지 않은 구매입니다"),
                &of("The purchase was not accepted inside the period"),
            ));
        }
        if !uses.iter().any(|one| one.contract == purchase.contract) {
            missing.push(reason(
                "E_UTILISATION",
                "R-060",
                &of("활용 내역이 없습니다"),
                &of("What it was used for is not told"),
            ));
        }
    }
    for one in uses {
        let of = |text: &str| format!("{text}: {}", one.contract);
        let accepted = purchases.iter().find(|purchase| purchase.contract == one.contract);
        let Some(accepted) = accepted else {
            missing.push(reason(
                "E_UTILISATION",
                "R-060",
                &of("이 협약으로 구매한 데이터가 아닙니다"),
                &of("It was not bought under this agreement"),
            ));
            continue;
        };
        let from = accepted.accepted_at.map_or(period.opens(), |at| at.seoul_day());
        if one.used_on < from || one.used_on > period.end() || one.used_on > today {
            missing.push(reason(
                "E_PERIOD",
                "R-060",
                &of("활용일이 인수일과 협약 종료일 사이가 아닙니다"),
                &of("It was not used between its acceptance and the end of the period"),
            ));
        }
    }
    missing
}

/// The refusal of a report that is not complete.
pub fn incomplete(missing: Vec<Reason>) -> Refusal {
    Code::EvidenceMissing
        .because("완료 요건을 채우지 못했습니다.", "What completion needs is not there yet.")
        .rule("R-100")
        .cure(
            "빠진 것을 채운 뒤 다시 보고해 주세요.",
            "Report again once what is missing is there.",
        )
        .reasons(missing)
}
