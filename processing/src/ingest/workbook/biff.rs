//! What the reader of `.xls` would hold in memory, told from the records of the workbook's stream.
//!
//! It makes a full rectangle of every sheet: two cells in opposite corners, twenty bytes each, ask
//! for 65,536 × 65,536 places. It also makes room for the dimensions that a sheet claims, reads a
//! sheet as often as it is named, and copies a shared text into each of its cells.

use std::ops::RangeInclusive;

use super::compound::{half, word};
use super::{broken, too_large};
use crate::error::Fault;

/// Bytes of a place in the rectangle of a sheet and in that of its formulas, each held twice.
const PLACE_BYTES: u64 = 64;
/// Bytes that one byte of a formula may become, names aside: five are a place of another sheet.
const FORMULA_TIMES: u64 = 16;
/// Places of a sheet of the format, which its dimensions may claim.
const SHEET_PLACES: u64 = 65_536 * 256;

const NAME: u16 = 0x18;
const LOCK: u16 = 0x2F;
const BOUND_SHEET: u16 = 0x85;
const SHARED: u16 = 0xFC;
const BEGIN: u16 = 0x809;
const END: u16 = 0x0A;
const CONTINUE: u16 = 0x3C;

/// Refuses a stream whose sheets would take more than `memory` bytes.
///
/// # Errors
/// `workbook-too-large`; `workbook-invalid` when a sheet claims more cells than there are.
pub(super) fn weigh(stream: &[u8], memory: u64) -> Result<(), Fault> {
    let (mut sheets, mut shared) = (Vec::new(), Vec::new());
    let mut name = 0_u64;
    let mut records = Records { rest: stream };
    while let Some((kind, body)) = records.next() {
        match kind {
            // The reader turns back here, and what follows cannot be read.
            LOCK if half(body, 0) != 0 => return Ok(()),
            NAME => name = name.max(body.get(3).map_or(0, |length| u64::from(*length))),
            BOUND_SHEET => sheets.push(word(body, 0) as usize),
            SHARED => {
                let mut pieces = vec![body.get(8..).unwrap_or_default()];
                while let Some(piece) = records.continued() {
                    pieces.push(piece);
                }
                shared = lengths(pieces);
            }
            END => break,
            _ => {}
        }
    }
    let mut bytes = shared.iter().fold(0, |sum: u64, length| sum.saturating_add(*length));
    // A name of three bytes a character takes five in a formula.
    let formula_times = FORMULA_TIMES.max(name * 3 / 5);
    for at in sheets {
        // A place beyond the stream is a fault that the reader finds.
        let sheet = stream.get(at..).unwrap_or_default();
        bytes = bytes.saturating_add(Sheet::of(sheet, &shared, formula_times)?);
        if bytes > memory {
            return Err(too_large());
        }
    }
    Ok(())
}

/// The records of a stream, as far as they are whole.
struct Records<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Records<'a> {
    type Item = (u16, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let kind = u16::from_le_bytes(*self.rest.first_chunk()?);
        let length = usize::from(u16::from_le_bytes(*self.rest.get(2..)?.first_chunk()?));
        let body = self.rest.get(4..4 + length)?;
        self.rest = self.rest.get(4 + length..)?;
        Some((kind, body))
    }
}

impl<'a> Records<'a> {
    /// The next record, if it continues the one before.
    fn continued(&mut self) -> Option<&'a [u8]> {
        if half(self.rest, 0) != CONTINUE || self.rest.len() < 4 {
            None
        } else {
            Some(self.next()?.1)
        }
    }
}

/// Bytes that each shared text takes.
fn lengths(pieces: Vec<&[u8]>) -> Vec<u64> {
    let mut texts = Pieces { pieces: pieces.into_iter(), piece: &[] };
    let mut lengths = Vec::new();
    while texts.more() {
        match texts.text() {
            Some(length) => lengths.push(length),
            // The reader gives up here, too.
            None => break,
        }
    }
    lengths
}

struct Pieces<'a> {
    pieces: std::vec::IntoIter<&'a [u8]>,
    piece: &'a [u8],
}

