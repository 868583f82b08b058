//! The faults of a file, each with what would cure it.

use crate::error::Fault;

pub(super) fn file_empty() -> Fault {
    Fault::input(
        "file-empty",
        "파일이 비어 있습니다. 내용이 있는 파일을 올려 주십시오.",
        "The file is empty. Provide a file with content.",
    )
}

pub(super) fn no_records() -> Fault {
    Fault::input(
        "file-no-records",
        "열 이름만 있고 데이터 행이 없습니다.",
        "The file names its columns but holds no records.",
    )
}

pub(super) fn columns_too_many(found: usize, limit: usize) -> Fault {
    Fault::input(
        "columns-too-many",
        format!(
            "열이 {found}개 이상입니다. 한 표는 {limit}개 열까지 받습니다. 구분자가 맞는지 보거나, \
             긴 형식(측정값마다 한 행)으로 바꾸거나 나누어 주십시오."
        ),
        format!(
            "The table has {found} columns or more; {limit} is the limit. Check the separator, or \
             turn columns into rows, or split the table."
        ),
    )
}

pub(super) fn rows_too_many(limit: u64) -> Fault {
    Fault::input(
        "rows-too-many",
        format!("행이 {limit}개를 넘습니다. 파일을 나누어 주십시오."),
        format!("The table has more than {limit} rows. Split the file."),
    )
}

pub(super) fn record_too_long(row: u64, limit: usize) -> Fault {
    Fault::input(
        "record-too-long",
        format!("{row}행이 {limit}바이트보다 깁니다. 줄바꿈이나 따옴표가 빠졌는지 보십시오."),
        format!(
            "The record at line {row} is longer than {limit} bytes. A line break or a closing \
             quote is probably missing."
        ),
    )
    .at_row(row)
}

pub(super) fn quote_open(line: u64) -> Fault {
    Fault::input(
        "csv-quote-open",
        format!("{line}번째 줄에서 열린 따옴표가 닫히지 않습니다."),
        format!("A quote opened at line {line} is never closed."),
    )
    .at_row(line)
}

pub(super) fn quote_stray(line: u64) -> Fault {
    Fault::input(
        "csv-quote-stray",
        format!(
            "{line}번째 줄에서 닫는 따옴표 뒤에 글자가 이어집니다. 값 안의 따옴표는 두 번(\"\") 써 \
             주십시오."
        ),
        format!(
            "At line {line} text follows a closing quote. A quote inside a value has to be \
             doubled (\"\")."
        ),
    )
    .at_row(line)
}

pub(super) fn ragged(line: u64, expected: usize, found: usize, rows: u64) -> Fault {
    Fault::input(
        "csv-ragged",
        format!(
            "{line}번째 줄의 값이 {found}개입니다. 다른 행은 {expected}개입니다. 이런 행이 모두 \
             {rows}개 있습니다. 빠지거나 남는 구분자를 고쳐 주십시오."
        ),
        format!(
            "Line {line} has {found} fields where {expected} are expected; {rows} rows in all \
             differ. Mend the missing or extra separators."
        ),
    )
    .at_row(line)
}

/// Every record differs from the header.
pub(super) fn header_shifted(names: usize, found: usize) -> Fault {
    Fault::input(
        "header-shifted",
        format!(
            "열 이름은 {names}개인데 값은 행마다 {found}개입니다. 열 이름이 밀렸거나 구분자가 빠졌습니다. \
             열 이름 행을 고쳐 주십시오."
        ),
        format!(
            "The header names {names} columns and the records hold {found} fields. Names are \
             shifted or a separator is missing; mend the header."
        ),
    )
    .at_row(1)
}

pub(super) fn encoding(at: u64) -> Fault {
    Fault::input(
        "encoding-invalid",
        format!(
            "{at}번째 바이트부터 UTF-8, CP949, UTF-16 어느 것으로도 읽히지 않습니다. UTF-8로 저장해 \
             주십시오."
        ),
        format!("From byte {at} on the text is neither UTF-8, CP949 nor UTF-16. Save it as UTF-8."),
    )
}

pub(super) fn unpack_ratio(limit: u64) -> Fault {
    Fault::input(
        "unpack-ratio",
        format!("압축을 풀면 {limit}배보다 커지는 파일은 받지 않습니다."),
        format!("The file unpacks to more than {limit} times its size, which is refused."),
    )
}

pub(super) fn unpacked_too_large(limit: u64) -> Fault {
    Fault::input(
        "unpacked-too-large",
        format!("압축을 풀면 {limit}바이트를 넘습니다. 파일을 나누어 주십시오."),
        format!("The file unpacks to more than {limit} bytes. Split it."),
    )
}

pub(super) fn packing_broken(kind: &str, error: &std::io::Error) -> Fault {
    Fault::input(
        "unpack-invalid",
        format!("{kind} 압축이 깨졌거나 끝이 잘렸습니다 ({error})."),
        format!("The {kind} data is damaged or cut off ({error})."),
    )
}

pub(super) fn json(line: u64, what: &str) -> Fault {
    Fault::input(
        "json-invalid",
        format!("{line}번째 JSON 레코드를 읽을 수 없습니다 ({what})."),
        format!("JSON record {line} cannot be read ({what})."),
    )
    .at_row(line)
}

pub(super) fn parquet(what: &dyn std::fmt::Display) -> Fault {
    Fault::input(
        "parquet-invalid",
        format!("Parquet 파일이 깨졌거나 끝이 잘렸습니다 ({what})."),
        format!("The Parquet file is damaged or cut off ({what})."),
    )
}

pub(super) fn value_type(column: &str, row: u64, wanted: &str) -> Fault {
    Fault::input(
        "value-type",
        format!("{row}행 {column} 열의 값이 선언된 형식({wanted})에 맞지 않습니다."),
        format!(
            "The value at row {row} of column {column} does not fit the declared type {wanted}."
        ),
    )
    .at_column(column)
    .at_row(row)
}

pub(super) fn files_conflict(column: &str, file: &str) -> Fault {
    Fault::input(
        "files-conflict",
        format!("{file}: {column} 열의 형식이 다른 파일과 합칠 수 없습니다(이진·중첩)."),
        format!(
            "{file}: the column {column} is binary or nested and cannot be joined with that of the \
             other files."
        ),
    )
    .at_column(column)
}

pub(super) fn files_too_many(limit: usize) -> Fault {
    Fault::input(
        "files-too-many",
        format!("파일들의 열이 모두 {limit}개를 넘습니다. 나누어 변환해 주십시오."),
        format!("The files have more than {limit} columns together. Convert them in parts."),
    )
}

pub(super) fn dictionary(ko: impl Into<String>, en: impl Into<String>) -> Fault {
    Fault::input("dictionary-invalid", ko, en)
}
