//! The step `mask`: the middle of a text is hidden.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, StringArray};
use schema::data::column::ValueType;
use schema::data::pipeline::{Mask, MaskRule};

use super::each::{Change, Each};
use super::shape::{Shape, no_columns};
use super::step::Ready;
use crate::error::Fault;

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
    Ok(Ready::new(Each::new(columns, shape.clone()), shape.clone()))
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

impl Change for MaskRule {
    fn of(&self, array: &ArrayRef) -> Result<(ArrayRef, u64), Fault> {
        let texts = array.as_string::<i32>();
        let hidden: StringArray = texts.iter().map(|t| t.map(|t| masked(t, self))).collect();
        let pairs = texts.iter().zip(hidden.iter());
        let changed = pairs.filter(|(before, behind)| before != behind).count() as u64;
        Ok((Arc::new(hidden), changed))
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
