//! Checks of what people type: texts and names of files.

use crate::code::Code;
use crate::problem::Refusal;

/// Checks that a text has 1 to `max` characters and no control characters.
pub fn length(field: &str, text: &str, max: usize) -> Result<(), Refusal> {
    let count = text.trim().chars().count();
    if count == 0 || text.chars().count() > max || text.chars().any(char::is_control) {
        return Err(Code::InvalidField
            .because(
                format!("1~{max}자의 글이어야 합니다."),
                format!("It must be a text of 1 to {max} characters."),
            )
            .field(field));
    }
    Ok(())
}

/// Checks that a name of a file is one segment of a path, of at most `bytes_max` bytes.
pub fn file_name(name: &str, bytes_max: usize) -> Result<(), Refusal> {
    let refuse = |ko: String, en: String| {
        Err(Code::FileNameInvalid
            .because(ko, en)
            .field("file_name")
            .cure("폴더 없이 파일 이름만 보내 주세요.", "Send the name alone, without folders."))
    };
    if name.trim().is_empty() || name.len() > bytes_max {
        return refuse(
            format!("파일 이름은 1~{bytes_max}바이트입니다."),
            format!("A file name has 1 to {bytes_max} bytes."),
        );
    }
    if name.contains(['/', '\\', '\0']) || name == "." || name == ".." {
        return refuse(
            "파일 이름에 경로를 쓸 수 없습니다.".to_owned(),
            "A file name must not contain a path.".to_owned(),
        );
    }
    if name.chars().any(char::is_control) || name.starts_with(' ') || name.ends_with([' ', '.']) {
        return refuse(
            "파일 이름에 쓸 수 없는 문자가 있습니다.".to_owned(),
            "The file name has characters that cannot be used.".to_owned(),
        );
    }
    Ok(())
}
