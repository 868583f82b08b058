//! Other tables and profiles that rules compare with, under the names that rules call them by.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use schema::data::column::Dictionary;
use schema::data::profile::Profile;

use crate::error::Fault;
use crate::expr::query::Named;
use crate::limits::Limits;
use crate::profile::row_hash::RowHasher;
use crate::profile::scan::{Batch, Scan, Walk, Worker};
use crate::profile::table::Table;
use crate::progress::Progress;
use crate::spill::{Index, Sorter};

use super::number::Number;
use crate::profile::cells::Cells;

/// What a query calls the table that is judged.
const DATA: &str = "data";
/// Keys that fall into one part of a set in memory, about.
const PART_KEYS: usize = 8;

/// Something that rules compare with.
#[derive(Clone, Debug)]
pub enum Reference {
    /// A Parquet file.
    Table {
        /// Where it is.
        path: PathBuf,
        /// What is declared of its columns.
        dictionary: Dictionary,
    },
    /// A profile measured before, such as that of an earlier version.
    Profile(Box<Profile>),
}

/// What rules need to know besides the table and themselves.
#[derive(Clone, Debug, Default)]
pub struct Context {
    /// References by name.
    pub references: BTreeMap<String, Reference>,
    /// The time that a `freshness` check counts back from, in microseconds since 1970-01-01 UTC.
    /// The engine has no clock.
    pub as_of_us: Option<i64>,
    /// How many pairs of a failing row and a rule to give at most; none are collected if absent.
    pub failed_rows_max: Option<usize>,
    /// 1-based line of each rule in the document that it came from, for faults.
    pub lines: Vec<u64>,
}

impl Context {
    /// A fault, with the rule that it is of.
    pub(crate) fn at_rule(&self, mut fault: Fault, rule: usize, id: &str) -> Fault {
        if let Fault::Input(input) = &mut fault {
            let line = self.lines.get(rule);
            let (ko, en) = match line {
                Some(line) => {
                    (format!("{line}번째 줄의 규칙"), format!("Rule “{id}” in line {line}"))
                }
                None => ("규칙".to_owned(), format!("Rule “{id}”")),
            };
            let column = input.column.as_deref();
            let (of_ko, of_en) = column.map_or_else(Default::default, |column| {
                (format!(", 열 ‘{column}’"), format!(", column “{column}”"))
            });
            input.text.ko = format!("{ko} ‘{id}’{of_ko}: {}", input.text.ko);
            input.text.en = format!("{en}{of_en}: {}", input.text.en);
            input.row = line.copied().or(input.row);
        }
        fault
    }

    /// The reference of a name.
    ///
    /// # Errors
    ///
    /// `reference-missing`.
    pub(crate) fn reference(&self, name: &str) -> Result<&Reference, Fault> {
        self.references.get(name).ok_or_else(|| {
            Fault::input(
                "reference-missing",
                format!(
                    "참조 ‘{name}’이(가) 주어지지 않았습니다. --reference {name}=파일로 지정하세요."
                ),
                format!(
                    "The reference “{name}” was not given; name it with --reference {name}=FILE."
                ),
            )
        })
    }

    /// The tables that a query may name: the one judged as `data`, and references.
    pub(crate) fn named<'a>(&'a self, data: &'a Path) -> Vec<Named<'a>> {
        let others = self.references.iter().filter_map(|(name, reference)| match reference {
            Reference::Table { path, .. } if name != DATA => Some(Named { name, path }),
            _ => None,
        });
        std::iter::once(Named { name: DATA, path: data }).chain(others).collect()
    }

    /// The file of a reference.
    ///
    /// # Errors
    ///
    /// `reference-missing`; `reference-not-table` if it is a profile; those of opening it.
    pub(crate) fn table(&self, name: &str, limits: &Limits) -> Result<Table, Fault> {
        match self.reference(name)? {
            Reference::Table { path, dictionary } => Table::open(path, dictionary, limits),
            Reference::Profile(_) => Err(Fault::input(
                "reference-not-table",
                format!(
                    "참조 ‘{name}’은(는) 프로파일이라 키를 찾을 수 없습니다. 표 파일을 지정하세요."
                ),
                format!("The reference “{name}” is a profile, which holds no keys; name a table."),
            )),
        }
    }
}

/// A set of keys by their 128-bit hashes.
pub(crate) enum KeySet {
    /// In memory.
    Held(Held),
    /// In a file, for they are more than an eighth of the memory allowed.
    Filed(Index<16>),
}

