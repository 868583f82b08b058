//! Workbooks: one sheet becomes the records of a separated text, which is then read like any other.
//!
//! So headers, null words, units, date shapes and every finding are those of text files, and no
//! value passes through a display format: numbers keep their digits, times the milliseconds of the
//! sheet. Formulas give the results stored with them.
//!
//! Invariants: nothing is read before the archive or the records were weighed (see [`zip`],
//! [`biff`]); the reader may give up on damaged bytes but never takes the caller along; the scratch
//! copy goes when it is dropped.
//! Deliberately absent: filling merged cells, which is cleaning; display formats; macros.

mod biff;
mod book;
mod cell;
mod compound;
mod ods;
mod tags;
mod zip;

use std::fs::File;
use std::io::{BufWriter, Read as _, Seek as _, SeekFrom, Write as _};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use schema::data::column::{FileFormat, Finding};
use tempfile::{NamedTempFile, TempPath};

use super::{faults, notes, unpack};
use crate::error::Fault;
use crate::limits::Limits;
use book::Book;
use cell::Value;

/// A sheet written out as comma-separated UTF-8.
#[derive(Clone, Debug)]
pub(super) struct Sheet {
    pub(super) format: FileFormat,
    pub(super) name: String,
    pub(super) findings: Vec<Finding>,
    /// The scratch copy, for as long as it is read.
    pub(super) text: Arc<TempPath>,
}

/// The kind of workbook that a file is by its content; `None` if it is none.
pub(super) fn recognise(path: &Path) -> Result<Option<FileFormat>, Fault> {
    let (mut file, size) = unpack::open(path)?;
    let mut head = [0_u8; 8];
    let length = unpack::read_full(&mut file, &mut head)?;
    match &head[..length] {
        [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1] => Ok(Some(FileFormat::Xls)),
        [b'P', b'K', 3, 4, ..] => {
            let Ok(parts) = zip::parts(&mut file, size) else { return Ok(None) };
            let has = |name: &str| parts.iter().any(|part| part.name.eq_ignore_ascii_case(name));
            let any = |is: &dyn Fn(&str) -> bool| parts.iter().any(|part| is(&part.name));
            Ok(if any(&|name| name.starts_with("xl/") && name.ends_with("workbook.bin")) {
                Some(FileFormat::Xlsb)
            } else if any(&|name| name.starts_with("xl/") && name.ends_with(".xml")) {
                Some(FileFormat::Xlsx)
            } else if has("content.xml") && has("mimetype") {
                Some(FileFormat::Ods)
            } else {
                None
            })
        }
        _ => Ok(None),
    }
}

