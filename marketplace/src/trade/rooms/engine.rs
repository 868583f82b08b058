//! Running a question on a verified copy of a table, within bounds.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant as Watch;

use processing::digest;
use processing::expr::query::{self, Answer, Named};
use processing::source::{self, Scratch};
use processing::{Fault, InputFault, Limits, Progress};
use tokio::sync::Semaphore;

use crate::error::{AppError, AppResult};
use crate::limits::{
    QUERIES_AT_ONCE, QUERY_MEMORY_BYTES, QUERY_PAIRS_MAX, QUERY_TURN, QUERY_WAIT, ROOM_BYTES_KEPT,
};
use crate::objects::Objects;
use crate::trade::delivery::revisions::File;

/// Tables that were asked lately, and room for questions under way.
pub struct Rooms {
    turns: Semaphore,
    /// By the digests that they were found to have, newest first.
    tables: Mutex<VecDeque<(String, Arc<Table>)>>,
}

/// A table as a file.
enum Table {
    /// Where the store keeps it.
    Stored(PathBuf),
    /// A copy, which goes when nobody asks it any more.
    Copied(Scratch),
}

impl Table {
    fn path(&self) -> &Path {
        match self {
            Table::Stored(path) => path,
            Table::Copied(copy) => copy,
        }
    }

    fn copied_bytes(&self) -> u64 {
        match self {
            Table::Stored(_) => 0,
            Table::Copied(copy) => copy.size_bytes(),
        }
    }
}

impl Default for Rooms {
    fn default() -> Rooms {
        Rooms { turns: Semaphore::new(QUERIES_AT_ONCE), tables: Mutex::default() }
    }
}

/// Tables whose digests are remembered.
const TABLES_KEPT: usize = 1_000;

/// Stops a question that takes too long.
struct Deadline(Watch);

impl Progress for Deadline {
    fn at(&self, _: &'static str, _: u64, _: u64) -> Result<(), Fault> {
        if self.0.elapsed() < QUERY_WAIT {
            return Ok(());
        }
        let secs = QUERY_WAIT.as_secs();
        Err(Fault::input(
            "time-limit",
            format!("질의가 {secs}초 안에 끝나지 않았습니다."),
            format!("The query did not end within {secs} seconds."),
        ))
    }
}

impl Rooms {
    /// Asks `sql` of the table `data`. A fault of the question is an answer; a full house is
    /// [`AppError::Busy`].
    pub(super) async fn ask(
        &self,
        objects: &Objects,
        file: &File,
        sql: String,
        keep: usize,
    ) -> AppResult<Result<Answer, InputFault>> {
        let turn = tokio::time::timeout(QUERY_TURN, self.turns.acquire()).await;
        let Ok(Ok(_turn)) = turn else { return Err(AppError::Busy { retry_after_secs: 5 }) };
        let table = self.table(objects, file).await?;
        let scratch = tempfile::tempdir_in(objects.scratch())
            .map_err(|error| anyhow::anyhow!("scratch folder: {error}"))?;
        let run = move || asked(&sql, table.path(), keep, scratch.path());
        match tokio::task::spawn_blocking(run).await {
            Ok(Ok(answer)) => Ok(Ok(answer)),
            Ok(Err(Fault::Input(fault))) => Ok(Err(fault)),
            Ok(Err(Fault::Transient(cause))) => {
                tracing::warn!(cause, "a query failed for its surroundings");
                Err(AppError::Busy { retry_after_secs: 1 })
            }
            Ok(Err(other)) => Err(AppError::Internal(anyhow::anyhow!("query: {other}"))),
            Err(error) => Err(AppError::Internal(anyhow::anyhow!("a query panicked: {error}"))),
        }
    }

    /// A local file of the table with the digest that was promised.
    async fn table(&self, objects: &Objects, file: &File) -> AppResult<Arc<Table>> {
        let known = {
            let tables = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
            tables.iter().find(|(digest, _)| *digest == file.sha256).map(|(_, table)| table.clone())
        };
        if let Some(table) = known {
            return Ok(table);
        }
        let table = match objects.local_file(&file.key) {
            Some(path) => verified(path, file.sha256.clone()).await,
            None => {
                let key = object_store::path::Path::from(file.key.as_str());
                let scratch = objects.scratch();
                source::fetch(objects.store(), &key, &file.sha256, scratch).await.map(Table::Copied)
            }
        };
        let table = Arc::new(table.map_err(|fault| match fault {
            Fault::Transient(_) => AppError::Busy { retry_after_secs: 1 },
            fault => AppError::Internal(anyhow::anyhow!("{}: {fault}", file.key)),
        })?);
        let mut tables = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        tables.push_front((file.sha256.clone(), table.clone()));
        tables.truncate(TABLES_KEPT);
        // The newest copy stays, whatever its size; questions under way hold their own.
        let mut bytes = 0;
        tables.retain(|(_, table)| {
            let first = bytes == 0;
            bytes += table.copied_bytes();
            first || bytes <= ROOM_BYTES_KEPT
        });
        Ok(table)
    }
}

/// The file of an object that the store keeps here, once its digest is right.
async fn verified(path: PathBuf, sha256: String) -> Result<Table, Fault> {
    let hashed = tokio::task::spawn_blocking(move || {
        let found = digest::sha256_file(&path)?;
        Ok::<_, Fault>((path, found))
    });
    let (path, found) = hashed.await.map_err(|error| Fault::Bug(error.to_string()))??;
    if found != sha256 {
        return Err(Fault::Bug(format!("the stored file has SHA-256 {found}, not {sha256}")));
    }
    Ok(Table::Stored(path))
}

fn asked(sql: &str, table: &Path, keep: usize, scratch: &Path) -> Result<Answer, Fault> {
    let limits = Limits {
        memory_bytes_max: QUERY_MEMORY_BYTES,
        pairs_max: QUERY_PAIRS_MAX,
        // Short batches, so that a join hears of the deadline soon.
        batch_rows: 4_096,
        threads: 1,
        ..Limits::default()
    };
    let tables = [Named { name: "data", path: table }];
    query::query(sql, &tables, keep, scratch, &limits, &Deadline(Watch::now()))
}
