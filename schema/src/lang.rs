//! Text that a person reads, in Korean and in English.

use serde::{Deserialize, Serialize};

/// A language of the product. Korean is the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    /// Korean.
    #[default]
    Ko,
    /// English.
    En,
}

impl Lang {
    /// The first language of an `Accept-Language` header that the product has; Korean if none is.
    pub fn from_accept_language(header: &str) -> Lang {
        let mut best: Option<(f32, Lang)> = None;
        for part in header.split(',').take(16) {
            let mut pieces = part.split(';');
            let lang = match pieces.next().unwrap_or("").trim().get(..2) {
                Some(tag) if tag.eq_ignore_ascii_case("ko") => Lang::Ko,
                Some(tag) if tag.eq_ignore_ascii_case("en") => Lang::En,
                _ => continue,
            };
            let weight = pieces
                .find_map(|piece| piece.trim().strip_prefix("q=")?.parse::<f32>().ok())
                .unwrap_or(1.0);
            if weight > 0.0 && best.is_none_or(|(seen, _)| weight > seen) {
                best = Some((weight, lang));
            }
        }
        best.map_or(Lang::Ko, |(_, lang)| lang)
    }
}

/// One statement in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Text {
    /// Korean.
    pub ko: String,
    /// English.
    pub en: String,
}

impl Text {
    /// A statement from its two wordings.
    pub fn new(ko: impl Into<String>, en: impl Into<String>) -> Self {
        Self { ko: ko.into(), en: en.into() }
    }

    /// The wording in `lang`.
    pub fn get(&self, lang: Lang) -> &str {
        match lang {
            Lang::Ko => &self.ko,
            Lang::En => &self.en,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Lang;

    #[test]
    fn accept_language_picks_the_heaviest_language_the_product_has() {
        for (header, lang) in [
            ("", Lang::Ko),
            ("fr", Lang::Ko),
            ("en", Lang::En),
            ("en-US,en;q=0.9,ko;q=0.8", Lang::En),
            ("ko-KR,ko;q=0.9,en;q=0.8", Lang::Ko),
            ("en;q=0.2, ko;q=0.9", Lang::Ko),
            ("en;q=0, fr", Lang::Ko),
        ] {
            assert_eq!(Lang::from_accept_language(header), lang, "{header}");
        }
    }
}
