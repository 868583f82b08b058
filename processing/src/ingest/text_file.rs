//! A text file, opened and understood so far that its blocks can be read, as often as needed.

use std::path::{Path, PathBuf};

use schema::data::column::{Compression, Encoding, FileFormat, Finding, Reading};

use super::csv::blocks::Blocks;
use super::csv::header::Answer;
use super::csv::sniff::{Known, Sniffed, sniff};
use super::csv::{Delimiter, split};
use super::encoding::{self, Text};
use super::grid::Grid;
use super::json::Keys;
use super::unpack::Unpacked;
use super::workbook::{self, Sheet};
use super::{faults, magic, notes, unpack};
use crate::error::Fault;
use crate::limits::Limits;

/// What the records of a text file look like.
#[derive(Clone, Debug)]
pub(super) enum Layout {
    Csv(Box<Sniffed>),
    /// The keys are known after a pass over the file.
    Json(Keys),
}

/// A text file that can be read from the start again and again.
#[derive(Clone, Debug)]
pub(super) struct TextFile {
    path: PathBuf,
    /// Bytes of the packed file.
    pub(super) size: u64,
    compression: Compression,
    pub(super) encoding: Encoding,
    /// Whether the encoding was only assumed because the sample is ASCII.
    pub(super) encoding_open: bool,
    mark: usize,
    pub(super) layout: Layout,
    /// The sheet this text was written from, if it came from a workbook.
    sheet: Option<Sheet>,
}

/// Blocks of either layout.
pub(super) enum BlockSource {
    Csv(Blocks),
    Json(super::json_blocks::JsonBlocks),
}

impl BlockSource {
    pub(super) fn next(&mut self) -> Result<Option<Vec<u8>>, Fault> {
        match self {
            Self::Csv(blocks) => blocks.next(),
            Self::Json(blocks) => blocks.next(),
        }
    }

    /// Bytes of the packed file read so far.
    pub(super) fn taken(&self) -> u64 {
        match self {
            Self::Csv(blocks) => blocks.taken(),
            Self::Json(blocks) => blocks.taken(),
        }
    }
}

/// One block cut into cells, with its own faults.
#[derive(Default)]
pub(super) struct Piece {
    pub(super) grid: Grid,
    pub(super) lines: u64,
    pub(super) blank_lines: u64,
    /// Records that repeat the header; they are not in the grid.
    pub(super) headers: u64,
    pub(super) ragged: u64,
    pub(super) first_ragged: Option<(u64, usize)>,
    pub(super) trouble: Option<Trouble>,
}

/// What makes a block unreadable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// Not UTF-8; another encoding that would fit.
    Encoding(Option<Encoding>),
    /// 1-based line within the block.
    OpenQuote(u64),
    StrayQuote(u64),
    /// 1-based record within the block.
    Json(u64, String),
}

impl TextFile {
    /// Opens a file that is not Parquet. `known` is a dictionary's account of how to read it.
    pub(super) fn open(
        path: &Path,
        known: Option<&Reading>,
        limits: &Limits,
    ) -> Result<Self, Fault> {
        let workbook = workbook::recognise(path)?;
        let Some(format) = workbook else { return Self::open_text(path, known, limits) };
        let sheet = known.and_then(|reading| reading.sheet.as_deref());
        let sheet = workbook::open(path, format, sheet, limits)?;
        let reading = Reading {
            delimiter: Some(",".to_owned()),
            header: known.and_then(|reading| reading.header),
            ..Reading::of(FileFormat::Csv)
        };
        let file = Self::open_text(&sheet.text, Some(&reading), limits)?;
        Ok(Self { sheet: Some(sheet), ..file })
    }