/// Writes out the sheet that is asked for, or the first that holds a table.
pub(super) fn open(
    path: &Path,
    format: FileFormat,
    wanted: Option<&str>,
    limits: &Limits,
) -> Result<Sheet, Fault> {
    let (mut file, size) = unpack::open(path)?;
    if format == FileFormat::Xls {
        refuse_locked(&mut file)?;
        let memory = limits.memory_bytes_max as u64;
        if size > memory / 4 {
            return Err(too_large());
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let stream = compound::workbook(&bytes)?.ok_or_else(foreign)?;
        drop(bytes);
        biff::weigh(&stream, memory)?;
    } else {
        let parts = zip::parts(&mut file, size)?;
        zip::weigh(&mut file, &parts, limits)?;
    }
    let mut book = Book::open(path, format)?;
    let (name, others) = choose(&mut book, wanted)?;
    let extent = measure(&mut book, &name, limits)?;
    let merged = book.merged(&name);
    let text = write(&mut book, &name, &extent)?;
    let mut findings = vec![notes::sheet(&name, extent.rows, extent.columns)];
    if !others.is_empty() {
        findings.push(notes::sheets_left(&others));
    }
    if extent.blank_rows > 0 {
        findings.push(notes::blank_lines(extent.blank_rows));
    }
    if extent.errors > 0 {
        findings.push(notes::cells_error(extent.errors, &extent.first_errors));
    }
    if merged > 0 {
        findings.push(notes::cells_merged(merged));
    }
    Ok(Sheet { format, name, findings, text: Arc::new(text) })
}

/// Office packs a workbook with a password into a compound file of its own.
fn refuse_locked(file: &mut File) -> Result<(), Fault> {
    let mut head = vec![0; 64 << 10];
    let length = unpack::read_full(file, &mut head)?;
    file.seek(SeekFrom::Start(0))?;
    let name: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    if memchr::memmem::find(&head[..length], &name).is_some() { Err(locked()) } else { Ok(()) }
}

/// The sheet to read, and the others that hold something.
fn choose(book: &mut Book, wanted: Option<&str>) -> Result<(String, Vec<String>), Fault> {
    let names = book.sheets();
    if let Some(wanted) = wanted
        && !names.iter().any(|name| name == wanted)
    {
        return Err(sheet_missing(wanted, &names));
    }
    let mut filled = Vec::new();
    for name in names {
        let kind = look(book, &name)?;
        if kind != Look::Empty || wanted == Some(name.as_str()) {
            filled.push((name, kind));
        }
    }
    let at = match wanted {
        Some(wanted) => filled.iter().position(|(name, _)| name == wanted),
        None => filled.iter().position(|(_, kind)| *kind == Look::Table),
    };
    if filled.is_empty() {
        return Err(faults::file_empty());
    }
    let (name, _) = filled.remove(at.unwrap_or(0));
    Ok((name, filled.into_iter().map(|(name, _)| name).collect()))
}

/// What a sheet seems to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Look {
    Empty,
    /// Single cells: a cover page, a remark.
    Remarks,
    /// Two rows of two cells or more.
    Table,
}

