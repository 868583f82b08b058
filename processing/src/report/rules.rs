//! Rules in words, and what a person can do about a broken one.
//!
//! The words are looked up by the kind of a check as it is written in a rule set. A kind without
//! words of its own is shown with its parameters, so that a new kind is never left out.

use schema::data::quality::Check;
use schema::lang::Text;
use serde_json::Value;

/// The columns that a check names, in the order of its fields.
pub(super) fn columns_of(check: &Check) -> Vec<String> {
    const FIELDS: [&str; 9] =
        ["column", "columns", "happened", "arrived", "left", "right", "key", "keys", "group"];
    let Ok(Value::Object(fields)) = serde_json::to_value(check) else { return Vec::new() };
    let mut columns: Vec<String> = Vec::new();
    for field in FIELDS {
        let values = match fields.get(field) {
            Some(Value::Array(items)) => items.as_slice(),
            Some(value) => std::slice::from_ref(value),
            None => continue,
        };
        columns.extend(values.iter().filter_map(Value::as_str).map(str::to_owned));
    }
    columns.dedup();
    columns
}

/// The kind of a check, as written.
pub(super) fn kind_of(check: &Check) -> String {
    let value = serde_json::to_value(check).unwrap_or_default();
    value.get("kind").and_then(Value::as_str).unwrap_or("?").to_owned()
}

/// How columns are called on a page, and which must not show their values.
pub(super) trait Naming {
    /// What a column is called.
    fn called(&self, column: &str) -> String;
    /// Whether its values are not shown.
    fn masked(&self, column: &str) -> bool;
}

/// A check as a sentence.
pub(super) fn sentence(check: &Check, naming: &dyn Naming) -> Text {
    let value = serde_json::to_value(check).unwrap_or_default();
    let told = Told { value: &value, naming };
    let kind = told.shown("kind");
    told.of_cells(&kind)
        .or_else(|| told.of_rows(&kind))
        .or_else(|| told.of_series(&kind))
        .or_else(|| told.of_table(&kind))
        .unwrap_or_else(|| told.bare(&kind))
}

/// A check that is being told.
struct Told<'a> {
    value: &'a Value,
    naming: &'a dyn Naming,
}

