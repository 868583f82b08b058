//! Programme codes.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Code of a programme: `P` and two digits, for a track of its own also `-` and a digit. The rows
/// of a notice are data, so the set is open; the three that the exchange itself runs have names.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "sql",
    derive(diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)
)]
#[cfg_attr(feature = "sql", diesel(sql_type = diesel::sql_types::Text))]
pub struct ProgrammeCode {
    /// The text, filled up with zero bytes; inline so that a database can borrow it whatever its
    /// driver.
    text: [u8; 5],
}

impl ProgrammeCode {
    /// 가공기업 Pool: the pool of processors.
    pub const POOL: ProgrammeCode = ProgrammeCode { text: *b"P13\0\0" };
    /// 제조데이터 상품 가공지원: support for processing.
    pub const PROCESSING: ProgrammeCode = ProgrammeCode { text: *b"P14\0\0" };
    /// 제조데이터 상품 구매지원: support for purchases.
    pub const PURCHASE: ProgrammeCode = ProgrammeCode { text: *b"P15\0\0" };

    /// The text form.
    pub fn as_str(&self) -> &str {
        // The bytes are ASCII by construction.
        std::str::from_utf8(&self.text).unwrap_or_default().trim_end_matches('\0')
    }
}

/// Why a text is not a programme code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a programme code has the form P14 or P01-2")]
pub struct ProgrammeCodeError;

impl FromStr for ProgrammeCode {
    type Err = ProgrammeCodeError;

    fn from_str(text: &str) -> Result<Self, ProgrammeCodeError> {
        let (tens, units, track) = match text.as_bytes() {
            [b'P', tens, units] => (*tens, *units, None),
            [b'P', tens, units, b'-', track @ b'1'..=b'9'] => (*tens, *units, Some(*track)),
            _ => return Err(ProgrammeCodeError),
        };
        if !(tens.is_ascii_digit() && units.is_ascii_digit()) || (tens, units) == (b'0', b'0') {
            return Err(ProgrammeCodeError);
        }
        let (dash, track) = track.map_or((0, 0), |track| (b'-', track));
        Ok(Self { text: [b'P', tens, units, dash, track] })
    }
}

impl fmt::Display for ProgrammeCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for ProgrammeCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for ProgrammeCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for ProgrammeCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for ProgrammeCode {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .pattern(Some(r"^P\d{2}(-[1-9])?$"))
            .description(Some("Programme of a notice"))
            .into()
    }
}
#[cfg(feature = "openapi")]
impl utoipa::ToSchema for ProgrammeCode {}

#[cfg(test)]
mod tests {
    use super::ProgrammeCode;

    #[test]
    fn codes_have_one_form() {
        for good in ["P01-1", "P02", "P13", "P15", "P99-9"] {
            assert_eq!(good.parse::<ProgrammeCode>().unwrap().to_string(), good);
        }
        for bad in ["", "P", "P1", "P00", "P1a", "p14", "P014", "P14-", "P14-0", "P14-10", " P14"] {
            assert!(bad.parse::<ProgrammeCode>().is_err(), "{bad}");
        }
        assert_eq!("P14".parse(), Ok(ProgrammeCode::PROCESSING));
    }
}
