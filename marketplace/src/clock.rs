//! The only source of time and of fresh ids. Everything else is handed both, so that tests can
//! freeze the one and a replay gives the same result.

use std::sync::{Arc, Mutex};

use schema::id::{Id, Kind};
use schema::time::Instant;
use uuid::{ContextV7, Timestamp, Uuid};

use crate::error::AppResult;

/// Where the time comes from.
pub trait TimeSource: Send + Sync {
    /// The time now.
    fn now(&self) -> Instant;
}

/// The clock of the machine.
struct System;

impl TimeSource for System {
    fn now(&self) -> Instant {
        let since =
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        let micros = i64::try_from(since.as_micros()).unwrap_or(i64::MAX);
        Instant::from_micros(micros).unwrap_or(Instant::MAX)
    }
}

/// A clock that stands still until it is moved, for tests.
#[derive(Debug)]
pub struct Frozen(Mutex<Instant>);

impl Frozen {
    /// A clock that stands at `at`.
    pub fn at(at: Instant) -> Arc<Frozen> {
        Arc::new(Frozen(Mutex::new(at)))
    }

    /// Moves the clock to `at`, forwards or backwards.
    pub fn set(&self, at: Instant) {
        *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = at;
    }
}

impl TimeSource for Frozen {
    fn now(&self) -> Instant {
        *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// Time and fresh ids.
#[derive(Clone)]
pub struct Clock {
    source: Arc<dyn TimeSource>,
    order: Arc<Mutex<ContextV7>>,
}

impl Clock {
    /// The clock of the machine.
    pub fn system() -> Clock {
        Clock::of(Arc::new(System))
    }

    /// A clock that reads `source`.
    pub fn of(source: Arc<dyn TimeSource>) -> Clock {
        Clock { source, order: Arc::new(Mutex::new(ContextV7::new())) }
    }

    /// The time now.
    pub fn now(&self) -> Instant {
        self.source.now()
    }

    /// An id that sorts after those made before it.
    pub fn fresh<K: Kind>(&self) -> Id<K> {
        Id::from_uuid(self.uuid())
    }

    fn uuid(&self) -> Uuid {
        let micros = self.now().as_micros().unsigned_abs();
        let (secs, nanos) = (micros / 1_000_000, (micros % 1_000_000) * 1_000);
        let nanos = u32::try_from(nanos).unwrap_or(0);
        Uuid::new_v7(Timestamp::from_unix(&*self.order, secs, nanos))
    }
}

impl Clock {
    /// Ids for a transaction that will need up to `count` of them.
    pub fn pool(&self, count: usize) -> Pool {
        let mut ids: Vec<Uuid> = (0..count).map(|_| self.uuid()).collect();
        ids.reverse();
        Pool(ids)
    }
}

/// Ids made before a transaction, to be taken one by one in it. A transaction that is run again
/// begins with a copy, and so takes the same.
#[derive(Clone, Debug)]
pub struct Pool(Vec<Uuid>);

impl Pool {
    /// The next id.
    pub fn take<K: Kind>(&mut self) -> AppResult<Id<K>> {
        let next = self.0.pop().ok_or_else(|| anyhow::anyhow!("more ids than were made"))?;
        Ok(Id::from_uuid(next))
    }
}

#[cfg(test)]
mod tests {
    use schema::id::Job;
    use schema::time::Instant;

    use super::{Clock, Frozen};

    #[test]
    fn ids_of_one_microsecond_still_sort_in_order_and_differ() {
        let clock = Clock::of(Frozen::at(Instant::from_micros(1_718_000_000_000_000).unwrap()));
        let ids: Vec<_> = (0..1_000).map(|_| clock.fresh::<Job>()).collect();
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
