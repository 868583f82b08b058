//! Rows that break rules, as a file: one line for each row and rule, so that any tool can join it to
//! the data. It holds numbers and names of rules, never a value.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray, UInt64Array};
use arrow::csv::WriterBuilder;
use parquet::arrow::ArrowWriter;
use schema::data::quality::RuleSet;

use crate::error::Fault;
use crate::pipeline::file::result_beside;

/// Rows that break rules.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FailedRows {
    /// 1-based row numbers with the position of a rule in its set, by row and rule.
    pub pairs: Vec<(u64, usize)>,
    /// Whether there are more than were asked for.
    pub more: bool,
}

impl FailedRows {
    /// Writes the columns `row` (1-based) and `rule` (its id) as Parquet or CSV, by the ending of the
    /// name.
    ///
    /// # Errors
    ///
    /// `failed-rows-format` for another ending; [`Fault::Transient`] if the disk fails.
    pub fn write(&self, rules: &RuleSet, out: &Path) -> Result<(), Fault> {
        let ending = out.extension().map(|ending| ending.to_string_lossy().to_lowercase());
        let csv = match ending.as_deref() {
            Some("csv") => true,
            Some("parquet") => false,
            _ => {
                return Err(Fault::input(
                    "failed-rows-format",
                    "위반 행 파일의 이름은 .csv나 .parquet으로 끝나야 합니다.",
                    "The name of the file of failing rows must end with .csv or .parquet.",
                ));
            }
        };
        let id = |rule: usize| rules.rules.get(rule).map_or("", |rule| rule.id.as_str());
        let rows: UInt64Array = self.pairs.iter().map(|(row, _)| Some(*row)).collect();
        let names: StringArray = self.pairs.iter().map(|(_, rule)| Some(id(*rule))).collect();
        let columns: [(&str, ArrayRef); 2] = [("row", Arc::new(rows)), ("rule", Arc::new(names))];
        let bug = |error: &dyn std::fmt::Display| Fault::Bug(error.to_string());
        let lost = |error: &dyn std::fmt::Display| Fault::Transient(error.to_string());
        let batch = RecordBatch::try_from_iter(columns).map_err(|e| bug(&e))?;
        let mut file = result_beside(out)?;
        if csv {
            let mut writer = WriterBuilder::new().with_header(true).build(file.as_file_mut());
            writer.write(&batch).map_err(|e| lost(&e))?;
        } else {
            let made = ArrowWriter::try_new(file.as_file_mut(), batch.schema(), None);
            let mut writer = made.map_err(|e| lost(&e))?;
            writer.write(&batch).map_err(|e| lost(&e))?;
            writer.close().map_err(|e| lost(&e))?;
        }
        file.persist(out).map_err(|e| lost(&e))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::AsArray as _;
    use arrow::datatypes::UInt64Type;
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
    use schema::data::quality::Check;

    use super::FailedRows;
    use crate::error::Fault;
    use crate::quality::tests::rules;

    #[test]
    fn rows_are_written_by_the_ending_of_the_name() {
        let set = rules(vec![Check::RowCount { min: None, max: None }; 2]);
        let failed = FailedRows { pairs: vec![(2, 1), (7, 0)], more: false };
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        failed.write(&set, &path("a.csv")).unwrap();
        assert_eq!(std::fs::read_to_string(path("a.csv")).unwrap(), "row,rule\n2,1\n7,0\n");
        failed.write(&set, &path("a.PARQUET")).unwrap();
        let file = std::fs::File::open(path("a.PARQUET")).unwrap();
        let mut reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap();
        let batch = reader.next().unwrap().unwrap();
        assert_eq!(batch.column(0).as_primitive::<UInt64Type>().values(), &[2, 7]);
        let fault = failed.write(&set, &path("a.txt")).unwrap_err();
        assert!(matches!(fault, Fault::Input(f) if f.code == "failed-rows-format"));
        FailedRows::default().write(&set, &path("none.csv")).unwrap();
        assert_eq!(std::fs::read_to_string(path("none.csv")).unwrap(), "row,rule\n");
    }
}