    fn open_text(path: &Path, known: Option<&Reading>, limits: &Limits) -> Result<Self, Fault> {
        let (mut file, size) = unpack::open(path)?;
        let compression = unpack::packing(&mut file)?;
        let mut bytes = Unpacked::new(file, compression, limits)?;
        let mut sample = vec![0; limits.sample_bytes.max(4096)];
        let length = bytes.read_full(&mut sample)?;
        sample.truncate(length);
        if sample.is_empty() {
            return Err(faults::file_empty());
        }
        refuse_foreign(&sample)?;
        let told = encoding::tell(&sample);
        let encoding = match (known, told) {
            (Some(reading), _) => reading.encoding,
            (None, Some(told)) => told.encoding,
            (None, None) => return Err(unreadable(&sample)),
        };
        let wide = matches!(encoding, Encoding::Utf16Le | Encoding::Utf16Be);
        if !wide && magic::is_binary(&sample) {
            return Err(unreadable(&sample));
        }
        let mark = told.filter(|told| told.encoding == encoding).map_or(0, |told| told.mark);
        let head = sample.split_off(mark);
        let whole = length < limits.sample_bytes.max(4096);
        let mut text = Text::new(bytes, head, encoding);
        let mut start = Vec::new();
        text.fill(&mut start, limits.sample_bytes.max(4096))?;
        while !whole && memchr::memchr2(b'\n', b'\r', &start).is_none() {
            if start.len() > limits.record_bytes_max {
                return Err(endless(&start, limits));
            }
            if text.fill(&mut start, limits.sample_bytes)? == 0 {
                break;
            }
        }
        let layout = layout(&start, whole, known, limits)?;
        let encoding_open = known.is_none() && told.is_some_and(|told| told.ascii);
        let path = path.to_owned();
        Ok(Self { path, size, compression, encoding, encoding_open, mark, layout, sheet: None })
    }

    /// The blocks of the file from the start.
    pub(super) fn blocks(&self, limits: &Limits) -> Result<BlockSource, Fault> {
        let (file, _) = unpack::open(&self.path)?;
        let mut bytes = Unpacked::new(file, self.compression, limits)?;
        bytes.read_full(&mut vec![0; self.mark])?;
        let text = Text::new(bytes, Vec::new(), self.encoding);
        Ok(match &self.layout {
            Layout::Csv(sniffed) => BlockSource::Csv(Blocks::new(
                text,
                sniffed.dialect,
                sniffed.skip_bytes,
                sniffed.skip_lines,
                limits,
            )?),
            Layout::Json(_) => BlockSource::Json(super::json_blocks::JsonBlocks::new(text, limits)),
        })
    }

    /// Cuts a block into cells.
    pub(super) fn cut(&self, block: Vec<u8>) -> Piece {
        if std::str::from_utf8(&block).is_err() {
            let guess = encoding::legacy(&block);
            return Piece { trouble: Some(Trouble::Encoding(guess)), ..Piece::default() };
        }
        match &self.layout {
            Layout::Csv(sniffed) => {
                let mut split = split::split(block, sniffed.dialect);
                let headers =
                    sniffed.header.as_ref().map_or(0, |names| split.grid.drop_rows(names));
                let trouble = match (split.stray_quote, split.open_quote) {
                    (Some(line), _) => Some(Trouble::StrayQuote(line)),
                    (None, Some(line)) => Some(Trouble::OpenQuote(line)),
                    (None, None) => None,
                };
                Piece {
                    grid: split.grid,
                    lines: split.lines,
                    blank_lines: split.blank_lines,
                    headers,
                    ragged: split.ragged,
                    first_ragged: split.first_ragged,
                    trouble,
                }
            }
            Layout::Json(keys) => match keys.cut(&block) {
                Ok(grid) => Piece { lines: grid.rows as u64, grid, ..Piece::default() },
                Err(bad) => {
                    let trouble = Some(Trouble::Json(bad.record, bad.what));
                    Piece { trouble, ..Piece::default() }
                }
            },
        }
    }

    /// Lines before the first record.
    pub(super) fn lines_before(&self) -> u64 {
        match &self.layout {
            Layout::Csv(sniffed) => sniffed.skip_lines,
            Layout::Json(_) => 0,
        }
    }

    /// Whether the text was written from a sheet of a workbook.
    pub(super) fn is_sheet(&self) -> bool {
        self.sheet.is_some()
    }

    /// Fields of every record.
    pub(super) fn columns(&self) -> usize {
        match &self.layout {
            Layout::Csv(sniffed) => sniffed.dialect.columns,
            Layout::Json(keys) => keys.list().len(),
        }
    }

    /// How the file is read, for its dictionary.
    pub(super) fn reading(&self) -> Reading {
        let (format, delimiter, header) = match &self.layout {
            Layout::Csv(sniffed) => {
                (FileFormat::Csv, sniffed.dialect.delimiter.name(), Some(sniffed.header.is_some()))
            }
            Layout::Json(_) => (FileFormat::JsonLines, None, None),
        };
        if let Some(sheet) = &self.sheet {
            let name = Some(sheet.name.clone());
            return Reading { header, sheet: name, ..Reading::of(sheet.format) };
        }
        let (compression, encoding) = (self.compression, self.encoding);
        Reading { compression, encoding, delimiter, header, ..Reading::of(format) }
    }

