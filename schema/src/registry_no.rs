//! Business registration numbers and corporate registration numbers (R-190 to R-192).
//!
//! Both are read leniently and kept strictly: blanks around the number, full-width digits and the
//! dashes that word processors put in place of a hyphen are normalised; hyphens stand where they
//! belong or not at all. Errors never repeat the text, because a resident number typed into the
//! wrong field must not reach a log.
//!
//! Invariants: a [`BusinessNo`] has a right check digit; a [`CorporateNo`] may not, because numbers
//! given since 2025 may carry none, so its checksum is a warning and never a refusal. Deliberately
//! absent: asking a registry whether the number exists.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::lang::Text;

/// 사업자등록번호 or 고유번호: ten digits, printed `124-81-00998`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "sql",
    derive(diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)
)]
#[cfg_attr(feature = "sql", diesel(sql_type = diesel::sql_types::Text))]
pub struct BusinessNo {
    /// The printed form, kept inline so that a database can borrow it whatever its driver.
    text: [u8; 12],
}

/// 법인등록번호: thirteen digits, printed `130111-0006246`. Several business numbers (branches) may
/// share one; caps and bans are summed over it (R-192).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "sql",
    derive(diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)
)]
#[cfg_attr(feature = "sql", diesel(sql_type = diesel::sql_types::Text))]
pub struct CorporateNo {
    /// The printed form.
    text: [u8; 14],
}

/// Why a text is not a registration number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegistryNoError {
    /// Wrong length, a character that is neither digit nor hyphen, or a misplaced hyphen.
    #[error("the number must have {digits} digits, with hyphens as in {example} or none")]
    Form {
        /// How many digits the number has.
        digits: usize,
        /// A number of this form.
        example: &'static str,
    },
    /// All digits equal: a placeholder, although 000-00-00000 passes the checksum.
    #[error("the number is a placeholder: all its digits are equal")]
    Placeholder,
    /// The check digit of a business number is wrong.
    #[error("the check digit of the business number is wrong")]
    CheckDigit,
}

impl RegistryNoError {
    /// The reason in both languages.
    pub fn text(self) -> Text {
        let ko = match self {
            Self::Form { digits, example } => {
                format!("숫자 {digits}자리여야 하며, 하이픈은 {example}처럼 쓰거나 쓰지 않습니다")
            }
            Self::Placeholder => "모든 자리가 같은 번호는 쓸 수 없습니다".to_owned(),
            Self::CheckDigit => "사업자등록번호의 검증번호가 맞지 않습니다".to_owned(),
        };
        Text::new(ko, self.to_string())
    }
}

/// What the middle pair of a business number suggests. A hint for reviewers: the registration
/// certificate decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum BusinessKind {
    /// 01–79: a sole trader.
    SoleTrader,
    /// 90–99: a sole trader exempt from VAT.
    ExemptSoleTrader,
    /// 81, 86, 87, 88: a company.
    Company,
    /// 82: a nonprofit corporation.
    Nonprofit,
    /// 83: the state or a local government.
    Government,
    /// 84: a foreign company; needs a review (R-002).
    Foreign,
    /// 85: a branch of a company.
    Branch,
    /// Anything else.
    Other,
}

impl BusinessNo {
    /// What the middle pair suggests.
    pub fn hint(&self) -> BusinessKind {
        let [_, _, _, _, tens, units, ..] = self.text;
        match (tens - b'0') * 10 + (units - b'0') {
            1..=79 => BusinessKind::SoleTrader,
            81 | 86..=88 => BusinessKind::Company,
            82 => BusinessKind::Nonprofit,
            83 => BusinessKind::Government,
            84 => BusinessKind::Foreign,
            85 => BusinessKind::Branch,
            90..=99 => BusinessKind::ExemptSoleTrader,
            _ => BusinessKind::Other,
        }
    }
}

impl CorporateNo {
    /// Whether the last digit is the one that the rule of old numbers gives. `false` is a warning:
    /// show it, never refuse it (R-191).
    pub fn checksum_matches(&self) -> bool {
        let digits = self.text.iter().filter(|byte| byte.is_ascii_digit());
        let digits: Vec<u32> = digits.map(|byte| u32::from(*byte - b'0')).collect();
        let weights = [1_u32, 2].into_iter().cycle();
        let sum: u32 = digits.iter().take(12).zip(weights).map(|(d, weight)| d * weight).sum();
        digits.last() == Some(&check_digit(sum))
    }

    /// The warning for a checksum that does not match, if so.
    pub fn warning(&self) -> Option<Text> {
        (!self.checksum_matches()).then(|| {
            Text::new(
                "법인등록번호의 검증번호가 맞지 않습니다. 2025년 이후 부여된 번호가 아니면 확인하세요",
                "The check digit of the corporate number does not match. Check it unless the \
                 number was given in 2025 or later",
            )
        })
    }
}

