//! A JSON text as blocks of whole objects.

use super::encoding::Text;
use super::{faults, json};
use crate::error::Fault;
use crate::limits::Limits;

/// Cuts a text into blocks that begin and end between objects.
pub(super) struct JsonBlocks {
    text: Text,
    carry: Vec<u8>,
    block_bytes: usize,
    record_bytes_max: usize,
    blocks: u64,
    ended: bool,
}

impl JsonBlocks {
    pub(super) fn new(text: Text, limits: &Limits) -> Self {
        Self {
            text,
            carry: Vec::new(),
            block_bytes: limits.block_bytes.max(1),
            record_bytes_max: limits.record_bytes_max,
            blocks: 0,
            ended: false,
        }
    }

    /// Bytes of the packed file read so far.
    pub(super) fn taken(&self) -> u64 {
        self.text.taken()
    }

    /// The next block; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Vec<u8>>, Fault> {
        if self.ended {
            return Ok(None);
        }
        let mut block = std::mem::take(&mut self.carry);
        loop {
            let wanted = self.block_bytes.saturating_sub(block.len()).max(self.block_bytes / 4 + 1);
            if self.text.fill(&mut block, wanted)? == 0 {
                self.ended = true;
                return Ok(Some(block).filter(|block| !block.trim_ascii().is_empty()));
            }
            if block.len() < self.block_bytes {
                continue;
            }
            if let Some(end) = json::last_end(&block) {
                self.carry = block.split_off(end);
                self.blocks += 1;
                return Ok(Some(block));
            }
            if block.len() > self.record_bytes_max {
                return Err(faults::record_too_long(self.blocks + 1, self.record_bytes_max));
            }
        }
    }
}
