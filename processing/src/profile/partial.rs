//! Profiles of parts of a table, measured apart and merged: on several machines, or file by file.
//!
//! What is kept is a function of the multiset of cells of each column, so parts may be cut anywhere
//! and merged in any order; the bytes are those of the whole. What depends on the order of rows
//! (gaps, runs, drift), on pairs of columns or on whole rows is not part of it.
//!
//! Deliberately absent: quantiles and histograms of columns with more than 65,536 different values.
//! They need the range of the whole beforehand, which no part knows.

use std::path::Path;

use schema::data::column::{Column, Dictionary, ValueType};
use schema::data::profile::ColumnProfile;
use twox_hash::XxHash64;

use super::bytes::{In, Malformed, Out};
use super::finish;
use super::order::Clocks;
use super::scan::{Batch, Scan, Walk, Worker};
use super::state::ColumnState;
use super::table::{Kind, Table, TableColumn};
use crate::error::Fault;
use crate::limits::Limits;
use crate::progress::Progress;

/// What the bytes begin with, and their version.
const MAGIC: [u8; 5] = *b"JTPS\x01";

/// The measured columns of a part of a table.
pub struct Partial {
    columns: Vec<TableColumn>,
    states: Vec<ColumnState>,
    rows: u64,
}

impl Partial {
    /// Measures the columns of a Parquet file that holds a part of a table.
    ///
    /// # Errors
    ///
    /// Those of [`profile`](super::profile()), and `columns-too-many` if the states of the columns do
    /// not fit the memory allowed.
    pub fn measure(
        path: &Path,
        dictionary: &Dictionary,
        limits: &Limits,
        progress: &dyn Progress,
    ) -> Result<Self, Fault> {
        let table = Table::open(path, dictionary, limits)?;
        let all: Vec<usize> = (0..table.columns.len()).collect();
        let fit = limits.memory_bytes_max / 2 / super::STATE_BYTES / (limits.threads + 1);
        if all.len() > fit.max(1) {
            return Err(Fault::input(
                "columns-too-many",
                "열이 너무 많아 한 번에 잴 수 없습니다. 메모리를 늘리거나 열을 나누세요.",
                "Too many columns to measure at once. Allow more memory or split the columns.",
            ));
        }
        let scan = Scan { table: &table, limits, progress, stage: "profile" };
        let blank =
            || -> Vec<ColumnState> { table.columns.iter().map(ColumnState::rangeless).collect() };
        let make = || States(blank());
        let (workers, _) = scan.run(&all, make, Vec::<Walk<Clocks>>::new())?;
        let mut states = blank();
        for worker in workers {
            states.iter_mut().zip(worker.0).for_each(|(mine, theirs)| mine.merge(theirs));
        }
        states.iter_mut().for_each(ColumnState::settle);
        Ok(Self { rows: table.rows, states, columns: table.columns })
    }

    /// Rows of the parts so far.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Adds another part of the same table.
    ///
    /// # Errors
    ///
    /// `profile-parts-differ` if the columns are others.
    pub fn merge(&mut self, other: Self) -> Result<(), Fault> {
        if self.columns != other.columns {
            return Err(Fault::input(
                "profile-parts-differ",
                "다른 표의 프로파일은 합칠 수 없습니다. 열 이름과 형식이 같아야 합니다.",
                "Profiles of different tables cannot be merged: names and types of columns must agree.",
            ));
        }
        self.rows += other.rows;
        self.states.iter_mut().zip(other.states).for_each(|(mine, theirs)| mine.merge(theirs));
        Ok(())
    }

    /// What is said of the columns, in file order.
    pub fn columns(&self) -> Vec<ColumnProfile> {
        let columns = self.columns.iter().zip(&self.states);
        columns.map(|(column, state)| finish::column(column, state, None)).collect()
    }

