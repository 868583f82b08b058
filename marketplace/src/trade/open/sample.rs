//! The free sample of a product as a file: the rows of the preview, as CSV (RFC 4180).

use schema::data::profile::{Preview, Scalar};

use crate::trade::offer::sha256;

/// The sample.
#[derive(Clone, Debug)]
pub(super) struct Sample {
    /// The file.
    pub(super) csv: String,
    /// Its SHA-256.
    pub(super) sha256: String,
    /// Names of its columns.
    pub(super) columns: Vec<String>,
    /// Its rows.
    pub(super) rows: usize,
}

impl Sample {
    /// The sample of a preview; the same preview gives the same bytes.
    pub(super) fn of(preview: &Preview) -> Sample {
        let columns: Vec<String> =
            preview.columns.iter().map(|column| column.name.clone()).collect();
        let mut csv = line(columns.iter().map(|name| field(name)));
        for row in &preview.rows {
            csv.push_str(&line(row.values.iter().map(|value| match value {
                None => String::new(),
                Some(Scalar::Bool(value)) => value.to_string(),
                Some(Scalar::Integer(value)) => value.to_string(),
                Some(Scalar::Number(value)) => value.to_string(),
                Some(Scalar::Text(text)) => field(text),
            })));
        }
        Sample { sha256: sha256(csv.as_bytes()), rows: preview.rows.len(), columns, csv }
    }
}

fn line(fields: impl Iterator<Item = String>) -> String {
    format!("{}\r\n", fields.collect::<Vec<_>>().join(","))
}

fn field(text: &str) -> String {
    if text.contains([',', '"', '\r', '\n']) || text.is_empty() {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use schema::data::column::ValueType;
    use schema::data::profile::{Preview, PreviewColumn, PreviewRow, Scalar};

    use super::Sample;

    #[test]
    fn a_null_is_nothing_and_an_empty_text_is_two_quotes() {
        let column = |name: &str| PreviewColumn { name: name.into(), value_type: ValueType::Text };
        let preview = Preview {
            rows_total: 2,
            columns: vec![column("a,b"), column("사출")],
            columns_left_out: 0,
            rows: vec![
                PreviewRow { row: 1, values: vec![None, Some(Scalar::Text(String::new()))] },
                PreviewRow {
                    row: 2,
                    values: vec![Some(Scalar::Number(0.5)), Some(Scalar::Text("a\"b\n".into()))],
                },
            ],
        };
        let sample = Sample::of(&preview);
        assert_eq!(sample.csv, "\"a,b\",사출\r\n,\"\"\r\n0.5,\"a\"\"b\n\"\r\n");
        assert_eq!((sample.rows, sample.columns.len(), sample.sha256.len()), (2, 2, 64));
    }
}
