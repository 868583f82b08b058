//! The parts of a ZIP archive, unpacked once for their true size before anybody trusts them.
//!
//! A workbook's declared sizes may lie, and its reader holds shared texts and whole sheets of some
//! formats in memory. So every part is inflated into nothing first, within the bounds of packed
//! files.
//! Deliberately absent: ZIP64, methods that no office program writes, and archives with something before
//! or behind them; such archives are refused.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};

use super::ods::Extent;
use super::tags::{Tags, number};
use super::{broken, too_large};
use crate::error::Fault;
use crate::ingest::{faults, unpack};
use crate::limits::Limits;

/// Bytes at the end of an archive in which its directory is named: the record and its comment.
const TAIL_BYTES: u64 = 22 + 65_535;
/// Bytes of the directory; a workbook of thousands of parts stays far below.
const DIRECTORY_BYTES_MAX: u64 = 16 << 20;

/// One part of an archive.
pub(super) struct Part {
    pub(super) name: String,
    packed: bool,
    packed_bytes: u64,
    at: u64,
}

/// The parts that the directory of an archive names.
pub(super) fn parts(file: &mut File, size: u64) -> Result<Vec<Part>, Fault> {
    let tail_at = size.saturating_sub(TAIL_BYTES);
    let tail = bytes_at(file, tail_at, size - tail_at)?;
    let end_at = memchr::memmem::rfind(&tail, b"PK\x05\x06").ok_or_else(broken)?;
    let end = tail.get(end_at..end_at + 22).ok_or_else(broken)?;
    let (length, at) = (u64::from(u32_at(end, 12)), u64::from(u32_at(end, 16)));
    // Whoever reads the archive after this must find the same directory. So it may be named in one
    // way only: by the last record, whose comment ends the file and before which the directory ends,
    // with nothing between that names another.
    let comment = usize::from(u16_at(end, 20));
    let is_last = end_at + 22 + comment == tail.len() && u32_at(end, 4) == 0;
    let adjoins = at.saturating_add(length) == tail_at + end_at as u64;
    let locator = end_at.checked_sub(20).and_then(|at| tail.get(at..end_at));
    let is_long = locator.is_some_and(|bytes| bytes.starts_with(b"PK\x06\x07"));
    if length > DIRECTORY_BYTES_MAX || !is_last || !adjoins || is_long {
        return Err(broken());
    }
    let directory = bytes_at(file, at, length)?;
    let mut rest = directory.as_slice();
    let mut parts = Vec::new();
    while rest.starts_with(b"PK\x01\x02") && rest.len() >= 46 {
        let packed = match u16_at(rest, 10) {
            0 => false,
            8 => true,
            _ => return Err(broken()),
        };
        let lengths = [28, 30, 32].map(|at| usize::from(u16_at(rest, at)));
        let name = rest.get(46..46 + lengths[0]).ok_or_else(broken)?;
        parts.push(Part {
            name: String::from_utf8_lossy(name).replace('\\', "/"),
            packed,
            packed_bytes: u64::from(u32_at(rest, 20)),
            at: u64::from(u32_at(rest, 42)),
        });
        rest = rest.get(46 + lengths.iter().sum::<usize>()..).ok_or_else(broken)?;
    }
    let named = [8, 10].map(|at| usize::from(u16_at(end, at)));
    if !rest.is_empty() || named != [parts.len(); 2] {
        return Err(broken());
    }
    Ok(parts)
}

/// Unpacks every part into nothing; refuses what grows beyond bounds on the way.
pub(super) fn weigh(file: &mut File, parts: &[Part], limits: &Limits) -> Result<(), Fault> {
    let memory = limits.memory_bytes_max as u64 / 4;
    let mut room = vec![0_u8; 128 << 10];
    let (mut given, mut taken) = (0_u64, 0_u64);
    for part in parts {
        let head = bytes_at(file, part.at, 30)?;
        if !head.starts_with(b"PK\x03\x04") {
            return Err(broken());
        }
        let skip = u64::from(u16_at(&head, 26)) + u64::from(u16_at(&head, 28));
        file.seek(SeekFrom::Start(part.at + 30 + skip))?;
        let packed = BufReader::new(&*file).take(part.packed_bytes);
        let mut stream: Box<dyn Read + '_> = if part.packed {
            Box::new(flate2::bufread::DeflateDecoder::new(BufReader::new(packed)))
        } else {
            Box::new(packed)
        };
        let held = is_held(&part.name);
        let mut extent = (part.name == "content.xml").then(Extent::default);
        let mut words = is_words(&part.name).then(Words::default);
        let mut own = 0_u64;
        loop {
            let count = unpack::read_full(&mut stream, &mut room).map_err(|_| broken())?;
            if count == 0 {
                break;
            }
            own += count as u64;
            given += count as u64;
            if held && own > memory || given > limits.unpacked_bytes_max {
                return Err(too_large());
            }
            let packed_bytes = (taken + part.packed_bytes).max(1);
            if own > unpack::RATIO_FREE_BYTES && given / packed_bytes > limits.unpack_ratio_max {
                return Err(faults::unpack_ratio(limits.unpack_ratio_max));
            }
            if let Some(extent) = &mut extent {
                extent.read(&room[..count]);
            }
            if let Some(words) = &mut words {
                words.read(&room[..count]);
            }
        }
        taken += part.packed_bytes;
        // A cell that is held costs some 64 bytes with its formula.
        if extent.is_some_and(|extent| {
            extent.cells() > limits.memory_bytes_max as u64 / 64 || extent.text() > memory
        }) {
            return Err(too_large());
        }
        if words.is_some_and(|words| words.are_beyond(own, memory)) {
            return Err(broken());
        }
    }
    Ok(())
}

/// The part of words that cells share.
fn is_words(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.ends_with("sharedstrings.xml")
}

/// How many words a part says it has: the reader makes room for them before it reads the first.
#[derive(Default)]
struct Words {
    tags: Tags,
    claimed: u64,
}

impl Words {
    fn read(&mut self, bytes: &[u8]) {
        let claimed = &mut self.claimed;
        self.tags.read(bytes, |tag, _| {
            *claimed = (*claimed).max(number(tag, b"uniqueCount").unwrap_or(0));
        });
    }

    /// Whether they are more than there can be in so many bytes (the shortest word is `<si/>`) and
    /// than memory is for. Some programs count every use of a word.
    fn are_beyond(&self, bytes: u64, memory: u64) -> bool {
        let room = self.claimed.saturating_mul(size_of::<String>() as u64);
        self.tags.odd || self.claimed > bytes / 5 && room > memory
    }
}

/// Parts that a reader keeps in memory as a whole.
fn is_held(name: &str) -> bool {
    const HELD: [&str; 4] = ["sharedstrings", "styles", "workbook.", "content.xml"];
    let name = name.to_ascii_lowercase();
    HELD.iter().any(|part| name.contains(part))
}

fn bytes_at(file: &mut File, at: u64, length: u64) -> Result<Vec<u8>, Fault> {
    file.seek(SeekFrom::Start(at))?;
    let mut bytes = Vec::new();
    file.by_ref().take(length).read_to_end(&mut bytes)?;
    if (bytes.len() as u64) < length { Err(broken()) } else { Ok(bytes) }
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    bytes.get(at..at + 2).map_or(0, |two| u16::from_le_bytes([two[0], two[1]]))
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from(u16_at(bytes, at)) | u32::from(u16_at(bytes, at + 2)) << 16
}
