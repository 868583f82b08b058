//! The four workbook formats behind one walk over the cells of a sheet.

use std::fs::File;
use std::io::BufReader;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use calamine::{
    Ods, OdsError, Reader as _, SheetType, SheetVisible, Xls, XlsError, Xlsb, XlsbError, Xlsx,
    XlsxError,
};
use schema::data::column::FileFormat;

use super::cell::Value;
use super::{broken, foreign, locked};
use crate::error::Fault;

type Source = BufReader<File>;

/// An open workbook.
pub(super) enum Book {
    Xlsx(Box<Xlsx<Source>>),
    Xlsb(Box<Xlsb<Source>>),
    Xls(Box<Xls<Source>>),
    Ods(Box<Ods<Source>>),
}

/// Takes in a cell by its row and column, counted from zero; rows never go back.
type Take<'a> = dyn FnMut(u32, u32, Value<'_>) -> Result<ControlFlow<()>, Fault> + 'a;

/// Runs a reader that must not panic on damaged bytes, but might.
fn guarded<T>(task: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    catch_unwind(AssertUnwindSafe(task)).unwrap_or_else(|_| Err(broken()))
}

impl Book {
    pub(super) fn open(path: &Path, format: FileFormat) -> Result<Self, Fault> {
        let source = BufReader::new(File::open(path)?);
        guarded(|| match format {
            FileFormat::Xlsb => match Xlsb::new(source) {
                Ok(book) => Ok(Self::Xlsb(Box::new(book))),
                Err(XlsbError::Password) => Err(locked()),
                Err(_) => Err(broken()),
            },
            FileFormat::Xls => match Xls::new(source) {
                Ok(book) => Ok(Self::Xls(Box::new(book))),
                Err(XlsError::Password) => Err(locked()),
                // HWP and old Word files are compound files too.
                Err(_) => Err(foreign()),
            },
            FileFormat::Ods => match Ods::new(source) {
                Ok(book) => Ok(Self::Ods(Box::new(book))),
                Err(OdsError::Password) => Err(locked()),
                Err(_) => Err(broken()),
            },
            _ => match Xlsx::new(source) {
                Ok(book) => Ok(Self::Xlsx(Box::new(book))),
                Err(XlsxError::Password) => Err(locked()),
                Err(_) => Err(broken()),
            },
        })
    }

    /// Names of the sheets of cells, those that are shown first.
    pub(super) fn sheets(&self) -> Vec<String> {
        let sheets = match self {
            Self::Xlsx(book) => book.sheets_metadata(),
            Self::Xlsb(book) => book.sheets_metadata(),
            Self::Xls(book) => book.sheets_metadata(),
            Self::Ods(book) => book.sheets_metadata(),
        };
        let cells = || sheets.iter().filter(|sheet| sheet.typ == SheetType::WorkSheet);
        let shown = cells().filter(|sheet| sheet.visible == SheetVisible::Visible);
        let hidden = cells().filter(|sheet| sheet.visible != SheetVisible::Visible);
        shown.chain(hidden).map(|sheet| sheet.name.clone()).collect()
    }

    /// Regions of merged cells, as far as the format tells.
    pub(super) fn merged(&mut self, sheet: &str) -> u64 {
        let count = catch_unwind(AssertUnwindSafe(|| match self {
            Self::Xlsx(book) => book.merge_cells_by_sheet_name(sheet).map_or(0, |list| list.len()),
            Self::Xls(book) => book.merge_cells_by_sheet_name(sheet).map_or(0, |list| list.len()),
            Self::Xlsb(_) | Self::Ods(_) => 0,
        }));
        count.map_or(0, |count| count as u64)
    }

    /// Hands over every cell of a sheet, row by row, until told to stop.
    pub(super) fn each(&mut self, sheet: &str, take: &mut Take<'_>) -> Result<(), Fault> {
        guarded(|| match self {
            Self::Xlsx(book) => {
                let mut cells = book.worksheet_cells_reader(sheet).map_err(|_| broken())?;
                while let Some(cell) = cells.next_cell().map_err(|_| broken())? {
                    let (row, column) = cell.get_position();
                    if take(row, column, Value::of_ref(cell.get_value()))?.is_break() {
                        break;
                    }
                }
                Ok(())
            }
            Self::Xlsb(book) => {
                let mut cells = book.worksheet_cells_reader(sheet).map_err(|_| broken())?;
                while let Some(cell) = cells.next_cell().map_err(|_| broken())? {
                    let (row, column) = cell.get_position();
                    if take(row, column, Value::of_ref(cell.get_value()))?.is_break() {
                        break;
                    }
                }
                Ok(())
            }
            Self::Xls(book) => dense(&book.worksheet_range(sheet).map_err(|_| broken())?, take),
            Self::Ods(book) => dense(&book.worksheet_range(sheet).map_err(|_| broken())?, take),
        })
    }
}

fn dense(range: &calamine::Range<calamine::Data>, take: &mut Take<'_>) -> Result<(), Fault> {
    let Some((first_row, first_column)) = range.start() else { return Ok(()) };
    for (row, cells) in (first_row..).zip(range.rows()) {
        for (column, data) in (first_column..).zip(cells) {
            if take(row, column, Value::of(data))?.is_break() {
                return Ok(());
            }
        }
    }
    Ok(())
}
