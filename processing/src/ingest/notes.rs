//! The findings about a file: what was noticed, in words for the provider.
//!
//! Every reading that is not the only possible one leaves a note here.

use schema::data::column::Finding;
use schema::lang::Text;

use super::tally::Tally;

/// A finding about the file as a whole.
pub(super) fn about_file(code: &str, ko: String, en: String) -> Finding {
    Finding {
        code: code.to_owned(),
        column: None,
        count: None,
        rows: Vec::new(),
        text: Text::new(ko, en),
    }
}

/// A finding about a column.
pub(super) fn about(code: &str, column: &str, ko: String, en: String) -> Finding {
    Finding { column: Some(column.to_owned()), ..about_file(code, ko, en) }
}

/// A finding with its count and first rows.
pub(super) fn seen(code: &str, column: &str, tally: &Tally, ko: String, en: String) -> Finding {
    let mut rows = tally.rows.list().to_vec();
    rows.sort_unstable();
    Finding { count: Some(tally.count), rows, ..about(code, column, ko, en) }
}

pub(super) fn header_blank(stored: &str, at: usize) -> Finding {
    about(
        "header-blank",
        stored,
        format!("{at}번째 열의 이름이 비어 있어 {stored}(으)로 두었습니다."),
        format!("Column {at} has no name; it is called {stored}."),
    )
}

pub(super) fn header_repeated(stored: &str, name: &str, at: usize) -> Finding {
    about(
        "header-repeated",
        stored,
        format!("{at}번째 열의 이름 {name}이(가) 앞에도 있어 {stored}(으)로 바꾸었습니다."),
        format!(
            "The name {name} of column {at} occurs before (case apart); it is called {stored}."
        ),
    )
}

pub(super) fn header_padded(stored: &str) -> Finding {
    about(
        "header-padded",
        stored,
        "열 이름 앞뒤의 빈칸을 지웠습니다.".to_owned(),
        "Blanks around the column name were dropped.".to_owned(),
    )
}

pub(super) fn header_truncated(stored: &str, limit: usize) -> Finding {
    about(
        "header-truncated",
        stored,
        format!("열 이름이 {limit}바이트보다 길어 잘랐습니다."),
        format!("The column name was cut to {limit} bytes."),
    )
}

pub(super) fn headerless(assumed: bool, columns: usize) -> Finding {
    let code = if assumed { "header-absent-assumed" } else { "header-absent" };
    about_file(
        code,
        format!("첫 행이 값으로 보여 열 이름을 c1~c{columns}(으)로 두었습니다."),
        format!("The first record looks like values; the columns are called c1 to c{columns}."),
    )
}

pub(super) fn header_assumed() -> Finding {
    about_file(
        "header-assumed",
        "모든 열이 글자라서 첫 행을 열 이름으로 추정했습니다.".to_owned(),
        "Every column holds text; the first record is assumed to name the columns.".to_owned(),
    )
}

pub(super) fn header_numbered() -> Finding {
    about_file(
        "header-numbered",
        "첫 행이 차례로 이어지는 숫자라서 열 이름으로 읽었습니다.".to_owned(),
        "The first record holds numbers in sequence and was read as column names.".to_owned(),
    )
}

pub(super) fn header_excess(excess: i8) -> Option<Finding> {
    match excess {
        1 => Some(about_file(
            "header-longer",
            "열 이름 행 끝의 빈 값 하나를 버렸습니다.".to_owned(),
            "One empty field at the end of the header was dropped.".to_owned(),
        )),
        -1 => Some(about_file(
            "header-shorter",
            "열 이름이 데이터보다 하나 적어 빈 이름을 더했습니다.".to_owned(),
            "The header has one field less than the records; a name was added.".to_owned(),
        )),
        _ => None,
    }
}

pub(super) fn preamble(lines: u64) -> Finding {
    Finding {
        count: Some(lines),
        ..about_file(
            "preamble-skipped",
            format!("표 위의 {lines}줄을 건너뛰었습니다."),
            format!("{lines} lines above the table were skipped."),
        )
    }
}

