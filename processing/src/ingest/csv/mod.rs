//! Separated text: its dialect, its blocks of whole records, its cells.

pub(super) mod blocks;
pub(super) mod header;
pub(super) mod sniff;
pub(super) mod split;

/// What parts the fields of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Delimiter {
    /// One ASCII character.
    One(u8),
    /// Either of two ASCII characters, which the text uses side by side.
    Two(u8, u8),
    /// Runs of spaces and tabs; those at the ends of a record part nothing.
    Blanks,
    /// Nothing: a record is one field.
    None,
}

impl Delimiter {
    /// As `Reading::delimiter` has it.
    pub(super) fn name(self) -> Option<String> {
        match self {
            Self::One(mark) => Some(char::from(mark).to_string()),
            Self::Two(one, other) => Some([one, other].map(char::from).iter().collect()),
            Self::Blanks => Some(" ".to_owned()),
            Self::None => None,
        }
    }

    /// From `Reading::delimiter`; `None` if it is no single ASCII character.
    pub(super) fn from_name(name: Option<&str>) -> Option<Self> {
        match name.map(str::as_bytes) {
            None | Some([]) => Some(Self::None),
            Some(b" ") => Some(Self::Blanks),
            Some(b"\\t") => Some(Self::One(b'\t')),
            Some([mark]) if is_mark(*mark) => Some(Self::One(*mark)),
            Some([one, other]) if is_mark(*one) && is_mark(*other) && one != other => {
                Some(Self::Two(*one, *other))
            }
            Some(_) => None,
        }
    }

    /// Whether a byte parts fields.
    fn parts(self, byte: u8) -> bool {
        match self {
            Self::One(mark) => byte == mark,
            Self::Two(one, other) => byte == one || byte == other,
            Self::Blanks => matches!(byte, b' ' | b'\t'),
            Self::None => false,
        }
    }
}

/// Whether a character may part fields.
fn is_mark(byte: u8) -> bool {
    byte.is_ascii() && !byte.is_ascii_alphanumeric() && !matches!(byte, b'"' | b'\n' | b'\r')
}

/// How the records of a separated text are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dialect {
    pub(super) delimiter: Delimiter,
    /// `\n` (a `\r` before it is dropped) or, where no `\n` occurs, `\r`.
    pub(super) newline: u8,
    /// Fields of every record.
    pub(super) columns: usize,
}
