//! The first pass over a text file: every record is counted, nothing is built.
//!
//! Invariant: the dictionary depends on all records, so a value at the end of the file has the same
//! say as one at its head, and the second pass never meets a value that does not fit.

use std::sync::atomic::{AtomicBool, Ordering};

use schema::data::column::Encoding;

use super::census::Census;
use super::grid::Grid;
use super::json::Keys;
use super::tally::Tally;
use super::text_file::{Layout, Piece, TextFile, Trouble};
use super::twins::{self, Repeats};
use super::{faults, parallel};
use crate::error::Fault;
use crate::limits::Limits;
use crate::progress::Progress;

/// What the whole file holds.
#[derive(Debug, Default)]
pub(super) struct Survey {
    pub(super) columns: Vec<Census>,
    pub(super) rows: u64,
    pub(super) blank_lines: u64,
    /// Records that repeat the header.
    pub(super) headers: u64,
    /// A print of some cells of every column (see [`twins`]).
    pub(super) prints: Vec<u64>,
    /// Groups of columns that hold the same cells.
    pub(super) same: Vec<Vec<usize>>,
    /// Records that occurred before, among the first [`twins::ROWS_MAX`].
    pub(super) repeats: Tally,
}

impl Survey {
    fn of(piece: &Piece) -> Self {
        let grid = &piece.grid;
        let census = |column: usize| {
            let mut census = Census::default();
            for (row, cell) in (1..).zip(grid.column(column)) {
                census.observe(cell, row);
            }
            census
        };
        Self::with(piece, (0..grid.columns).map(census).collect())
    }

    /// The survey of a block whose columns are counted.
    fn with(piece: &Piece, columns: Vec<Census>) -> Self {
        let grid = &piece.grid;
        Self {
            columns,
            rows: grid.rows as u64,
            blank_lines: piece.blank_lines,
            headers: piece.headers,
            prints: twins::prints(grid),
            ..Self::default()
        }
    }

    /// Adds the survey of the next block.
    fn merge(&mut self, next: &Self) {
        for (sum, census) in self.columns.iter_mut().zip(&next.columns) {
            sum.merge(census, self.rows);
        }
        for (sum, print) in self.prints.iter_mut().zip(&next.prints) {
            *sum = twins::joined(*sum, *print);
        }
        self.rows += next.rows;
        self.blank_lines += next.blank_lines;
        self.headers += next.headers;
    }

    fn empty(columns: usize) -> Self {
        let prints = vec![0; columns];
        Self { columns: vec![Census::default(); columns], prints, ..Self::default() }
    }
}

/// The faults of blocks, turned into faults of the file.
#[derive(Debug, Default)]
pub(super) struct Faults {
    lines: u64,
    ragged: u64,
    first_ragged: Option<(u64, usize)>,
}

impl Faults {
    /// Begins behind the lines that precede the first block.
    pub(super) fn new(lines: u64) -> Self {
        Self { lines, ..Self::default() }
    }

    /// Takes in the next block; faults at once for what leaves no table behind.
    pub(super) fn take(&mut self, piece: &Piece, rows: u64) -> Result<(), Fault> {
        match &piece.trouble {
            None => {}
            Some(Trouble::Encoding(_)) => return Err(not_utf8(self.lines)),
            Some(Trouble::OpenQuote(line)) => return Err(faults::quote_open(self.lines + line)),
            Some(Trouble::StrayQuote(line)) => return Err(faults::quote_stray(self.lines + line)),
            Some(Trouble::Json(record, what)) => return Err(faults::json(rows + record, what)),
        }
        if let Some((line, found)) = piece.first_ragged {
            self.first_ragged.get_or_insert((self.lines + line, found));
        }
        self.ragged += piece.ragged;
        self.lines += piece.lines;
        Ok(())
    }

    /// Whether a record had another number of fields.
    pub(super) fn is_ragged(&self) -> bool {
        self.ragged > 0
    }

    /// The fault of the file, if records differ in their fields; `rows` of them do not.
    pub(super) fn finish(&self, columns: usize, rows: u64) -> Result<(), Fault> {
        match self.first_ragged {
            Some((_, found)) if rows == 0 => Err(faults::header_shifted(columns, found)),
            Some((line, found)) => Err(faults::ragged(line, columns, found, self.ragged)),
            None => Ok(()),
        }
    }
}

fn not_utf8(lines: u64) -> Fault {
    Fault::input(
        "encoding-invalid",
        format!("{}번째 줄 뒤에 UTF-8이 아닌 글자가 있습니다. UTF-8로 저장해 주십시오.", lines),
        format!(
            "Behind line {lines} there are letters that are not UTF-8. Save the file as UTF-8."
        ),
    )
    .at_row(lines + 1)
}

/// Opens a text file and counts all of it. If it turns out not to be UTF-8 behind a head of ASCII,
/// it is read again in the encoding that fits.
pub(super) fn survey(
    file: &mut TextFile,
    limits: &Limits,
    progress: &dyn Progress,
) -> Result<Survey, Fault> {
    match attempt(file, limits, progress) {
        Err(Retry::As(encoding)) => {
            file.encoding = encoding;
            file.encoding_open = false;
            attempt(file, limits, progress).map_err(Retry::fault)
        }
        other => other.map_err(Retry::fault),
    }
}

/// Why a pass ended.
enum Retry {
    As(Encoding),
    No(Fault),
}

impl Retry {
    fn fault(self) -> Fault {
        match self {
            Self::As(_) => not_utf8(0),
            Self::No(fault) => fault,
        }
    }
}

