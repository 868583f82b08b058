//! Mail as files (RFC 5322), in Korean and English, for a mail program to send.

use std::io::Write as _;
use std::path::Path;

use mail_builder::MessageBuilder;
use schema::api::outbox::Event;
use schema::id::UserId;

/// Somebody who gets mail.
#[derive(Clone, Debug)]
pub(super) struct Addressee {
    pub(super) user: UserId,
    pub(super) name: String,
    pub(super) email: String,
}

/// The text of a mail: subject and body, each in both languages.
fn texts(event: &Event) -> (String, String) {
    let subject = format!("[장터] {} / {}", line(&event.title.ko), line(&event.title.en));
    let body = format!(
        "{}\n\n{}\n\n--\n{}\n\n{}\n\n{} · {} · {}\n",
        event.title.ko,
        event.body.ko,
        event.title.en,
        event.body.en,
        event.kind,
        event.subject,
        event.at.seoul_text(),
    );
    (subject, body)
}

/// One line of it: a header must not be broken by what a person typed.
fn line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// The mail as bytes.
fn message(event: &Event, to: &Addressee, from: &str) -> std::io::Result<Vec<u8>> {
    let (subject, body) = texts(event);
    let domain = from.rsplit('@').next().unwrap_or("jangteo.invalid");
    MessageBuilder::new()
        .from(("장터 Jangteo", from))
        .to((line(&to.name), line(&to.email)))
        .subject(subject)
        .date(event.at.as_secs())
        .message_id(format!("{}.{}@{domain}", event.id, to.user))
        .header("Auto-Submitted", mail_builder::headers::raw::Raw::new("auto-generated"))
        .text_body(body)
        .write_to_vec()
}

/// Writes the mail of an event for one person into `dir`. It has one name, so that doing it again
/// changes nothing.
pub(super) fn write(dir: &Path, event: &Event, to: &Addressee, from: &str) -> std::io::Result<()> {
    std::fs::create_dir_all(dir)?;
    let path = dir.join(format!("{}-{}.eml", event.id, to.user));
    if path.exists() {
        return Ok(());
    }
    let mut file = tempfile::NamedTempFile::new_in(dir)?;
    file.write_all(&message(event, to, from)?)?;
    file.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use schema::api::outbox::{Event, EventKind};
    use schema::id::{EventId, UserId};
    use schema::lang::Text;

    use super::{Addressee, message, write};

    fn event() -> Event {
        Event {
            id: EventId::from_uuid(uuid::Uuid::from_u128(7)),
            kind: EventKind::ObligationReminder,
            subject: "agr_1".to_owned(),
            orgs: Vec::new(),
            title: Text::new("정산보고서 기한이 7일 남았습니다", "Settlement report: 7 days left"),
            body: Text::new("2024-12-10까지 제출하세요.", "Hand it in by 2024-12-10."),
            data: serde_json::Value::Null,
            at: "2024-12-03T00:00:00Z".parse().unwrap(),
        }
    }

    fn person() -> Addressee {
        Addressee {
            user: UserId::from_uuid(uuid::Uuid::from_u128(8)),
            name: "김장터".to_owned(),
            email: "kim@example.kr".to_owned(),
        }
    }

    #[test]
    fn a_mail_is_ascii_on_the_wire_and_dated_by_the_event() {
        let bytes = message(&event(), &person(), "noreply@jangteo.example").unwrap();
        let text = String::from_utf8(bytes).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.is_ascii(), "{head}");
        assert!(head.contains("Subject: =?utf-8?"), "{head}");
        assert!(head.contains("Date: Tue, 3 Dec 2024 00:00:00 +0000"), "{head}");
        assert!(head.contains("Auto-Submitted: auto-generated"), "{head}");
        assert!(head.contains("<kim@example.kr>") && head.contains("<noreply@jangteo.example>"));
        assert!(head.contains("@jangteo.example>"), "{head}");
        assert!(body.is_ascii() && body.lines().all(|line| line.len() <= 998));
    }

    #[test]
    fn header_lines_cannot_be_smuggled_in() {
        let mut event = event();
        event.title = Text::new("가\r\nBcc: x@y.kr", "a\r\nBcc: x@y.kr");
        let mut person = person();
        person.name = "김\r\nBcc: x@y.kr".to_owned();
        let bytes = message(&event, &person, "noreply@jangteo.example").unwrap();
        let text = String::from_utf8(bytes).unwrap();
        let (head, _) = text.split_once("\r\n\r\n").unwrap();
        assert!(!head.lines().any(|line| line.starts_with("Bcc")), "{head}");
    }

    #[test]
    fn writing_twice_leaves_one_file() {
        let dir = tempfile::tempdir().unwrap();
        for _ in 0..2 {
            write(dir.path(), &event(), &person(), "noreply@jangteo.example").unwrap();
        }
        let files: Vec<_> = std::fs::read_dir(dir.path()).unwrap().collect();
        assert_eq!(files.len(), 1);
    }
}
