//! The embedded migrations: one portable directory for both databases.

use anyhow::{Result, anyhow};
use diesel::RunQueryDsl;
use diesel::migration::MigrationSource;
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
            $conn
                .run_pending_migrations(MIGRATIONS)
                .map(|done| done.iter().map(ToString::to_string).collect::<Vec<_>>())
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

/// Whether migrations are waiting. Only reads: the harness's own question would first make its
/// table, which a read transaction refuses.
pub fn pending(db: &mut Db) -> Result<bool> {
    #[derive(diesel::QueryableByName)]
    struct Done {
        #[diesel(sql_type = diesel::sql_types::Text)]
        version: String,
    }
    macro_rules! pending {
        ($conn:expr, $backend:ty) => {{
            let done: Vec<Done> =
                diesel::sql_query("SELECT version FROM __diesel_schema_migrations")
                    .get_results($conn)?;
            MigrationSource::<$backend>::migrations(&MIGRATIONS)
                .map_err(|error| anyhow!("migrations could not be read: {error}"))?
                .iter()
                .map(|migration| migration.name().version().to_string())
                .any(|version| done.iter().all(|done| done.version != version))
        }};
    }
    Ok(match db {
        #[cfg(feature = "postgres")]
        Db::Postgres(conn) => pending!(conn, diesel::pg::Pg),
        Db::Sqlite(conn) => pending!(conn, diesel::sqlite::Sqlite),
    })
}
