//! Byte ranges of a file (RFC 9110, section 14).

/// A part of a file: `first..last`, the end not included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    /// First byte.
    pub(crate) first: u64,
    /// The byte after the last.
    pub(crate) end: u64,
}

impl Part {
    /// Its length in bytes.
    pub(crate) fn len(self) -> u64 {
        self.end.saturating_sub(self.first)
    }
}

/// What a `Range` header asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// The whole file: no range, one that is not understood, or several at once, which a server
    /// may answer with the whole.
    Whole,
    /// One part.
    Part(Part),
    /// A part that the file does not have.
    Unsatisfiable,
}

/// What `header` asks for of a file of `total` bytes.
pub(crate) fn wanted(header: Option<&str>, total: u64) -> Wanted {
    let Some(set) = header.and_then(|text| text.trim().split_once('=')) else {
        return Wanted::Whole;
    };
    let (unit, spec) = set;
    if !unit.trim().eq_ignore_ascii_case("bytes") || spec.contains(',') {
        return Wanted::Whole;
    }
    let Some((first, last)) = spec.trim().split_once('-') else { return Wanted::Whole };
    match (number(first), number(last)) {
        (Number::None, Number::Of(0)) => Wanted::Unsatisfiable,
        (Number::None, Number::Of(suffix)) => {
            part(Part { first: total.saturating_sub(suffix), end: total }, total)
        }
        (Number::Of(first), Number::None) => part(Part { first, end: total }, total),
        (Number::Of(first), Number::Of(last)) if first <= last => {
            part(Part { first, end: last.saturating_add(1).min(total) }, total)
        }
        _ => Wanted::Whole,
    }
}

fn part(part: Part, total: u64) -> Wanted {
    if part.first < total { Wanted::Part(part) } else { Wanted::Unsatisfiable }
}

enum Number {
    None,
    Of(u64),
    Bad,
}

fn number(text: &str) -> Number {
    match text {
        "" => Number::None,
        // A number too large for the type is past the end of any file.
        text if text.bytes().all(|byte| byte.is_ascii_digit()) => {
            Number::Of(text.parse().unwrap_or(u64::MAX))
        }
        _ => Number::Bad,
    }
}

/// Whether a list of entity tags (`If-None-Match`) or one (`If-Range`) names `etag`. Weak tags do
/// not match a range, but do match here for `If-None-Match`.
pub(super) fn names(list: &str, etag: &str) -> bool {
    list.split(',').map(str::trim).any(|one| one == "*" || one.trim_start_matches("W/") == etag)
}

#[cfg(test)]
mod tests {
    use super::{Part, Wanted, names, wanted};

    #[test]
    fn ranges_of_a_file_of_a_hundred_bytes() {
        let part = |first, end| Wanted::Part(Part { first, end });
        for (header, expected) in [
            ("bytes=0-99", part(0, 100)),
            ("bytes=0-0", part(0, 1)),
            ("bytes=10-19", part(10, 20)),
            ("bytes=90-", part(90, 100)),
            ("bytes=90-1000", part(90, 100)),
            ("bytes=-1", part(99, 100)),
            ("bytes=-1000", part(0, 100)),
            ("Bytes = 5-6", part(5, 7)),
            ("bytes=0-99999999999999999999999", part(0, 100)),
            ("bytes=-0", Wanted::Unsatisfiable),
            ("bytes=100-", Wanted::Unsatisfiable),
            ("bytes=100-200", Wanted::Unsatisfiable),
            ("bytes=99999999999999999999999-", Wanted::Unsatisfiable),
            ("bytes=20-10", Wanted::Whole),
            ("bytes=0-1,5-6", Wanted::Whole),
            ("bytes=-", Wanted::Whole),
            ("bytes=a-b", Wanted::Whole),
            ("bytes=+1-2", Wanted::Whole),
            ("rows=0-1", Wanted::Whole),
            ("", Wanted::Whole),
        ] {
            assert_eq!(wanted(Some(header), 100), expected, "{header}");
        }
        assert_eq!(wanted(None, 100), Wanted::Whole);
        assert_eq!(wanted(Some("bytes=-5"), 0), Wanted::Unsatisfiable);
    }

    #[test]
    fn entity_tags() {
        assert!(names("\"a\", \"b\"", "\"b\""));
        assert!(names("*", "\"b\""));
        assert!(names("W/\"b\"", "\"b\""));
        assert!(!names("\"bb\"", "\"b\""));
    }
}
