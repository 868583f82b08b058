//! The stream of a workbook out of a compound file (`.xls`), so that it can be weighed.
//!
//! The reader follows chains of sectors without asking whether they come round, and copies sectors as
//! often as they are named. So the chains it is going to follow are walked here first, within the
//! sectors that the file has.

use super::broken;
use crate::error::Fault;

const END: u32 = 0xFFFF_FFFE;
/// Numbers from here on name no sector.
const RESERVED: u32 = 0xFFFF_FFFA;
const ENTRY_BYTES: usize = 128;
const MINI_BYTES: usize = 64;
/// Streams below this lie in the mini stream.
const MINI_BELOW: u64 = 4_096;

/// The stream called `Workbook` or `Book`; `None` when the file has none.
///
/// # Errors
/// `workbook-invalid` when it is not a sound compound file.
pub(super) fn workbook(bytes: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
    let sector_bytes = match half(bytes, 30) {
        9 => 512,
        12 => 4_096,
        _ => return Ok(None),
    };
    let file = Sectors { bytes: bytes.get(sector_bytes..).unwrap_or_default(), size: sector_bytes };
    let fat = fat(bytes, &file)?;
    let directory = file.chain(&fat, word(bytes, 48), u64::MAX)?;
    let entries: Vec<Entry> =
        directory.chunks_exact(ENTRY_BYTES).map(|entry| Entry::read(entry, sector_bytes)).collect();
    let root = entries.first().ok_or_else(broken)?;
    let (mut mini, mut mini_fat) = (Vec::new(), Vec::new());
    if word(bytes, 64) > 0 {
        mini = file.chain(&fat, root.start, root.length)?;
        let length = u64::from(word(bytes, 64)) * sector_bytes as u64;
        mini_fat = words(&file.chain(&fat, word(bytes, 60), length)?);
    }
    let named = |name: &str| entries.iter().find(|entry| entry.name.eq_ignore_ascii_case(name));
    let Some(entry) = named("Workbook").or_else(|| named("Book")) else { return Ok(None) };
    let stream = if entry.length < MINI_BELOW {
        let mini = Sectors { bytes: &mini, size: MINI_BYTES };
        mini.chain(&mini_fat, entry.start, entry.length)
    } else {
        file.chain(&fat, entry.start, entry.length)
    };
    stream.map(Some)
}

/// Where each sector's successor stands.
fn fat(bytes: &[u8], file: &Sectors<'_>) -> Result<Vec<u32>, Fault> {
    let sectors = file.bytes.len() / file.size + 1;
    let mut places = words(bytes.get(76..512).ok_or_else(broken)?);
    let mut next = word(bytes, 68);
    let mut walked = 0;
    while next < RESERVED {
        walked += 1;
        let more = words(file.sector(next).ok_or_else(broken)?);
        places.extend(&more);
        next = places.pop().ok_or_else(broken)?;
        if walked > sectors || places.len() > sectors + more.len() + 109 {
            return Err(broken());
        }
    }
    places.retain(|place| *place < 0xFFFF_FFFC);
    if places.len() > sectors {
        return Err(broken());
    }
    let mut fat = Vec::new();
    for place in places {
        fat.extend(words(file.sector(place).ok_or_else(broken)?));
    }
    Ok(fat)
}

/// Sectors of one size; the last may be short.
struct Sectors<'a> {
    bytes: &'a [u8],
    size: usize,
}

impl Sectors<'_> {
    fn sector(&self, number: u32) -> Option<&[u8]> {
        let at = (number as usize).checked_mul(self.size)?;
        let end = at.checked_add(self.size)?.min(self.bytes.len());
        self.bytes.get(at..end)
    }

    /// The bytes of a chain, at most so many.
    fn chain(&self, fat: &[u32], start: u32, length: u64) -> Result<Vec<u8>, Fault> {
        let most = self.bytes.len() / self.size + 1;
        let mut bytes = Vec::new();
        let (mut next, mut walked) = (start, 0);
        while next != END && (bytes.len() as u64) < length {
            walked += 1;
            let sector = self.sector(next).filter(|_| walked <= most).ok_or_else(broken)?;
            let wanted = usize::try_from(length - bytes.len() as u64).unwrap_or(usize::MAX);
            bytes.extend_from_slice(sector.get(..wanted.min(sector.len())).unwrap_or_default());
            if bytes.len() as u64 == length {
                break;
            }
            next = *fat.get(next as usize).ok_or_else(broken)?;
        }
        Ok(bytes)
    }
}

struct Entry {
    name: String,
    start: u32,
    length: u64,
}

impl Entry {
    fn read(entry: &[u8], sector_bytes: usize) -> Self {
        let units = entry.chunks_exact(2).take(32).map(|pair| half(pair, 0));
        let units: Vec<u16> = units.take_while(|unit| *unit != 0).collect();
        let low = u64::from(word(entry, 120));
        // Small sectors leave the upper half unused, and some writers leave rubbish in it.
        let high = if sector_bytes == 512 { 0 } else { u64::from(word(entry, 124)) };
        let (name, start) = (String::from_utf16_lossy(&units), word(entry, 116));
        Self { name, start, length: low | high << 32 }
    }
}

fn words(bytes: &[u8]) -> Vec<u32> {
    bytes.as_chunks().0.iter().map(|word| u32::from_le_bytes(*word)).collect()
}

pub(super) fn half(bytes: &[u8], at: usize) -> u16 {
    let half = bytes.get(at..).and_then(<[u8]>::first_chunk);
    half.map_or(0, |half| u16::from_le_bytes(*half))
}

pub(super) fn word(bytes: &[u8], at: usize) -> u32 {
    let word = bytes.get(at..).and_then(<[u8]>::first_chunk);
    word.map_or(0, |word| u32::from_le_bytes(*word))
}
