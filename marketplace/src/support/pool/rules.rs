//! Who gets into the pool and stays there.

use schema::api::support::{NewPoolMember, PoolState, Requirement, Verdict};
use schema::code::Code;
use schema::problem::{Reason, Refusal};
use schema::time::Day;

/// Papers of one application; ten for each requirement are plenty.
pub const PAPERS_MAX: usize = 50;
/// People of one processor; more is a typing error.
pub const STAFF_MAX: u32 = 10_000;

/// What is done to a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Every requirement is met.
    Register,
    /// One is not.
    Refuse,
    /// Bar it for the time being.
    Suspend,
    /// Lift the bar.
    Reinstate,
    /// Put it out.
    Remove,
}

impl Command {
    /// Every command, for tests that print the matrix.
    pub const ALL: &[Command] = &[
        Command::Register,
        Command::Refuse,
        Command::Suspend,
        Command::Reinstate,
        Command::Remove,
    ];

    /// Name in the audit trail.
    pub fn action(self) -> &'static str {
        match self {
            Self::Register => "pool.register",
            Self::Refuse => "pool.refuse",
            Self::Suspend => "pool.suspend",
            Self::Reinstate => "pool.reinstate",
            Self::Remove => "pool.remove",
        }
    }
}

/// The state after `command`, or why it is refused.
pub fn next(state: PoolState, command: Command) -> Result<PoolState, Refusal> {
    use PoolState as S;
    match (state, command) {
        (S::Applied, Command::Register) => Ok(S::Active),
        (S::Applied, Command::Refuse) => Ok(S::Refused),
        (S::Active, Command::Suspend) => Ok(S::Suspended),
        (S::Suspended, Command::Reinstate) => Ok(S::Active),
        (S::Suspended, Command::Remove) => Ok(S::Removed),
        (S::Active, Command::Remove) => Err(forbidden(state, command)
            .rule("R-076")
            .cure("먼저 자격을 정지하세요.", "Suspend the member first.")),
        (state, command) => Err(forbidden(state, command)),
    }
}

fn forbidden(state: PoolState, command: Command) -> Refusal {
    Code::StateForbids
        .because(
            format!("가공기업의 상태가 `{state}`여서 할 수 없습니다."),
            format!("`{}` is not possible for a member that is `{state}`.", command.action()),
        )
        .with("state", state.as_str())
}

/// The state on the day `today`: a registration ends with its last day.
pub fn state_on(stored: PoolState, valid_until: Option<Day>, today: Day) -> PoolState {
    match (stored, valid_until) {
        (PoolState::Active, Some(last)) if today > last => PoolState::Expired,
        _ => stored,
    }
}

/// The last day of the programme year `year`.
pub fn year_end(year: i16, today: Day) -> Day {
    Day::new(year, 12, 31).unwrap_or(today)
}

/// Whether an active member may apply for the next year already: when its end is so near that it
/// has been reminded of it.
pub fn may_renew(valid_until: Option<Day>, today: Day, reminder_days: &[u16]) -> bool {
    let longest = reminder_days.iter().max().copied().unwrap_or(0);
    valid_until.is_some_and(|last| {
        let left = today.days_until(last);
        (0..=i64::from(longest)).contains(&left)
    })
}

/// Whether an organisation whose newest application is in `state`, for the programme year `year`,
/// may apply in `this_year`, and for which year. `renews` says that an active member is near its end.
pub fn may_apply(
    newest: Option<(PoolState, i16)>,
    this_year: i16,
    renews: bool,
) -> Result<i16, Refusal> {
    use PoolState as S;
    match newest {
        None | Some((S::Refused | S::Expired, _)) => Ok(this_year),
        Some((S::Removed, year)) if year < this_year => Ok(this_year),
        Some((S::Active, year)) if renews => Ok(year.saturating_add(1)),
        Some((S::Removed, _)) => Err(Code::PoolMemberExists
            .because(
                "올해 Pool에서 제외되어 내년에 다시 신청할 수 있습니다.",
                "The organisation was removed this year; it may apply again next year.",
            )
            .rule("R-076")),
        Some((state, _)) => Err(Code::PoolMemberExists
            .because(
                format!("이미 가공기업 Pool에 신청했습니다 (`{state}`)."),
                format!("The organisation has applied already and is `{state}`."),
            )
            .rule("R-025")
            .with("state", state.as_str())),
    }
}

