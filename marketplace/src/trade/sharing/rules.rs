//! Which credentials are live, what they are named by, and how many there may be.

use schema::code::Code;
use schema::problem::Refusal;
use schema::time::Instant;

/// How long the secret before works after a change.
pub(super) const OLD_SECRET_SECS: i64 = 24 * 3_600;

/// What the life of a credential depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Life {
    /// When it ends by itself.
    pub(super) expires_at: i64,
    /// When it was revoked.
    pub(super) revoked_at: Option<i64>,
    /// Number of its secret.
    pub(super) generation: i64,
    /// Until when the secret before works.
    pub(super) old_until: Option<i64>,
}

impl Life {
    /// Whether it works at `now`.
    pub(super) fn is_live(&self, now: Instant) -> bool {
        self.revoked_at.is_none() && now.as_micros() < self.expires_at
    }

    /// Whether its secret number `generation` works at `now`.
    pub(super) fn takes(&self, generation: i64, now: Instant) -> bool {
        let old = generation == self.generation - 1
            && self.old_until.is_some_and(|until| now.as_micros() < until);
        self.is_live(now) && (generation == self.generation || old)
    }
}

/// Refuses another credential for a contract whose licence is for `users` people when `live` are out.
pub(super) fn within_users(users: Option<u32>, live: i64) -> Result<(), Refusal> {
    match users {
        Some(users) if live >= i64::from(users) => Err(Code::StateForbids
            .because(
                format!("이용 허락된 {users}명에게 이미 자격 증명이 나갔습니다."),
                format!("The licence is for {users} users, and as many credentials are out."),
            )
            .rule("R-210")
            .cure(
                "쓰지 않는 자격 증명을 폐기한 뒤 다시 만드세요.",
                "Revoke a credential that is not used, then make another.",
            )
            .with("users", users)),
        _ => Ok(()),
    }
}

/// The name of a file as that of a table: letters, digits, `_` and `-` of its stem.
pub(in crate::trade) fn table_name(file_name: &str) -> String {
    let stem = file_name.rsplit_once('.').map_or(file_name, |(stem, _)| stem);
    let mut name: String = stem
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' })
        .take(100)
        .collect();
    name = name.trim_matches('_').to_owned();
    if name.is_empty() { "table".to_owned() } else { name }
}

/// Which of the versions in `numbers` (ascending) `version` means, the last when it means none.
pub(super) fn version_at(numbers: &[i64], version: Option<i64>) -> Option<usize> {
    match version {
        None => numbers.len().checked_sub(1),
        Some(version) => numbers.iter().position(|number| *number == version),
    }
}

/// The last of the versions published at `times` (µs, ascending) that was there at `at`.
pub(super) fn version_as_of(times: &[i64], at: Instant) -> Option<usize> {
    times.iter().rposition(|time| *time <= at.as_micros())
}

/// The first of the versions published at `times` (µs, ascending) that came at `at` or later.
pub(super) fn version_since(times: &[i64], at: Instant) -> Option<usize> {
    times.iter().position(|time| *time >= at.as_micros())
}

#[cfg(test)]
mod tests {
    use schema::time::Instant;

    use super::{Life, table_name, version_as_of, version_at, version_since, within_users};

    fn at(micros: i64) -> Instant {
        Instant::from_micros(micros).unwrap()
    }

    #[test]
    fn a_credential_lives_until_it_ends_or_is_revoked() {
        let life = Life { expires_at: 100, revoked_at: None, generation: 3, old_until: Some(50) };
        for (generation, now, works) in [
            (3, 0, true),
            (3, 99, true),
            (3, 100, false),
            (2, 49, true),
            (2, 50, false),
            (1, 0, false),
            (4, 0, false),
        ] {
            assert_eq!(life.takes(generation, at(now)), works, "{generation} at {now}");
        }
        let revoked = Life { revoked_at: Some(10), ..life };
        assert!(!revoked.is_live(at(0)) && !revoked.takes(3, at(0)));
        let unchanged = Life { generation: 1, old_until: None, ..life };
        assert!(unchanged.takes(1, at(0)) && !unchanged.takes(0, at(0)));
    }

    #[test]
    fn r_210_no_more_credentials_than_users() {
        assert!(within_users(None, 1_000).is_ok());
        assert!(within_users(Some(2), 1).is_ok());
        let refused = within_users(Some(2), 2).unwrap_err();
        assert_eq!((refused.rule, &refused.figures["users"]), (Some("R-210"), &2.into()));
    }

    #[test]
    fn a_table_is_named_after_its_file() {
        for (file, table) in [
            ("press.parquet", "press"),
            ("cnc run 2.v1.parquet", "cnc_run_2_v1"),
            ("사출 데이터.parquet", "table"),
            ("사출-line_A.parquet", "-line_A"),
            (".parquet", "table"),
            ("", "table"),
        ] {
            assert_eq!(table_name(file), table, "{file}");
        }
        assert_eq!(table_name(&"a".repeat(300)).len(), 100);
    }

    #[test]
    fn versions_by_number_and_by_time() {
        assert_eq!(version_at(&[2, 4], None), Some(1));
        assert_eq!(version_at(&[2, 4], Some(2)), Some(0));
        assert_eq!(version_at(&[2, 4], Some(3)), None);
        assert_eq!(version_at(&[2, 4], Some(1)), None);
        let times = [10, 20];
        for (now, as_of, since) in [
            (9, None, Some(0)),
            (10, Some(0), Some(0)),
            (15, Some(0), Some(1)),
            (21, Some(1), None),
        ] {
            assert_eq!(version_as_of(&times, at(now)), as_of, "{now}");
            assert_eq!(version_since(&times, at(now)), since, "{now}");
        }
    }
}
