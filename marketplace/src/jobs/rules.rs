//! What follows a failed attempt.

use schema::time::Instant;

use crate::limits;

/// Why an attempt failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The surroundings; another attempt may succeed.
    Transient,
    /// The program; another attempt will fail as well.
    Bug,
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Try again at this time.
    Retry(Instant),
    /// Give up and show it to a person.
    Dead,
}

/// Decides after `attempt` (from 1) failed at `now`: 2, 4, 8 … seconds later, at most five times.
pub fn after_failure(attempt: i64, failure: Failure, now: Instant) -> Next {
    if failure == Failure::Bug || attempt >= limits::JOB_ATTEMPTS_MAX {
        return Next::Dead;
    }
    let wait = 1i64 << attempt.clamp(1, 10);
    now.checked_add_secs(wait).map_or(Next::Dead, Next::Retry)
}

#[cfg(test)]
mod tests {
    use schema::time::Instant;

    use super::{Failure, Next, after_failure};

    #[test]
    fn transient_failures_wait_longer_each_time_and_end_at_five() {
        let now = Instant::from_micros(0).unwrap();
        let after = |attempt| after_failure(attempt, Failure::Transient, now);
        for (attempt, secs) in [(1, 2), (2, 4), (3, 8), (4, 16)] {
            assert_eq!(after(attempt), Next::Retry(now.checked_add_secs(secs).unwrap()));
        }
        assert_eq!(after(5), Next::Dead);
        assert_eq!(after_failure(1, Failure::Bug, now), Next::Dead);
    }
}
