//! Specifications as text: YAML, or JSON, with faults that say where.

use schema::data::column::Dictionary;
use schema::data::pipeline::{PipelineSpec, Step};

use super::inputs::Inputs;
use super::shape::Shape;
use super::step::plan;
use crate::error::Fault;
use crate::limits::Limits;
use crate::near::{hint, near};

/// Bytes of a specification; the longest sensible one, 200 steps over 4,096 columns, is shorter.
const TEXT_BYTES_MAX: usize = 4 << 20;

/// Reads a specification from YAML or JSON.
///
/// # Errors
/// `spec-invalid` with line and column: not YAML, an unknown step, an unknown or missing field, a
/// value of the wrong kind, or more than [`PipelineSpec::STEPS_MAX`] steps. No step at all is allowed:
/// it copies the table.
pub fn parse(text: &str) -> Result<PipelineSpec, Fault> {
    if text.len() > TEXT_BYTES_MAX {
        return Err(invalid(None, "명세가 4 MiB보다 깁니다", "the specification is above 4 MiB"));
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let spec: PipelineSpec = if text.trim_start().starts_with('{') {
        serde_json::from_str(text).map_err(|error| {
            let place = (error.line() as u64, error.column() as u64);
            let (ko, en) = told(reason(&error.to_string()));
            invalid(Some(place), &ko, &en)
        })?
    } else {
        serde_saphyr::from_str(text).map_err(|error| {
            let place = error.location().map(|at| (at.line(), at.column()));
            let rendered = error.without_snippet().to_string();
            let (ko, en) = told(reason(rendered.lines().next().unwrap_or("")));
            invalid(place, &ko, &en)
        })?
    };
    if spec.steps.len() > PipelineSpec::STEPS_MAX {
        let max = PipelineSpec::STEPS_MAX;
        return Err(invalid(
            None,
            &format!("단계는 {max}개까지입니다"),
            &format!("{max} steps are the limit"),
        ));
    }
    Ok(spec)
}

/// Checks a specification against the columns of a table, without reading the table.
///
/// Columns that a step drops only after looking at the data count as still there.
///
/// # Errors
/// The first step that does not fit: `column-unknown`, `column-type` and the step's own faults, each
/// naming the step.
pub fn check(spec: &PipelineSpec, dictionary: &Dictionary) -> Result<(), Fault> {
    let mut shape = Shape::promised(dictionary);
    for (n, step) in spec.steps.iter().enumerate() {
        let next = plan(step, &shape, &Limits::default(), &Inputs::default())
            .map_err(|f| in_step(f, n, step))?;
        shape = next.shape().clone();
    }
    Ok(())
}

/// The same fault, naming the step at index `n`.
pub(super) fn in_step(fault: Fault, n: usize, step: &Step) -> Fault {
    let Fault::Input(mut fault) = fault else { return fault };
    let (number, name) = (n + 1, step.name());
    fault.text.ko = format!("{number}단계 {name}: {}", fault.text.ko);
    fault.text.en = format!("step {number} ({name}): {}", fault.text.en);
    fault.step = u32::try_from(number).ok();
    Fault::Input(fault)
}

/// The reason without the place, which is told apart from it.
fn reason(text: &str) -> &str {
    text.split(" at line ").next().unwrap_or(text)
}

/// What serde says of a name that it does not know, in both languages and with close names.
fn told(reason: &str) -> (String, String) {
    let mut quoted = reason.split('`').skip(1).step_by(2);
    let name = quoted.next().unwrap_or_default();
    if reason.starts_with("missing field ") {
        return (format!("‘{name}’이(가) 빠졌습니다"), format!("{name} is missing"));
    }
    if !reason.starts_with("unknown variant ") && !reason.starts_with("unknown field ") {
        return (reason.to_owned(), reason.to_owned());
    }
    // `expected one of a, b, c` or `expected a or b`, with or without quotes.
    let known = reason.split_once("expected ").map_or("", |(_, known)| known);
    let words = known.trim_start_matches("one of ").split([',', ' ', '`', '\n']);
    let names: Vec<&str> = words.filter(|word| !word.is_empty() && *word != "or").collect();
    let close = near(name, names.iter().copied());
    let (ko, en) = if close.is_empty() {
        let all = names.join(", ");
        (format!(" 쓸 수 있는 이름: {all}."), format!("; known names: {all}"))
    } else {
        hint(&close)
    };
    (
        format!("‘{name}’은(는) 모르는 이름입니다.{ko}"),
        format!("the name “{name}” is not known{en}"),
    )
}

fn invalid(place: Option<(u64, u64)>, ko: &str, en: &str) -> Fault {
    match place {
        Some((line, column)) => Fault::input(
            "spec-invalid",
            format!("파이프라인 명세의 {line}행 {column}열이 잘못되었습니다: {ko}"),
            format!("the pipeline specification is wrong at line {line}, column {column}: {en}"),
        )
        .at_row(line),
        None => Fault::input(
            "spec-invalid",
            format!("파이프라인 명세가 잘못되었습니다: {ko}"),
            format!("the pipeline specification is wrong: {en}"),
        ),
    }
}

#[cfg(test)]
mod tests {
    use schema::data::column::{Dictionary, ValueType};

    use super::{check, parse};
    use crate::error::{Fault, InputFault};
    use crate::pipeline::file::{parquet_reading, plain_column};

    fn refused(text: &str) -> InputFault {
        match parse(text) {
            Err(Fault::Input(fault)) => fault,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn yaml_and_json_say_the_same() {
        let yaml = "steps:\n  - sort: {by: [{column: 시각}]}\n  - drop_duplicates: {}\n";
        let json = r#"{"steps":[{"sort":{"by":[{"column":"시각"}]}},{"drop_duplicates":{}}]}"#;
        assert_eq!(parse(yaml).unwrap(), parse(json).unwrap());
        assert_eq!(parse(&format!("\u{feff}{json}")).unwrap(), parse(yaml).unwrap());
    }

    #[test]
    fn faults_name_line_and_column() {
        for (text, place, what) in [
            ("steps:\n  - explode: {}\n", (2, 5), "“explode” is not known; known names: select, "),
            ("steps:\n  - sort:\n      by: []\n      key: a\n", (4, 7), "“key” is not known; "),
            ("steps:\n  - sort: {}\n", (2, 11), "by is missing"),
            ("steps:\n  - filter_range:\n      column: a\n      min: low\n", (4, 12), ""),
            ("steps: [", (1, 8), ""),
            ("{\"steps\":\n [{\"explode\": {}}]}", (2, 12), "“explode” is not known"),
            ("steps:\n  - selct: {columns: [a]}\n", (2, 5), "close names: select"),
            ("steps:\n  - filter_range: {colum: a}\n", (2, 20), "close names: column"),
            (
                "{\"steps\":\n [{\"scale\": {\"columns\": [], \"method\": \"min_mx\"}}]}",
                (2, 46),
                "close names: min_max",
            ),
        ] {
            let fault = refused(text);
            assert_eq!(fault.code, "spec-invalid");
            let (line, column) = place;
            assert_eq!(fault.row, Some(line), "{text}: {}", fault.text.en);
            let wanted = format!("at line {line}, column {column}: ");
            assert!(fault.text.en.contains(&wanted), "{text}: {}", fault.text.en);
            assert!(fault.text.en.contains(what), "{text}: {}", fault.text.en);
            assert!(fault.text.ko.contains(&format!("{line}행 {column}열")), "{}", fault.text.ko);
        }
    }

    #[test]
    fn empty_and_overlong_specifications_are_refused() {
        for text in [
            String::new(),
            format!("steps: [{}]", "drop_duplicates: {}, ".repeat(201)),
            " ".repeat(5 << 20),
            format!("{{\"steps\":[{}]}}", vec!["{\"drop_duplicates\":{}}"; 201].join(",")),
        ] {
            assert_eq!(refused(&text).code, "spec-invalid");
        }
    }

    #[test]
    fn a_hostile_document_is_refused_in_bounded_work() {
        let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
        for n in 1..40 {
            let one = format!("*a{}, ", n - 1).repeat(9);
            bomb.push_str(&format!("a{n}: &a{n} [{one}]\n"));
        }
        assert_eq!(refused(&bomb).code, "spec-invalid");
        assert_eq!(refused(&format!("steps: {}", "[".repeat(100_000))).code, "spec-invalid");
        assert_eq!(refused(&format!("{{\"steps\": {}", "[".repeat(100_000))).code, "spec-invalid");
    }

    #[test]
    fn checking_needs_no_data() {
        let dictionary = Dictionary::new(
            parquet_reading(),
            vec![
                plain_column("a", ValueType::Integer),
                plain_column("b", ValueType::Text),
                plain_column("n", ValueType::Nested),
            ],
        );
        let checked = |yaml: &str| check(&parse(yaml).unwrap(), &dictionary);
        checked("steps: [{rename: {columns: {a: x}}}, {scale: {columns: [x], method: z}}]")
            .unwrap();
        checked("steps: [{drop_constant: {}}, {select: {columns: [n, a]}}]").unwrap();
        for (yaml, code) in [
            (
                "steps: [{rename: {columns: {a: x}}}, {scale: {columns: [a], method: z}}]",
                "column-unknown",
            ),
            ("steps: [{scale: {columns: [b], method: z}}]", "column-type"),
            ("steps: [{cast: {columns: {n: text}}}]", "column-type"),
        ] {
            let Err(Fault::Input(fault)) = checked(yaml) else { panic!("{yaml}") };
            assert_eq!(fault.code, code, "{yaml}");
            assert!(fault.text.en.starts_with("step "), "{}", fault.text.en);
        }
    }
}