impl Told<'_> {
    fn field(&self, key: &str) -> Option<&Value> {
        self.value.get(key).filter(|value| !value.is_null())
    }

    fn shown(&self, key: &str) -> String {
        self.field(key).map(plain).unwrap_or_default()
    }

    fn column(&self, key: &str) -> String {
        self.naming.called(&self.shown(key))
    }

    fn columns(&self) -> String {
        let names = self.field("columns").and_then(Value::as_array).map(Vec::as_slice);
        let names = names.unwrap_or_default().iter().filter_map(Value::as_str);
        names.map(|name| self.naming.called(name)).collect::<Vec<_>>().join(", ")
    }

    /// A literal of the rule, unless it could be somebody's.
    fn literal(&self, key: &str) -> String {
        if self.naming.masked(&self.shown("column")) {
            "●●●".to_owned()
        } else {
            self.shown(key)
        }
    }

    fn span(&self) -> (String, String) {
        duration(self.field("micros").and_then(Value::as_u64).unwrap_or_default())
    }

    fn range(&self) -> (String, String) {
        let bound = |key: &str| self.field(key).map(|_| self.literal(key));
        match (bound("min"), bound("max")) {
            (Some(min), Some(max)) => {
                (format!("{min} 이상 {max} 이하"), format!("from {min} to {max}"))
            }
            (Some(min), None) => (format!("{min} 이상"), format!("at least {min}")),
            (None, Some(max)) => (format!("{max} 이하"), format!("at most {max}")),
            (None, None) => ("유한한 수".to_owned(), "finite".to_owned()),
        }
    }

    /// A sentence about every machine, where the check follows each on its own.
    fn each(&self, ko: String, en: String) -> Text {
        match self.field("group").map(|group| self.naming.called(&plain(group))) {
            None => Text::new(ko, en + "."),
            Some(group) => {
                Text::new(format!("‘{group}’별로 {ko}"), format!("{en}, for each “{group}”."))
            }
        }
    }

    fn of_cells(&self, kind: &str) -> Option<Text> {
        let c = self.column("column");
        let (ko, en) = match kind {
            "not_null" => {
                (format!("‘{c}’에 빈칸이 없어야 합니다."), format!("“{c}” has no missing cell."))
            }
            "range" => {
                let (ko, en) = self.range();
                (format!("‘{c}’은(는) {ko}여야 합니다."), format!("“{c}” is {en}."))
            }
            "set" => {
                let values = self.literal("values");
                (
                    format!("‘{c}’은(는) 정해진 값({values}) 가운데 하나여야 합니다."),
                    format!("“{c}” is one of: {values}."),
                )
            }
            "regex" => {
                let pattern = self.literal("pattern");
                (
                    format!("‘{c}’은(는) 형식 {pattern}에 맞아야 합니다."),
                    format!("“{c}” has the form {pattern}."),
                )
            }
            "type" => {
                let is = self.shown("is");
                (
                    format!("‘{c}’의 모든 값은 {is} 형식이어야 합니다."),
                    format!("Every value of “{c}” is of type {is}."),
                )
            }
            "length" => {
                let (ko, en) = self.range();
                (
                    format!("‘{c}’의 글자 수는 {ko}여야 합니다."),
                    format!("“{c}” has a length of {en}."),
                )
            }
            _ => return None,
        };
        Some(Text::new(ko, en))
    }

    fn of_rows(&self, kind: &str) -> Option<Text> {
        let names = self.columns();
        let (ko, en) = match kind {
            "unique" if names.is_empty() => (
                "모든 열이 같은 행이 두 번 나오지 않아야 합니다.".to_owned(),
                "No row repeats another in every column.".to_owned(),
            ),
            "unique" => (
                format!("‘{names}’ 값이 같은 행이 두 번 나오지 않아야 합니다."),
                format!("No two rows agree in “{names}”."),
            ),
            "foreign_key" => {
                let reference = self.shown("reference");
                (
                    format!("‘{names}’ 값은 표 ‘{reference}’에 있어야 합니다."),
                    format!("“{names}” occurs in the table “{reference}”."),
                )
            }
            "expression" => {
                let expr = self.shown("expr");
                (format!("모든 행에서 {expr} 이어야 합니다."), format!("Every row has {expr}."))
            }
            "delay" => {
                let (ko, en) = self.span();
                let (happened, arrived) = (self.column("happened"), self.column("arrived"));
                (
                    format!("‘{happened}’부터 ‘{arrived}’까지 {ko}를 넘지 않아야 합니다."),
                    format!("“{arrived}” follows “{happened}” within {en}."),
                )
            }
            _ => return None,
        };
        Some(Text::new(ko, en))
    }

    fn of_series(&self, kind: &str) -> Option<Text> {
        let c = self.column("column");
        let (ko, en) = match kind {
            "monotonic" => (
                format!("‘{c}’은(는) 거꾸로 가지 않아야 합니다."),
                format!("“{c}” never goes backward"),
            ),
            "max_gap" => {
                let (ko, en) = self.span();
                (
                    format!("‘{c}’의 간격이 {ko}를 넘지 않아야 합니다."),
                    format!("“{c}” has no pause longer than {en}"),
                )
            }
            "sampling" => {
                let (ko, en) = self.span();
                (
                    format!("‘{c}’의 간격은 늘 {ko}쯤이어야 합니다."),
                    format!("“{c}” comes about every {en}"),
                )
            }
            "stuck_run" => {
                let rows = self.shown("rows");
                (
                    format!("‘{c}’의 같은 값이 {rows}행 넘게 이어지지 않아야 합니다."),
                    format!("“{c}” does not repeat a value for more than {rows} rows"),
                )
            }
            "rate_of_change" => {
                let most = self.shown("per_second");
                (
                    format!("‘{c}’은(는) 1초에 {most} 넘게 변하지 않아야 합니다."),
                    format!("“{c}” does not change by more than {most} a second"),
                )
            }
            "spike" => (
                format!("‘{c}’에 홀로 튀는 값이 없어야 합니다."),
                format!("“{c}” has no single value far from its neighbours"),
            ),
            _ => return None,
        };
        Some(self.each(ko, en))
    }

    fn of_table(&self, kind: &str) -> Option<Text> {
        let c = self.column("column");
        let (ko, en) = match kind {
            "row_count" => {
                let (ko, en) = self.range();
                (format!("행 수는 {ko}여야 합니다."), format!("The number of rows is {en}."))
            }
            "freshness" => {
                let (ko, en) = self.span();
                (
                    format!("‘{c}’의 마지막 시각이 {ko}보다 오래되지 않아야 합니다."),
                    format!("The last “{c}” is no older than {en}."),
                )
            }
            "aggregate" => {
                let (measure, (ko, en)) = (self.shown("measure"), self.range());
                (
                    format!("‘{c}’의 {measure} 값은 {ko}여야 합니다."),
                    format!("The {measure} of “{c}” is {en}."),
                )
            }
            "distribution" => {
                let reference = self.shown("reference");
                (
                    format!("‘{c}’의 분포가 기준 ‘{reference}’과 크게 다르지 않아야 합니다."),
                    format!("“{c}” is spread as in the reference “{reference}”."),
                )
            }
            "schema" => (
                "표의 열이 정해진 대로여야 합니다.".to_owned(),
                "The table has the columns agreed on.".to_owned(),
            ),
            "unit" => (
                "측정 열에 단위가 적혀 있어야 합니다.".to_owned(),
                "Measured columns declare their unit.".to_owned(),
            ),
            "sql" => {
                let query = self.shown("query");
                (
                    format!("다음 질의에 걸리는 것이 없어야 합니다: {query}"),
                    format!("Nothing is found by the query: {query}"),
                )
            }
            _ => return None,
        };
        Some(Text::new(ko, en))
    }

    /// A check of a kind that has no words here.
    fn bare(&self, kind: &str) -> Text {
        let rest: Vec<String> = self
            .value
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(key, value)| *key != "kind" && !value.is_null())
            .map(|(key, value)| match value.as_str() {
                Some(name) if key.starts_with("column") || key == "group" => {
                    format!("{key} {}", self.naming.called(name))
                }
                _ => format!("{key} {}", plain(value)),
            })
            .collect();
        let rest = rest.join(", ");
        Text::new(format!("규칙 {kind}: {rest}"), format!("Rule {kind}: {rest}"))
    }
}

