//! JSON Lines: objects one a line, glued to each other, spread over lines, or in one array.
//!
//! Values become the same cells that a separated text has. Strings lose their quotes, `null` and
//! missing keys become empty, nested values stay JSON text. Numbers keep the digits they are
//! written with: no JSON number passes through a float before its column is known.

use std::collections::HashMap;

use super::grid::{Grid, Span};

/// What is wrong with a record, and which one of its block (1-based).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct BadRecord {
    pub(super) record: u64,
    pub(super) what: String,
}

/// The end of the last whole object of a block; `None` if there is none. Blocks begin between
/// objects.
pub(super) fn last_end(block: &[u8]) -> Option<usize> {
    let (mut depth, mut at, mut end) = (0_usize, 0, None);
    while at < block.len() {
        match block[at] {
            b'"' => match string_end(block, at) {
                Some((close, _)) => at = close - 1,
                None => return end,
            },
            b'{' => depth += 1,
            // The brackets of an array around the records do not count.
            b'[' if depth > 0 => depth += 1,
            b']' if depth > 0 => depth -= 1,
            b'}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    end = Some(at + 1);
                }
            }
            _ => {}
        }
        at += 1;
    }
    end
}

/// One past the closing quote of a string that opens at `at`, and whether it has escapes; `None` if
/// it does not close.
fn string_end(text: &[u8], at: usize) -> Option<(usize, bool)> {
    let mut from = at + 1;
    let mut escaped = false;
    loop {
        let found = from + memchr::memchr2(b'"', b'\\', text.get(from..)?)?;
        if text[found] == b'"' {
            return Some((found + 1, escaped));
        }
        escaped = true;
        from = found + 2;
    }
}

/// Reads the objects of a block one after the other.
struct Objects<'a> {
    text: &'a [u8],
    at: usize,
    record: u64,
}

/// A value as it stands in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Raw<'a> {
    Null,
    /// Between the quotes; whether escapes have to be undone.
    Text(&'a [u8], bool),
    /// Number, `true`, `false`, array or object.
    Plain(&'a [u8]),
}

impl<'a> Objects<'a> {
    fn bad<T>(&self, what: impl Into<String>) -> Result<T, BadRecord> {
        Err(BadRecord { record: self.record, what: what.into() })
    }

    fn skip(&mut self, also: &[u8]) {
        while let Some(byte) = self.text.get(self.at)
            && (byte.is_ascii_whitespace() || also.contains(byte))
        {
            self.at += 1;
        }
    }

    fn expect(&mut self, byte: u8) -> Result<(), BadRecord> {
        self.skip(&[]);
        if self.text.get(self.at) != Some(&byte) {
            return self.bad(format!("expected {:?}", char::from(byte)));
        }
        self.at += 1;
        Ok(())
    }

    /// Begins the next object; `false` at the end of the block.
    fn begin(&mut self) -> Result<bool, BadRecord> {
        // Commas and brackets between objects are those of an array around them; record separators
        // (RFC 7464) mean nothing.
        self.skip(b",[]\x1E\x1A");
        self.record += 1;
        match self.text.get(self.at) {
            None => Ok(false),
            Some(b'{') => {
                self.at += 1;
                Ok(true)
            }
            Some(_) => self.bad("not an object"),
        }
    }

    /// The next key and value of the object; `None` at its end.
    fn pair(&mut self, first: bool) -> Result<Option<(Raw<'a>, Raw<'a>)>, BadRecord> {
        self.skip(&[]);
        if self.text.get(self.at) == Some(&b'}') {
            self.at += 1;
            return Ok(None);
        }
        if !first {
            self.expect(b',')?;
            self.skip(&[]);
        }
        if self.text.get(self.at) != Some(&b'"') {
            return self.bad("expected a key");
        }
        let key = self.value()?;
        self.expect(b':')?;
        self.skip(&[]);
        let value = self.value()?;
        Ok(Some((key, value)))
    }

    fn value(&mut self) -> Result<Raw<'a>, BadRecord> {
        let start = self.at;
        match self.text.get(start) {
            Some(b'"') => {
                let Some((end, escaped)) = string_end(self.text, start) else {
                    return self.bad("a string is not closed");
                };
                self.at = end;
                let inner = &self.text[start + 1..end - 1];
                if inner.iter().any(|byte| *byte < b' ' && *byte != b'\t') {
                    return self.bad("a control character in a string");
                }
                Ok(Raw::Text(inner, escaped))
            }
            Some(b'{' | b'[') => {
                let mut stream = serde_json::Deserializer::from_slice(&self.text[start..])
                    .into_iter::<serde::de::IgnoredAny>();
                if !matches!(stream.next(), Some(Ok(_))) {
                    return self.bad("a nested value is broken");
                }
                self.at = start + stream.byte_offset();
                Ok(Raw::Plain(&self.text[start..self.at]))
            }
            _ => {
                let rest = self.text.get(start..).unwrap_or_default();
                let length = rest
                    .iter()
                    .position(|byte| matches!(byte, b',' | b'}') || byte.is_ascii_whitespace())
                    .unwrap_or(rest.len());
                let word = &rest[..length];
                self.at = start + length;
                match word {
                    b"null" => Ok(Raw::Null),
                    // Not JSON, but what Python writes.
                    b"true" | b"false" | b"NaN" => Ok(Raw::Plain(word)),
                    _ if super::number::plain(word).is_some() => Ok(Raw::Plain(word)),
                    _ => self.bad("a value is neither number, string nor word"),
                }
            }
        }
    }
}

