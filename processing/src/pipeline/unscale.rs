//! The step `unscale`: the inverse of `scale`, from the parameters that a lineage names.
//!
//! Value × width + shift. A column that was scaled with width nought gets its one value back.

use std::sync::Arc;

use arrow::array::{Float64Array, RecordBatch};
use arrow::datatypes::DataType;
use schema::data::column::ValueType;
use schema::data::pipeline::{ScaleParameters, Unscale};

use super::number::{plain_floats, present};
use super::shape::{Shape, column, no_columns};
use super::step::{Op, Ready};
use crate::error::Fault;

struct Unscaling {
    /// Column, shift, width.
    columns: Vec<(usize, f64, f64)>,
    shape: Shape,
    changed: u64,
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
        columns.push((index, shift, width));
    }
    let after = shape.mapped(|index, mut column, mut data_type| {
        if columns.iter().any(|(at, ..)| *at == index) {
            column.value_type = ValueType::Number;
            // What it measures is known to whoever scaled it.
            column.unit = None;
            column.sentinels.clear();
            data_type = DataType::Float64;
        }
        (column, data_type)
    });
    Ok(Ready::new(Unscaling { columns, shape: after.clone(), changed: 0 }, after))
}

impl Op for Unscaling {
    fn apply(&mut self, batch: &RecordBatch) -> Result<RecordBatch, Fault> {
        let mut arrays = batch.columns().to_vec();
        for (index, shift, width) in &self.columns {
            let values = plain_floats(column(batch, *index)?)?;
            self.changed += present(&values);
            let plain: Float64Array = values.unary(|value| value * width + shift);
            if let Some(slot) = arrays.get_mut(*index) {
                *slot = Arc::new(plain);
            }
        }
        self.shape.batch(arrays, batch.num_rows())
    }

    fn changed(&self) -> u64 {
        self.changed
    }
}

#[cfg(test)]
mod tests {
    use crate::pipeline::fixture::{check, clean, fault};

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
