//! The four workbook formats behind one walk over the cells of a sheet.

use std::fs::File;
use std::io::BufReader;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use calamine::{
    Cell, DataRef, Ods, OdsError, Reader as _, SheetType, SheetVisible, Xls, XlsError, Xlsb,
    XlsbError, Xlsx, XlsxError,
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
        let fault = |is_locked: bool| if is_locked { locked() } else { broken() };
        guarded(|| match format {
            FileFormat::Xlsb => Xlsb::new(source)
                .map(|book| Self::Xlsb(Box::new(book)))
                .map_err(|error| fault(matches!(error, XlsbError::Password))),
            FileFormat::Xls => Xls::new(source)
                .map(|book| Self::Xls(Box::new(book)))
                // HWP and old Word files are compound files too.
                .map_err(|error| match error {
                    XlsError::Password => locked(),
                    _ => foreign(),
                }),
            FileFormat::Ods => Ods::new(source)
                .map(|book| Self::Ods(Box::new(book)))
                .map_err(|error| fault(matches!(error, OdsError::Password))),
            _ => Xlsx::new(source)
                .map(|book| Self::Xlsx(Box::new(book)))
                .map_err(|error| fault(matches!(error, XlsxError::Password))),
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
                sparse(|| cells.next_cell().map_err(|_| broken()), take)
            }
            Self::Xlsb(book) => {
                let mut cells = book.worksheet_cells_reader(sheet).map_err(|_| broken())?;
                sparse(|| cells.next_cell().map_err(|_| broken()), take)
            }
            Self::Xls(book) => dense(&book.worksheet_range(sheet).map_err(|_| broken())?, take),
            Self::Ods(book) => dense(&book.worksheet_range(sheet).map_err(|_| broken())?, take),
        })
    }
}

fn sparse<'a>(
    mut next: impl FnMut() -> Result<Option<Cell<DataRef<'a>>>, Fault>,
    take: &mut Take<'_>,
) -> Result<(), Fault> {
    while let Some(cell) = next()? {
        let (row, column) = cell.get_position();
        if take(row, column, Value::of_ref(cell.get_value()))?.is_break() {
            break;
        }
    }
    Ok(())
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
