//! Who may be asked to process what, and for how long the raw data are open to them.

use schema::api::catalog::{Version, VersionKind, VersionState};
use schema::api::parties::Organisation;
use schema::api::programme::{Agreement, AgreementState};
use schema::api::support::{PoolState, ProcessingState};
use schema::code::Code;
use schema::id::OrgId;
use schema::notice::ProgrammeCode;
use schema::problem::Refusal;
use schema::time::Instant;

use crate::parties::affiliation;

/// Days of access when the owner does not say.
pub const ACCESS_DAYS: u16 = 30;
/// Days of access at most: the four months of P14.
pub const ACCESS_DAYS_MAX: u16 = 124;

/// Checks the version to be processed: raw and ready.
pub fn version(version: &Version) -> Result<(), Refusal> {
    if version.kind != VersionKind::Raw {
        return Err(Code::InvalidField
            .because("원본 버전만 가공할 수 있습니다.", "Only a raw version can be processed.")
            .field("version"));
    }
    if version.state != VersionState::Ready {
        return Err(Code::VersionNotReady
            .because("데이터가 아직 준비되지 않았습니다.", "The version is not ready.")
            .field("version")
            .with("state", version.state.as_str()));
    }
    Ok(())
}

/// Only an active member is asked or takes a job.
pub fn active(state: PoolState) -> Result<(), Refusal> {
    if state == PoolState::Active {
        return Ok(());
    }
    Err(Code::ProcessorNotActive
        .because(
            format!("활동 중인 가공기업이 아닙니다 (`{state}`)."),
            format!("The processor is `{state}`, not active."),
        )
        .rule("R-072")
        .with("state", state.as_str()))
}

/// The processor's word that nobody else did the work.
pub fn own_work(attested: bool) -> Result<(), Refusal> {
    if attested {
        return Ok(());
    }
    Err(Code::EvidenceMissing
        .because(
            "가공을 다른 곳에 맡기지 않았다는 확인이 필요합니다.",
            "The processor must give its word that nobody else did the work.",
        )
        .rule("R-073")
        .field("no_subcontracting")
        .cure(
            "`no_subcontracting`을 true로 보내 확인하세요.",
            "Send `no_subcontracting` as true, if it is.",
        ))
}

/// A member takes no more jobs than it declared people for.
pub fn capacity(capacity: u32, busy: u32) -> Result<(), Refusal> {
    if busy < capacity {
        return Ok(());
    }
    Err(Code::ProcessorCapacity
        .because(
            format!("동시에 {capacity}건까지 할 수 있고 {busy}건을 하고 있습니다."),
            format!("It can do {capacity} jobs at a time and has {busy}."),
        )
        .rule("R-073")
        .cure("다른 가공기업을 고르거나 기다려 주세요.", "Choose another processor, or wait.")
        .with("capacity", capacity)
        .with("active", busy))
}

/// Processor and owner are not of one group.
pub fn independent(owner: &Organisation, processor: &Organisation) -> Result<(), Refusal> {
    if owner.id != processor.id && !affiliation::same_group(owner, processor) {
        return Ok(());
    }
    Err(one_group())
}

/// The refusal for an owner and a processor of one group.
pub fn one_group() -> Refusal {
    Code::SameGroup
        .because(
            "자기 기업이나 계열의 가공기업에 맡길 수 없습니다.",
            "Owner and processor are the same organisation or belong to one group.",
        )
        .rule("R-074")
}

/// Checks the agreement that pays: P14, active on the day, of these two parties.
pub fn agreement(
    agreement: &Agreement,
    owner: OrgId,
    processor: Option<OrgId>,
    now: Instant,
) -> Result<(), Refusal> {
    let invalid = |ko: &str, en: &str| Err(Code::InvalidField.because(ko, en).field("agreement"));
    if agreement.programme != ProgrammeCode::PROCESSING {
        return invalid("가공지원(P14) 협약이 아닙니다.", "It is not an agreement of P14.");
    }
    if agreement.recipient != owner {
        return invalid("귀사가 맺은 협약이 아닙니다.", "Its recipient is another organisation.");
    }
    if processor.is_some() && agreement.processor != processor {
        return invalid(
            "협약에 적힌 가공기업이 아닙니다.",
            "The processor is not the one the agreement names.",
        );
    }
    if agreement.state != AgreementState::Active {
        return Err(Code::StateForbids
            .because(
                format!("협약이 `{}` 상태입니다.", agreement.state),
                format!("The agreement is `{}`, not active.", agreement.state),
            )
            .rule("R-072")
            .with("state", agreement.state.as_str()));
    }
    if agreement.period.as_ref().is_none_or(|period| period.is_over(now)) {
        return Err(Code::PeriodOver
            .because("협약기간이 끝났습니다.", "The period of the agreement is over.")
            .rule("R-080"));
    }
    Ok(())
}