impl KeySet {
    /// The keys of these columns (in this order) of a table; keys with a missing part are none.
    ///
    /// # Errors
    ///
    /// Those of reading; [`Fault::Transient`] when the folder of temporary files is full.
    pub(crate) fn read(
        table: &Table,
        columns: &[usize],
        limits: &Limits,
        progress: &dyn Progress,
    ) -> Result<Self, Fault> {
        let (slots, order) = slots(columns);
        let scan = Scan { table, limits, progress, stage: "reference" };
        let sorter = |bytes: usize| Sorter::new(&std::env::temp_dir(), bytes).distinct();
        let (all, each) = (limits.memory_bytes_max / 2, limits.memory_bytes_max / 4);
        let each = each / limits.threads.max(1);
        let make = || Collect { order: &order, keys: sorter(each) };
        let (workers, _) = scan.run(&slots, make, Vec::<Walk<Collect<'_>>>::new())?;
        let mut keys = sorter(all);
        for worker in workers {
            keys.append(worker.keys)?;
        }
        let sorted = keys.sorted()?;
        let Some(held) = sorted.held() else {
            return Index::new(sorted, limits.memory_bytes_max / 8).map(Self::Filed);
        };
        let hashes = held.iter().map(|hash| u128::from_be_bytes(*hash)).collect();
        Ok(Self::Held(Held::new(hashes)))
    }

    /// Whether a key is in the set.
    ///
    /// # Errors
    ///
    /// [`Fault::Transient`].
    pub(crate) fn contains(&self, hash: u128) -> Result<bool, Fault> {
        match self {
            Self::Held(held) => Ok(held.contains(hash)),
            Self::Filed(index) => {
                let bound = hash.to_be_bytes();
                Ok(index.seek(&bound)?.1 == Some(bound))
            }
        }
    }
}

/// Hashes in memory, sorted, with the beginning of each part of them.
pub(crate) struct Held {
    hashes: Vec<u128>,
    begins: Vec<u32>,
    shift: u32,
}

impl Held {
    /// The set of some hashes, ascending and different.
    fn new(hashes: Vec<u128>) -> Self {
        let parts = (hashes.len() / PART_KEYS).max(1).next_power_of_two();
        let shift = 128 - parts.trailing_zeros();
        let part = |hash: u128| hash.checked_shr(shift).unwrap_or(0) as usize;
        let mut begins = vec![0_u32; parts + 1];
        for hash in &hashes {
            begins[part(*hash) + 1] += 1;
        }
        for at in 0..parts {
            begins[at + 1] += begins[at];
        }
        Self { hashes, begins, shift }
    }

    /// Whether a key is in the set.
    fn contains(&self, hash: u128) -> bool {
        let part = hash.checked_shr(self.shift).unwrap_or(0) as usize;
        let (from, to) = (self.begins[part] as usize, self.begins[part + 1] as usize);
        self.hashes[from..to].contains(&hash)
    }
}

/// Columns to read, ascending and once each, and where each of `columns` is among them.
pub(crate) fn slots(columns: &[usize]) -> (Vec<usize>, Vec<usize>) {
    let mut read = columns.to_vec();
    read.sort_unstable();
    read.dedup();
    let place = |column: &usize| read.binary_search(column).unwrap_or(0);
    let order = columns.iter().map(place).collect();
    (read, order)
}

/// The key of each row; none if a part of it is missing.
pub(crate) fn keys(cells: &[&Cells], rows: usize) -> Vec<Option<u128>> {
    let mut hasher = RowHasher::default();
    let mut keys: Vec<Option<u128>> = hasher.rows(cells.iter().copied(), rows).map(Some).collect();
    for cells in cells {
        let nulls = cells.nulls();
        for (row, key) in keys.iter_mut().enumerate() {
            let nan = matches!(cells, Cells::Real(_)) && Number::of(cells, row).is_none();
            if nan || nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) {
                *key = None;
            }
        }
    }
    keys
}

/// Collects the different keys of a table; one for each thread.
struct Collect<'a> {
    order: &'a [usize],
    keys: Sorter<16>,
}

impl Worker for Collect<'_> {
    fn take(&mut self, batch: &Batch) -> Result<(), Fault> {
        let cells: Vec<&Cells> = self.order.iter().map(|slot| &batch.cells[*slot]).collect();
        for key in keys(&cells, batch.rows).into_iter().flatten() {
            self.keys.push(key.to_be_bytes())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Held, KeySet};
    use crate::profile::hash::mix;
    use crate::spill::{Index, Sorter};

    #[test]
    fn a_set_of_keys_knows_its_members() {
        for count in [0_u64, 1, 2, 7, 8, 9, 1_000, 5_000] {
            let hash = |n: u64| (u128::from(mix(n)) << 64) | u128::from(mix(!n));
            let mut members: Vec<u128> = (0..count).map(hash).chain([0, u128::MAX]).collect();
            members.sort_unstable();
            let oracle: BTreeSet<u128> = members.iter().copied().collect();
            let mut sorter = Sorter::new(&std::env::temp_dir(), 0);
            members.iter().try_for_each(|hash| sorter.push(hash.to_be_bytes())).unwrap();
            let filed = KeySet::Filed(Index::new(sorter.sorted().unwrap(), 1 << 20).unwrap());
            let held = KeySet::Held(Held::new(members));
            for probe in (0..2 * count + 9).map(hash).chain([0, 1, u128::MAX, u128::MAX - 1]) {
                for set in [&filed, &held] {
                    let found = set.contains(probe).unwrap();
                    assert_eq!(found, oracle.contains(&probe), "{count} {probe:x}");
                }
            }
        }
    }
}