fn look(book: &mut Book, name: &str) -> Result<Look, Fault> {
    let (mut cells, mut wide, mut row, mut in_row) = (0_u32, 0, None, 0);
    book.each(name, &mut |at, _, value| {
        if matches!(value, Value::Empty) {
            return Ok(ControlFlow::Continue(()));
        }
        cells += 1;
        in_row = if row == Some(at) { in_row + 1 } else { 1 };
        row = Some(at);
        wide += u32::from(in_row == 2);
        Ok(if wide == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    })?;
    Ok(match (cells, wide) {
        (0, _) => Look::Empty,
        (_, 2) => Look::Table,
        _ => Look::Remarks,
    })
}

/// Where the filled cells of a sheet stand.
#[derive(Debug, Default)]
struct Extent {
    /// First and last, counted from zero.
    rows: (u32, u32),
    columns: (u32, u32),
    /// Rows without any cell between the first and the last.
    blank_rows: u64,
    errors: u64,
    /// Places of the first errors, as `C5`.
    first_errors: Vec<String>,
}

fn measure(book: &mut Book, name: &str, limits: &Limits) -> Result<Extent, Fault> {
    const ERRORS_SHOWN: usize = 5;
    let mut extent: Option<Extent> = None;
    book.each(name, &mut |row, column, value| {
        if matches!(value, Value::Empty) {
            return Ok(ControlFlow::Continue(()));
        }
        let extent = extent.get_or_insert(Extent {
            rows: (row, row),
            columns: (column, column),
            ..Extent::default()
        });
        if row < extent.rows.1 {
            return Err(broken());
        }
        extent.blank_rows += u64::from((row - extent.rows.1).saturating_sub(1));
        extent.rows.1 = row;
        extent.columns = (extent.columns.0.min(column), extent.columns.1.max(column));
        let width = (extent.columns.1 - extent.columns.0) as usize + 1;
        if width > limits.columns_max {
            return Err(faults::columns_too_many(width, limits.columns_max));
        }
        if matches!(value, Value::Error(_)) {
            extent.errors += 1;
            if extent.first_errors.len() < ERRORS_SHOWN {
                extent.first_errors.push(format!("{}{}", letters(column), row + 1));
            }
        }
        Ok(ControlFlow::Continue(()))
    })?;
    extent.ok_or_else(faults::file_empty)
}

/// A column as sheets call it: `A`, `Z`, `AA`.
pub(super) fn letters(mut column: u32) -> String {
    let mut name = Vec::new();
    loop {
        name.push(char::from(b'A' + u8::try_from(column % 26).unwrap_or(0)));
        if column < 26 {
            return name.iter().rev().collect();
        }
        column = column / 26 - 1;
    }
}

/// Writes the rows that hold something, every one as wide as the sheet.
fn write(book: &mut Book, name: &str, extent: &Extent) -> Result<TempPath, Fault> {
    let scratch = NamedTempFile::new()?;
    let mut out = BufWriter::with_capacity(256 << 10, scratch.as_file());
    let (first, last) = extent.columns;
    let mut row = None;
    let mut cells: Vec<(u32, Vec<u8>)> = Vec::new();
    let mut spare: Vec<Vec<u8>> = Vec::new();
    let mut line = Vec::new();
    let mut end = |cells: &mut Vec<(u32, Vec<u8>)>, spare: &mut Vec<Vec<u8>>| {
        cells.sort_by_key(|(column, _)| *column);
        if cells.windows(2).any(|pair| pair[0].0 == pair[1].0) {
            return Err(broken());
        }
        line.clear();
        let mut at = first;
        for (column, text) in cells.drain(..) {
            line.extend(std::iter::repeat_n(b',', (column - at) as usize));
            line.extend_from_slice(&text);
            at = column;
            spare.push(text);
        }
        line.extend(std::iter::repeat_n(b',', (last - at) as usize));
        line.push(b'\n');
        out.write_all(&line).map_err(Fault::from)
    };
    book.each(name, &mut |at, column, value| {
        if matches!(value, Value::Empty) {
            return Ok(ControlFlow::Continue(()));
        }
        if row != Some(at) && !cells.is_empty() {
            end(&mut cells, &mut spare)?;
        }
        row = Some(at);
        let mut text = spare.pop().unwrap_or_default();
        text.clear();
        value.write(&mut text);
        cells.push((column, text));
        Ok(ControlFlow::Continue(()))
    })?;
    if !cells.is_empty() {
        end(&mut cells, &mut spare)?;
    }
    out.flush()?;
    drop(out);
    Ok(scratch.into_temp_path())
}

fn broken() -> Fault {
    Fault::input(
        "workbook-invalid",
        "통합 문서가 깨졌거나 읽을 수 없는 모양입니다. 엑셀에서 다시 저장하거나 'CSV UTF-8'로 저장해 \
         주십시오.",
        "The workbook is damaged or of a form that is not read. Save it again, or as \"CSV UTF-8\".",
    )
}

fn foreign() -> Fault {
    Fault::input(
        "format-unknown",
        "엑셀(.xls)·한글(.hwp)·MS Office 파일로 보이지만 시트가 없습니다. 표를 'CSV UTF-8'로 저장해 \
         주십시오.",
        "This looks like a .xls, .hwp or MS Office file, but holds no sheets. Save the table as \
         \"CSV UTF-8\".",
    )
}

fn locked() -> Fault {
    Fault::input(
        "workbook-locked",
        "암호가 걸린 통합 문서입니다. 암호를 풀고 저장해 주십시오.",
        "The workbook is protected by a password. Save it without one.",
    )
}

fn too_large() -> Fault {
    Fault::input(
        "workbook-too-large",
        "통합 문서를 펼치면 너무 큽니다. 시트를 'CSV UTF-8'로 저장해 주십시오.",
        "Unpacked, the workbook is too large. Save the sheet as \"CSV UTF-8\".",
    )
}

fn sheet_missing(wanted: &str, names: &[String]) -> Fault {
    let names = names.join(", ");
    Fault::input(
        "sheet-missing",
        format!("시트 {wanted}이(가) 없습니다. 있는 시트: {names}."),
        format!("There is no sheet {wanted}; the workbook has: {names}."),
    )
}

#[cfg(test)]
mod binary_tests;
#[cfg(test)]
mod tests;