fn attempt(file: &mut TextFile, limits: &Limits, progress: &dyn Progress) -> Result<Survey, Retry> {
    let mut other = None;
    let open = file.encoding_open;
    let result = (|| {
        if matches!(file.layout, Layout::Json(_)) {
            let keys = keys(file, limits, progress, &mut other)?;
            file.layout = Layout::Json(keys);
        }
        count_in(file, limits, progress, &mut other)
    })();
    match (result, other) {
        (Err(_), Some(encoding)) if open => Err(Retry::As(encoding)),
        (result, _) => result.map_err(Retry::No),
    }
}

/// The keys of a JSON file, from all of its records.
fn keys(
    file: &TextFile,
    limits: &Limits,
    progress: &dyn Progress,
    other: &mut Option<Encoding>,
) -> Result<Keys, Fault> {
    let mut source = file.blocks(limits)?;
    let mut keys = Keys::default();
    let next = || {
        progress.at("keys", source.taken(), file.size)?;
        source.next()
    };
    let work = |block: Vec<u8>| match std::str::from_utf8(&block) {
        Ok(_) => Keys::of(&block).map_err(|bad| Trouble::Json(bad.record, bad.what)),
        Err(_) => Err(Trouble::Encoding(super::encoding::legacy(&block))),
    };
    parallel::ordered(limits.threads, next, work, |found: Result<Keys, Trouble>| {
        match found {
            Ok(found) => keys.merge(&found),
            Err(Trouble::Json(record, what)) => {
                return Err(faults::json(keys.records + record, &what));
            }
            Err(trouble) => {
                if let Trouble::Encoding(guess) = trouble {
                    *other = guess;
                }
                return Err(not_utf8(keys.records));
            }
        }
        if keys.list().len() > limits.columns_max {
            return Err(faults::columns_too_many(keys.list().len(), limits.columns_max));
        }
        Ok(())
    })?;
    if keys.list().is_empty() {
        return Err(faults::no_records());
    }
    Ok(keys)
}

/// Reads the keys of a JSON file whose encoding is known.
pub(super) fn read_keys(
    file: &mut TextFile,
    limits: &Limits,
    progress: &dyn Progress,
) -> Result<(), Fault> {
    file.layout = Layout::Json(keys(file, limits, progress, &mut None)?);
    Ok(())
}

/// Counts all of a file whose encoding is known.
pub(super) fn count(
    file: &TextFile,
    limits: &Limits,
    progress: &dyn Progress,
) -> Result<Survey, Fault> {
    count_in(file, limits, progress, &mut None)
}

fn count_in(
    file: &TextFile,
    limits: &Limits,
    progress: &dyn Progress,
    other: &mut Option<Encoding>,
) -> Result<Survey, Fault> {
    count_with(file, limits, progress, other, |_| None::<(_, ())>, |_| Ok(()))
}

/// Counts all of a file. `counted` may count the columns of a block and do something else with the
/// cells in the same go; what comes of it is handed to `keep`, in order.
pub(super) fn count_with<X: Send>(
    file: &TextFile,
    limits: &Limits,
    progress: &dyn Progress,
    other: &mut Option<Encoding>,
    counted: impl Fn(&Grid) -> Option<(Vec<Census>, X)> + Sync,
    mut keep: impl FnMut(Option<X>) -> Result<(), Fault>,
) -> Result<Survey, Fault> {
    let columns = file.columns();
    let mut survey = Survey::empty(columns);
    let mut repeats = Repeats::default();
    let counting = AtomicBool::new(true);
    let mut faults = Faults::new(file.lines_before());
    let mut source = file.blocks(limits)?;
    let next = || {
        progress.at("survey", source.taken(), file.size)?;
        source.next()
    };
    let work = |block: Vec<u8>| {
        let mut piece = file.cut(block);
        let (part, extra) = match counted(&piece.grid) {
            Some((columns, extra)) => (Survey::with(&piece, columns), Some(extra)),
            None => (Survey::of(&piece), None),
        };
        let hashes = counting.load(Ordering::Relaxed).then(|| twins::rows(&piece.grid));
        piece.grid = Grid::default();
        (piece, part, hashes, extra)
    };
    parallel::ordered(limits.threads, next, work, |(piece, part, hashes, extra)| {
        if let Some(Trouble::Encoding(guess)) = piece.trouble {
            *other = guess;
        }
        faults.take(&piece, survey.rows)?;
        survey.merge(&part);
        repeats.add(&hashes.unwrap_or_default());
        if repeats.is_full() {
            counting.store(false, Ordering::Relaxed);
        }
        if survey.rows > limits.rows_max {
            return Err(faults::rows_too_many(limits.rows_max));
        }
        // Behind a ragged record there is only counting left to do.
        if faults.is_ragged() { Ok(()) } else { keep(extra) }
    })?;
    faults.finish(columns, survey.rows)?;
    if survey.rows == 0 {
        return Err(faults::no_records());
    }
    survey.repeats = repeats.tally;
    survey.same = twins::columns(file, &survey, limits, progress)?;
    Ok(survey)
}

/// A survey of the first few blocks; `None` if that is the whole file, or if it holds a fault that
/// the survey of the whole file will tell better.
pub(super) fn head(file: &TextFile, limits: &Limits) -> Result<Option<Survey>, Fault> {
    const BLOCKS: usize = 4;
    let mut survey = Survey::empty(file.columns());
    let mut source = file.blocks(limits)?;
    for _ in 0..BLOCKS {
        let Some(block) = source.next()? else { return Ok(None) };
        let piece = file.cut(block);
        if piece.trouble.is_some() || piece.ragged > 0 {
            return Ok(None);
        }
        survey.merge(&Survey::of(&piece));
    }
    Ok(Some(survey))
}
