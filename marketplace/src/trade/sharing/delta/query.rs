//! What a client asks of a table: capabilities, a version, hints.

use processing::delta::Predicate;
use schema::time::Instant;
use serde_json::{Map, Value};

use super::Failure;

/// The form of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// Files as links of their own.
    Parquet,
    /// Actions of a Delta log.
    Delta,
}

/// What a client can read (`delta-sharing-capabilities`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Capabilities {
    /// The form it gets. A client that names both gets the plainer one.
    pub(super) format: Format,
    /// Whether it wants to be told that the answer is whole.
    pub(super) end_of_stream: bool,
}

impl Capabilities {
    /// Reads the header; what is unknown in it is ignored.
    pub(super) fn parse(header: &str) -> Capabilities {
        let header = header.to_ascii_lowercase();
        let of = |name: &str| {
            header.split(';').filter_map(|pair| pair.split_once('=')).find_map(|(key, values)| {
                (key.trim() == name).then(|| values.split(',').map(str::trim).collect::<Vec<_>>())
            })
        };
        let formats = of("responseformat").unwrap_or_default();
        let only_delta = formats.contains(&"delta") && !formats.contains(&"parquet");
        Capabilities {
            format: if only_delta { Format::Delta } else { Format::Parquet },
            end_of_stream: of("includeendstreamaction").is_some_and(|said| said.contains(&"true")),
        }
    }

    /// The header of the answer. Clients look for it in lower case.
    pub(super) fn told(self) -> String {
        let format = match self.format {
            Format::Parquet => "responseformat=parquet",
            Format::Delta => "responseformat=delta",
        };
        let end = if self.end_of_stream { ";includeendstreamaction=true" } else { "" };
        format!("{format}{end}")
    }
}

/// Which version of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    /// The newest.
    Newest,
    /// That number.
    Number(i64),
    /// The one that was there then.
    AsOf(Instant),
}

/// A query.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    /// Of which version.
    pub(super) which: Which,
    /// No more rows than this are wanted.
    pub(super) limit: Option<u64>,
    /// What rows have to fulfil, as far as it is understood.
    pub(super) predicate: Option<Predicate>,
}

/// A version and a time as a client names them, at most one of both.
pub(super) fn which(version: Option<i64>, timestamp: Option<&str>) -> Result<Which, Failure> {
    match (version, timestamp) {
        (Some(_), Some(_)) => {
            Err(Failure::invalid("Please only provide one of: version, timestamp"))
        }
        (Some(version), None) if version < 0 => Err(Failure::invalid("version cannot be negative")),
        (Some(version), None) => Ok(Which::Number(version)),
        (None, Some(text)) => Ok(Which::AsOf(instant("timestamp", text)?)),
        (None, None) => Ok(Which::Newest),
    }
}

/// A time that a client names.
pub(super) fn instant(name: &str, text: &str) -> Result<Instant, Failure> {
    text.parse()
        .map_err(|_| Failure::invalid(format!("{name} must be a time like 2026-01-01T00:00:00Z")))
}

impl Asked {
    /// Reads the body of a query. Unknown fields are ignored, and so are hints that are not understood.
    pub(super) fn parse(body: &[u8]) -> Result<Asked, Failure> {
        let value: Value = match body.iter().all(u8::is_ascii_whitespace) {
            true => Value::Object(Map::new()),
            false => serde_json::from_slice(body)
                .map_err(|error| Failure::malformed(format!("the body is no JSON: {error}")))?,
        };
        let Value::Object(fields) = value else {
            return Err(Failure::malformed("the body must be a JSON object"));
        };
        let number = |name: &str| match fields.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => value
                .as_i64()
                .map(Some)
                .ok_or_else(|| Failure::malformed(format!("{name} must be a whole number"))),
        };
        let text = |name: &str| match fields.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.as_str())),
            Some(_) => Err(Failure::malformed(format!("{name} must be a text"))),
        };
        match fields.get("predicateHints") {
            None | Some(Value::Null) => {}
            Some(Value::Array(hints)) if hints.iter().all(Value::is_string) => {}
            Some(_) => return Err(Failure::malformed("predicateHints must be a list of texts")),
        }
        let starting = number("startingVersion")?;
        number("endingVersion")?;
        if starting.is_some() {
            return Err(Failure::invalid(
                "startingVersion is not supported: a version is a whole file; ask for version=N",
            ));
        }
        let limit = number("limitHint")?
            .map(|limit| match i32::try_from(limit) {
                Ok(limit) if limit >= 0 => Ok(limit.unsigned_abs().into()),
                _ => Err(Failure::invalid("limitHint must be a 32-bit number, 0 or more")),
            })
            .transpose()?;
        Ok(Asked {
            which: which(number("version")?, text("timestamp")?)?,
            limit,
            predicate: text("jsonPredicateHints")?.and_then(Predicate::parse),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Asked, Capabilities, Format, Which, which};

    #[test]
    fn a_client_gets_the_form_it_reads() {
        for (header, format, end) in [
            ("", Format::Parquet, false),
            ("responseformat=parquet", Format::Parquet, false),
            ("responseformat=delta", Format::Delta, false),
            ("ResponseFormat=Delta; readerfeatures=deletionvectors", Format::Delta, false),
            ("responseformat=delta,parquet;readerfeatures=x", Format::Parquet, false),
            ("responseformat=arrow", Format::Parquet, false),
            ("includeendstreamaction=TRUE", Format::Parquet, true),
            (";;=;x", Format::Parquet, false),
        ] {
            let read = Capabilities::parse(header);
            assert_eq!((read.format, read.end_of_stream), (format, end), "{header}");
        }
        let told = Capabilities { format: Format::Delta, end_of_stream: true }.told();
        assert_eq!(told, "responseformat=delta;includeendstreamaction=true");
    }

    #[test]
    fn bodies_that_clients_send_are_read_and_broken_ones_refused() {
        let read = |text: &str| Asked::parse(text.as_bytes());
        for body in [
            "",
            "{}",
            r#"{"predicateHints":[],"includeRefreshToken":true}"#,
            r#"{"limitHint":10,"version":null}"#,
            r#"{"jsonPredicateHints":"not a predicate"}"#,
            r#"{"predicateHints":["hour = 4 AND"],"unknown":{"a":1}}"#,
        ] {
            assert!(read(body).is_ok(), "{body}");
        }
        assert_eq!(read(r#"{"version":3}"#).unwrap().which, Which::Number(3));
        assert_eq!(read(r#"{"limitHint":0}"#).unwrap().limit, Some(0));
        for body in [
            "[]",
            "3",
            "{",
            r#"{"limitHint":"10"}"#,
            r#"{"limitHint":-1}"#,
            r#"{"limitHint":3000000000}"#,
            r#"{"predicateHints":"a"}"#,
            r#"{"predicateHints":[1]}"#,
            r#"{"version":1,"timestamp":"2026-01-01T00:00:00Z"}"#,
            r#"{"version":-1}"#,
            r#"{"version":1.5}"#,
            r#"{"timestamp":"yesterday"}"#,
            r#"{"startingVersion":0}"#,
            r#"{"jsonPredicateHints":{}}"#,
        ] {
            assert!(read(body).is_err(), "{body}");
        }
        assert!(which(Some(1), Some("2026-01-01T00:00:00Z")).is_err());
    }
}
