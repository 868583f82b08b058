//! Columns that hold the same cells, and records that occur again.
//!
//! A print of the first rows of every block tells which columns may be the same; only those are
//! compared cell by cell, in a pass of their own that most files never need. Records are compared
//! by a 64-bit hash of their cells, up to a bound that keeps the hashes small.
//!
//! Invariant: what is found does not depend on the number of threads.

use std::collections::{BTreeMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

use twox_hash::XxHash64;

use super::grid::{Grid, Span};
use super::survey::Survey;
use super::tally::Tally;
use super::text_file::TextFile;
use super::{parallel, verdict};
use crate::error::Fault;
use crate::limits::Limits;
use crate::progress::Progress;

/// Records whose hashes are kept: some 20 MB. Beyond, a profile counts repeats exactly.
pub(super) const ROWS_MAX: u64 = 1_000_000;
/// Rows of a block that a print is taken of.
const PRINTED_ROWS: usize = 64;

/// A print of every column of a block.
pub(super) fn prints(grid: &Grid) -> Vec<u64> {
    let print = |column: usize| {
        grid.column(column).take(PRINTED_ROWS).fold(0, |sum, cell| joined(sum, hash(cell)))
    };
    (0..grid.columns).map(print).collect()
}

/// The print of two parts, in order.
pub(super) fn joined(first: u64, second: u64) -> u64 {
    (first.rotate_left(7) ^ second).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

fn hash(bytes: &[u8]) -> u64 {
    XxHash64::oneshot(0, bytes)
}

/// A hash of every record of a block.
pub(super) fn rows(grid: &Grid) -> Vec<u64> {
    let mut record = Vec::new();
    let mut hashes = Vec::with_capacity(grid.rows);
    for spans in grid.spans.chunks_exact(grid.columns.max(1)) {
        hashes.push(match side_by_side(grid, spans) {
            Some(text) => hash(text),
            None => {
                join(grid, spans, &mut record);
                hash(&record)
            }
        });
    }
    hashes
}

/// The cells of a record with one mark between two of them, if they stand so in the text: a record
/// without quotes does.
fn side_by_side<'g>(grid: &'g Grid, spans: &[Span]) -> Option<&'g [u8]> {
    let (first, last) = (spans.first()?, spans.last()?);
    let mark = grid.mark?;
    let beside = spans.iter().zip(spans.iter().skip(1)).all(|(one, next)| {
        next.start == one.end + 1 && grid.text.get(one.end as usize) == Some(&mark)
    });
    beside.then(|| grid.text.get(first.start as usize..last.end as usize)).flatten()
}

/// Writes the cells of a record as [`side_by_side`] gives them. Where a cell holds the mark itself,
/// which it only can in quotes, they are parted otherwise: by no byte of UTF-8.
fn join(grid: &Grid, spans: &[Span], record: &mut Vec<u8>) {
    let cells = || spans.iter().map(|span| &grid.text[span.start as usize..span.end as usize]);
    let mark = grid.mark.filter(|mark| cells().all(|cell| !cell.contains(mark)));
    record.clear();
    for cell in cells() {
        record.extend_from_slice(cell);
        record.push(mark.unwrap_or(0xFF));
    }
    if mark.is_some() {
        record.pop();
    }
}

/// What is hashed is a hash.
#[derive(Debug, Default)]
struct Already(u64);

impl Hasher for Already {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _bytes: &[u8]) {}

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

/// Records seen before, among the first [`ROWS_MAX`].
#[derive(Debug, Default)]
pub(super) struct Repeats {
    seen: HashSet<u64, BuildHasherDefault<Already>>,
    pub(super) tally: Tally,
    rows: u64,
}

impl Repeats {
    /// Takes in the hashes of the next records.
    pub(super) fn add(&mut self, hashes: &[u64]) {
        for hash in hashes {
            if self.is_full() {
                return;
            }
            self.rows += 1;
            if !self.seen.insert(*hash) {
                self.tally.add(self.rows);
            }
        }
    }

    /// Whether no more records are taken in.
    pub(super) fn is_full(&self) -> bool {
        self.rows >= ROWS_MAX
    }
}

/// Groups of columns with the same cells throughout, in column order. Columns of one value are
/// left out: they are reported as such.
pub(super) fn columns(
    file: &TextFile,
    survey: &Survey,
    limits: &Limits,
    progress: &dyn Progress,
) -> Result<Vec<Vec<usize>>, Fault> {
    let mut alike: BTreeMap<(u64, u64, u64), Vec<usize>> = BTreeMap::new();
    for (at, (census, print)) in survey.columns.iter().zip(&survey.prints).enumerate() {
        if !verdict::is_constant(census) && census.values() > 0 {
            let key = (*print, census.empty, census.integers);
            alike.entry(key).or_default().push(at);
        }
    }
    let mut groups: Vec<Vec<usize>> = alike.into_values().filter(|list| list.len() > 1).collect();
    if groups.is_empty() {
        return Ok(groups);
    }
    let candidates = groups.clone();
    let mut source = file.blocks(limits)?;
    let next = || {
        progress.at("compare", source.taken(), file.size)?;
        source.next()
    };
    let work = |block: Vec<u8>| {
        let grid = file.cut(block).grid;
        candidates.iter().map(|group| split(&grid, group)).collect::<Vec<_>>()
    };
    parallel::ordered(limits.threads, next, work, |parts: Vec<Vec<usize>>| {
        // Columns stay together while every block keeps them together.
        groups = groups
            .iter()
            .flat_map(|group| {
                let class = |column: &usize| {
                    let (list, class) =
                        candidates.iter().zip(&parts).find(|(list, _)| list.contains(column))?;
                    list.iter().position(|known| known == column).map(|at| class[at])
                };
                let mut apart: BTreeMap<Option<usize>, Vec<usize>> = BTreeMap::new();
                for column in group {
                    apart.entry(class(column)).or_default().push(*column);
                }
                apart.into_values().filter(|list| list.len() > 1).collect::<Vec<_>>()
            })
            .collect();
        Ok(())
    })?;
    groups.sort();
    Ok(groups)
}

/// For every column of a group, the place in the group of the first column with the same cells.
fn split(grid: &Grid, group: &[usize]) -> Vec<usize> {
    let mut class: Vec<usize> = Vec::with_capacity(group.len());
    for (at, column) in group.iter().enumerate() {
        let first = (0..at).find(|other| {
            class[*other] == *other && grid.column(group[*other]).eq(grid.column(*column))
        });
        class.push(first.unwrap_or(at));
    }
    class
}

#[cfg(test)]
mod tests {
    use super::rows;
    use crate::ingest::csv::{Delimiter, Dialect, split};

    #[test]
    fn records_with_the_same_cells_hash_alike_however_they_are_quoted() {
        let text = "1,ab,3\n\"1\",ab,3\n1,\"ab\",\"3\"\n\"1,ab\",3,\n1,\"ab,3\",\n,\"1,ab\",3\n";
        for delimiter in [Delimiter::One(b','), Delimiter::Two(b',', b';')] {
            let dialect = Dialect { delimiter, newline: b'\n', columns: 3 };
            let found = rows(&split::split(text.into(), dialect).grid);
            assert!(found[0] == found[1] && found[0] == found[2]);
            let mut others = found[2..].to_vec();
            others.sort_unstable();
            others.dedup();
            assert_eq!(others.len(), 4);
        }
    }
}