/// Checks a number of days of access.
pub fn access_days(days: u16) -> Result<(), Refusal> {
    if (1..=ACCESS_DAYS_MAX).contains(&days) {
        return Ok(());
    }
    Err(Code::InvalidField
        .because(
            format!("접근 기간은 1~{ACCESS_DAYS_MAX}일입니다."),
            format!("Access lasts 1 to {ACCESS_DAYS_MAX} days."),
        )
        .rule("R-075")
        .field("access_days"))
}

/// The end of a grant that begins `now`: so many days of 24 hours later, never behind `latest`
/// (the end of the agreement's period).
pub fn access_until(now: Instant, days: u16, latest: Option<Instant>) -> Instant {
    let until = now.checked_add_secs(i64::from(days) * 86_400).unwrap_or(Instant::MAX);
    latest.map_or(until, |latest| until.min(latest))
}

/// A processor barred since it was matched works on only with the agency's word (edge case 7). One
/// whose year ended may finish: it had to be active on the day of matching only.
pub fn may_work(member: PoolState, continued: bool) -> Result<(), Refusal> {
    if matches!(member, PoolState::Active | PoolState::Expired) || continued {
        return Ok(());
    }
    Err(Code::ProcessorNotActive
        .because(
            "Pool 자격이 정지되거나 제외되어 작업할 수 없습니다.",
            "The processor was suspended or removed from the pool and may not work on.",
        )
        .rule("R-076")
        .cure(
            "전문기관이 계속 수행을 승인하거나 가공기업을 바꿉니다.",
            "The agency lets the job go on, or gives it to another.",
        )
        .with("state", member.as_str()))
}

/// Whether the raw data are open to the processor now.
pub fn may_read(
    state: ProcessingState,
    until: Option<Instant>,
    now: Instant,
) -> Result<(), Refusal> {
    let refuse = |ko: &str, en: &str| Err(Code::NotEntitled.because(ko, en).rule("R-075"));
    match until {
        _ if state != ProcessingState::InProgress => refuse(
            "작업 중일 때만 원본 데이터를 읽을 수 있습니다.",
            "The raw data are open only while the job is in progress.",
        ),
        Some(until) if now < until => Ok(()),
        _ => refuse("접근 기간이 끝났습니다.", "The time of access is over.").map_err(|refusal| {
            refusal.cure("데이터 보유기업에 연장을 요청하세요.", "Ask the owner to extend it.")
        }),
    }
}

/// Whether a processor may look at the evidence of what its run made.
pub fn may_see_result(state: ProcessingState, own_run: bool) -> Result<(), Refusal> {
    use ProcessingState as S;
    let working = matches!(state, S::InProgress | S::Submitted | S::Rework | S::Verified);
    if own_run && working {
        return Ok(());
    }
    Err(Code::NotEntitled
        .because(
            "작업이 끝나 결과를 볼 수 없습니다.",
            "The work on this job has ended; its results are no longer open to you.",
        )
        .rule("R-075"))
}

#[cfg(test)]
mod tests {
    use schema::api::catalog::{Version, VersionKind, VersionState};
    use schema::api::parties::Organisation;
    use schema::api::support::{PoolState, ProcessingState};
    use schema::code::Code;
    use schema::id::{Id, Kind};
    use schema::time::Instant;
    use serde_json::json;

    use super::*;

    fn id<K: Kind>(n: u128) -> Id<K> {
        Id::from_uuid(uuid::Uuid::from_u128(n))
    }

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    fn raw(kind: VersionKind, state: VersionState) -> Version {
        serde_json::from_value(json!({
            "id": id::<schema::id::Version>(1), "dataset": id::<schema::id::Dataset>(1),
            "org": id::<schema::id::Organisation>(1), "number": 1, "kind": kind, "state": state,
            "file_name": "press.csv", "certified": true, "created_at": "2024-06-10T00:00:00Z",
        }))
        .unwrap()
    }

    fn firm(n: u128, business_no: &str, representative: &str) -> Organisation {
        serde_json::from_value(json!({
            "id": id::<schema::id::Organisation>(n), "name": format!("회사 {n}"),
            "business_no": business_no, "representative": representative, "size_class": "sme",
            "roles": [], "created_at": "2024-01-01T00:00:00Z",
        }))
        .unwrap()
    }

