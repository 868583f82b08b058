//! Files as they come from factories → Parquet with a column dictionary.
//!
//! Text files (separated text, JSON Lines; gzip, zstd; UTF-8, CP949, UTF-16, Windows-1252) take two
//! passes: the first counts what every cell of every column is and decides types, date orders and
//! null words over *all* records; the second builds typed columns straight from the bytes. So
//! nothing is guessed from a sample, and no value is lost to a wrong guess. Long files are built
//! during the first pass already, by what their head says; if the whole says otherwise, the second
//! pass runs after all. With a dictionary the second pass alone runs. Parquet files are decoded in
//! full and normalised to the stored types. A workbook gives one sheet as a separated text
//! (`workbook`); several files give one table (`union`).
//!
//! Invariants:
//! - a value that does not fit its type is a fault or makes the column text, never a silent null;
//! - memory is bounded by blocks, batches and one row group, whatever the size of the file;
//! - the same input and dictionary give the same bytes;
//! - on a fault nothing is left behind.
//!
//! Deliberately absent: cleaning. Suspected sentinels, damaged years, repeated rows and padded texts
//! are reported and kept; [`pipeline`](crate::pipeline) removes what a person decides to remove.
//! Nested JSON is kept as text and told, not flattened.

mod build;
mod census;
mod csv;
mod describe;
mod dictionary_text;
mod encoding;
mod extremes;
mod faults;
mod grid;
mod json;
mod json_blocks;
mod known;
mod magic;
mod names;
mod normal;
mod notes;
mod number;
mod once;
mod parallel;
mod plan;
pub(crate) mod reader;
pub(crate) mod roles;
mod shapes;
mod shift;
mod stamp;
mod store;
mod survey;
mod table;
mod table_census;
mod table_twins;
mod tally;
mod text_file;
mod twins;
mod union;
mod units;
mod unpack;
mod verdict;
mod verdict_time;
mod words;
mod workbook;
mod write;

use std::io::Read;
use std::path::Path;

use schema::data::column::{Dictionary, FileFormat};

use crate::error::Fault;
use crate::limits::Limits;
use crate::progress::{Progress, Silent};
pub use dictionary_text::to_yaml;
use once::Outcome;
use text_file::TextFile;
pub use union::{SOURCE_COLUMN, convert_all, inspect_all};

/// What [`convert`] made.
#[derive(Clone, Debug, PartialEq)]
pub struct Ingested {
    /// How the file was read and what its columns mean; the same is stored in the Parquet file.
    pub dictionary: Dictionary,
    /// Records of the table.
    pub rows: u64,
}

/// Reads a whole file and tells how it is to be read and what its columns are. Nothing is written.
///
/// # Errors
/// [`Fault::Input`] with the codes `file-missing`, `file-empty`, `file-no-records`,
/// `format-unknown`, `encoding-invalid`, `unpack-invalid`, `unpack-ratio`, `unpacked-too-large`,
/// `csv-ragged`, `csv-quote-open`, `csv-quote-stray`, `record-too-long`, `columns-too-many`,
/// `rows-too-many`, `json-invalid`, `parquet-invalid`.
pub fn inspect(path: &Path, limits: &Limits) -> Result<Dictionary, Fault> {
    if is_parquet(path)? {
        return table::inspect(path, limits, &Silent);
    }
    let mut file = TextFile::open(path, None, limits)?;
    surveyed(&mut file, limits, &Silent)
}

/// Converts a file to zstd Parquet at `out`, replacing it in one step.
///
/// Without a dictionary the file is inspected first. With one, its types are binding; its findings
/// are kept.
///
/// # Errors
/// Those of [`inspect`], and `value-type` (row and column named) and `dictionary-invalid`. Nothing
/// is left behind then.
pub fn convert(
    path: &Path,
    out: &Path,
    dictionary: Option<&Dictionary>,
    limits: &Limits,
    progress: &dyn Progress,
) -> Result<Ingested, Fault> {
    if let Some(dictionary) = dictionary {
        plan::check(dictionary, limits.name_bytes_max)?;
    }
    if is_parquet(path)? {
        return table::convert(path, out, dictionary, limits, progress);
    }
    let known = dictionary.map(|dictionary| &dictionary.reading);
    if known.is_some_and(|reading| reading.format == FileFormat::Parquet) {
        return Err(faults::dictionary(
            "사전은 Parquet 파일의 것인데 파일은 그렇지 않습니다.",
            "The dictionary belongs to a Parquet file and this is none.",
        ));
    }
    let mut file = TextFile::open(path, known, limits)?;
    if let Some(dictionary) = dictionary {
        // By place, the columns of a file in another order would get each other's names.
        let sources = describe::source_names(&file);
        if sources.is_some_and(|sources| union::is_reordered(&sources, dictionary)) {
            let path = path.to_owned();
            return convert_all(&[path], out, Some(dictionary), false, limits, progress);
        }
        let dictionary = write::prepared(&mut file, dictionary, limits, progress)?;
        return write::write(&file, out, dictionary, limits, progress);
    }
    let dictionary = match once::convert(&file, out, limits, progress)? {
        Outcome::Done(done) => return Ok(done),
        Outcome::Surveyed(dictionary) => dictionary,
        Outcome::Unfit => surveyed(&mut file, limits, progress)?,
    };
    write::write(&file, out, dictionary, limits, progress)
}

/// The dictionary stored in a Parquet file, or one derived from its schema if it has none.
///
/// # Errors
/// [`Fault::Input`] `parquet-invalid` if it is no Parquet file.
pub fn dictionary_of(parquet: &Path) -> Result<Dictionary, Fault> {
    table::dictionary_of(parquet)
}

fn is_parquet(path: &Path) -> Result<bool, Fault> {
    let (mut file, _) = unpack::open(path)?;
    let mut head = [0_u8; 4];
    let length = unpack::read_full(&mut file.by_ref(), &mut head)?;
    Ok(matches!(magic::recognise(&head[..length]), magic::Magic::Parquet))
}

fn surveyed(
    file: &mut TextFile,
    limits: &Limits,
    progress: &dyn Progress,
) -> Result<Dictionary, Fault> {
    let survey = survey::survey(file, limits, progress)?;
    Ok(describe::confirmed(file, &survey, limits))
}

#[cfg(test)]
mod tests;
