//! The step `mask`: the middle of a text is hidden.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, RecordBatch, StringArray};
use schema::data::column::ValueType;
use schema::data::pipeline::{Mask, MaskRule};

use super::shape::{Shape, column, no_columns};
use super::step::{Op, Ready};
use crate::error::Fault;

struct Masked {
    columns: Vec<(usize, MaskRule)>,
    shape: Shape,
    changed: u64,
}

pub(super) fn plan(step: &Mask, shape: &Shape) -> Result<Ready, Fault> {
    if step.columns.is_empty() {
        return Err(no_columns());
    }
    let mut columns = Vec::new();
    for (name, rule) in &step.columns {
        let index = shape.index(name)?;
        shape.must_be(index, |is| is == ValueType::Text, "글자", "text")?;
        columns.push((index, rule.clone()));
    }
    let op = Masked { columns, shape: shape.clone(), changed: 0 };
    Ok(Ready::new(op, shape.clone()))
}

/// The text with its middle hidden. A text of which nothing would be hidden is hidden as a whole.
fn masked(text: &str, rule: &MaskRule) -> String {
    let letters = text.chars().count();
    let (first, last) = (rule.keep_first as usize, rule.keep_last as usize);
    let all = first.saturating_add(last) >= letters;
    let hidden = |at: usize| all || (at >= first && at < letters - last);
    let sign = rule.with.unwrap_or('*');
    text.chars().enumerate().map(|(at, letter)| if hidden(at) { sign } else { letter }).collect()
}

impl Op for Masked {
    fn apply(&mut self, batch: &RecordBatch) -> Result<RecordBatch, Fault> {
        let mut arrays = batch.columns().to_vec();
        for (index, rule) in &self.columns {
            let texts = column(batch, *index)?.as_string::<i32>();
            let hidden: StringArray = texts.iter().map(|t| t.map(|t| masked(t, rule))).collect();
            let pairs = texts.iter().zip(hidden.iter());
            self.changed += pairs.filter(|(before, behind)| before != behind).count() as u64;
            if let Some(slot) = arrays.get_mut(*index) {
                *slot = Arc::new(hidden) as ArrayRef;
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
    use schema::data::pipeline::MaskRule;

    use super::masked;

    #[test]
    fn the_middle_is_hidden_and_never_nothing() {
        for (text, keep_first, keep_last, want) in [
            ("010-1234-5678", 3, 4, "010******5678"),
            ("김철수", 1, 0, "김**"),
            ("1234", 0, 4, "****"),
            ("12345", 0, 4, "*2345"),
            ("ab", 1, 1, "**"),
            ("", 2, 2, ""),
            ("가나다", 0, 0, "***"),
            ("ab", u32::MAX, u32::MAX, "**"),
        ] {
            let rule = MaskRule { keep_first, keep_last, with: None };
            assert_eq!(masked(text, &rule), want, "{text}");
        }
        let rule = MaskRule { keep_first: 0, keep_last: 1, with: Some('●') };
        assert_eq!(masked("홍길동", &rule), "●●동");
    }
}