/// Checks the figures and papers of an application. Texts are checked by the caller.
pub fn application(new: &NewPoolMember) -> Result<(), Refusal> {
    let field =
        |name: &str, ko: &str, en: String| Err(Code::InvalidField.because(ko, en).field(name));
    if !(1..=STAFF_MAX).contains(&new.staff) {
        return field("staff", "인력은 1~10,000명입니다.", format!("Staff is 1 to {STAFF_MAX}."));
    }
    if !(1..=new.staff).contains(&new.capacity) {
        return field(
            "capacity",
            "동시 수행 건수는 1 이상, 인력 수 이하입니다.",
            "Capacity is at least 1 and at most the staff.".to_owned(),
        )
        .map_err(|refusal| refusal.rule("R-073"));
    }
    if new.papers.len() > PAPERS_MAX {
        return field("papers", "증빙은 50개까지입니다.", format!("Up to {PAPERS_MAX} papers."));
    }
    for (at, paper) in new.papers.iter().enumerate() {
        if !is_sha256(&paper.sha256) {
            let name = format!("papers.{at}.sha256");
            let ko = "SHA-256은 소문자 16진수 64자리입니다.";
            return field(&name, ko, "A SHA-256 is 64 lower-case hexadecimal digits.".to_owned());
        }
    }
    let missing: Vec<Reason> = missing(new)
        .map(|requirement| {
            let mut reason = Reason::new(
                requirement.as_str(),
                Some("R-070"),
                format!("{} 증빙이 없습니다.", name(requirement).0),
                format!("Proof of {} is missing.", name(requirement).1),
            );
            let pledge = requirement == Requirement::SecurityPledge;
            reason.field = Some(if pledge { "security_pledge" } else { "papers" }.to_owned());
            reason
        })
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(Code::EvidenceMissing
        .because(
            "인력, 실적, 시설, 보안서약을 모두 증빙해야 합니다.",
            "Staff, work done, facility and security pledge must all be proved.",
        )
        .rule("R-070")
        .reasons(missing))
}

/// Requirements that an application proves by nothing. The pledge is given in the application
/// itself.
fn missing(new: &NewPoolMember) -> impl Iterator<Item = Requirement> {
    Requirement::ALL.iter().copied().filter(|requirement| match requirement {
        Requirement::SecurityPledge => !new.security_pledge,
        other => !new.papers.iter().any(|paper| paper.requirement == *other),
    })
}

/// Whether the text is a SHA-256 as the exchange writes it.
pub fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

/// Korean and English name of a requirement.
pub fn name(requirement: Requirement) -> (&'static str, &'static str) {
    match requirement {
        Requirement::Staff => ("인력", "staff"),
        Requirement::TrackRecord => ("수행 실적", "work done"),
        Requirement::Facility => ("시설·서비스 체계", "facility and service system"),
        Requirement::SecurityPledge => ("보안서약", "the security pledge"),
    }
}

