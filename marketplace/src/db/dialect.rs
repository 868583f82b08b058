//! The only file that knows which database it talks to: opening, beginning, claiming a job.
#![expect(missing_docs, reason = "the derive makes public items without docs")]

use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::result::{ConnectionResult, DatabaseErrorKind, Error, QueryResult};
use diesel::{Connection, RunQueryDsl};

/// A connection to either database.
#[derive(diesel::MultiConnection)]
pub enum Db {
    /// PostgreSQL.
    #[cfg(feature = "postgres")]
    Postgres(diesel::PgConnection),
    /// SQLite, the embedded default.
    Sqlite(diesel::SqliteConnection),
}

/// Where the database is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// `postgres://…`
    Postgres(String),
    /// Path of a SQLite file.
    Sqlite(String),
}

impl Location {
    /// Reads `postgres://…`, `postgresql://…`, `sqlite://PATH` or a path.
    pub fn parse(url: &str) -> Location {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            Location::Postgres(url.to_owned())
        } else {
            Location::Sqlite(url.strip_prefix("sqlite://").unwrap_or(url).to_owned())
        }
    }

    /// Opens a connection with the settings this program relies on.
    pub fn open(&self) -> ConnectionResult<Db> {
        match self {
            #[cfg(feature = "postgres")]
            Location::Postgres(url) => {
                let mut conn = diesel::PgConnection::establish(url)?;
                conn.batch_execute(
                    "SET statement_timeout = '30s'; SET lock_timeout = '10s'; \
                     SET idle_in_transaction_session_timeout = '60s'; SET TIME ZONE 'UTC'; \
                     SET client_min_messages = 'warning';",
                )
                .map_err(diesel::ConnectionError::CouldntSetupConfiguration)?;
                Ok(Db::Postgres(conn))
            }
            #[cfg(not(feature = "postgres"))]
            Location::Postgres(_) => Err(diesel::ConnectionError::BadConnection(
                "this build has no PostgreSQL support (feature `postgres`)".into(),
            )),
            Location::Sqlite(path) => {
                let mut conn = diesel::SqliteConnection::establish(path)?;
                conn.batch_execute("PRAGMA busy_timeout = 10000;")
                    .map_err(diesel::ConnectionError::CouldntSetupConfiguration)?;
                write_ahead(&mut conn)?;
                // FULL: an acknowledged commit survives a power cut.
                conn.batch_execute(
                    "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; \
                     PRAGMA cache_size = -8192; PRAGMA trusted_schema = OFF;",
                )
                .map_err(diesel::ConnectionError::CouldntSetupConfiguration)?;
                Ok(Db::Sqlite(conn))
            }
        }
    }
}

/// Switches a SQLite file to its write-ahead log. The switch lasts, so only a new file needs it; while
/// another connection makes it, SQLite answers "locked" at once, whatever the busy timeout says.
fn write_ahead(conn: &mut diesel::SqliteConnection) -> ConnectionResult<()> {
    let mut tries = 0;
    loop {
        match conn.batch_execute("PRAGMA journal_mode = WAL;") {
            Err(error) if tries < 500 && is_contention(&error) => {
                tries += 1;
                std::thread::sleep(std::time::Duration::from_millis(20));
            }
            result => {
                return result.map_err(diesel::ConnectionError::CouldntSetupConfiguration);
            }
        }
    }
}

/// Begins a transaction that behaves as if no other write existed.
pub fn begin_write(db: &mut Db) -> QueryResult<()> {
    match db {
        #[cfg(feature = "postgres")]
        Db::Postgres(conn) => AnsiTransactionManager::begin_transaction_sql(
            conn,
            "BEGIN ISOLATION LEVEL SERIALIZABLE",
        ),
        // A deferred transaction that turns into a write fails at once when another has written.
        Db::Sqlite(conn) => AnsiTransactionManager::begin_transaction_sql(conn, "BEGIN IMMEDIATE"),
    }
}

/// Begins a transaction that sees one snapshot and writes nothing.
pub fn begin_read(db: &mut Db) -> QueryResult<()> {
    match db {
        #[cfg(feature = "postgres")]
        Db::Postgres(conn) => AnsiTransactionManager::begin_transaction_sql(
            conn,
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        ),
        Db::Sqlite(conn) => AnsiTransactionManager::begin_transaction_sql(conn, "BEGIN DEFERRED"),
    }
}