/// What can be done when checks of a kind fail: advice for people.
pub(super) fn advice(kind: &str) -> Text {
    let (ko, en) = match kind {
        "not_null" => (
            "빈칸을 채우거나(fill_missing) 그 행을 버리십시오(drop_missing_rows). 측정되지 않은 값을 0으로 채우지 마십시오.",
            "Fill the missing cells (fill_missing) or drop those rows (drop_missing_rows). Never fill what was not measured with 0.",
        ),
        "range" | "set" | "regex" | "type" | "length" | "spike" | "rate_of_change" => (
            "센서 고장 값이면 비우고(sentinel_to_null, outliers), 단위가 다르면 바꾸고(unit_convert), 정상이면 규칙의 범위를 고치십시오.",
            "Empty values of a broken sensor (sentinel_to_null, outliers), convert a wrong unit (unit_convert), or mend the rule if the values are right.",
        ),
        "unique" => (
            "반복된 행을 지우거나(drop_duplicates) 행을 구별하는 열을 확인하십시오.",
            "Drop repeated rows (drop_duplicates), or check which columns tell rows apart.",
        ),
        "monotonic" => (
            "시각 순서로 정렬하십시오(sort). 설비 시계가 되돌아갔는지 확인하십시오.",
            "Order the rows by time (sort); check whether a machine's clock was set back.",
        ),
        "max_gap" => (
            "수집이 멈춘 구간입니다. 설비 정지인지 수집 장애인지 확인해 설명에 적으십시오.",
            "Collection paused. Find out whether the machine stood still or the collection failed, and say so in the description.",
        ),
        "stuck_run" => (
            "같은 값이 오래 이어집니다. 센서 고장이나 설비 정지를 확인하십시오.",
            "A value repeats for long. Check for a broken sensor or a machine at rest.",
        ),
        "row_count" => (
            "행 수가 기대와 다릅니다. 빠진 파일이나 두 번 들어간 파일이 있는지 확인하십시오.",
            "The number of rows is not as expected. Check for missing or repeated files.",
        ),
        "delay" | "freshness" => (
            "데이터가 늦게 도착했습니다. 수집 경로를 확인하십시오.",
            "Data arrived late. Check the way it is collected.",
        ),
        _ => (
            "위반한 행을 확인하고 데이터나 규칙을 고치십시오.",
            "Look at the rows concerned and mend the data or the rule.",
        ),
    };
    Text::new(ko, en)
}

