//! Defects of a whole table: what repeats, what never changes, what stands in the wrong place.

use super::{converted, fault, small};

#[test]
fn repeated_rows_and_columns_and_constants_are_counted() {
    let mut text = "a,b,c,d,e\n".to_owned();
    for row in 0..600 {
        let v = row % 200;
        // `e` differs from `a` in one cell far from any block's head.
        let e = if row == 555 { -7 } else { v };
        text.push_str(&format!("{v},{v},{v}.0,5,{e}\n"));
    }
    let file = converted(&text);
    let repeats = file.finding("rows-repeated");
    assert_eq!(
        (repeats.count, repeats.rows.as_slice()),
        (Some(399), &[201, 202, 203, 204, 205][..])
    );
    let same: Vec<_> =
        file.dictionary.findings.iter().filter(|f| f.code == "column-repeated").collect();
    assert_eq!(same.len(), 1);
    assert_eq!(same[0].column.as_deref(), Some("b"));
    let constant = file.finding("column-constant");
    assert_eq!((constant.column.as_deref(), constant.count), (Some("d"), Some(600)));
}

#[test]
fn nothing_is_found_where_nothing_repeats() {
    let file = converted("a,b\n1,2\n2,1\n3,3\n");
    assert!(file.codes().is_empty(), "{:?}", file.codes());
}

#[test]
fn headers_that_do_not_fit_are_told() {
    let file = converted("temp,press\n1,20.5,3\n2,21.5,4\n3,22.5,5\n");
    assert_eq!(file.names(), ["column_1", "temp", "press"]);
    assert_eq!(file.codes(), ["header-blank", "header-shorter"]);
    let file = converted("temp,press\n20.5,3,\n21.5,4,\n22.5,5,\n");
    assert_eq!(file.names(), ["temp", "press", "column_3"]);
    let longer = fault("id,temp,press,speed\n1,20.5,3\n2,21.5,4\n", &small());
    assert_eq!(longer.code, "header-shifted");
    let file =
        converted("측정시각,설비,온도\nM1,2023-01-01 10:00:00,21.5\nM2,2023-01-01 10:01:00,22.5\n");
    let shifted = file.finding("header-shifted-suspected");
    assert_eq!(shifted.column.as_deref(), Some("측정시각"));
    let file =
        converted("설비,측정시각,온도\nM1,2023-01-01 10:00:00,21.5\nM2,2023-01-01 10:01:00,22.5\n");
    assert!(!file.codes().contains(&"header-shifted-suspected"));
}

#[test]
fn a_transposed_table_is_told_and_not_turned() {
    let file = converted(
        "lot,A1,A2,A3\n온도(℃),20.5,21.5,22\n판정,양품,불량,양품\n날짜,2023-01-01,2023-01-02,2023-01-03\n",
    );
    assert_eq!(file.rows, 3);
    assert!(file.codes().contains(&"table-transposed-suspected"), "{:?}", file.codes());
}
