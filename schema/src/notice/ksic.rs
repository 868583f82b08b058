//! Codes of the Korean Standard Industrial Classification, 10th and 11th revision.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A KSIC code: two to five digits, with or without the letter of its section (`C10791`). The more
/// digits, the finer the industry.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ksic {
    digits: [u8; 5],
    length: u8,
}

/// Why a text is not a KSIC code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a KSIC code has two to five digits, such as 10791 or C10791")]
pub struct KsicError;

impl Ksic {
    /// The digits, as text.
    pub fn as_str(&self) -> &str {
        let digits = self.digits.get(..usize::from(self.length)).unwrap_or_default();
        // The bytes are ASCII digits by construction.
        std::str::from_utf8(digits).unwrap_or_default()
    }

    /// The division: the first two digits.
    pub fn division(&self) -> u8 {
        let [tens, units, ..] = self.digits;
        (tens - b'0') * 10 + (units - b'0')
    }

    /// Whether it is in section C, manufacturing: divisions 10 to 34 (R-009).
    pub fn is_manufacturing(&self) -> bool {
        (10..=34).contains(&self.division())
    }
}

impl FromStr for Ksic {
    type Err = KsicError;

    /// Blanks around the code are ignored. A letter other than `C` before a code of manufacturing,
    /// or `C` before another, is refused: one of the two is a mistake.
    fn from_str(text: &str) -> Result<Self, KsicError> {
        let text = text.trim();
        let (section, rest) = match text.split_at_checked(1) {
            Some((letter, rest)) if letter.bytes().all(|b| b.is_ascii_alphabetic()) => {
                (Some(letter.to_ascii_uppercase()), rest)
            }
            _ => (None, text),
        };
        if !(2..=5).contains(&rest.len()) || !rest.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(KsicError);
        }
        let mut digits = [b'0'; 5];
        for (to, from) in digits.iter_mut().zip(rest.bytes()) {
            *to = from;
        }
        let code = Self { digits, length: u8::try_from(rest.len()).map_err(|_| KsicError)? };
        let fits = section.is_none_or(|letter| {
            ("A"..="U").contains(&letter.as_str()) && (letter == "C") == code.is_manufacturing()
        });
        if fits { Ok(code) } else { Err(KsicError) }
    }
}

impl fmt::Display for Ksic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Ksic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Ksic {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Ksic {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for Ksic {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .pattern(Some(r"^[A-U]?\d{2,5}$"))
            .description(Some("KSIC code"))
            .into()
    }
}
#[cfg(feature = "openapi")]
impl utoipa::ToSchema for Ksic {}

#[cfg(test)]
mod tests {
    use super::Ksic;

    #[test]
    fn codes_are_read_with_or_without_their_section() {
        for (text, digits) in
            [("10791", "10791"), (" C10791 ", "10791"), ("c34", "34"), ("J62010", "62010")]
        {
            assert_eq!(text.parse::<Ksic>().unwrap().to_string(), digits);
        }
        for bad in [
            "",
            "1",
            "123456",
            "C",
            "C1",
            "J10791",
            "C62010",
            "Z55101",
            "10-79",
            "１０７９１",
            "10791a",
            "가10",
        ] {
            assert!(bad.parse::<Ksic>().is_err(), "{bad}");
        }
    }
}
