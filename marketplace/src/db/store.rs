//! Transactions. Below [`Store::read`] and [`Store::write`] all code is synchronous and reads as if
//! it ran alone; above them nothing touches SQL.

use std::time::Duration;

use diesel::r2d2::{ManageConnection, Pool, PooledConnection, R2D2Connection};
use diesel::result::QueryResult;

use super::dialect::{self, Db, Location};
use crate::error::{AppError, AppResult};
use crate::limits;

/// Opens and checks pooled connections.
#[derive(Debug)]
struct Opener(Location);

impl ManageConnection for Opener {
    type Connection = Db;
    type Error = diesel::r2d2::Error;

    fn connect(&self) -> Result<Db, Self::Error> {
        self.0.open().map_err(diesel::r2d2::Error::ConnectionError)
    }

    fn is_valid(&self, db: &mut Db) -> Result<(), Self::Error> {
        db.ping().map_err(diesel::r2d2::Error::QueryError)
    }

    fn has_broken(&self, db: &mut Db) -> bool {
        std::thread::panicking() || db.is_broken()
    }
}

/// The database behind a pool.
#[derive(Clone)]
pub struct Store {
    pool: Pool<Opener>,
}

impl Store {
    /// A pool of at most `connections` to `location`. Opens them as they are needed.
    pub fn open(location: &Location, connections: u32) -> anyhow::Result<Store> {
        let pool = Pool::builder()
            .max_size(connections)
            .min_idle(Some(1))
            .connection_timeout(limits::DB_WAIT)
            .build(Opener(location.clone()))?;
        Ok(Store { pool })
    }

    fn connection(&self) -> AppResult<PooledConnection<Opener>> {
        self.pool.get().map_err(|error| {
            tracing::warn!(%error, "no database connection");
            AppError::Busy { retry_after_secs: 2 }
        })
    }

    /// Runs `work` in one read snapshot.
    pub async fn read<T, F>(&self, work: F) -> AppResult<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Db) -> AppResult<T> + Send + 'static,
    {
        let store = self.clone();
        blocking(move || store.read_now(work)).await
    }

    /// Runs `work` as if no other write existed. It may be run again when it loses to another
    /// transaction, so it must touch nothing but `db`: ids and the time are made before.
    pub async fn write<T, F>(&self, work: F) -> AppResult<T>
    where
        T: Send + 'static,
        F: Fn(&mut Db) -> AppResult<T> + Send + 'static,
    {
        let store = self.clone();
        blocking(move || store.write_now(work)).await
    }

    /// [`Store::read`] on the calling thread.
    pub fn read_now<T>(&self, work: impl FnOnce(&mut Db) -> AppResult<T>) -> AppResult<T> {
        let mut db = self.connection()?;
        dialect::begin_read(&mut db)?;
        let result = work(&mut db);
        dialect::rollback(&mut db);
        result
    }

    /// [`Store::write`] on the calling thread.
    pub fn write_now<T>(&self, work: impl Fn(&mut Db) -> AppResult<T>) -> AppResult<T> {
        let mut last = None;
        for attempt in 1..=limits::WRITE_ATTEMPTS {
            let mut db = self.connection()?;
            match transact(&mut db, dialect::begin_write, &work) {
                Err(error) if error.is_contention() => {
                    tracing::debug!(attempt, %error, "write lost a race");
                    drop(db);
                    last = Some(error);
                    std::thread::sleep(backoff(attempt));
                }
                result => return result,
            }
        }
        tracing::warn!("write gave up after {} attempts", limits::WRITE_ATTEMPTS);
        match last {
            // Not a race: a rule should have seen the other row.
            Some(AppError::Db(error)) if dialect::is_duplicate(&error) => {
                Err(anyhow::Error::new(error).context("a rule missed a duplicate").into())
            }
            _ => Err(AppError::Busy { retry_after_secs: 1 }),
        }
    }

    /// Runs `work` in the short transaction in which a job is claimed.
    pub fn claim_now<T>(&self, work: impl Fn(&mut Db) -> AppResult<T>) -> AppResult<T> {
        let mut db = self.connection()?;
        transact(&mut db, dialect::begin_claim, &work)
    }
}

fn transact<T>(
    db: &mut Db,
    begin: impl Fn(&mut Db) -> QueryResult<()>,
    work: impl Fn(&mut Db) -> AppResult<T>,
) -> AppResult<T> {
    begin(db)?;
    match work(db) {
        Ok(value) => match dialect::commit(db) {
            Ok(()) => Ok(value),
            Err(error) => {
                dialect::rollback(db);
                Err(error.into())
            }
        },
        Err(error) => {
            dialect::rollback(db);
            Err(error)
        }
    }
}

/// Longer with each attempt, and not the same for two racers.
fn backoff(attempt: u32) -> Duration {
    let mut noise = [0u8; 2];
    // Without randomness the racers merely meet once more.
    let _ = getrandom::fill(&mut noise);
    let spread = u64::from(u16::from_le_bytes(noise)) % 1_000;
    Duration::from_micros((1u64 << attempt.min(7)) * (500 + spread))
}

/// Runs blocking work apart from the threads that serve requests. If the caller goes away the work
/// still finishes: there is no half transaction.
pub async fn blocking<T, F>(work: F) -> AppResult<T>
where
    T: Send + 'static,
    F: FnOnce() -> AppResult<T> + Send + 'static,
{
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| AppError::Internal(anyhow::anyhow!("blocking work failed: {error}")))?
}

/// Asserts that a guarded update touched its one row; anything else means the row moved on.
pub fn one_row(touched: QueryResult<usize>) -> AppResult<()> {
    match touched? {
        1 => Ok(()),
        _ => Err(AppError::Stale),
    }
}

/// Absence of a row becomes "not found", said in one place.
pub trait Loaded<T> {
    /// The row, or 404 for a `kind` of object.
    fn or_not_found(self, kind: &'static str) -> AppResult<T>;
}

impl<T> Loaded<T> for QueryResult<Option<T>> {
    fn or_not_found(self, kind: &'static str) -> AppResult<T> {
        self?.ok_or(AppError::NotFound(kind))
    }
}
