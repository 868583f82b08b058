//! What a run is given beside its table: further tables and secret keys, by the names that its
//! specification calls them.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use schema::data::lineage::NamedInput;

use super::keys::Keys;
use super::table::Table;
use crate::digest::sha256_file_with;
use crate::error::Fault;
use crate::limits::Limits;
use crate::progress::Progress;

/// Tables that steps may look into beside the one that is cleaned.
#[derive(Default)]
pub(super) struct Inputs {
    tables: BTreeMap<String, Arc<Table>>,
    /// Their digests, by name.
    pub(super) named: Vec<NamedInput>,
    /// The keys; none where a specification is only checked.
    pub(super) keys: Option<Keys>,
}

impl Inputs {
    /// Opens Parquet files under their names.
    ///
    /// # Errors
    /// `input-repeated`; what [`Table::open`] says of a file; [`Fault::Cancelled`].
    pub(super) fn open(
        with: &[(&str, &Path)],
        keys: &Keys,
        limits: &Limits,
        progress: &dyn Progress,
    ) -> Result<Self, Fault> {
        let mut inputs = Self { keys: Some(keys.clone()), ..Self::default() };
        for (name, path) in with {
            let sha256 = sha256_file_with(path, progress)?;
            let table = Arc::new(Table::open(path, limits)?);
            if inputs.tables.insert((*name).to_owned(), table).is_some() {
                return Err(Fault::input(
                    "input-repeated",
                    format!("추가 입력 ‘{name}’이(가) 두 번 지정되었습니다."),
                    format!("the further input “{name}” is given twice"),
                ));
            }
            inputs.named.push(NamedInput { name: (*name).to_owned(), sha256 });
        }
        inputs.named.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(inputs)
    }

    /// The table called `name`.
    ///
    /// # Errors
    /// `input-unknown` when the run has none of that name.
    pub(super) fn table(&self, name: &str) -> Result<Arc<Table>, Fault> {
        self.tables.get(name).map(Arc::clone).ok_or_else(|| {
            Fault::input(
                "input-unknown",
                format!("추가 입력 ‘{name}’이(가) 없습니다. --with {name}=파일로 주십시오."),
                format!("there is no further input “{name}”; give it as --with {name}=FILE"),
            )
        })
    }
}