/// A JSON value as a person writes it, in its bounds.
fn plain(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(", "),
        Value::Number(number) => {
            let text = number.to_string();
            text.strip_suffix(".0").unwrap_or(&text).to_owned()
        }
        other => other.to_string(),
    };
    crate::profile::cut(&text, 160)
}

/// A length of time in the largest unit that fits.
pub(super) fn duration(micros: u64) -> (String, String) {
    const UNITS: [(u64, &str, &str); 5] = [
        (crate::DAY_US.unsigned_abs(), "일", "days"),
        (3_600_000_000, "시간", "hours"),
        (60_000_000, "분", "minutes"),
        (1_000_000, "초", "seconds"),
        (1_000, "밀리초", "milliseconds"),
    ];
    let unit =
        UNITS.iter().find(|(size, ..)| micros >= *size && micros >= 2 * size || micros == *size);
    let (size, ko, en) = unit.copied().unwrap_or((1, "마이크로초", "microseconds"));
    #[expect(clippy::cast_precision_loss, reason = "shown in five digits")]
    let value = super::html::number(micros as f64 / size as f64);
    let one = value == "1";
    (format!("{value}{ko}"), format!("{value} {}", if one { en.trim_end_matches('s') } else { en }))
}

#[cfg(test)]
mod tests {
    use schema::data::profile::Scalar;
    use schema::data::quality::Check;

    use super::{Naming, columns_of, duration, sentence};

    struct Plainly;

    impl Naming for Plainly {
        fn called(&self, column: &str) -> String {
            column.to_owned()
        }
        fn masked(&self, column: &str) -> bool {
            column == "주민번호"
        }
    }

    #[test]
    fn values_of_people_are_not_in_a_sentence() {
        let values = vec![Scalar::Text("900101-1234568".to_owned())];
        let check = Check::Set { column: "주민번호".to_owned(), values };
        assert_eq!(sentence(&check, &Plainly).en, "“주민번호” is one of: ●●●.");
    }

    #[test]
    fn checks_are_told_in_both_languages() {
        let check = Check::Range {
            column: "압력".to_owned(),
            min: Some(Scalar::Integer(0)),
            max: Some(Scalar::Number(9.5)),
        };
        let text = sentence(&check, &Plainly);
        assert_eq!(text.ko, "‘압력’은(는) 0 이상 9.5 이하여야 합니다.");
        assert_eq!(text.en, "“압력” is from 0 to 9.5.");
        let check = Check::MaxGap {
            column: "t".to_owned(),
            group: Some("m".to_owned()),
            micros: 90_000_000,
        };
        let told = sentence(&check, &Plainly).en;
        assert_eq!(told, "“t” has no pause longer than 90 seconds, for each “m”.");
        assert_eq!(columns_of(&check), ["t", "m"]);
        let check = Check::Unique { columns: vec!["a".to_owned(), "b".to_owned()] };
        assert_eq!(columns_of(&check), ["a", "b"]);
    }

    #[test]
    fn lengths_of_time_are_in_a_fitting_unit() {
        for (micros, en) in [
            (1, "1 microsecond"),
            (1_500, "1500 microseconds"),
            (5_000_000, "5 seconds"),
            (60_000_000, "1 minute"),
            (86_400_000_000, "1 day"),
            (90_000_000_000, "25 hours"),
        ] {
            assert_eq!(duration(micros).1, en);
        }
    }
}