/// What is missing to the next ten.
fn check_digit(sum: u32) -> u32 {
    (10 - sum % 10) % 10
}

impl FromStr for BusinessNo {
    type Err = RegistryNoError;

    fn from_str(text: &str) -> Result<Self, RegistryNoError> {
        let form = RegistryNoError::Form { digits: 10, example: "124-81-00998" };
        let digits: [u8; 10] = digits(text, &[3, 5]).ok_or(form)?;
        if all_equal(&digits) {
            return Err(RegistryNoError::Placeholder);
        }
        let weights = [1_u32, 3, 7, 1, 3, 7, 1, 3, 5];
        let sum: u32 = digits.iter().zip(weights).map(|(d, weight)| u32::from(*d) * weight).sum();
        let [.., ninth, last] = digits;
        if check_digit(sum + u32::from(ninth) * 5 / 10) == u32::from(last) {
            Ok(Self { text: printed(&digits, &[3, 6]) })
        } else {
            Err(RegistryNoError::CheckDigit)
        }
    }
}

impl FromStr for CorporateNo {
    type Err = RegistryNoError;

    fn from_str(text: &str) -> Result<Self, RegistryNoError> {
        let form = RegistryNoError::Form { digits: 13, example: "130111-0006246" };
        let digits: [u8; 13] = digits(text, &[6]).ok_or(form)?;
        if all_equal(&digits) {
            Err(RegistryNoError::Placeholder)
        } else {
            Ok(Self { text: printed(&digits, &[6]) })
        }
    }
}

fn all_equal(digits: &[u8]) -> bool {
    digits.windows(2).all(|pair| pair.first() == pair.last())
}

/// The `N` digits of `text`, which has hyphens at all of the places `hyphens` or at none.
fn digits<const N: usize>(text: &str, hyphens: &[usize]) -> Option<[u8; N]> {
    let text = text.trim();
    // Bounded before it is read: three bytes a character at most.
    if text.len() > 3 * (N + hyphens.len()) {
        return None;
    }
    let mut digits = [0_u8; N];
    let (mut found, mut dashes) = (0, 0);
    for character in text.chars() {
        if is_hyphen(character) {
            (hyphens.get(dashes) == Some(&found)).then_some(())?;
            dashes += 1;
        } else {
            *digits.get_mut(found)? = digit(character)?;
            found += 1;
        }
    }
    (found == N && (dashes == 0 || dashes == hyphens.len())).then_some(digits)
}

/// The value of an ASCII or full-width digit.
fn digit(character: char) -> Option<u8> {
    let ascii = match character {
        '\u{FF10}'..='\u{FF19}' => char::from_u32(u32::from(character) - 0xFEE0)?,
        other => other,
    };
    ascii.to_digit(10).and_then(|value| u8::try_from(value).ok())
}

fn is_hyphen(character: char) -> bool {
    matches!(character, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{FE63}' | '\u{FF0D}')
}

/// The digits as text, with hyphens at the places `hyphens` of the text.
fn printed<const N: usize>(digits: &[u8], hyphens: &[usize]) -> [u8; N] {
    let mut text = [b'-'; N];
    let places = text.iter_mut().enumerate().filter(|(at, _)| !hyphens.contains(at));
    for ((_, to), digit) in places.zip(digits) {
        *to = b'0' + digit;
    }
    text
}

macro_rules! text_form {
    ($name:ident, $pattern:literal, $description:literal) => {
        impl $name {
            /// The printed form, with hyphens.
            pub fn as_str(&self) -> &str {
                // The bytes are ASCII by construction.
                std::str::from_utf8(&self.text).unwrap_or_default()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }

        #[cfg(feature = "openapi")]
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .pattern(Some($pattern))
                    .description(Some($description))
                    .into()
            }
        }
        #[cfg(feature = "openapi")]
        impl utoipa::ToSchema for $name {}
    };
}

