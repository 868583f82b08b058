//! Texts of several lines that people write.

use schema::code::Code;
use schema::problem::Refusal;

/// Checks that a text has 1 to `max` characters and no control characters but line ends and tabs.
pub(crate) fn check(field: &str, text: &str, max: usize) -> Result<(), Refusal> {
    let strange = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    if text.trim().is_empty() || text.chars().count() > max || text.chars().any(strange) {
        return Err(Code::InvalidField
            .because(
                format!("1~{max}자의 글이어야 합니다."),
                format!("It must be a text of 1 to {max} characters."),
            )
            .field(field));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn lines_are_allowed_other_control_characters_are_not() {
        assert!(check("f", "첫째 줄\n둘째\t줄\r\n", 20).is_ok());
        for bad in ["", " \n ", "a\0b", "a\u{1b}[0m", "열두글자를넘는긴글입니다"] {
            assert_eq!(check("f", bad, 11).unwrap_err().field.unwrap(), "f", "{bad:?}");
        }
    }
}
