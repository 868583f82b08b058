//! The findings about a file: what was noticed, in words for the provider.
//!
//! Every reading that is not the only possible one leaves a note here.

use schema::data::column::Finding;
use schema::lang::Text;

use super::tally::Tally;
use super::workbook::letters;

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
        -2 => Some(about_file(
            "header-shorter",
            "열 이름이 데이터보다 하나 적습니다. 첫 열이 행 번호나 행 이름으로 보여 이름을 한 칸씩 오른쪽에 \
             붙였습니다."
                .to_owned(),
            "The header has one field less than the records. The first column looks like a row \
             number or name, so the names belong to the columns behind it."
                .to_owned(),
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

pub(super) fn header_in_data(count: u64) -> Finding {
    Finding {
        count: Some(count),
        ..about_file(
            "header-in-data",
            format!("데이터 사이에 열 이름 행이 {count}번 더 있어 건너뛰었습니다."),
            format!("The header occurs {count} more times among the records; skipped there."),
        )
    }
}

pub(super) fn delimiters_mixed(marks: &str) -> Finding {
    about_file(
        "delimiters-mixed",
        format!("구분자가 섞여 있어 {marks:?}의 글자를 모두 구분자로 읽었습니다."),
        format!("Separators are mixed; each character of {marks:?} was read as one."),
    )
}

pub(super) fn units_row() -> Finding {
    about_file(
        "units-row",
        "열 이름 아래 행을 단위로 읽었습니다.".to_owned(),
        "The record below the header was read as units.".to_owned(),
    )
}

pub(super) fn json_nested(column: &str, count: u64) -> Finding {
    Finding {
        count: Some(count),
        ..about(
            "json-nested",
            column,
            format!("중첩된 값이 {count}개 있어 JSON 글자로 두었습니다."),
            format!("{count} values are nested; kept as JSON text."),
        )
    }
}

pub(super) fn date_time_apart(date: &str, time: &str) -> Finding {
    about(
        "date-time-apart",
        time,
        format!("날짜는 {date} 열, 시각은 이 열에 따로 있습니다. 파이프라인에서 합치십시오."),
        format!(
            "The day stands in column {date}, the time of day here. Combine them in a pipeline."
        ),
    )
}

pub(super) fn sheet(name: &str, rows: (u32, u32), columns: (u32, u32)) -> Finding {
    let (first, last) = (rows.0 + 1, rows.1 + 1);
    let (left, right) = (letters(columns.0), letters(columns.1));
    about_file(
        "sheet-read",
        format!("시트 {name}의 {left}{first}:{right}{last}을(를) 읽었습니다."),
        format!("Cells {left}{first}:{right}{last} of the sheet {name} were read."),
    )
}

pub(super) fn sheets_left(names: &[String]) -> Finding {
    let list = first_few(names);
    Finding {
        count: Some(names.len() as u64),
        ..about_file(
            "sheets-left",
            format!("읽지 않은 시트가 있습니다: {list}. 읽으려면 사전에 sheet를 적으십시오."),
            format!("Other sheets were not read: {list}. Name one as `sheet` in the dictionary."),
        )
    }
}

pub(super) fn cells_error(count: u64, places: &[String]) -> Finding {
    let list = places.join(", ");
    Finding {
        count: Some(count),
        ..about_file(
            "cells-error",
            format!("수식 오류 칸이 {count}개 있습니다({list} …). 숫자 열에서는 빈 값이 됩니다."),
            format!("{count} cells hold errors of formulas ({list} …); null in typed columns."),
        )
    }
}

pub(super) fn cells_merged(count: u64) -> Finding {
    Finding {
        count: Some(count),
        ..about_file(
            "cells-merged",
            format!(
                "병합된 칸이 {count}곳 있습니다. 값은 첫 칸에만 있고 나머지는 빈 값입니다. 필요하면 \
                 채우기 단계(ffill)를 쓰십시오."
            ),
            format!(
                "{count} regions of cells are merged; only the first cell of each holds the value, \
                 the others are null. Fill them in a pipeline (ffill) if needed."
            ),
        )
    }
}

/// Up to five names of a list, and how many more there are.
pub(super) fn first_few(names: &[String]) -> String {
    const SHOWN: usize = 5;
    let list = names.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => list,
        more => format!("{list} … (+{more})"),
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

pub(super) fn constant(column: &str, value: &str, values: u64) -> Finding {
    Finding {
        count: Some(values),
        ..about(
            "column-constant",
            column,
            format!("값이 모두 {value}입니다({values}개)."),
            format!("All {values} values are {value}."),
        )
    }
}

pub(super) fn column_repeated(column: &str, first: &str) -> Finding {
    about(
        "column-repeated",
        column,
        format!("{first} 열과 내용이 모두 같습니다. 그대로 두었습니다."),
        format!("Every cell is that of column {first}; both were kept."),
    )
}

pub(super) fn rows_repeated(tally: &Tally, rows: u64) -> Finding {
    let counted = rows.min(super::twins::ROWS_MAX);
    let count = tally.count;
    Finding {
        count: Some(count),
        rows: tally.rows.list().to_vec(),
        ..about_file(
            "rows-repeated",
            format!("처음 {counted}행 가운데 {count}행은 앞의 행과 똑같습니다. 그대로 두었습니다."),
            format!("Of the first {counted} rows, {count} equal a row before; they were kept."),
        )
    }
}

pub(super) fn rows_repeated_in_files(tally: &Tally) -> Finding {
    let count = tally.count;
    Finding {
        count: Some(count),
        rows: tally.rows.list().to_vec(),
        ..about_file(
            "rows-repeated",
            format!(
                "같은 파일 안에서 앞의 행과 똑같은 행이 {count}개 있습니다. 그대로 두었습니다."
            ),
            format!("{count} rows equal a row before in the same file; they were kept."),
        )
    }
}

/// A finding about one file, told of several.
pub(super) fn in_files(finding: &Finding, count: u64, files: usize) -> Finding {
    let text = Text::new(
        format!("{} (파일 {files}개 중 {count}개)", finding.text.ko),
        format!("{} ({count} of {files} files)", finding.text.en),
    );
    Finding { count: Some(count), rows: Vec::new(), text, ..finding.clone() }
}

pub(super) fn transposed() -> Finding {
    about_file(
        "table-transposed-suspected",
        "첫 열에 항목 이름이 세로로 있고 열마다 한 건인 표로 보입니다. 그대로 읽었습니다. 행과 열을 바꾸어 \
         다시 저장해 주십시오."
            .to_owned(),
        "The fields seem to stand down the first column, one record per column. It was read as it \
         stands; swap rows and columns and save again."
            .to_owned(),
    )
}

pub(super) fn header_shifted(name: &str, to_right: bool) -> Finding {
    let (ko, en) = if to_right { ("오른쪽", "right") } else { ("왼쪽", "left") };
    about(
        "header-shifted-suspected",
        name,
        format!(
            "시각을 뜻하는 이름인데 시각은 {ko} 열에 있습니다. 열 이름이 한 칸 밀렸는지 확인해 주십시오."
        ),
        format!(
            "The name says time, but the times stand in the column to its {en}. The names may be \
             one column off; please check."
        ),
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
