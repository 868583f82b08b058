//! What kind of file the first bytes tell.

/// Kind of a file by its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Magic {
    /// Apache Parquet.
    Parquet,
    /// Nothing known: perhaps text.
    Unknown,
    /// A known kind that is not read here.
    Foreign(&'static Foreign),
}

/// A kind of file that is not read here.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Foreign {
    pub(super) name: &'static str,
    pub(super) cure: Cure,
}

/// What to do with a foreign file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cure {
    /// Save the sheet as CSV.
    SaveAsCsv,
    /// Take the tables out of the archive.
    TakeOut,
    /// Convert to CSV or Parquet.
    Convert,
}

const fn foreign(name: &'static str, cure: Cure) -> Foreign {
    Foreign { name, cure }
}

static XLSX: Foreign = foreign("Excel (.xlsx)", Cure::SaveAsCsv);
static ZIP: Foreign = foreign("ZIP", Cure::TakeOut);
static TAR: Foreign = foreign("tar", Cure::TakeOut);

static SIGNATURES: [(&[u8], Foreign); 22] = [
    (
        b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1",
        foreign("Excel (.xls) / HWP / MS Office", Cure::SaveAsCsv),
    ),
    (b"%PDF", foreign("PDF", Cure::Convert)),
    (b"7z\xBC\xAF\x27\x1C", foreign("7-Zip", Cure::TakeOut)),
    (b"Rar!\x1A\x07", foreign("RAR", Cure::TakeOut)),
    (b"BZh", foreign("bzip2", Cure::TakeOut)),
    (b"\xFD7zXZ\x00", foreign("xz", Cure::TakeOut)),
    (b"\x04\x22\x4D\x18", foreign("lz4", Cure::TakeOut)),
    (b"\x89HDF\r\n\x1A\n", foreign("HDF5", Cure::Convert)),
    (b"CDF\x01", foreign("NetCDF", Cure::Convert)),
    (b"ARROW1", foreign("Arrow IPC", Cure::Convert)),
    (b"FEA1", foreign("Feather", Cure::Convert)),
    (b"ORC", foreign("ORC", Cure::Convert)),
    (b"Obj\x01", foreign("Avro", Cure::Convert)),
    (b"SQLite format 3\x00", foreign("SQLite", Cure::Convert)),
    (b"\x93NUMPY", foreign("NumPy", Cure::Convert)),
    (b"MATLAB ", foreign("MATLAB", Cure::Convert)),
    (b"\x80\x04\x95", foreign("Python pickle", Cure::Convert)),
    (b"\x89PNG", foreign("PNG", Cure::Convert)),
    (b"\xFF\xD8\xFF", foreign("JPEG", Cure::Convert)),
    (b"MZ\x90", foreign("Windows program", Cure::Convert)),
    (b"\x7FELF", foreign("ELF", Cure::Convert)),
    (b"TDSm", foreign("NI TDMS", Cure::Convert)),
];

/// Tells the kind from the first bytes (512 or more, if the file has them).
pub(super) fn recognise(head: &[u8]) -> Magic {
    if head.starts_with(b"PAR1") {
        return Magic::Parquet;
    }
    if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        let office = [&b"[Content_Types].xml"[..], b"xl/", b"_rels/.rels"]
            .iter()
            .any(|part| memchr::memmem::find(head, part).is_some());
        return Magic::Foreign(if office { &XLSX } else { &ZIP });
    }
    if head.get(257..262) == Some(b"ustar") {
        return Magic::Foreign(&TAR);
    }
    for (signature, kind) in &SIGNATURES {
        if head.starts_with(signature) && !is_word(signature, head) {
            return Magic::Foreign(kind);
        }
    }
    markup(head).map_or(Magic::Unknown, Magic::Foreign)
}

/// Signatures of letters alone also begin words: `ORC` a header `ORC_TEMP`, `MATLAB ` does not.
fn is_word(signature: &[u8], head: &[u8]) -> bool {
    signature.iter().all(u8::is_ascii_alphanumeric)
        && head.iter().take(64).all(|byte| *byte >= b' ' || matches!(byte, b'\n' | b'\r' | b'\t'))
}

fn markup(head: &[u8]) -> Option<&'static Foreign> {
    static HTML: Foreign = foreign("HTML", Cure::SaveAsCsv);
    static XML: Foreign = foreign("XML", Cure::Convert);
    let start = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head).trim_ascii_start();
    let begins = |text: &str| {
        start.get(..text.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(text.as_bytes()))
    };
    if begins("<!doctype html") || begins("<html") || begins("<table") {
        return Some(&HTML);
    }
    begins("<?xml").then_some(&XML)
}

/// Whether unpacked bytes are no text in an eight-bit encoding: NUL, or many control characters.
pub(super) fn is_binary(sample: &[u8]) -> bool {
    let control = sample
        .iter()
        .filter(|byte| **byte < b' ' && !matches!(byte, b'\n' | b'\r' | b'\t' | 0x0C | 0x1A))
        .count();
    memchr::memchr(0, sample).is_some() || control * 100 > sample.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(head: &[u8]) -> Option<&'static str> {
        match recognise(head) {
            Magic::Foreign(kind) => Some(kind.name),
            _ => None,
        }
    }

    #[test]
    fn known_kinds_are_named() {
        assert_eq!(recognise(b"PAR1...."), Magic::Parquet);
        assert_eq!(name(b"PK\x03\x04....[Content_Types].xml"), Some("Excel (.xlsx)"));
        assert_eq!(name(b"PK\x03\x04....data.csv"), Some("ZIP"));
        assert_eq!(name(b"%PDF-1.7"), Some("PDF"));
        assert_eq!(name(b"\xEF\xBB\xBF<!DOCTYPE HTML>"), Some("HTML"));
        assert_eq!(name(b"ORC\x0A\x00\x01"), Some("ORC"));
    }

    #[test]
    fn text_that_begins_like_a_signature_is_text() {
        assert_eq!(recognise(b"ORC_TEMP,PRESSURE\n1,2\n"), Magic::Unknown);
        assert_eq!(recognise(b"BZh_id,b\n1,2\n"), Magic::Unknown);
        assert_eq!(recognise(b"id,name\n1,a\n"), Magic::Unknown);
        assert!(!is_binary("온도,압력\n1,2\n".as_bytes()));
        assert!(is_binary(b"ab\x00cd"));
        assert!(is_binary(&[1, 2, 3, 4, 5, 6, 200, 201]));
    }
}