/// Commits what [`begin_write`] or [`begin_read`] began.
pub fn commit(db: &mut Db) -> QueryResult<()> {
    <Db as Connection>::TransactionManager::commit_transaction(db)
}

/// Gives up what [`begin_write`] or [`begin_read`] began. A broken connection is left to the pool.
pub fn rollback(db: &mut Db) {
    if let Err(error) = <Db as Connection>::TransactionManager::rollback_transaction(db) {
        tracing::debug!(%error, "rollback failed");
    }
}

/// Whether the same work may succeed when it is done again: it lost to another transaction.
pub fn is_contention(error: &Error) -> bool {
    match error {
        Error::DatabaseError(DatabaseErrorKind::SerializationFailure, _)
        // A racer inserted the same key first: the next attempt reads what it wrote.
        | Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _) => true,
        Error::DatabaseError(DatabaseErrorKind::Unknown, info) => {
            let message = info.message();
            message.contains("deadlock detected")
                || message.contains("database is locked")
                || message.contains("could not serialize")
        }
        _ => false,
    }
}

/// Whether a unique constraint refused a row.
pub fn is_duplicate(error: &Error) -> bool {
    matches!(error, Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _))
}

/// Whether the database could not be reached or did not answer in time.
pub fn is_outage(error: &Error) -> bool {
    match error {
        Error::DatabaseError(DatabaseErrorKind::ClosedConnection, _) => true,
        Error::DatabaseError(DatabaseErrorKind::UnableToSendCommand, _) => true,
        Error::DatabaseError(DatabaseErrorKind::Unknown, info) => {
            let message = info.message();
            message.contains("statement timeout")
                || message.contains("lock timeout")
                || message.contains("server closed the connection")
                || message.contains("connection to server")
                || message.contains("disk I/O error")
                || message.contains("database or disk is full")
        }
        Error::BrokenTransactionManager => true,
        _ => false,
    }
}

/// Id of a job that is due at `now` (µs), locked against other claimers where the database can.
pub fn due_job(db: &mut Db, now: i64) -> QueryResult<Option<String>> {
    #[derive(diesel::QueryableByName)]
    struct Row {
        #[diesel(sql_type = diesel::sql_types::Text)]
        id: String,
    }
    macro_rules! due {
        ($conn:expr, $lock:literal) => {
            diesel::sql_query(format!(
                concat!(
                    "SELECT id FROM jobs WHERE (state = 'queued' AND run_at <= {0}) ",
                    "OR (state = 'running' AND lease_until <= {0}) ORDER BY run_at, id LIMIT 1",
                    $lock
                ),
                now
            ))
            .get_results::<Row>($conn)
        };
    }
    let rows = match db {
        #[cfg(feature = "postgres")]
        Db::Postgres(conn) => due!(conn, " FOR UPDATE SKIP LOCKED"),
        Db::Sqlite(conn) => due!(conn, ""),
    }?;
    Ok(rows.into_iter().next().map(|row| row.id))
}

/// Begins the short transaction of a claim: locks, not serialization, keep claimers apart.
pub fn begin_claim(db: &mut Db) -> QueryResult<()> {
    match db {
        #[cfg(feature = "postgres")]
        Db::Postgres(conn) => AnsiTransactionManager::begin_transaction_sql(
            conn,
            "BEGIN ISOLATION LEVEL READ COMMITTED",
        ),
        Db::Sqlite(conn) => AnsiTransactionManager::begin_transaction_sql(conn, "BEGIN IMMEDIATE"),
    }
}

#[cfg(test)]
mod tests {
    use super::Location;

    #[test]
    fn a_location_is_postgres_only_by_its_scheme() {
        assert_eq!(Location::parse("postgres://h/d"), Location::Postgres("postgres://h/d".into()));
        assert_eq!(Location::parse("sqlite://a/b.db"), Location::Sqlite("a/b.db".into()));
        assert_eq!(Location::parse("/x/postgres.db"), Location::Sqlite("/x/postgres.db".into()));
    }
}
