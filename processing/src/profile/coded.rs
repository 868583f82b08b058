//! Numbers as the keys of the dictionary that the file keeps them by.
//!
//! Sensors are coarse: a row group holds a few thousand different readings. What is done once for
//! each of them instead of each row is nearly free, and so is not putting them back in place.
//!
//! Invariant: keys are checked against the dictionary when a page is unpacked, so a key of a
//! [`Coded`] always has its entry. Chunks of any other form are left to the general reader.

use std::fs::File;
use std::sync::Arc;

use arrow::array::{ArrayData, Float64Array, Int64Array, NullBufferBuilder};
use arrow::array::{Float32Array, make_array};
use arrow::buffer::{Buffer, NullBuffer, ScalarBuffer};
use arrow::datatypes::{DataType, TimeUnit};
use bytes::Bytes;
use parquet::basic::{Encoding, LogicalType, TimeUnit as FileUnit, Type};
use parquet::column::page::{Page, PageReader as _};
use parquet::file::serialized_reader::SerializedPageReader;
use parquet::schema::types::ColumnDescriptor;

use super::cells::Cells;
use super::packed::{flags, numbers, spread};
use super::table::{Table, unreadable};
use crate::error::Fault;

/// Numbers of consecutive rows, as keys.
#[derive(Clone, Debug)]
pub(crate) struct Coded {
    /// The entry of each row; 0 where it is null.
    pub(crate) keys: Vec<u32>,
    /// Which rows are null.
    pub(crate) nulls: Option<NullBuffer>,
    /// The dictionary; the same `Arc` as long as it is the same dictionary.
    pub(crate) entries: Arc<Entries>,
}

/// A dictionary in canonical form. Entries may repeat.
#[derive(Clone, Debug)]
pub(crate) enum Entries {
    /// Integers, days, instants.
    Whole(ScalarBuffer<i64>),
    /// Floats.
    Real(ScalarBuffer<f64>),
}

impl Entries {
    /// Entries.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Whole(values) => values.len(),
            Self::Real(values) => values.len(),
        }
    }
}

impl Coded {
    /// The same cells, each in its place.
    pub(crate) fn plain(&self) -> Cells {
        fn gather<T: Copy + Default>(keys: &[u32], entries: &[T]) -> Vec<T> {
            // A dictionary without entries has null rows only.
            let entry = |key: &u32| entries.get(*key as usize).copied().unwrap_or_default();
            keys.iter().map(entry).collect()
        }
        match &*self.entries {
            Entries::Whole(entries) => {
                let values = gather(&self.keys, entries);
                Cells::Whole(Int64Array::new(values.into(), self.nulls.clone()))
            }
            Entries::Real(entries) => {
                let values = gather(&self.keys, entries);
                Cells::Real(Float64Array::new(values.into(), self.nulls.clone()))
            }
        }
    }
}

/// Reads one column of one row group.
pub(crate) struct CodedReader<'a> {
    table: &'a Table,
    column: usize,
    /// Rows of the row group.
    rows: usize,
    optional: bool,
    pages: SerializedPageReader<File>,
    entries: Option<Arc<Entries>>,
    /// The page under way, and how many of its rows are taken.
    page: Unpacked,
    taken: usize,
}

/// The rows of a page.
#[derive(Default)]
struct Unpacked {
    keys: Vec<u32>,
    nulls: Option<NullBuffer>,
}

impl<'a> CodedReader<'a> {
    /// A reader, if this column of this row group is kept by dictionary alone.
    pub(crate) fn open(
        table: &'a Table,
        group: usize,
        column: usize,
    ) -> Result<Option<Self>, Fault> {
        let Some(leaf) = table.leaf(column) else { return Ok(None) };
        let meta = table.metadata.metadata();
        let descriptor = meta.file_metadata().schema_descr().column(leaf);
        let chunk = meta.row_group(group).column(leaf);
        let data_type = table.metadata.schema().field(column).data_type();
        let coded = chunk.page_encoding_stats_mask().is_some_and(|mask| {
            mask.is_only(Encoding::RLE_DICTIONARY) || mask.is_only(Encoding::PLAIN_DICTIONARY)
        });
        let flat = descriptor.max_rep_level() == 0 && descriptor.max_def_level() <= 1;
        if !coded || !flat || !is_stored_as_is(&descriptor, data_type) {
            return Ok(None);
        }
        let Ok(rows) = usize::try_from(table.groups[group].rows) else { return Ok(None) };
        let file = Arc::new(File::open(&table.path)?);
        let pages =
            SerializedPageReader::new(file, chunk, rows, None).map_err(|e| unreadable(&e))?;
        Ok(Some(Self {
            table,
            column,
            rows,
            optional: descriptor.max_def_level() == 1,
            pages,
            entries: None,
            page: Unpacked::default(),
            taken: 0,
        }))
    }

    /// The next rows. Keys are put back into values where the dictionary saves nothing.
    pub(crate) fn read(&mut self, rows: usize) -> Result<Cells, Fault> {
        let mut keys = Vec::with_capacity(rows);
        let mut nulls = NullBufferBuilder::new(rows);
        while keys.len() < rows {
            let left = self.page.keys.len() - self.taken;
            if left == 0 {
                self.next_page()?;
                continue;
            }
            let (from, count) = (self.taken, left.min(rows - keys.len()));
            keys.extend_from_slice(&self.page.keys[from..from + count]);
            match &self.page.nulls {
                None => nulls.append_n_non_nulls(count),
                Some(page) => nulls.append_buffer(&page.slice(from, count)),
            }
            self.taken += count;
        }
        let entries = self.entries.clone().ok_or_else(|| damaged("no dictionary"))?;
        let nulls = nulls.finish().filter(|nulls| nulls.null_count() > 0);
        let coded = Coded { keys, nulls, entries };
        let saves = coded.entries.len() <= self.rows / 4;
        Ok(if saves { Cells::Coded(coded) } else { coded.plain() })
    }