text_form!(BusinessNo, r"^\d{3}-?\d{2}-?\d{5}$", "Business registration number");
text_form!(CorporateNo, r"^\d{6}-?\d{7}$", "Corporate registration number");

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{BusinessKind, BusinessNo, CorporateNo, RegistryNoError};

    #[test]
    fn r_190_the_check_digit_of_a_business_number_decides() {
        for good in ["124-81-00998", "220-81-62517"] {
            assert_eq!(good.parse::<BusinessNo>().unwrap().to_string(), good);
        }
        for bad in ["124-81-00999", "123-45-67890"] {
            assert_eq!(bad.parse::<BusinessNo>(), Err(RegistryNoError::CheckDigit), "{bad}");
        }
        for placeholder in ["000-00-00000", "1111111111", "9999999999"] {
            let parsed = placeholder.parse::<BusinessNo>();
            assert_eq!(parsed, Err(RegistryNoError::Placeholder), "{placeholder}");
        }
    }

    #[test]
    fn r_190_numbers_are_read_as_people_type_them() {
        let number: BusinessNo = "124-81-00998".parse().unwrap();
        for typed in [
            "1248100998",
            " 124-81-00998\n",
            "\u{3000}124-81-00998",
            "１２４－８１－００９９８",
            "124–81–00998",
            "124\u{2212}81\u{2212}00998",
        ] {
            assert_eq!(typed.parse::<BusinessNo>(), Ok(number), "{typed}");
        }
        for bad in [
            "",
            "-",
            "124-8100998",
            "12-481-00998",
            "124--81-00998",
            "124-81-00998-",
            "124 81 00998",
            "124-81-0099",
            "124-81-009981",
            "124-81-0099a",
            "٣24-81-00998",
            "0124-81-00998",
        ] {
            let parsed = bad.parse::<BusinessNo>();
            assert!(matches!(parsed, Err(RegistryNoError::Form { digits: 10, .. })), "{bad}");
        }
        assert!("1".repeat(1 << 20).parse::<BusinessNo>().is_err());
    }

    #[test]
    fn r_190_the_middle_pair_is_a_hint() {
        for (number, kind) in [
            ("124-81-00998", BusinessKind::Company),
            ("220-81-62517", BusinessKind::Company),
            ("123-84-00005", BusinessKind::Foreign),
            ("123-85-00000", BusinessKind::Branch),
            ("123-82-00004", BusinessKind::Nonprofit),
            ("123-83-00009", BusinessKind::Government),
            ("123-45-00001", BusinessKind::SoleTrader),
            ("123-90-00007", BusinessKind::ExemptSoleTrader),
            ("123-89-00007", BusinessKind::Other),
        ] {
            // The check digit is found, so that the table only has to name the pair.
            let stem = number.get(..11).unwrap();
            let number = (0..10)
                .find_map(|check| format!("{stem}{check}").parse::<BusinessNo>().ok())
                .unwrap();
            assert_eq!(number.hint(), kind, "{number}");
        }
    }

    #[test]
    fn r_191_the_checksum_of_a_corporate_number_only_warns() {
        for (number, matches) in [
            ("130111-0006246", true),
            ("130111-0006247", false),
            ("110111-0062432", true),
            ("110111-0062433", false),
        ] {
            let parsed: CorporateNo = number.parse().unwrap();
            assert_eq!(parsed.checksum_matches(), matches, "{number}");
            assert_eq!(parsed.warning().is_none(), matches, "{number}");
            assert_eq!(parsed.to_string(), number);
        }
        assert_eq!("0000000000000".parse::<CorporateNo>(), Err(RegistryNoError::Placeholder));
        for bad in ["130111-000624", "13011-10006246", "130111-00062466"] {
            assert!(bad.parse::<CorporateNo>().is_err(), "{bad}");
        }
    }

    #[test]
    fn errors_speak_both_languages_and_never_repeat_the_text() {
        let typed = "900101-1234568";
        let error = typed.parse::<BusinessNo>().unwrap_err();
        for text in [error.text().ko, error.text().en, format!("{error:?}")] {
            assert!(!text.contains("900101") && !text.is_empty(), "{text}");
        }
        let json = serde_json::from_str::<BusinessNo>("\"900101-1234568\"").unwrap_err();
        assert!(!json.to_string().contains("1234568"));
    }

    #[test]
    fn numbers_are_json_texts() {
        let number: BusinessNo = serde_json::from_str("\"1248100998\"").unwrap();
        assert_eq!(serde_json::to_string(&number).unwrap(), "\"124-81-00998\"");
        assert!(serde_json::from_str::<BusinessNo>("1248100998").is_err());
        assert!(serde_json::from_str::<CorporateNo>("\"1301110006246\"").is_ok());
    }

    proptest! {
        /// Exactly one last digit fits every stem that is not a placeholder.
        #[test]
        fn r_190_every_stem_has_one_check_digit(stem in 0_u32..1_000_000_000) {
            let fitting = (0..10)
                .filter(|check| format!("{stem:09}{check}").parse::<BusinessNo>().is_ok())
                .count();
            let repeated = stem % 111_111_111 == 0;
            prop_assert!(fitting == 1 || (repeated && fitting == 0), "{stem:09}");
        }

        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,24}") {
            if let Ok(number) = text.parse::<BusinessNo>() {
                prop_assert_eq!(number.to_string().parse::<BusinessNo>(), Ok(number));
            }
            let _ = text.parse::<CorporateNo>();
        }
    }
}
