//! The embedded migrations: one portable directory for both databases.

use anyhow::{Result, anyhow};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::dialect::{Db, Location};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../migrations");

/// Brings the database up to date and answers the names of what was run. Two processes may do this
/// at once: the loser of the race finds nothing left to do.
pub fn run(location: &Location) -> Result<Vec<String>> {
    let mut last = None;
    for _ in 0..5 {
        let mut db = location.open()?;
        match run_on(&mut db) {
            Ok(done) => return Ok(done),
            Err(error) => last = Some(error),
        }
        std::thread::sleep(std::time::Duration::from_millis(200));
    }
    Err(last.unwrap_or_else(|| anyhow!("migrations did not run")))
}

fn run_on(db: &mut Db) -> Result<Vec<String>> {
    macro_rules! run {
        ($conn:expr) => {
            $conn.run_pending_migrations(MIGRATIONS).map(|done| {
                done.iter().map(ToString::to_string).collect::<Vec<_>>()
            })
        };
    }
    match db {
        #[cfg(feature = "postgres")]
        Db::Postgres(conn) => run!(conn),
        Db::Sqlite(conn) => run!(conn),
    }
    .map_err(|error| anyhow!("migration failed: {error}"))
}

/// Takes every migration back, the newest first. For tests of the migrations themselves.
pub fn revert_all(location: &Location) -> Result<()> {
    let mut db = location.open()?;
    macro_rules! revert {
        ($conn:expr) => {
            $conn.revert_all_migrations(MIGRATIONS).map(|_| ())
        };
    }
    match &mut db {
        #[cfg(feature = "postgres")]
        Db::Postgres(conn) => revert!(conn),
        Db::Sqlite(conn) => revert!(conn),
    }
    .map_err(|error| anyhow!("migration could not be reverted: {error}"))
}

/// Whether migrations are waiting.
pub fn pending(db: &mut Db) -> Result<bool> {
    macro_rules! pending {
        ($conn:expr) => {
            $conn.has_pending_migration(MIGRATIONS)
        };
    }
    match db {
        #[cfg(feature = "postgres")]
        Db::Postgres(conn) => pending!(conn),
        Db::Sqlite(conn) => pending!(conn),
    }
    .map_err(|error| anyhow!("migrations could not be read: {error}"))
}