    /// The bytes of the state: equal states have equal bytes.
    ///
    /// # Errors
    ///
    /// [`Fault::Bug`] if what a column is declared as cannot be written.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Fault> {
        let mut out = Out(MAGIC.to_vec());
        out.natural(self.rows);
        out.natural(self.columns.len() as u64);
        for (column, state) in self.columns.iter().zip(&self.states) {
            write_column(column, &mut out).map_err(|e| Fault::Bug(e.to_string()))?;
            state.write(&mut out);
        }
        let check = XxHash64::oneshot(0, &out.0);
        out.0.extend(check.to_le_bytes());
        Ok(out.0)
    }

    /// Reads the bytes of a state.
    ///
    /// # Errors
    ///
    /// `profile-state-invalid` if they are none.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Fault> {
        Ok(Self::read(bytes)?)
    }

    fn read(bytes: &[u8]) -> Result<Self, Malformed> {
        let (body, check) = bytes.split_last_chunk::<8>().ok_or(Malformed)?;
        if XxHash64::oneshot(0, body) != u64::from_le_bytes(*check) {
            return Err(Malformed);
        }
        let mut input = In(body.strip_prefix(&MAGIC).ok_or(Malformed)?);
        let rows = input.count()?;
        let mut partial = Self { columns: Vec::new(), states: Vec::new(), rows };
        for _ in 0..input.parts()? {
            let column = read_column(&mut input)?;
            let state = ColumnState::read(column.kind, &mut input)?;
            if state.count + state.nulls != rows {
                return Err(Malformed);
            }
            partial.columns.push(column);
            partial.states.push(state);
        }
        if input.0.is_empty() { Ok(partial) } else { Err(Malformed) }
    }
}

fn write_column(column: &TableColumn, out: &mut Out) -> Result<(), serde_json::Error> {
    out.bytes(column.name.as_bytes());
    let (kind, detail) = match column.kind {
        Kind::Flag => (0, 0),
        Kind::Whole => (1, 0),
        Kind::Day => (2, 0),
        Kind::Instant { utc } => (3, i64::from(utc)),
        Kind::Real => (4, 0),
        Kind::Decimal { scale } => (5, i64::from(scale)),
        Kind::Text => (6, 0),
        Kind::Bytes => (7, 0),
        Kind::Opaque => (8, 0),
    };
    out.natural(kind);
    out.integer(detail);
    out.bytes(&serde_json::to_vec(&column.value_type)?);
    out.bytes(&serde_json::to_vec(&column.declared)?);
    Ok(())
}

fn read_column(input: &mut In<'_>) -> Result<TableColumn, Malformed> {
    let name = input.text()?.to_owned();
    let kind = match (input.natural()?, input.integer()?) {
        (0, 0) => Kind::Flag,
        (1, 0) => Kind::Whole,
        (2, 0) => Kind::Day,
        (3, utc @ 0..=1) => Kind::Instant { utc: utc == 1 },
        (4, 0) => Kind::Real,
        (5, scale @ 0..=38) => Kind::Decimal { scale: scale as i8 },
        (6, 0) => Kind::Text,
        (7, 0) => Kind::Bytes,
        (8, 0) => Kind::Opaque,
        _ => return Err(Malformed),
    };
    let value_type: ValueType = serde_json::from_slice(input.bytes()?).map_err(|_| Malformed)?;
    let declared: Option<Column> = serde_json::from_slice(input.bytes()?).map_err(|_| Malformed)?;
    Ok(TableColumn { name, kind, value_type, declared })
}

struct States(Vec<ColumnState>);

impl Worker for States {
    fn takes_codes(&self) -> bool {
        true
    }

