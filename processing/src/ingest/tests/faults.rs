//! Files that must be refused, with the code a caller relies on.

use std::io::Write;

use super::{Case, fault, small};
use crate::error::Fault;
use crate::limits::Limits;
use crate::spill::failing;

fn code(bytes: impl AsRef<[u8]>) -> String {
    fault(bytes, &Limits::default()).code
}

#[test]
fn files_without_a_table() {
    for (bytes, expected) in [
        (&b""[..], "file-empty"),
        (b"\n\n\n", "file-empty"),
        (b"\xEF\xBB\xBF", "file-empty"),
        (b"a,b,c\n", "file-no-records"),
        (b"a,b,c", "file-no-records"),
        (b"PK\x03\x04\x14\x00\x06\x00[Content_Types].xml", "format-unknown"),
        (b"PK\x03\x04\x14\x00\x06\x00data.csv", "format-unknown"),
        (b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1\x00\x00", "format-unknown"),
        (b"%PDF-1.7\n", "format-unknown"),
        (b"\x00\x01\x02\x03\xFF\xFE\x80\x81", "format-unknown"),
        (b"a,b\n1,\x81\xFF\xFF\x81 \xFF\xFF", "encoding-invalid"),
        (b"PAR1 and nothing else", "parquet-invalid"),
        (b"PAR1", "parquet-invalid"),
        (b"\x1F\x8B\x08\x00garbage", "unpack-invalid"),
        (b"\x28\xB5\x2F\xFDgarbage", "unpack-invalid"),
        (b"{\"a\":1}\n{\"a\":", "json-invalid"),
        (b"{}\n{}", "file-no-records"),
    ] {
        assert_eq!(code(bytes), expected, "{:?}", String::from_utf8_lossy(bytes));
    }
    let missing = super::super::inspect(std::path::Path::new("no such file"), &Limits::default());
    assert!(missing.unwrap_err().to_string().contains("file-missing"));
}

#[test]
fn ragged_rows_name_the_first_line_and_their_number() {
    let mut text = "a,b,c\n".to_owned();
    for row in 0..500 {
        text.push_str(match row {
            100 => "\"two\nlines\",2,3\n",
            200 | 300 => "1,2\n",
            400 => "1,2,3,4\n",
            _ => "1,2,3\n",
        });
    }
    let fault = fault(&text, &small());
    assert_eq!((fault.code.as_str(), fault.row), ("csv-ragged", Some(203)));
    assert!(
        fault.text.en.contains("has 2 fields where 3 are expected; 3 rows in all"),
        "{}",
        fault.text.en
    );
}

#[test]
fn quotes_that_never_close_name_their_line() {
    let mut text = "a,b\n".to_owned();
    for row in 0..100 {
        text.push_str(if row == 57 { "1,\"x\n" } else { "1,y\n" });
    }
    let open = fault(&text, &small());
    assert_eq!((open.code.as_str(), open.row), ("csv-quote-open", Some(59)));
    let tight = Limits { record_bytes_max: 100, block_bytes: 64, ..small() };
    let open = fault(&text, &tight);
    assert_eq!((open.code.as_str(), open.row), ("csv-quote-open", Some(59)));
    let stray = fault("a,b\n1,\"x\" y\n", &small());
    assert_eq!((stray.code.as_str(), stray.row), ("csv-quote-stray", Some(2)));
}

#[test]
fn bounds_are_kept() {
    let wide = vec!["1"; 10_000].join(",") + "\n";
    assert_eq!(code(wide.repeat(3)), "columns-too-many");
    assert_eq!(code(vec!["1"; 1_000_000].join(",")), "columns-too-many");
    let long = format!("a,b\n1,{}\n", "x".repeat(3000));
    let limits = Limits { record_bytes_max: 1000, block_bytes: 500, ..Limits::default() };
    assert_eq!(fault(long, &limits).code, "record-too-long");
    let rows = format!("a,b\n{}", "1,2\n".repeat(50));
    assert_eq!(fault(rows, &Limits { rows_max: 49, ..small() }).code, "rows-too-many");
    let keys: String = (0..20).map(|key| format!("{{\"k{key}\":1}}\n")).collect();
    assert_eq!(fault(keys, &Limits { columns_max: 19, ..small() }).code, "columns-too-many");
}

#[test]
fn bombs_are_stopped_while_they_unpack() {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let row = "0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0\n".repeat(32 << 10);
    for _ in 0..40 {
        encoder.write_all(row.as_bytes()).unwrap();
    }
    let bomb = encoder.finish().unwrap();
    let limits = Limits { unpack_ratio_max: 50, ..Limits::default() };
    assert_eq!(fault(&bomb, &limits).code, "unpack-ratio");
    let limits = Limits { unpacked_bytes_max: 1 << 20, ..Limits::default() };
    assert_eq!(fault(&bomb, &limits).code, "unpacked-too-large");
    assert_eq!(fault(&bomb[..bomb.len() / 2], &Limits::default()).code, "unpack-invalid");
}

#[test]
fn a_cancelled_conversion_leaves_nothing_behind() {
    struct Stop;
    impl crate::progress::Progress for Stop {
        fn at(&self, stage: &'static str, done: u64, _: u64) -> Result<(), crate::error::Fault> {
            if stage != "survey" || done > 0 { Err(crate::error::Fault::Cancelled) } else { Ok(()) }
        }
    }
    for records in [1, 5000] {
        let case = super::Case::new(format!("a,b\n{}", "1,2\n".repeat(records)));
        let end = super::super::convert(&case.input, &case.out(), None, &small(), &Stop);
        assert!(matches!(end, Err(crate::error::Fault::Cancelled)));
        assert!(case.left_over().is_empty());
    }
}

#[test]
fn a_full_disk_is_a_fault_of_the_surroundings_and_leaves_nothing() {
    let rows: String =
        (0..3_000).map(|row| format!("{row},{}.5,w{}\n", row * 7 % 1_009, row % 90)).collect();
    let case = Case::new(format!("a,b,c\n{rows}"));
    let mut full = 0;
    for room in (0..).step_by(977) {
        match failing::after(room, || case.convert(&small())) {
            Ok(_) => break,
            Err(Fault::Transient(text)) => assert!(text.contains("the disk is full"), "{text}"),
            Err(other) => panic!("{room}: {other}"),
        }
        assert!(case.left_over().is_empty(), "{room}: {:?}", case.left_over());
        full += 1;
    }
    assert!(full > 10, "{full}");
    assert_eq!(case.left_over(), ["out.parquet"]);
}
