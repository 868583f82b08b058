//! Names from other people's vocabularies.

use schema::lang::Text;
use serde_json::{Value, json};

/// Media type of the files that are sold.
pub(super) const PARQUET: &str = "application/vnd.apache.parquet";
/// The European code of the language of a text.
pub(super) const KOREAN: &str = "http://publications.europa.eu/resource/authority/language/KOR";
/// The same for English.
pub(super) const ENGLISH: &str = "http://publications.europa.eu/resource/authority/language/ENG";

/// A text in both languages, tagged (JSON-LD).
pub(super) fn tagged(text: &Text) -> Value {
    json!([{"@value": text.ko, "@language": "ko"}, {"@value": text.en, "@language": "en"}])
}

/// A value with its type (JSON-LD).
pub(super) fn typed(value: impl ToString, of: &str) -> Value {
    json!({"@value": value.to_string(), "@type": of})
}

/// A thing that is named and said to be of a class (JSON-LD).
pub(super) fn named(id: impl Into<String>, class: &str) -> Value {
    json!({"@id": id.into(), "@type": class})
}

/// Name of the catalogue.
pub(super) fn name() -> Text {
    Text::new("장터 제조데이터 거래소", "Jangteo exchange of manufacturing data")
}

/// What the catalogue is.
pub(super) fn about() -> Text {
    Text::new(
        "품질이 검증된 제조데이터 상품의 목록. 파일은 계약한 구매자에게 제공된다.",
        "Manufacturing data with verified quality. The files go to buyers under contract.",
    )
}

/// Name of the service behind the distributions.
pub(super) fn sharing() -> Text {
    Text::new("구매한 데이터의 공유 (Delta Sharing)", "Sharing of bought data (Delta Sharing)")
}