fn unescaped(raw: &[u8], escaped: bool) -> Option<Vec<u8>> {
    if !escaped {
        return Some(raw.to_vec());
    }
    let quoted = [b"\"", raw, b"\""].concat();
    serde_json::from_slice::<String>(&quoted).ok().map(String::into_bytes)
}

/// The keys of a block in order of appearance, each with how many records have it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Keys {
    list: Vec<(String, u64)>,
    /// Records in which the value of each key is nested.
    nested: Vec<u64>,
    places: HashMap<String, usize>,
    /// Records seen.
    pub(super) records: u64,
}

impl Keys {
    /// Reads the keys of a block of whole objects.
    pub(super) fn of(block: &[u8]) -> Result<Self, BadRecord> {
        let mut keys = Self::default();
        let mut objects = Objects { text: block, at: 0, record: 0 };
        while objects.begin()? {
            let mut first = true;
            while let Some((key, value)) = objects.pair(first)? {
                first = false;
                let Raw::Text(raw, escaped) = key else { return objects.bad("a key is broken") };
                let Some(name) =
                    unescaped(raw, escaped).and_then(|raw| String::from_utf8(raw).ok())
                else {
                    return objects.bad("a key is broken");
                };
                let nested = matches!(value, Raw::Plain([b'{' | b'[', ..]));
                keys.count(&name, 1, u64::from(nested));
            }
            keys.records += 1;
        }
        Ok(keys)
    }

    fn count(&mut self, name: &str, records: u64, nested: u64) {
        match self.places.get(name) {
            Some(place) => {
                self.list[*place].1 += records;
                self.nested[*place] += nested;
            }
            None => {
                self.places.insert(name.to_owned(), self.list.len());
                self.list.push((name.to_owned(), records));
                self.nested.push(nested);
            }
        }
    }

    /// Adds the keys of a later block.
    pub(super) fn merge(&mut self, later: &Self) {
        for ((name, records), nested) in later.list.iter().zip(&later.nested) {
            self.count(name, *records, *nested);
        }
        self.records += later.records;
    }

    /// Keys in order of appearance, each with how many records have it.
    pub(super) fn list(&self) -> &[(String, u64)] {
        &self.list
    }

    /// For every key, how many records have a nested value there.
    pub(super) fn nested(&self) -> &[u64] {
        &self.nested
    }

    /// Brings the keys into a given order; a key that only the order has is a column without
    /// values. `Err` gives a key that the order lacks.
    pub(super) fn arrange(&mut self, order: &[&str]) -> Result<(), String> {
        let mut arranged = Self { records: self.records, ..Self::default() };
        for name in order {
            let place = self.places.get(*name);
            let (records, nested) =
                place.map_or((0, 0), |place| (self.list[*place].1, self.nested[*place]));
            arranged.count(name, records, nested);
        }
        match self.list.iter().find(|(name, _)| !arranged.places.contains_key(name)) {
            Some((missing, _)) => Err(missing.clone()),
            None => {
                *self = arranged;
                Ok(())
            }
        }
    }

