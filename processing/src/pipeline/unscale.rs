//! The step `unscale`: the inverse of `scale`, from the parameters that a lineage names.
//!
//! Value × width + shift. A column that was scaled with width nought gets its one value back.

use std::collections::BTreeMap;

use arrow::array::ArrayRef;
use arrow::datatypes::DataType;
use schema::data::column::{Dictionary, ValueType};
use schema::data::lineage::{Fitted, FittedValue, Lineage};
use schema::data::pipeline::{PipelineSpec, ScaleParameters, Step, StepNote, Unscale};
use schema::lang::Text;

use super::each::{Change, Each, numbers};
use super::shape::{Shape, no_columns};
use super::step::Ready;
use crate::error::Fault;

/// Shift and width of a column.
struct Unscaling(f64, f64);

impl Change for Unscaling {
    fn of(&self, array: &ArrayRef) -> Result<(ArrayRef, u64), Fault> {
        numbers(array, |value| value * self.1 + self.0)
    }
}

pub(super) fn plan(step: &Unscale, shape: &Shape) -> Result<Ready, Fault> {
    if step.columns.is_empty() {
        return Err(no_columns());
    }
    let mut columns = Vec::new();
    for (name, parameters) in &step.columns {
        let index = shape.index(name)?;
        shape.must_be(index, ValueType::is_numeric, "숫자", "numeric")?;
        let (shift, width) = match parameters {
            ScaleParameters::MinMax { min, max } => (*min, max - min),
            ScaleParameters::Z { mean, std } => (*mean, *std),
            ScaleParameters::Robust { median, iqr } => (*median, *iqr),
        };
        if !shift.is_finite() || !width.is_finite() || width < 0.0 {
            return Err(Fault::input(
                "scale-parameters",
                format!("열 ‘{name}’의 척도 값이 잘못되었습니다. 폭은 0 이상의 유한한 수여야 합니다."),
                format!("the parameters of column “{name}” are wrong: the width must be finite and at least 0"),
            )
            .at_column(name.as_str()));
        }
        columns.push((index, Unscaling(shift, width)));
    }
    let after = shape.mapped(|index, mut column, mut data_type| {
        if columns.iter().any(|(at, _)| *at == index) {
            column.value_type = ValueType::Number;
            // What it measures is known to whoever scaled it.
            column.unit = None;
            column.sentinels.clear();
            data_type = DataType::Float64;
        }
        (column, data_type)
    });
    Ok(Ready::new(Each::new(columns, after.clone()), after))
}

/// The steps that take the scalings of a lineage back, the last one first. Columns that the
/// dictionary does not have are left out.
///
/// # Errors
/// `lineage-unscaled` when there are none; `lineage-cut` when the lineage does not hold all parameters.
pub fn unscaling(lineage: &Lineage, dictionary: &Dictionary) -> Result<PipelineSpec, Fault> {
    let mut spec = PipelineSpec::default();
    for record in lineage.steps.iter().rev().filter(|record| record.step == "scale") {
        if record.fitted_left_out > 0 {
            let number = record.number;
            return Err(Fault::input(
                "lineage-cut",
                format!("계보에 {number}번째 단계의 척도 값이 모두 들어 있지 않습니다."),
                format!("the lineage does not hold all parameters of step {number}"),
            ));
        }
        let mut columns = BTreeMap::new();
        for column in &dictionary.columns {
            let value = |name: &str| {
                let of = |one: &&Fitted| one.column == column.name && one.name == name;
                match record.fitted.iter().find(of)?.value {
                    FittedValue::Number(value) => Some(value),
                    FittedValue::Text(_) => None,
                }
            };
            let two = |first, second| value(first).zip(value(second));
            let found = two("min", "max")
                .map(|(min, max)| ScaleParameters::MinMax { min, max })
                .or_else(|| two("mean", "std").map(|(mean, std)| ScaleParameters::Z { mean, std }))
                .or_else(|| {
                    two("median", "iqr")
                        .map(|(median, iqr)| ScaleParameters::Robust { median, iqr })
                });
            columns.extend(found.map(|found| (column.name.clone(), found)));
        }
        if !columns.is_empty() {
            spec.steps.push(Step::Unscale(Unscale { columns }));
            let (step, number) = (spec.steps.len(), record.number);
            spec.notes.push(StepNote {
                step: u32::try_from(step).unwrap_or(u32::MAX),
                text: Text::new(
                    format!("계보의 {number}번째 단계를 되돌립니다."),
                    format!("Takes back step {number} of the lineage."),
                ),
            });
        }
    }
    if spec.steps.is_empty() {
        return Err(Fault::input(
            "lineage-unscaled",
            "계보에는 이 파일의 열의 척도를 맞춘 단계가 없습니다.",
            "no step of the lineage scaled a column of this file",
        ));
    }
    Ok(spec)
}

#[cfg(test)]
mod tests {
    use super::unscaling;
    use crate::pipeline::fixture::{check, clean, fault, text};

