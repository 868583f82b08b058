//! Who is entitled to the bytes.

use schema::api::trade::{ContractState, DeliveryMethod, ListingState, SuspendCause};
use schema::code::Code;
use schema::money_rules::licence::term;
use schema::problem::Refusal;

use schema::time::Instant;

/// What the right to download depends on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Facts {
    /// State of the contract.
    pub(super) contract: ContractState,
    /// State of the listing now.
    pub(super) listing: ListingState,
    /// Why it is suspended.
    pub(super) cause: Option<SuspendCause>,
    /// When the first download began.
    pub(super) delivered_at: Option<Instant>,
    /// Months of the licence from then on.
    pub(super) term_months: Option<u32>,
}

/// Whether the buyer may download at `now`. A licence outlives the listing, but not a
/// removal by force or the finding of personal data. While a product is suspended
/// for another reason nothing is delivered for the first time (edge case 5).
pub(super) fn entitled(facts: &Facts, now: Instant) -> Result<(), Refusal> {
    match facts.contract {
        ContractState::Ordered => {
            return Err(not_entitled(
                "unsigned",
                "계약에 서명하지 않았습니다.",
                "The contract is not signed.",
            )
            .rule("R-141"));
        }
        ContractState::Signed => {
            return Err(not_entitled(
                "unpaid",
                "자부담금이 확인되지 않았습니다.",
                "The buyer's own payment is not confirmed.",
            )
            .rule("R-062"));
        }
        ContractState::Disputed => {
            return Err(not_entitled(
                "disputed",
                "거절한 데이터는 분쟁이 끝날 때까지 받을 수 없습니다.",
                "The delivery was rejected; the dispute is not settled.",
            )
            .rule("R-165"));
        }
        ContractState::Cancelled => {
            return Err(not_entitled(
                "cancelled",
                "취소된 계약입니다.",
                "The contract was cancelled.",
            )
            .rule("R-066"));
        }
        ContractState::Funded | ContractState::Delivered | ContractState::Accepted => {}
    }
    let personal_data = facts.cause == Some(SuspendCause::PersonalData);
    match facts.listing {
        ListingState::Removed => {
            return Err(not_entitled(
                "removed",
                "법에 따라 거래소에서 내린 데이터입니다.",
                "The data were removed from the exchange by force.",
            )
            .rule("R-093"));
        }
        ListingState::Suspended if personal_data => {
            return Err(not_entitled(
                "personal-data",
                "개인정보가 발견되어 제공을 멈췄습니다.",
                "Delivery has stopped: personal data were found.",
            )
            .rule("R-175"));
        }
        ListingState::Suspended if facts.contract == ContractState::Funded => {
            return Err(not_entitled(
                "suspended",
                "판매가 정지되어 있습니다. 주문은 유지됩니다.",
                "The product is suspended. The order stays.",
            )
            .rule("R-066"));
        }
        _ => {}
    }
    match (facts.delivered_at, facts.term_months) {
        (Some(delivered), Some(months))
            if term(delivered.seoul_day(), months).is_some_and(|term| term.is_over(now)) =>
        {
            Err(not_entitled("expired", "이용 기간이 끝났습니다.", "The licence has ended.")
                .rule("R-096"))
        }
        _ => Ok(()),
    }
}

/// Whether a licence hands out its file at all.
pub(super) fn has_file(delivery: DeliveryMethod) -> Result<(), Refusal> {
    match delivery {
        DeliveryMethod::File => Ok(()),
        DeliveryMethod::Api => Err(not_entitled(
            "query-only",
            "파일 없이 질의로만 이용하는 이용허락입니다.",
            "The licence is for queries only; the file stays where it is.",
        )
        .rule("R-210")
        .cure(
            "POST /v1/contracts/{id}/queries로 물으세요.",
            "Ask POST /v1/contracts/{id}/queries.",
        )),
    }
}

/// The refusal of a download, with the reason for machines.
pub(in crate::trade) fn not_entitled(reason: &str, ko: &str, en: &str) -> Refusal {
    Code::NotEntitled.because(ko, en).with("reason", reason)
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use schema::api::trade::{ContractState, ListingState, SuspendCause};
    use schema::time::Instant;

    use super::{Facts, entitled};

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    fn facts(contract: ContractState, listing: ListingState) -> Facts {
        Facts { contract, listing, cause: None, delivered_at: None, term_months: None }
    }

    /// Who may download in which state of the contract, while the product is on sale.
    #[test]
    fn r_141_no_contract_no_delivery() {
        let mut table = String::new();
        for state in ContractState::ALL {
            let said = entitled(&facts(*state, ListingState::Listed), at("2024-06-10T00:00:00Z"));
            let said = said.map_or_else(|no| no.figures["reason"].to_string(), |()| "ok".into());
            writeln!(table, "{state}: {said}").unwrap();
        }
        assert_eq!(
            table,
            "\
ordered: \"unsigned\"
signed: \"unpaid\"
funded: ok
delivered: ok
accepted: ok
disputed: \"disputed\"
cancelled: \"cancelled\"
"
        );
    }

    #[test]
    fn r_096_a_licence_outlives_the_listing_but_not_a_removal() {
        let now = at("2024-06-10T00:00:00Z");
        for (listing, ok) in [
            (ListingState::Listed, true),
            (ListingState::Delisted, true),
            (ListingState::Superseded, true),
            (ListingState::Removed, false),
        ] {
            assert_eq!(entitled(&facts(ContractState::Accepted, listing), now).is_ok(), ok);
        }
    }

    /// Edge case 5: suspended between order and delivery.
    #[test]
    fn a_suspension_stops_first_deliveries_and_personal_data_stop_all() {
        let now = at("2024-06-10T00:00:00Z");
        let suspended = |contract, cause| {
            let facts = Facts { cause: Some(cause), ..facts(contract, ListingState::Suspended) };
            entitled(&facts, now).is_ok()
        };
        assert!(!suspended(ContractState::Funded, SuspendCause::Operator));
        assert!(suspended(ContractState::Delivered, SuspendCause::QualityFraud));
        assert!(suspended(ContractState::Accepted, SuspendCause::Operator));
        assert!(!suspended(ContractState::Accepted, SuspendCause::PersonalData));
    }

    #[test]
    fn a_licence_ends_with_its_term() {
        let licence = Facts {
            delivered_at: Some(at("2024-06-10T10:00:00+09:00")),
            term_months: Some(12),
            ..facts(ContractState::Accepted, ListingState::Listed)
        };
        assert!(entitled(&licence, at("2025-06-10T23:59:59+09:00")).is_ok());
        let refused = entitled(&licence, at("2025-06-11T00:00:00+09:00")).unwrap_err();
        assert_eq!(refused.figures["reason"], "expired");
        assert_eq!(refused.code.status(), 403);
    }
}
