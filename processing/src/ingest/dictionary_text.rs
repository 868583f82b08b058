//! A dictionary as a YAML text that a person edits and passes back.
//!
//! What was noticed stands as comments next to the column it is about, and as data at the end, so
//! that nothing is lost when the text is read again.

use schema::data::column::{Column, Dictionary, FileReading, Finding, Reading};
use schema::lang::{Lang, Text};
use serde::Serialize;

use crate::error::Fault;

/// The text of a dictionary, its comments in one language.
///
/// # Errors
/// [`Fault::Bug`] only.
pub fn to_yaml(dictionary: &Dictionary, lang: Lang) -> Result<String, Fault> {
    #[derive(Serialize)]
    struct Head<'a> {
        reading: &'a Reading,
        #[serde(skip_serializing_if = "<[_]>::is_empty")]
        files: &'a [FileReading],
    }
    #[derive(Serialize)]
    struct Tail<'a> {
        findings: &'a [Finding],
    }
    let mut out = String::new();
    let say = |ko: &str, en: &str| Text::new(ko, en).get(lang).to_owned();
    comment(
        &mut out,
        &say(
            "열 사전. 고쳐서 convert --dictionary에 넘기면 그대로 읽습니다.",
            "Column dictionary. Edit it and pass it to `convert --dictionary`; it is binding there.",
        ),
    );
    comment(
        &mut out,
        &say(
            "value_type: boolean, integer, number, decimal, text, date, timestamp. role: time, machine, \
             lot, key, input, state, quality, label, unknown.",
            "value_type: boolean, integer, number, decimal, text, date, timestamp. role: time, machine, \
             lot, key, input, state, quality, label, unknown.",
        ),
    );
    comment(
        &mut out,
        &say(
            "formats: %Y-%m-%d %H:%M:%S, %s(1970년부터 초), %s%3f(밀리초), excel(일련번호), #,##0.#, #.##0,#",
            "formats: %Y-%m-%d %H:%M:%S, %s (seconds since 1970), %s%3f (milliseconds), excel (serial \
             days), #,##0.#, #.##0,#",
        ),
    );
    for finding in dictionary.findings.iter().filter(|finding| finding.column.is_none()) {
        note(&mut out, finding, lang);
    }
    out.push_str(&yaml(&Head { reading: &dictionary.reading, files: &dictionary.files })?);
    out.push_str(if dictionary.columns.is_empty() { "columns: []\n" } else { "columns:\n" });
    for column in &dictionary.columns {
        if let Some(confidence) = column.confidence_bp {
            let percent = format!("{}.{:02} %", confidence / 100, confidence % 100);
            comment(&mut out, &format!("{} {percent}", say("확신도", "confidence")));
        }
        let about = |finding: &&Finding| finding.column.as_deref() == Some(&column.name);
        for finding in dictionary.findings.iter().filter(about) {
            note(&mut out, finding, lang);
        }
        let one: [&Column; 1] = [column];
        out.push_str(&yaml(&one)?);
    }
    if !dictionary.findings.is_empty() {
        out.push_str(&yaml(&Tail { findings: &dictionary.findings })?);
    }
    Ok(out)
}

fn yaml<T: Serialize>(value: &T) -> Result<String, Fault> {
    let text = serde_saphyr::to_string(value).map_err(|error| Fault::Bug(error.to_string()))?;
    Ok(text.trim_end().to_owned() + "\n")
}

/// A finding as a comment, with the records where it was seen.
fn note(out: &mut String, finding: &Finding, lang: Lang) {
    let mut text = format!("{}: {}", finding.code, finding.text.get(lang));
    if !finding.rows.is_empty() {
        let rows: Vec<String> = finding.rows.iter().map(u64::to_string).collect();
        let more = finding.count.is_some_and(|count| count > finding.rows.len() as u64);
        let head = Text::new("행", "rows").get(lang).to_owned();
        text.push_str(&format!(" [{head} {}{}]", rows.join(", "), if more { " …" } else { "" }));
    }
    comment(out, &text);
}

fn comment(out: &mut String, text: &str) {
    out.push_str("# ");
    // A line break would end the comment.
    out.extend(text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }));
    out.push('\n');
}
