//! Refusals as values, and the RFC 9457 body a client receives for one.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::code::Code;
use crate::lang::{Lang, Text};

/// Why something was refused: enough for a person to understand and to cure it. Rules return it;
/// the HTTP edge prints it as a [`Problem`].
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// Which refusal.
    pub code: Code,
    /// What happened, in both languages.
    pub detail: Text,
    /// Rule of the rulebook, such as `R-064`.
    pub rule: Option<&'static str>,
    /// Field of the request concerned, as a path (`columns.3.unit`).
    pub field: Option<String>,
    /// What would cure it.
    pub cure: Option<Text>,
    /// All reasons, where several are told at once.
    pub reasons: Vec<Reason>,
    /// Figures for machines, such as `available` and `asked`.
    pub figures: Map<String, Value>,
}

/// One of several reasons of a refusal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Reason {
    /// Stable slug.
    pub code: String,
    /// Rule of the rulebook, if one says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// Field or part concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// Explanation.
    pub text: Text,
}

impl Reason {
    /// A reason without a field.
    pub fn new(
        code: &str,
        rule: Option<&str>,
        ko: impl Into<String>,
        en: impl Into<String>,
    ) -> Self {
        Self {
            code: code.to_owned(),
            rule: rule.map(str::to_owned),
            field: None,
            text: Text::new(ko, en),
        }
    }
}

impl Refusal {
    /// A refusal with nothing but its code and explanation.
    pub fn new(code: Code, detail: Text) -> Self {
        Self {
            code,
            detail,
            rule: None,
            field: None,
            cure: None,
            reasons: Vec::new(),
            figures: Map::new(),
        }
    }

    /// Cites the rule.
    #[must_use]
    pub fn rule(mut self, rule: &'static str) -> Self {
        self.rule = Some(rule);
        self
    }

    /// Names the field of the request.
    #[must_use]
    pub fn field(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    /// Says what would cure it.
    #[must_use]
    pub fn cure(mut self, ko: impl Into<String>, en: impl Into<String>) -> Self {
        self.cure = Some(Text::new(ko, en));
        self
    }

    /// Lists several reasons.
    #[must_use]
    pub fn reasons(mut self, reasons: Vec<Reason>) -> Self {
        self.reasons = reasons;
        self
    }

    /// Adds a figure for machines.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.figures.insert(name.to_owned(), value.into());
        self
    }
}

/// Body of every error answer (`application/problem+json`, RFC 9457).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Problem {
    /// Page that explains the code: `/problems/{code}`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Title in the reader's language.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// Explanation in the reader's language.
    pub detail: String,
    /// `urn:jangteo:request:req_…`: quote it when asking for help.
    pub instance: String,
    /// Stable slug of the error.
    pub code: String,
    /// The explanation in both languages.
    pub text: Text,
    /// Rule of the rulebook.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// Field of the request concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What would cure it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cure: Option<Text>,
    /// All reasons, where several are told at once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<Reason>,
    /// Figures for machines.
    #[serde(flatten)]
    pub figures: Map<String, Value>,
}

impl Problem {
    /// Media type of the body.
    pub const MEDIA_TYPE: &'static str = "application/problem+json";

    /// The body for `refusal`, in `lang`, about the request `request_id`.
    pub fn of(refusal: &Refusal, lang: Lang, request_id: &str) -> Self {
        Self {
            kind: format!("/problems/{}", refusal.code.slug()),
            title: refusal.code.title(lang).to_owned(),
            status: refusal.code.status(),
            detail: refusal.detail.get(lang).to_owned(),
            instance: format!("urn:jangteo:request:{request_id}"),
            code: refusal.code.slug().to_owned(),
            text: refusal.detail.clone(),
            rule: refusal.rule.map(str::to_owned),
            field: refusal.field.clone(),
            cure: refusal.cure.clone(),
            reasons: refusal.reasons.clone(),
            figures: refusal.figures.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Problem;
    use crate::code::Code;
    use crate::lang::Lang;

    #[test]
    fn a_problem_carries_rule_figures_and_both_languages() {
        let refusal = Code::VoucherShort
            .because(
                "3,000,000원이 필요하지만 2,400,000원이 남았습니다.",
                "3,000,000 won needed, 2,400,000 left.",
            )
            .rule("R-061")
            .with("available", 2_400_000)
            .with("asked", 3_000_000);
        let problem = Problem::of(&refusal, Lang::En, "req_1");
        let json = serde_json::to_value(&problem).unwrap();
        assert_eq!(json["type"], "/problems/voucher-short");
        assert_eq!(json["status"], 409);
        assert_eq!(json["available"], 2_400_000);
        assert_eq!(json["rule"], "R-061");
        assert_eq!(json["title"], "The voucher balance is too small");
        assert_eq!(json["text"]["ko"], refusal.detail.ko);
        assert_eq!(serde_json::from_value::<Problem>(json).unwrap(), problem);
    }
}
