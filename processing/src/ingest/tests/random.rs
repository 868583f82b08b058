//! Random files against a plain reference, and random bytes against panics.

use proptest::prelude::*;
use schema::data::column::ValueType;

use super::super::{convert, inspect};
use super::{Case, Converted};
use crate::error::Fault;
use crate::limits::Limits;
use crate::progress::Silent;

/// A cell of a kind that columns mix.
fn cell() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => any::<i32>().prop_map(|value| value.to_string()),
        2 => (-1e6..1e6_f64).prop_map(|value| format!("{value:.3}")),
        1 => Just(String::new()),
        1 => "[a-z가-힣 ,\"\n]{0,8}",
        1 => prop_oneof![Just("NA".to_owned()), Just("-".to_owned()), Just("007".to_owned())],
        1 => (1..29_u32, 1..13_u32).prop_map(|(day, month)| format!("2023-{month:02}-{day:02}")),
        1 => any::<u64>().prop_map(|value| value.to_string()),
    ]
}

fn quoted(cell: &str) -> String {
    format!("\"{}\"", cell.replace('"', "\"\""))
}

fn table() -> impl Strategy<Value = Vec<Vec<String>>> {
    (1..5_usize).prop_flat_map(|columns| {
        proptest::collection::vec(proptest::collection::vec(cell(), columns), 1..40)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever the cells, every text comes back as it was, and every typed cell as the same value.
    #[test]
    fn no_cell_is_lost(table in table(), block_bytes in 1..200_usize, threads in 1..4_usize) {
        let columns = table[0].len();
        let header: Vec<String> = (0..columns).map(|column| format!("name {column}")).collect();
        let mut text = header.join(",") + "\n";
        for row in &table {
            text.push_str(&row.iter().map(|cell| quoted(cell)).collect::<Vec<_>>().join(","));
            text.push('\n');
        }
        let case = Case::new(&text);
        let limits = Limits { block_bytes, threads, row_group_rows: 7, ..Limits::default() };
        let mut dictionary = inspect(&case.input, &limits).unwrap();
        // What separates and what names is another matter.
        prop_assume!(dictionary.columns.len() == columns && dictionary.reading.header == Some(true));
        dictionary.reading.delimiter = Some(",".to_owned());
        let done = convert(&case.input, &case.out(), Some(&dictionary), &limits, &Silent).unwrap();
        prop_assert_eq!(done.rows, table.len() as u64);
        let file = Converted { case, dictionary: done.dictionary, rows: done.rows };
        for (at, column) in file.dictionary.columns.iter().enumerate() {
            let found = file.column(&column.name);
            for (row, (cell, found)) in table.iter().map(|row| &row[at]).zip(&found).enumerate() {
                let same = match column.value_type {
                    ValueType::Text => *found == if cell.is_empty() { "∅" } else { cell },
                    _ if found == "∅" => cell.trim().is_empty() || ["NA", "-"].contains(&cell.trim()),
                    ValueType::Integer => found == cell.trim(),
                    ValueType::Number => found.parse::<f64>() == cell.trim().replace(',', "").parse::<f64>(),
                    _ => found.starts_with(cell.trim()),
                };
                prop_assert!(same, "row {}: {:?} became {:?} as {:?}", row, cell, found, column.value_type);
            }
        }
    }

    /// Random bytes are a table or a fault of the input, never a panic or a bug.
    #[test]
    fn random_bytes_never_break_it(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let case = Case::new(&bytes);
        let end = case.convert(&super::small());
        let fine = matches!(end, Ok(_) | Err(Fault::Input(_)));
        prop_assert!(fine, "{:?}", end);
        prop_assert_eq!(case.left_over().len(), usize::from(end.is_ok()));
    }

    /// The same for text made of the characters that matter.
    #[test]
    fn random_text_never_breaks_it(text in "[0-9a,;\t \"\n\r{}:.\\-/가']{0,300}") {
        let case = Case::new(&text);
        let end = case.convert(&super::small());
        let fine = matches!(end, Ok(_) | Err(Fault::Input(_)));
        prop_assert!(fine, "{:?}", end);
    }
}