    /// A P14 agreement of owner 1 and processor 2 from 2024-06-10 for four months.
    fn p14(edit: impl FnOnce(&mut serde_json::Value)) -> Agreement {
        let period = schema::time::Period::months_after("2024-06-10".parse().unwrap(), 4).unwrap();
        let mut json = json!({
            "id": id::<schema::id::Agreement>(1), "programme": "P14", "notice_version": "2024",
            "state": "active", "title": "사출 데이터 가공",
            "recipient": id::<schema::id::Organisation>(1),
            "processor": id::<schema::id::Organisation>(2),
            "class": "sme", "ratio_bp": 8000, "rounding": "FLOOR_1", "support": 40_000_000,
            "period_months": 4, "terms_hash": "", "signatures": [], "period": period,
            "created_at": "2024-06-01T00:00:00Z",
        });
        edit(&mut json);
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn only_a_ready_raw_version_is_processed() {
        assert!(version(&raw(VersionKind::Raw, VersionState::Ready)).is_ok());
        for state in VersionState::ALL {
            if *state != VersionState::Ready {
                let refusal = version(&raw(VersionKind::Raw, *state)).unwrap_err();
                assert_eq!(refusal.code, Code::VersionNotReady);
            }
        }
        let made = raw(VersionKind::Processed, VersionState::Ready);
        assert_eq!(version(&made).unwrap_err().code, Code::InvalidField);
    }

    #[test]
    fn r_072_only_active_members_are_asked() {
        for state in PoolState::ALL {
            let answer = active(*state).map_err(|refusal| (refusal.code, refusal.rule));
            let refused = Err((Code::ProcessorNotActive, Some("R-072")));
            assert_eq!(answer, if *state == PoolState::Active { Ok(()) } else { refused });
        }
    }

    #[test]
    fn r_073_the_fourth_job_of_three_is_refused() {
        assert!(capacity(3, 2).is_ok());
        let refusal = capacity(3, 3).unwrap_err();
        assert_eq!((refusal.code, refusal.rule), (Code::ProcessorCapacity, Some("R-073")));
        assert_eq!(refusal.figures["capacity"], 3);
        assert_eq!(refusal.figures["active"], 3);
        assert!(capacity(0, 0).is_err());
    }

    #[test]
    fn r_074_processor_and_owner_are_of_different_groups() {
        let owner = firm(1, "120-81-47521", "김하나");
        let other = firm(2, "124-81-00998", "이두리");
        assert!(independent(&owner, &other).is_ok());
        assert_eq!(independent(&owner, &owner).unwrap_err().rule, Some("R-074"));
        let twin = firm(3, "120-81-47521", "박세라");
        assert_eq!(independent(&owner, &twin).unwrap_err().code, Code::SameGroup);
    }

    #[test]
    fn r_072_an_agreement_is_active_and_names_both() {
        let (owner, processor) = (id(1), Some(id(2)));
        let now = at("2024-07-01T00:00:00Z");
        let code = |edit: fn(&mut serde_json::Value)| {
            agreement(&p14(edit), owner, processor, now).map_err(|refusal| refusal.code)
        };
        assert_eq!(code(|_| {}), Ok(()));
        assert_eq!(code(|a| a["programme"] = json!("P15")), Err(Code::InvalidField));
        assert_eq!(code(|a| a["recipient"] = a["processor"].clone()), Err(Code::InvalidField));
        assert_eq!(code(|a| a["processor"] = a["recipient"].clone()), Err(Code::InvalidField));
        assert_eq!(code(|a| a["state"] = json!("drafted")), Err(Code::StateForbids));
        assert_eq!(code(|a| a["period"] = json!(null)), Err(Code::PeriodOver));
        // The period ends with 2024-10-10 in Korea.
        let on = |text: &str| agreement(&p14(|_| {}), owner, processor, at(text)).is_ok();
        assert!(on("2024-10-10T23:59:59+09:00"));
        assert!(!on("2024-10-11T00:00:00+09:00"));
    }

    #[test]
    fn r_075_access_ends_with_its_days_or_the_agreement() {
        let now = at("2024-06-10T00:00:00Z");
        assert_eq!(access_until(now, 30, None), at("2024-07-10T00:00:00Z"));
        let end = at("2024-06-20T15:00:00Z");
        assert_eq!(access_until(now, 30, Some(end)), end);
        assert_eq!(access_until(now, 3, Some(end)), at("2024-06-13T00:00:00Z"));
        assert_eq!(access_until(Instant::MAX, 30, None), Instant::MAX);
        for (days, fits) in [(0, false), (1, true), (124, true), (125, false)] {
            assert_eq!(access_days(days).is_ok(), fits);
        }
    }

    #[test]
    fn r_075_the_source_is_open_only_in_progress_and_in_time() {
        let (now, until) = (at("2024-06-10T00:00:00Z"), at("2024-06-11T00:00:00Z"));
        for state in ProcessingState::ALL {
            let open = *state == ProcessingState::InProgress;
            assert_eq!(may_read(*state, Some(until), now).is_ok(), open, "{state}");
        }
        assert!(may_read(ProcessingState::InProgress, Some(until), until).is_err());
        assert!(may_read(ProcessingState::InProgress, None, now).is_err());
    }

    #[test]
    fn r_075_results_are_closed_to_the_processor_once_accepted() {
        use ProcessingState as S;
        for state in S::ALL {
            let open = matches!(state, S::InProgress | S::Submitted | S::Rework | S::Verified);
            assert_eq!(may_see_result(*state, true).is_ok(), open, "{state}");
            assert!(may_see_result(*state, false).is_err());
        }
    }

    #[test]
    fn edge_case_7_a_barred_processor_needs_the_agencys_word() {
        use PoolState as S;
        for state in S::ALL {
            let finishes = matches!(state, S::Active | S::Expired);
            assert_eq!(may_work(*state, false).is_ok(), finishes, "{state}");
            assert!(may_work(*state, true).is_ok());
        }
    }
}