    /// Cuts a block into cells, one column a key.
    pub(super) fn cut(&self, block: &[u8]) -> Result<Grid, BadRecord> {
        let columns = self.list.len();
        let mut grid = Grid { columns, text: Vec::with_capacity(block.len()), ..Grid::default() };
        let mut objects = Objects { text: block, at: 0, record: 0 };
        while objects.begin()? {
            let row = grid.spans.len();
            grid.spans.resize(row + columns, Span { start: 0, end: 0 });
            let mut first = true;
            while let Some((key, value)) = objects.pair(first)? {
                first = false;
                let Raw::Text(raw, escaped) = key else { return objects.bad("a key is broken") };
                let place = if escaped {
                    unescaped(raw, escaped)
                        .and_then(|raw| String::from_utf8(raw).ok())
                        .and_then(|name| self.places.get(&name).copied())
                } else {
                    std::str::from_utf8(raw).ok().and_then(|name| self.places.get(name).copied())
                };
                let Some(place) = place else { return objects.bad("a key was not there before") };
                let span = &mut grid.spans[row + place];
                if span.end != 0 {
                    return objects.bad("a key occurs twice in one object");
                }
                let start = grid.text.len();
                match value {
                    Raw::Null => {}
                    Raw::Plain(raw) | Raw::Text(raw, false) => grid.text.extend_from_slice(raw),
                    Raw::Text(raw, true) => match unescaped(raw, true) {
                        Some(text) => grid.text.extend_from_slice(&text),
                        None => return objects.bad("an escape in a string is broken"),
                    },
                }
                let at = |byte: usize| u32::try_from(byte).unwrap_or(u32::MAX);
                *span = Span { start: at(start), end: at(grid.text.len()) };
            }
            grid.rows += 1;
        }
        Ok(grid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Result<Vec<Vec<String>>, BadRecord> {
        let keys = Keys::of(text.as_bytes())?;
        let grid = keys.cut(text.as_bytes())?;
        let cell = |span: &Span| {
            let bytes = &grid.text[span.start as usize..span.end as usize];
            String::from_utf8(bytes.to_vec()).unwrap()
        };
        Ok(grid
            .spans
            .chunks(grid.columns.max(1))
            .map(|row| row.iter().map(cell).collect())
            .collect())
    }

    #[test]
    fn records_come_on_lines_glued_spread_or_in_an_array() {
        for text in [
            "{\"a\":1,\"b\":\"x\"}\n{\"a\":2,\"b\":null}\n",
            "{\"a\":1,\"b\":\"x\"}{\"b\":null,\"a\":2}",
            "{\n \"a\": 1,\n \"b\": \"x\"\n}\n{ \"a\" : 2 }",
            "[{\"a\":1,\"b\":\"x\"},\n{\"a\":2}]\n",
        ] {
            assert_eq!(rows(text).unwrap(), [["1", "x"], ["2", ""]], "{text}");
        }
    }

    #[test]
    fn digits_escapes_and_nested_values_survive() {
        let text =
            r#"{"n":12345678901234567890123,"s":"\uac01 \"q\" }{","o":{"x":[1,"}"]},"t":true}"#;
        let row = &rows(text).unwrap()[0];
        assert_eq!(row, &["12345678901234567890123", "각 \"q\" }{", r#"{"x":[1,"}"]}"#, "true"]);
    }

    #[test]
    fn broken_records_are_named() {
        for (text, record) in [
            ("{\"a\":1}\n{\"a\":}", 2),
            ("{\"a\":1}\n[1,2]", 2),
            ("{\"a\":1,\"a\":2}", 1),
            ("{\"a\":1", 1),
            ("{\"a\":\"x}", 1),
            ("{\"a\":{\"b\":}}", 1),
            ("{a:1}", 1),
            ("{\"a\":1 \"b\":2}", 1),
            ("{\"a\":bad}", 1),
        ] {
            assert_eq!(rows(text).unwrap_err().record, record, "{text}");
        }
    }

    #[test]
    fn the_last_whole_object_of_a_block_is_found() {
        for (text, expected) in [
            ("{\"a\":1}\n{\"a\":", Some(7)),
            ("{\"a\":{}}{\"a\":2}", Some(15)),
            ("{\"a\":\"}\"", None),
            ("[{\"a\":[1]},{\"b", Some(10)),
            ("{\"a\":1}\n{\"a\":\"cut", Some(7)),
        ] {
            assert_eq!(last_end(text.as_bytes()), expected, "{text}");
        }
    }
}
