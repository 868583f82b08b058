//! Counts of shapes as bytes.

use std::collections::HashMap;

use super::{PATTERNS_MAX, Patterns};
use crate::profile::bytes::{In, Malformed, Out};

impl Patterns {
    /// Writes the counts.
    pub(crate) fn write(&self, out: &mut Out) {
        out.flag(self.counts.is_some());
        let Some(counts) = &self.counts else { return };
        let mut entries: Vec<(&str, u64)> = counts.iter().map(|(s, n)| (&**s, *n)).collect();
        entries.sort_unstable();
        out.natural(entries.len() as u64);
        for (shape, count) in entries {
            out.bytes(shape.as_bytes());
            out.natural(count);
        }
    }

    /// Reads counts.
    pub(crate) fn read(input: &mut In<'_>) -> Result<Self, Malformed> {
        if !input.flag()? {
            return Ok(Self { counts: None, shape: String::new() });
        }
        let entries = Some(input.parts()?).filter(|count| *count <= PATTERNS_MAX);
        let mut counts: HashMap<Box<str>, u64> = HashMap::new();
        let mut last = None;
        for _ in 0..entries.ok_or(Malformed)? {
            let (shape, count) = (input.text()?, input.count()?);
            if count == 0 || last.is_some_and(|last| last >= shape) {
                return Err(Malformed);
            }
            counts.insert(shape.into(), count);
            last = Some(shape);
        }
        Ok(Self { counts: Some(counts), shape: String::new() })
    }
}