    /// What a person should know about how the file is read.
    pub(super) fn findings(&self) -> Vec<Finding> {
        let mut findings =
            self.sheet.as_ref().map_or_else(Vec::new, |sheet| sheet.findings.clone());
        if self.encoding == Encoding::Windows1252 {
            findings.push(notes::encoding_assumed());
        }
        let Layout::Csv(sniffed) = &self.layout else { return findings };
        if sniffed.preamble_lines > 0 {
            findings.push(notes::preamble(sniffed.preamble_lines));
        }
        findings.extend(notes::header_excess(sniffed.header_excess));
        if let Delimiter::Two(..) = sniffed.dialect.delimiter {
            let marks = sniffed.dialect.delimiter.name().unwrap_or_default();
            findings.push(notes::delimiters_mixed(&marks));
        }
        if sniffed.units.is_some() {
            findings.push(notes::units_row());
        }
        if sniffed.transposed {
            findings.push(notes::transposed());
        }
        match sniffed.answer {
            Answer::Header => {}
            Answer::HeaderAssumed => findings.push(notes::header_assumed()),
            Answer::NumberedHeader => findings.push(notes::header_numbered()),
            Answer::NoHeader => findings.push(notes::headerless(false, self.columns())),
            Answer::NoHeaderAssumed => findings.push(notes::headerless(true, self.columns())),
        }
        findings
    }
}

fn layout(
    start: &[u8],
    whole: bool,
    known: Option<&Reading>,
    limits: &Limits,
) -> Result<Layout, Fault> {
    let json = match known {
        Some(reading) => reading.format == FileFormat::JsonLines,
        None => looks_like_json(start),
    };
    if json {
        return Ok(Layout::Json(Keys::default()));
    }
    let mut hints = Known::default();
    if let Some(reading) = known {
        hints.header = reading.header;
        let Some(delimiter) = Delimiter::from_name(reading.delimiter.as_deref()) else {
            return Err(faults::dictionary(
                "구분자는 글자 하나여야 합니다.",
                "The separator has to be one character.",
            ));
        };
        hints.delimiter = Some(delimiter);
    }
    Ok(Layout::Csv(Box::new(sniff(start, whole, hints, limits)?)))
}

/// An object at the start, or an array of objects.
fn looks_like_json(start: &[u8]) -> bool {
    let mut rest = start.trim_ascii_start();
    if let Some(inner) = rest.strip_prefix(b"[") {
        rest = inner.trim_ascii_start();
    }
    let Some(inner) = rest.strip_prefix(b"{") else { return false };
    matches!(inner.trim_ascii_start().first(), Some(b'"' | b'}'))
}

fn refuse_foreign(sample: &[u8]) -> Result<(), Fault> {
    let magic::Magic::Foreign(kind) = magic::recognise(sample) else { return Ok(()) };
    let (ko, en) = match kind.cure {
        magic::Cure::SaveAsCsv => (
            "엑셀에서 'CSV UTF-8'로 저장해 올려 주십시오.",
            "Save the sheet as \"CSV UTF-8\" and provide that.",
        ),
        magic::Cure::TakeOut => (
            "안에 든 표 파일을 꺼내거나 gzip 또는 zstd로 압축해 주십시오.",
            "Take the tables out of it, or pack them with gzip or zstd.",
        ),
        magic::Cure::Convert => (
            "CSV, JSON Lines 또는 Parquet으로 바꾸어 주십시오.",
            "Convert it to CSV, JSON Lines or Parquet.",
        ),
    };
    Err(Fault::input(
        "format-unknown",
        format!("{} 파일로 보입니다. {ko}", kind.name),
        format!("This looks like a {} file. {en}", kind.name),
    ))
}

/// Neither a known kind nor text.
fn unreadable(sample: &[u8]) -> Fault {
    if magic::is_binary(sample) {
        return Fault::input(
            "format-unknown",
            "알 수 없는 이진 파일입니다. CSV, JSON Lines 또는 Parquet 파일을 올려 주십시오.",
            "This is a binary file of unknown kind. Provide CSV, JSON Lines or Parquet.",
        );
    }
    let valid = std::str::from_utf8(sample).map_or_else(|error| error.valid_up_to(), str::len);
    faults::encoding(valid as u64 + 1)
}

/// A record that does not end within the bounds: too many columns, or one huge value.
fn endless(start: &[u8], limits: &Limits) -> Fault {
    for mark in [b',', b';', b'\t', b'|'] {
        let columns = memchr::memchr_iter(mark, start).count() + 1;
        if columns > limits.columns_max {
            return faults::columns_too_many(columns, limits.columns_max);
        }
    }
    faults::record_too_long(1, limits.record_bytes_max)
}
