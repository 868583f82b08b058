//! Running a question on a verified copy of a table, within bounds.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant as Watch;

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

/// Copies of tables that were asked lately, and room for questions under way.
pub struct Rooms {
    turns: Semaphore,
    copies: Mutex<VecDeque<(String, Arc<Scratch>)>>,
}

impl Default for Rooms {
    fn default() -> Rooms {
        Rooms { turns: Semaphore::new(QUERIES_AT_ONCE), copies: Mutex::default() }
    }
}

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
        let copy = self.copy(objects, file).await?;
        let scratch = tempfile::tempdir_in(objects.scratch())
            .map_err(|error| anyhow::anyhow!("scratch folder: {error}"))?;
        let run = move || asked(&sql, &copy, keep, scratch.path());
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

    /// A local copy of a table with the digest that was promised.
    async fn copy(&self, objects: &Objects, file: &File) -> AppResult<Arc<Scratch>> {
        let known = {
            let copies = self.copies.lock().unwrap_or_else(PoisonError::into_inner);
            copies.iter().find(|(digest, _)| *digest == file.sha256).map(|(_, copy)| copy.clone())
        };
        if let Some(copy) = known {
            return Ok(copy);
        }
        let key = object_store::path::Path::from(file.key.as_str());
        let fetched = source::fetch(objects.store(), &key, &file.sha256, objects.scratch()).await;
        let copy = Arc::new(fetched.map_err(|fault| match fault {
            Fault::Transient(_) => AppError::Busy { retry_after_secs: 1 },
            fault => AppError::Internal(anyhow::anyhow!("{}: {fault}", file.key)),
        })?);
        let mut copies = self.copies.lock().unwrap_or_else(PoisonError::into_inner);
        copies.push_front((file.sha256.clone(), copy.clone()));
        // The newest stays, whatever its size; questions under way hold their own copies.
        let mut bytes = 0;
        copies.retain(|(_, copy)| {
            let first = bytes == 0;
            bytes += copy.size_bytes();
            first || bytes <= ROOM_BYTES_KEPT
        });
        Ok(copy)
    }
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