pub(super) fn blank_lines(count: u64) -> Finding {
    Finding {
        count: Some(count),
        ..about_file(
            "blank-lines",
            format!("데이터 사이의 빈 줄 {count}개를 건너뛰었습니다."),
            format!("{count} empty lines between records were skipped."),
        )
    }
}

pub(super) fn encoding_assumed() -> Finding {
    about_file(
        "encoding-assumed",
        "문자 부호를 Windows-1252로 추정했습니다. 글자가 깨져 보이면 UTF-8로 저장해 주십시오."
            .to_owned(),
        "The encoding is assumed to be Windows-1252. If letters look wrong, save as UTF-8."
            .to_owned(),
    )
}

pub(super) fn json_keys(column: &str, missing: u64, records: u64) -> Finding {
    Finding {
        count: Some(missing),
        ..about(
            "json-key-missing",
            column,
            format!("{records}개 레코드 중 {missing}개에 이 키가 없습니다. 빈 값으로 두었습니다."),
            format!("{missing} of {records} records lack this key; their value is null."),
        )
    }
}

pub(super) fn empty(column: &str) -> Finding {
    about(
        "column-empty",
        column,
        "값이 하나도 없는 열입니다.".to_owned(),
        "The column holds no value at all.".to_owned(),
    )
}

pub(super) fn null_words(column: &str, tally: &Tally, words: &[(&str, u64)]) -> Finding {
    let list: Vec<String> =
        words.iter().map(|(word, count)| format!("\"{word}\" × {count}")).collect();
    let list = list.join(", ");
    seen(
        "null-words",
        column,
        tally,
        format!("값 없음을 뜻하는 말을 빈 값으로 읽었습니다: {list}."),
        format!("Words for \"no value\" were read as null: {list}."),
    )
}

pub(super) fn unit_unknown(column: &str, unit: &str) -> Finding {
    about(
        "unit-unknown",
        column,
        format!("열 이름의 단위 [{unit}]을(를) 알 수 없습니다."),
        format!("The unit [{unit}] in the column name is not known."),
    )
}

pub(super) fn unit_from_name(column: &str, unit: &str) -> Finding {
    about(
        "unit-from-name",
        column,
        format!("열 이름 끝말에서 단위 {unit}을(를) 추정했습니다."),
        format!("The unit {unit} is assumed from the end of the column name."),
    )
}

pub(super) fn sentinel(column: &str, value: &str, tally: &Tally, cells: u64) -> Finding {
    seen(
        "sentinel-suspected",
        column,
        tally,
        format!(
            "{value}이(가) {cells}개 값 중 {}번 나오고 다른 값과 떨어져 있습니다. '측정값 없음'을 \
             뜻하는지 확인해 주십시오. 값은 그대로 두었습니다.",
            tally.count
        ),
        format!(
            "{value} occurs {} times in {cells} values and stands apart from all others. It may \
             mean \"no reading\"; the values were kept.",
            tally.count
        ),
    )
}

pub(super) fn pandas_index(column: &str) -> Finding {
    about(
        "index-column",
        column,
        "pandas가 저장한 행 번호로 보입니다. 그대로 두었습니다.".to_owned(),
        "This looks like a row index written by pandas; it was kept.".to_owned(),
    )
}

pub(super) fn sentinel_elsewhere(column: &str, value: &str, tally: &Tally) -> Finding {
    seen(
        "sentinel-suspected",
        column,
        tally,
        format!(
            "{value}이(가) {}번 나옵니다. 다른 열에서 '측정값 없음'으로 보이는 값과 같습니다. 값은 \
             그대로 두었습니다.",
            tally.count
        ),
        format!(
            "{value} occurs {} times and looks like \"no reading\" in another column. The values \
             were kept.",
            tally.count
        ),
    )
}

pub(super) fn null_words_counted(column: &str, count: u64) -> Finding {
    Finding {
        count: Some(count),
        ..about(
            "null-words",
            column,
            format!("값 없음을 뜻하는 말 {count}개를 빈 값으로 읽었습니다."),
            format!("{count} words for \"no value\" were read as null."),
        )
    }
}