    #[test]
    fn what_was_scaled_comes_back_with_the_parameters_of_the_lineage() {
        let table = "x:f\n 1\n 2.5\n -\n NaN\n 8\n inf";
        for method in ["min_max", "z", "robust"] {
            let scale = format!("{{scale: {{columns: [x], method: {method}}}}}");
            let scaled = clean(&format!("steps: [{scale}]"), table).unwrap();
            let parameters: Vec<String> = scaled
                .fitted()
                .iter()
                .map(|one| one.trim_start_matches("x.").replace('=', ": "))
                .collect();
            let back = format!("{{unscale: {{columns: {{x: {{{}}}}}}}}}", parameters.join(", "));
            let done = clean(&format!("steps: [{scale}, {back}]"), table).unwrap();
            let want = [Some(1.0), Some(2.5), None, Some(f64::NAN), Some(8.0), Some(f64::INFINITY)];
            for (line, want) in done.text.lines().skip(1).zip(want) {
                let got: Option<f64> = (line != "-").then(|| line.parse().unwrap());
                let same = match (got, want) {
                    (Some(a), Some(b)) => {
                        a == b || (a - b).abs() < 1e-12 || a.is_nan() && b.is_nan()
                    }
                    (a, b) => a == b,
                };
                assert!(same, "{method}: {}", done.text);
            }
            assert_eq!(done.changed(), 4);
        }
        let one = "steps: [{unscale: {columns: {x: {min: 5, max: 5}}}}]";
        check(one, "x:i\n 0\n -", "x\n5.0\n-");
    }

    #[test]
    fn a_lineage_alone_takes_its_scalings_back() {
        let table = "x:f | n:i | w:t\n 1 | 4 | a\n 2.5 | 8 | b\n - | 0 | c\n 8 | - | d";
        let scale =
            "{scale: {columns: [x, n], method: z}}, {scale: {columns: [x], method: robust}}";
        let scaled = clean(&format!("steps: [{scale}]"), table).unwrap();
        let back = unscaling(&scaled.lineage, &scaled.dictionary).unwrap();
        assert_eq!((back.steps.len(), back.notes.len()), (2, 2));
        // A buyer has the scaled table, and a specification in a file.
        let yaml = serde_saphyr::to_string(&back).unwrap();
        let spec = crate::pipeline::parse(&yaml).unwrap();
        let dir = tempfile::tempdir().unwrap();
        let (bought, out) = (dir.path().join("bought.parquet"), dir.path().join("out.parquet"));
        std::fs::write(&bought, &scaled.bytes).unwrap();
        let limits = crate::limits::Limits::default();
        crate::pipeline::run(&spec, &bought, &out, &limits, &crate::progress::Silent).unwrap();
        let lines = text(&out);
        let cells: Vec<Option<f64>> = lines
            .lines()
            .skip(1)
            .flat_map(|l| l.split(" | ").take(2))
            .map(|c| c.parse().ok())
            .collect();
        let want = [1.0, 4.0, 2.5, 8.0, f64::NAN, 0.0, 8.0, f64::NAN];
        for (got, want) in cells.iter().zip(want) {
            assert!(got.map_or(want.is_nan(), |got| (got - want).abs() < 1e-12), "{lines}");
        }
        let plain = clean("steps: [{drop_duplicates: {}}]", table).unwrap();
        let code = |lineage, dictionary| match unscaling(lineage, dictionary) {
            Err(crate::error::Fault::Input(fault)) => fault.code,
            other => panic!("{other:?}"),
        };
        assert_eq!(code(&plain.lineage, &plain.dictionary), "lineage-unscaled");
        let mut cut = scaled.lineage.clone();
        cut.steps[0].fitted_left_out = 1;
        assert_eq!(code(&cut, &scaled.dictionary), "lineage-cut");
    }

    #[test]
    fn a_scale_is_fitted_on_the_rows_that_are_told() {
        let table = "p:t | x:f\n train | 2\n test | 90\n train | 4\n - | -70\n test | -";
        let done = check(
            "steps: [{scale: {columns: [x], method: min_max, fit_where: \"p = 'train'\"}}]",
            table,
            "p | x\ntrain | 0.0\ntest | 44.0\ntrain | 1.0\n- | -36.0\ntest | -",
        );
        assert_eq!(done.fitted(), ["x.min=2.0", "x.max=4.0"]);
        for (condition, code) in
            [("p = 'none'", "fit-none"), ("p", "expression-type"), ("q > 1", "column-unknown")]
        {
            let step = format!("{{columns: [x], method: z, fit_where: \"{condition}\"}}");
            assert_eq!(fault(&format!("steps: [{{scale: {step}}}]"), table), code, "{condition}");
        }
    }

    #[test]
    fn wrong_parameters_are_named() {
        for (columns, code) in [
            ("{}", "columns-none"),
            ("{x: {mean: 1, std: -1}}", "scale-parameters"),
            ("{x: {min: 2, max: 1}}", "scale-parameters"),
            ("{x: {mean: 1}}", "spec-invalid"),
            ("{x: {mean: 1, std: 1, max: 2}}", "spec-invalid"),
            ("{y: {mean: 1, std: 1}}", "column-unknown"),
            ("{t: {mean: 1, std: 1}}", "column-type"),
        ] {
            let spec = format!("steps: [{{unscale: {{columns: {columns}}}}}]");
            assert_eq!(fault(&spec, "x:f | t:t\n 1 | a"), code, "{columns}");
        }
    }
}
