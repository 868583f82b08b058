//! A text as blocks of whole records.
//!
//! Invariant: a block begins at a record and ends behind one that is not empty, and where it ends
//! depends on the text alone, so that everything built from blocks is the same on every run.

use memchr::{memchr, memrchr};

use super::Dialect;
use crate::error::Fault;
use crate::ingest::encoding::Text;
use crate::ingest::faults;

/// Cuts a text into blocks.
pub(in crate::ingest) struct Blocks {
    text: Text,
    dialect: Dialect,
    carry: Vec<u8>,
    block_bytes: usize,
    record_bytes_max: usize,
    /// Lines before the next block.
    lines: u64,
    ended: bool,
}

impl Blocks {
    /// Begins `skip` bytes into the text, which hold `lines` lines.
    pub(in crate::ingest) fn new(
        mut text: Text,
        dialect: Dialect,
        skip: usize,
        lines: u64,
        limits: &crate::limits::Limits,
    ) -> Result<Self, Fault> {
        let mut carry = Vec::new();
        text.fill(&mut carry, skip)?;
        let carry = carry.split_off(skip.min(carry.len()));
        Ok(Self {
            text,
            dialect,
            carry,
            block_bytes: limits.block_bytes.max(1),
            record_bytes_max: limits.record_bytes_max,
            lines,
            ended: false,
        })
    }

    /// Bytes of the packed file read so far.
    pub(in crate::ingest) fn taken(&self) -> u64 {
        self.text.taken()
    }

    /// The next block; `None` at the end.
    pub(in crate::ingest) fn next(&mut self) -> Result<Option<Vec<u8>>, Fault> {
        if self.ended {
            return Ok(None);
        }
        let mut block = std::mem::take(&mut self.carry);
        let mut wanted = self.block_bytes.saturating_sub(block.len()).max(1);
        loop {
            if self.text.fill(&mut block, wanted)? == 0 {
                self.ended = true;
                return Ok(Some(block).filter(|block| !block.is_empty()));
            }
            if block.len() < self.block_bytes {
                wanted = self.block_bytes - block.len();
                continue;
            }
            match self.last_end(&block) {
                Ok(Some(end)) => {
                    self.carry = Vec::with_capacity(self.block_bytes + 1024);
                    self.carry.extend_from_slice(&block[end..]);
                    block.truncate(end);
                    let newline = self.dialect.newline;
                    self.lines += memchr::memchr_iter(newline, &block).count() as u64;
                    return Ok(Some(block));
                }
                Ok(None) if block.len() > self.record_bytes_max => {
                    return Err(faults::record_too_long(self.lines + 1, self.record_bytes_max));
                }
                Err(quote) if block.len() - quote > self.record_bytes_max => {
                    let newline = self.dialect.newline;
                    let before = memchr::memchr_iter(newline, &block[..quote]).count() as u64;
                    return Err(faults::quote_open(self.lines + before + 1));
                }
                // The record goes on behind the block: read as much again.
                Ok(None) | Err(_) => wanted = self.block_bytes,
            }
        }
    }

    /// Where the last whole, non-empty record ends. `Err` gives the place of a quote that is still
    /// open in the first record of the block.
    fn last_end(&self, block: &[u8]) -> Result<Option<usize>, usize> {
        let newline = self.dialect.newline;
        let (mut end, open) = match memchr(b'"', block) {
            None => (memrchr(newline, block).map(|at| at + 1), None),
            Some(first) => self.scan_quotes(block, first),
        };
        // Empty lines go with the next block; at the end of the text they vanish.
        while let Some(at) = end {
            let record = &block[..at - 1];
            let record = record.strip_suffix(b"\r").unwrap_or(record);
            if record.last().is_some_and(|byte| *byte != newline) {
                break;
            }
            end = memrchr(newline, record).map(|at| at + 1).filter(|_| !record.is_empty());
        }
        match (end, open) {
            (None, Some(quote)) => Err(quote),
            _ => Ok(end),
        }
    }

    /// The end of the last record that no quote holds open, and the place of an open quote.
    fn scan_quotes(&self, block: &[u8], first: usize) -> (Option<usize>, Option<usize>) {
        let newline = self.dialect.newline;
        let mut end = memrchr(newline, &block[..first]).map(|at| at + 1);
        let mut quote = first;
        loop {
            let before = quote.checked_sub(1).map(|at| block[at]);
            let opens =
                before.is_none_or(|byte| byte == newline || self.dialect.delimiter.parts(byte));
            let mut from = quote + 1;
            if opens {
                match closing(block, from) {
                    Some(close) => from = close + 1,
                    None => return (end, Some(quote)),
                }
            }
            // Line breaks up to the next quote end records.
            let next = memchr(b'"', &block[from..]).map(|at| from + at);
            let until = next.unwrap_or(block.len());
            if let Some(at) = memrchr(newline, &block[from..until]) {
                end = Some(from + at + 1);
            }
            match next {
                Some(next) => quote = next,
                None => return (end, None),
            }
        }
    }
}

/// The quote that closes a field whose text begins at `from`; doubled quotes do not.
fn closing(block: &[u8], mut from: usize) -> Option<usize> {
    loop {
        let quote = from + memchr(b'"', &block[from..])?;
        if block.get(quote + 1) != Some(&b'"') {
            return Some(quote);
        }
        from = quote + 2;
        if from >= block.len() {
            return None;
        }
    }
}