    fn next_page(&mut self) -> Result<(), Fault> {
        let page = self.pages.get_next_page().map_err(|e| unreadable(&e))?;
        match page.ok_or_else(|| damaged("pages are missing"))? {
            Page::DictionaryPage { buf, num_values, .. } => self.dictionary(&buf, num_values),
            Page::DataPage { buf, num_values, encoding, def_level_encoding, .. } => {
                expect_coded(encoding)?;
                let (levels, values) = if !self.optional {
                    (None, buf)
                } else if def_level_encoding == Encoding::RLE {
                    let (length, rest) =
                        buf.split_first_chunk::<4>().ok_or_else(|| damaged("levels"))?;
                    let length = u32::from_le_bytes(*length) as usize;
                    let (levels, _) =
                        rest.split_at_checked(length).ok_or_else(|| damaged("levels"))?;
                    (Some(buf.slice_ref(levels)), buf.slice(4 + length..))
                } else {
                    return Err(damaged("levels of an old form"));
                };
                self.unpack(levels.as_deref(), &values, num_values)
            }
            Page::DataPageV2 {
                buf,
                num_values,
                encoding,
                def_levels_byte_len,
                rep_levels_byte_len,
                ..
            } => {
                expect_coded(encoding)?;
                let from = rep_levels_byte_len as usize;
                let to = from + def_levels_byte_len as usize;
                if to > buf.len() {
                    return Err(damaged("levels"));
                }
                let levels = self.optional.then(|| buf.slice(from..to));
                self.unpack(levels.as_deref(), &buf.slice(to..), num_values)
            }
        }
    }

    fn dictionary(&mut self, bytes: &Bytes, count: u32) -> Result<(), Fault> {
        let data_type = self.table.metadata.schema().field(self.column).data_type();
        let count = count as usize;
        let width = if *data_type == DataType::Float32 { 4 } else { 8 };
        let bytes = bytes.get(..count * width).ok_or_else(|| damaged("a short dictionary"))?;
        let array = if width == 4 {
            let (words, _) = bytes.as_chunks::<4>();
            let floats = words.iter().map(|word| f32::from_le_bytes(*word));
            Arc::new(Float32Array::from_iter_values(floats)) as _
        } else {
            let (words, _) = bytes.as_chunks::<8>();
            let words: Vec<i64> = words.iter().map(|word| i64::from_le_bytes(*word)).collect();
            let data = ArrayData::builder(data_type.clone())
                .len(count)
                .add_buffer(Buffer::from_vec(words))
                .build()
                .map_err(|e| unreadable(&e))?;
            make_array(data)
        };
        let entries = match Cells::of(&self.table.columns[self.column], &array)? {
            Cells::Whole(array) => Entries::Whole(array.values().clone()),
            Cells::Real(array) => Entries::Real(array.values().clone()),
            _ => return Err(Fault::Bug("a dictionary of another kind".to_owned())),
        };
        self.entries = Some(Arc::new(entries));
        Ok(())
    }

    fn unpack(&mut self, levels: Option<&[u8]>, values: &[u8], rows: u32) -> Result<(), Fault> {
        let rows = rows as usize;
        let nulls = match levels {
            Some(levels) => Some(NullBuffer::new(flags(levels, rows)?)),
            None => None,
        };
        let nulls = nulls.filter(|nulls| nulls.null_count() > 0);
        let present = rows - nulls.as_ref().map_or(0, NullBuffer::null_count);
        let mut keys = std::mem::take(&mut self.page.keys);
        keys.clear();
        keys.reserve(rows);
        if present > 0 {
            let (width, packed) = values.split_first().ok_or_else(|| damaged("an empty page"))?;
            numbers(packed, u32::from(*width), present, &mut keys)?;
        }
        let entries = self.entries.as_ref().map_or(0, |entries| entries.len());
        let entries = u32::try_from(entries).unwrap_or(u32::MAX);
        if !keys.iter().fold(true, |sound, key| sound & (*key < entries)) {
            return Err(damaged("a key without an entry"));
        }
        if let Some(nulls) = &nulls {
            spread(&mut keys, nulls);
        }
        self.page = Unpacked { keys, nulls };
        self.taken = 0;
        Ok(())
    }
}

/// Whether the bytes of the file are the values of the Arrow type, one for one.
fn is_stored_as_is(descriptor: &ColumnDescriptor, data_type: &DataType) -> bool {
    let logical = descriptor.logical_type_ref();
    match (descriptor.physical_type(), data_type) {
        (Type::DOUBLE, DataType::Float64) | (Type::FLOAT, DataType::Float32) => true,
        (Type::INT64, DataType::Int64) => match logical {
            None => true,
            Some(LogicalType::Integer(of)) => of.bit_width == 64 && of.is_signed,
            _ => false,
        },
        (Type::INT64, DataType::Timestamp(unit, _)) => match logical {
            Some(LogicalType::Timestamp(of)) => matches!(
                (of.unit, unit),
                (FileUnit::MILLIS, TimeUnit::Millisecond)
                    | (FileUnit::MICROS, TimeUnit::Microsecond)
                    | (FileUnit::NANOS, TimeUnit::Nanosecond)
            ),
            _ => false,
        },
        _ => false,
    }
}

fn expect_coded(encoding: Encoding) -> Result<(), Fault> {
    match encoding {
        Encoding::RLE_DICTIONARY | Encoding::PLAIN_DICTIONARY => Ok(()),
        _ => Err(damaged("a page that is not coded, although the footer says so")),
    }
}

pub(super) fn damaged(what: &str) -> Fault {
    unreadable(&what)
}