    fn take(&mut self, batch: &Batch) -> Result<(), Fault> {
        let states = self.0.iter_mut().zip(&batch.cells);
        states.for_each(|(state, cells)| state.take(cells, batch.rows));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{
        ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal128Array, Float64Array,
        Int64Array, StringArray, TimestampMicrosecondArray,
    };
    use proptest::prelude::*;
    use schema::data::column::{Role, ValueType};
    use schema::data::profile::ColumnProfile;

    use super::Partial;
    use crate::error::Fault;
    use crate::profile::hash::mix;
    use crate::profile::testing::{Layout, dictionary, file, limits};
    use crate::profile::{ProfileOptions, profile_with};
    use crate::progress::Silent;

    type Row = (Option<f64>, Option<i64>, Option<String>, Option<bool>);

    fn row() -> impl Strategy<Value = Row> {
        let float = prop_oneof![
            Just(None),
            Just(Some(f64::NAN)),
            Just(Some(f64::NEG_INFINITY)),
            Just(Some(-0.0)),
            (-9_i32..9).prop_map(|x| Some(f64::from(x) / 4.0)),
            any::<f64>().prop_map(Some),
        ];
        let whole = prop_oneof![
            Just(None),
            Just(Some((1 << 53) + 1)),
            Just(Some(i64::MIN)),
            (-9_i64..9).prop_map(Some),
        ];
        (float, whole, prop::option::of("[가aB7-]{0,6}"), any::<Option<bool>>())
    }

    fn columns(rows: &[Row]) -> Vec<(&'static str, ArrayRef)> {
        let text = || rows.iter().map(|r| r.2.clone());
        let whole = || rows.iter().map(|r| r.1);
        let decimal = Decimal128Array::from_iter(whole().map(|x| x.map(|x| i128::from(x) * 3)));
        vec![
            ("f", Arc::new(rows.iter().map(|r| r.0).collect::<Float64Array>())),
            ("i", Arc::new(whole().collect::<Int64Array>())),
            (
                "t",
                Arc::new(
                    whole().map(|x| x.map(|x| x >> 12)).collect::<TimestampMicrosecondArray>(),
                ),
            ),
            (
                "d",
                Arc::new(whole().map(|x| x.map(|x| (x % 1_000) as i32)).collect::<Date32Array>()),
            ),
            ("m", Arc::new(decimal.with_precision_and_scale(38, 2).unwrap())),
            ("s", Arc::new(text().collect::<StringArray>())),
            ("b", Arc::new(text().map(|t| t.map(String::into_bytes)).collect::<BinaryArray>())),
            ("o", Arc::new(rows.iter().map(|r| r.3).collect::<BooleanArray>())),
        ]
    }

    fn declared() -> schema::data::column::Dictionary {
        let mut declared =
            dictionary(&[("f", ValueType::Number, Role::State), ("s", ValueType::Text, Role::Lot)]);
        declared.columns[0].sentinels = vec!["2.25".to_owned(), "-1".to_owned()];
        declared.columns[1].sentinels = vec!["-".to_owned()];
        declared
    }

    fn measure(columns: &[(&str, ArrayRef)], layout: Layout, threads: usize) -> Partial {
        let file = file(columns, layout);
        Partial::measure(file.path(), &declared(), &limits(threads), &Silent).unwrap()
    }

    /// Through bytes and back.
    fn sent(part: &Partial) -> Partial {
        let bytes = part.to_bytes().unwrap();
        let back = Partial::from_bytes(&bytes).unwrap();
        assert_eq!(back.to_bytes().unwrap(), bytes);
        back
    }

    fn code(result: Result<Partial, Fault>) -> String {
        match result {
            Err(Fault::Input(fault)) => fault.code,
            Err(other) => other.to_string(),
            Ok(_) => "fine".to_owned(),
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

        /// Any split, merged in any order, is the whole, byte by byte; and says what a profile says.
        #[test]
        fn parts_are_the_whole(
            rows in prop::collection::vec((row(), 0_usize..4), 0..120),
            order in Just(vec![0_usize, 1, 2, 3]).prop_shuffle(),
            group_rows in 1_usize..50,
        ) {
            let layout = Layout { group_rows, ..Layout::PLAIN };
            let all: Vec<Row> = rows.iter().map(|(row, _)| row.clone()).collect();
            let whole = measure(&columns(&all), layout, 2);
            let mut merged: Option<Partial> = None;
            for part in order {
                let mine = rows.iter().filter(|(_, of)| *of == part).map(|(row, _)| row.clone());
                let part = sent(&measure(&columns(&mine.collect::<Vec<_>>()), Layout::PLAIN, 1));
                match &mut merged {
                    None => merged = Some(part),
                    Some(merged) => merged.merge(part).unwrap(),
                }
            }
            let merged = merged.unwrap();
            prop_assert_eq!(merged.to_bytes().unwrap(), whole.to_bytes().unwrap());
            let file = file(&columns(&all), layout);
            let mut profile = profile_with(
                file.path(), &declared(), ProfileOptions::QUICK, &limits(1), &Silent,
            ).unwrap();
            profile.columns.iter_mut().for_each(|column| column.inferred_role = None);
            prop_assert_eq!(merged.rows(), profile.rows);
            // NaN is no number, so equality is that of what is written.
            let text = |c: &[ColumnProfile]| serde_json::to_string(c).unwrap();
            prop_assert_eq!(text(&merged.columns()), text(&profile.columns));
        }

        /// No bytes are a reason to panic, also not with a right checksum.
        #[test]
        fn hostile_bytes_are_refused_or_harmless(
            rows in prop::collection::vec(row(), 0..20),
            edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
            cut in any::<prop::sample::Index>(), cuts in any::<bool>(),
        ) {
            let part = measure(&columns(&rows), Layout::PLAIN, 1);
            let sound = part.to_bytes().unwrap();
            let mut bytes = sound[..sound.len() - 8].to_vec();
            for (at, byte) in &edits {
                *at.get_mut(&mut bytes) = *byte;
            }
            if cuts {
                bytes.truncate(cut.index(bytes.len()));
            }
            prop_assert_eq!(code(Partial::from_bytes(&bytes)), "profile-state-invalid");
            let check = twox_hash::XxHash64::oneshot(0, &bytes);
            bytes.extend(check.to_le_bytes());
            match Partial::from_bytes(&bytes) {
                Ok(mut read) => {
                    let other = Partial::from_bytes(&bytes).unwrap();
                    read.merge(other).unwrap();
                    read.columns();
                    read.to_bytes().unwrap();
                }
                Err(Fault::Input(fault)) => prop_assert_eq!(fault.code, "profile-state-invalid"),
                Err(other) => prop_assert!(false, "{}", other),
            }
        }
    }

    #[test]
    fn parts_with_many_values_are_the_whole() {
        let value = |at: u64| (mix(at) % 1_000_003) as f64 / 7.0;
        let columns = |range: std::ops::Range<u64>| -> Vec<(&str, ArrayRef)> {
            let all = || range.clone();
            vec![
                ("f", Arc::new(Float64Array::from_iter_values(all().map(value)))),
                (
                    "s",
                    Arc::new(StringArray::from_iter_values(
                        all().map(|at| format!("k{}", value(at))),
                    )),
                ),
            ]
        };
        let whole = measure(&columns(0..90_000), Layout::PLAIN, 2);
        for cuts in [[30_000, 60_000], [1, 80_000]] {
            let mut merged = sent(&measure(&columns(cuts[1]..90_000), Layout::PLAIN, 1));
            merged.merge(sent(&measure(&columns(0..cuts[0]), Layout::PLAIN, 2))).unwrap();
            merged.merge(sent(&measure(&columns(cuts[0]..cuts[1]), Layout::PLAIN, 1))).unwrap();
            assert!(merged.to_bytes().unwrap() == whole.to_bytes().unwrap(), "{cuts:?}");
        }
        let told = whole.columns();
        assert!(!told[0].distinct.as_ref().unwrap().exact && told[0].mean.is_some());
        assert!(told[0].quantiles.is_none(), "the range of the whole was not known");
    }

    #[test]
    fn parts_of_other_tables_and_other_bytes_are_told_apart() {
        let int = |name: &'static str| -> Vec<(&str, ArrayRef)> {
            vec![(name, Arc::new(Int64Array::from(vec![1])))]
        };
        let mut part = measure(&int("a"), Layout::PLAIN, 1);
        let other = part.merge(measure(&int("b"), Layout::PLAIN, 1));
        assert!(matches!(other, Err(Fault::Input(fault)) if fault.code == "profile-parts-differ"));
        assert_eq!(code(Partial::from_bytes(b"")), "profile-state-invalid");
        assert_eq!(code(Partial::from_bytes(&[0; 64])), "profile-state-invalid");
    }
}
