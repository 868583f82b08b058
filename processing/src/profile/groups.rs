//! The group of each row: values of a column such as a machine, numbered as they appear.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{Array, ArrayRef, AsArray, DictionaryArray};
use arrow::datatypes::Int32Type;
use schema::data::profile::Scalar;

use super::cells::{Cells, Text, float_bits, same_entries};
use super::coded::{Coded, Entries};
use super::finish::{TEXT_CHARS_MAX, cut};
use super::hash::{bytes, mix};
use super::table::Kind;

/// Most groups that are followed.
pub(crate) const GROUPS_MAX: usize = 65_536;

/// A cell of a group column as text, cut.
pub(crate) fn label(kind: Kind, cells: &Cells, row: usize) -> String {
    match crate::preview::value(kind, cells, row) {
        Scalar::Bool(value) => value.to_string(),
        Scalar::Integer(value) => value.to_string(),
        Scalar::Number(value) => value.to_string(),
        Scalar::Text(text) => cut(&text, TEXT_CHARS_MAX),
    }
}

/// The number of a row without a group.
pub(crate) const NO_GROUP: u32 = u32::MAX;

/// Numbers of the groups of a table, the same on all threads.
pub(crate) struct Names {
    by_hash: Mutex<HashMap<u64, u32>>,
    max: usize,
    overflow: AtomicBool,
}

impl Names {
    /// No groups yet, and at most `max`.
    pub(crate) fn new(max: usize) -> Self {
        Self { by_hash: Mutex::default(), max, overflow: AtomicBool::new(false) }
    }

    /// Groups met.
    pub(crate) fn len(&self) -> usize {
        self.by_hash.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Most groups.
    pub(crate) fn max(&self) -> usize {
        self.max
    }

    /// Whether there are more groups than are followed.
    pub(crate) fn overflow(&self) -> bool {
        self.overflow.load(Ordering::Relaxed)
    }

    fn number(&self, hash: u64) -> u32 {
        let mut by_hash = self.by_hash.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(number) = by_hash.get(&hash) {
            return *number;
        }
        if by_hash.len() >= self.max {
            self.overflow.store(true, Ordering::Relaxed);
            return NO_GROUP;
        }
        let number = by_hash.len() as u32;
        by_hash.insert(hash, number);
        number
    }
}

/// The group of each row: values of a column, numbered as they appear; one for each thread.
pub(crate) struct Groups {
    /// Their numbers.
    pub(crate) names: Arc<Names>,
    /// What this thread knows of them.
    by_hash: HashMap<u64, u32>,
    entries: Option<(ArrayRef, Vec<u32>)>,
}

impl Groups {
    /// Groups with numbers of their own.
    pub(crate) fn new() -> Self {
        Self::sharing(Arc::new(Names::new(GROUPS_MAX)))
    }

    /// Groups whose numbers other threads share.
    pub(crate) fn sharing(names: Arc<Names>) -> Self {
        Self { names, by_hash: HashMap::new(), entries: None }
    }

    /// The group of each row of a batch; [`NO_GROUP`] where the cell is null.
    pub(crate) fn of(&mut self, cells: &Cells, rows: usize) -> Vec<u32> {
        let nulls = cells.nulls().filter(|nulls| nulls.null_count() > 0);
        let valid = |row: usize| nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row));
        let hash = |row: usize| match cells {
            Cells::Text(Text::Coded(_)) | Cells::Opaque(_) => 0,
            Cells::Flag(array) => u64::from(array.value(row)),
            Cells::Whole(array) => mix(array.value(row).cast_unsigned()),
            Cells::Real(array) => mix(float_bits(array.value(row))),
            Cells::Wide(values, _) => mix(values[row] as u64 ^ mix((values[row] >> 64) as u64)),
            Cells::Text(Text::Plain(array)) => bytes(array.value(row).as_bytes()),
            Cells::Bytes(array) => bytes(array.value(row)),
            Cells::Coded(Coded { keys, entries, .. }) => match &**entries {
                Entries::Whole(values) => mix(values[keys[row] as usize].cast_unsigned()),
                Entries::Real(values) => mix(float_bits(values[keys[row] as usize])),
            },
        };
        match cells {
            Cells::Text(Text::Coded(array)) => self.coded(array, valid),
            _ => (0..rows)
                .map(|row| if valid(row) { self.number(hash(row)) } else { NO_GROUP })
                .collect(),
        }
    }

    fn coded(
        &mut self,
        array: &DictionaryArray<Int32Type>,
        valid: impl Fn(usize) -> bool,
    ) -> Vec<u32> {
        let entries = array.values();
        let known = self.entries.take().filter(|(kept, _)| same_entries(kept, entries));
        let (kept, mut numbers) =
            known.unwrap_or_else(|| (Arc::clone(entries), vec![NO_GROUP; entries.len()]));
        let texts = entries.as_string::<i32>();
        let group = |(row, key): (usize, &i32)| {
            if !valid(row) {
                return NO_GROUP;
            }
            let Some(number) = numbers.get_mut(*key as usize) else { return NO_GROUP };
            // Only entries in use become groups, whatever else the dictionary holds.
            if *number == NO_GROUP {
                *number = self.number(bytes(texts.value(*key as usize).as_bytes()));
            }
            *number
        };
        let groups = array.keys().values().iter().enumerate().map(group).collect();
        self.entries = Some((kept, numbers));
        groups
    }

    fn number(&mut self, hash: u64) -> u32 {
        if let Some(number) = self.by_hash.get(&hash) {
            return *number;
        }
        let number = self.names.number(hash);
        if number != NO_GROUP {
            self.by_hash.insert(hash, number);
        }
        number
    }
}
