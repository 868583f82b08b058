//! What is told of tables, remembered: a published file never changes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use object_store::path::Path;
use processing::Fault;
use processing::delta::{self, Table};

use crate::error::{AppError, AppResult};
use crate::objects::Objects;
use crate::trade::delivery::revisions::File;

/// Tables that are remembered; some kilobytes each.
const TABLES_MAX: usize = 1_000;

/// Tables by the names of their objects, which name their bytes.
#[derive(Default)]
pub struct Tables(Mutex<HashMap<String, Arc<Table>>>);

impl Tables {
    /// What there is to tell of a file.
    pub(super) async fn of(&self, objects: &Objects, file: &File) -> AppResult<Arc<Table>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&file.key).cloned();
        if let Some(table) = known {
            return Ok(table);
        }
        let key = Path::from(file.key.as_str());
        let read = delta::read(objects.store(), &key, file.total).await;
        let table = Arc::new(read.map_err(|fault| match fault {
            Fault::Transient(_) => AppError::Busy { retry_after_secs: 1 },
            fault => AppError::Internal(anyhow::anyhow!("{}: {fault}", file.key)),
        })?);
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= TABLES_MAX {
            known.clear();
        }
        known.insert(file.key.clone(), table.clone());
        Ok(table)
    }
}