/// Absolute evaluation: every requirement needs exactly one verdict, a bad one needs a note;
/// registered is who meets all. Answers the command that follows.
pub fn evaluate(verdicts: &[Verdict]) -> Result<Command, Refusal> {
    let mut reasons = Vec::new();
    for requirement in Requirement::ALL {
        let (ko, en) = name(*requirement);
        let mut said = verdicts.iter().filter(|verdict| verdict.requirement == *requirement);
        let told =
            |ko: String, en: String| Reason::new(requirement.as_str(), Some("R-025"), ko, en);
        match (said.next(), said.next()) {
            (None, _) => reasons.push(told(
                format!("{ko} 항목의 판정이 없습니다."),
                format!("There is no verdict on {en}."),
            )),
            (Some(_), Some(_)) => reasons.push(told(
                format!("{ko} 항목의 판정이 둘 이상입니다."),
                format!("There is more than one verdict on {en}."),
            )),
            (Some(verdict), None) if !verdict.met && verdict.note.is_none() => reasons.push(told(
                format!("{ko} 항목이 미충족인 사유가 없습니다."),
                format!("The verdict that {en} is not met has no note."),
            )),
            _ => {}
        }
    }
    if !reasons.is_empty() {
        return Err(Code::InvalidField
            .because(
                "모든 요건에 판정이 하나씩 있어야 합니다.",
                "Every requirement needs one verdict.",
            )
            .rule("R-025")
            .field("verdicts")
            .reasons(reasons));
    }
    let all_met = verdicts.iter().all(|verdict| verdict.met);
    Ok(if all_met { Command::Register } else { Command::Refuse })
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use schema::api::support::{NewPoolMember, PoolPaper, PoolState, Requirement, Verdict};
    use schema::code::Code;
    use schema::time::Day;

    use super::{
        Command, application, evaluate, is_sha256, may_apply, may_renew, next, state_on, year_end,
    };

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    fn verdicts(met: [bool; 4]) -> Vec<Verdict> {
        let note = Some("확인".to_owned());
        let verdict = |(requirement, met): (&Requirement, bool)| Verdict {
            requirement: *requirement,
            met,
            note: note.clone(),
        };
        Requirement::ALL.iter().zip(met).map(verdict).collect()
    }

    fn applicant() -> NewPoolMember {
        let paper = |requirement| PoolPaper {
            requirement,
            title: "재직증명서".to_owned(),
            sha256: "0f".repeat(32),
        };
        NewPoolMember {
            staff: 5,
            capacity: 3,
            facility: "보안 작업실".to_owned(),
            track_record: "사출 데이터 전처리 3건".to_owned(),
            papers: [Requirement::Staff, Requirement::TrackRecord, Requirement::Facility]
                .map(paper)
                .to_vec(),
            security_pledge: true,
        }
    }

    #[test]
    fn r_076_suspended_then_removed_and_no_other_way_out() {
        let mut matrix = String::new();
        for state in PoolState::ALL {
            for command in Command::ALL {
                let then = match next(*state, *command) {
                    Ok(state) => state.to_string(),
                    Err(refusal) => format!("! {}", refusal.code.slug()),
                };
                if then != "! state-forbids" {
                    let _ = writeln!(matrix, "{state} {command:?} {then}");
                }
            }
        }
        let expected = "\
applied Register active
applied Refuse refused
active Suspend suspended
suspended Reinstate active
suspended Remove removed
";
        assert_eq!(matrix, expected);
    }

    #[test]
    fn r_025_every_line_needs_one_verdict_and_all_must_be_met() {
        assert_eq!(evaluate(&verdicts([true; 4])).unwrap(), Command::Register);
        for failing in 0..4 {
            let mut met = [true; 4];
            met[failing] = false;
            assert_eq!(evaluate(&verdicts(met)).unwrap(), Command::Refuse);
        }
        let mut three = verdicts([true; 4]);
        three.pop();
        let refusal = evaluate(&three).unwrap_err();
        assert_eq!((refusal.code, refusal.rule), (Code::InvalidField, Some("R-025")));
        assert_eq!(refusal.reasons.len(), 1);
        assert_eq!(refusal.reasons[0].code, "security_pledge");
        let mut twice = verdicts([true; 4]);
        twice.push(twice[0].clone());
        assert_eq!(evaluate(&twice).unwrap_err().reasons[0].code, "staff");
        let mut mute = verdicts([false, true, true, true]);
        mute[0].note = None;
        assert!(evaluate(&mute).is_err());
        assert_eq!(evaluate(&[]).unwrap_err().reasons.len(), 4);
    }

    #[test]
    fn r_070_an_application_proves_every_requirement() {
        assert!(application(&applicant()).is_ok());
        let bare = NewPoolMember { papers: Vec::new(), security_pledge: false, ..applicant() };
        let refusal = application(&bare).unwrap_err();
        assert_eq!(refusal.code, Code::EvidenceMissing);
        let told: Vec<&str> = refusal.reasons.iter().map(|reason| reason.code.as_str()).collect();
        assert_eq!(told, ["staff", "track_record", "facility", "security_pledge"]);
    }

    #[test]
    fn r_073_capacity_is_at_most_the_staff() {
        for (staff, capacity, fits) in [
            (5, 5, true),
            (5, 6, false),
            (5, 0, false),
            (0, 0, false),
            (10_001, 1, false),
            (1, 1, true),
        ] {
            let new = NewPoolMember { staff, capacity, ..applicant() };
            assert_eq!(application(&new).is_ok(), fits, "{staff} {capacity}");
        }
    }

    #[test]
    fn papers_are_named_by_lower_case_sha_256() {
        assert!(is_sha256(&"a0".repeat(32)));
        for bad in ["", &"A0".repeat(32), &"a0".repeat(31), &"g0".repeat(32), &"가".repeat(32)] {
            assert!(!is_sha256(bad), "{bad}");
        }
        let mut new = applicant();
        new.papers[1].sha256 = "x".to_owned();
        assert_eq!(application(&new).unwrap_err().field.unwrap(), "papers.1.sha256");
        new.papers = vec![applicant().papers[0].clone(); 51];
        assert_eq!(application(&new).unwrap_err().field.unwrap(), "papers");
    }

    #[test]
    fn r_070_a_registration_ends_with_the_programme_year() {
        let last = year_end(2024, day("2024-02-13"));
        assert_eq!(last, day("2024-12-31"));
        let on = |today: &str| state_on(PoolState::Active, Some(last), day(today));
        assert_eq!(on("2024-12-31"), PoolState::Active);
        assert_eq!(on("2025-01-01"), PoolState::Expired);
        let suspended = state_on(PoolState::Suspended, Some(last), day("2025-01-01"));
        assert_eq!(suspended, PoolState::Suspended);
        assert_eq!(state_on(PoolState::Applied, None, day("2025-01-01")), PoolState::Applied);
    }

    #[test]
    fn one_standing_application_for_each_organisation() {
        use PoolState as S;
        assert_eq!(may_apply(None, 2024, false), Ok(2024));
        for (state, year, may) in [
            (S::Applied, 2023, false),
            (S::Active, 2024, false),
            (S::Suspended, 2023, false),
            (S::Refused, 2024, true),
            (S::Expired, 2023, true),
            (S::Removed, 2024, false),
            (S::Removed, 2023, true),
        ] {
            let said = may_apply(Some((state, year)), 2024, false);
            assert_eq!(said.is_ok(), may, "{state} {year}");
        }
    }

    #[test]
    fn r_070_an_active_member_renews_in_the_last_thirty_days() {
        let last = Some(day("2024-12-31"));
        for (today, may) in [
            ("2024-11-30", false),
            ("2024-12-01", true),
            ("2024-12-31", true),
            ("2025-01-01", false),
        ] {
            assert_eq!(may_renew(last, day(today), &[30, 7]), may, "{today}");
        }
        assert!(!may_renew(None, day("2024-12-31"), &[30, 7]));
        assert!(!may_renew(last, day("2024-12-30"), &[]));
        assert_eq!(may_apply(Some((PoolState::Active, 2024)), 2024, true), Ok(2025));
        assert!(may_apply(Some((PoolState::Suspended, 2024)), 2024, true).is_err());
    }
}