impl Pieces<'_> {
    fn more(&mut self) -> bool {
        while self.piece.is_empty() {
            let Some(next) = self.pieces.next() else { return false };
            self.piece = next;
        }
        true
    }

    /// Passes a text; a quarter more than its characters for those that take three bytes.
    fn text(&mut self) -> Option<u64> {
        let (characters, flags) = (half(self.piece, 0), *self.piece.get(2)?);
        self.piece = self.piece.get(3..)?;
        let mut behind = 0;
        if flags & 8 != 0 {
            behind += usize::from(half(self.piece, 0)) * 4;
            self.piece = self.piece.get(2..)?;
        }
        if flags & 4 != 0 {
            behind = behind.saturating_add(word(self.piece, 0) as usize);
            self.piece = self.piece.get(4..)?;
        }
        let (mut left, mut wide) = (usize::from(characters), flags & 1 != 0);
        loop {
            let width = if wide { 2 } else { 1 };
            let here = left.min(self.piece.len() / width);
            self.piece = self.piece.get(here * width..)?;
            left -= here;
            if left == 0 {
                break;
            }
            self.piece = self.pieces.next()?;
            wide = self.piece.first()? & 1 != 0;
            self.piece = self.piece.get(1..)?;
        }
        while behind > 0 && self.more() {
            let here = behind.min(self.piece.len());
            self.piece = self.piece.get(here..)?;
            behind -= here;
        }
        Some(u64::from(characters) * 3 + size_of::<String>() as u64)
    }
}

/// The rectangle of some cells, and the bytes of their texts.
#[derive(Default)]
struct Sheet {
    corners: Option<(RangeInclusive<u64>, RangeInclusive<u64>)>,
    bytes: u64,
    formula_times: u64,
}

impl Sheet {
    /// Bytes that a sheet takes.
    fn of(stream: &[u8], shared: &[u64], formula_times: u64) -> Result<u64, Fault> {
        let mut sheet = Self { formula_times, ..Self::default() };
        let mut depth = 0_u32;
        for (kind, body) in (Records { rest: stream }) {
            sheet.bytes = sheet.bytes.saturating_add(8);
            match kind {
                BEGIN => depth += 1,
                END if depth <= 1 => break,
                END => depth -= 1,
                _ if depth <= 1 => sheet.take(kind, body, shared)?,
                _ => {}
            }
        }
        let side = |range: &RangeInclusive<u64>| range.end() - range.start() + 1;
        let places = sheet.corners.map_or(0, |(rows, columns)| side(&rows) * side(&columns));
        Ok(sheet.bytes.saturating_add(places.saturating_mul(PLACE_BYTES)))
    }

    fn add(&mut self, body: &[u8], times: u64) {
        self.bytes = self.bytes.saturating_add((body.len() as u64).saturating_mul(times));
    }

    fn take(&mut self, kind: u16, body: &[u8], shared: &[u64]) -> Result<(), Fault> {
        let (row, column) = (u64::from(half(body, 0)), u64::from(half(body, 2)));
        let mut last = column;
        match kind {
            0x200 => return claimed(body),
            0xFD => {
                let text = shared.get(word(body, 6) as usize).copied().unwrap_or(0);
                self.bytes = self.bytes.saturating_add(text.saturating_mul(2));
            }
            0x06 => self.add(body, self.formula_times),
            0x204 | 0xD6 => self.add(body, 6),
            // A formula's text, which stands where the formula does.
            0x207 => {
                self.add(body, 6);
                return Ok(());
            }
            0xBD => last = u64::from(half(body, body.len().saturating_sub(2))).max(column),
            0x203 | 0x205 | 0x27E => {}
            _ => return Ok(()),
        }
        let (rows, columns) = self.corners.take().unwrap_or((row..=row, column..=last));
        self.corners = Some((
            *rows.start().min(&row)..=*rows.end().max(&row),
            *columns.start().min(&column)..=*columns.end().max(&last),
        ));
        Ok(())
    }
}

/// Checks the dimensions that a sheet claims, which the reader makes room for.
fn claimed(body: &[u8]) -> Result<(), Fault> {
    let (rows, columns) = match body.len() {
        10 => {
            let at = |at| u64::from(half(body, at));
            ((at(0), at(2)), (at(4), at(6)))
        }
        _ => {
            let at = |at| u64::from(half(body, at));
            ((u64::from(word(body, 0)), u64::from(word(body, 4))), (at(8), at(10)))
        }
    };
    if rows.1 == 0 || columns.1 == 0 {
        return Ok(());
    }
    // As the reader has it: a first column beyond the format's counts as nought.
    let first = if columns.0 > 0xFF || columns.1 < columns.0 { 0 } else { columns.0 };
    let tall = rows.1.checked_sub(rows.0).ok_or_else(broken)?;
    let wide = columns.1.checked_sub(first).ok_or_else(broken)?;
    if tall.saturating_mul(wide) > SHEET_PLACES { Err(broken()) } else { Ok(()) }
}
