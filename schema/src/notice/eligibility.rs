//! Who may apply: class, excluded industries and manufacturing.
//!
//! Every rule answers with a verdict and a reason in both languages. A [`Verdict::Review`] is for a
//! person to decide and never a silent refusal. What needs evidence or a registry (tax
//! arrears, closures, bans) is in [`screen`](super::screen()), which asks these, too.

use super::words::{IndustryOutcome, SizeClass};
use super::{IndustryRule, Ksic, Programme};
use crate::code::Code;
use crate::lang::Text;

/// The outcome of one rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The rule has no objection.
    Accept,
    /// A reviewer decides.
    Review(Ground),
    /// Not eligible.
    Reject(Ground),
}

/// Why an applicant is not simply accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ground {
    /// The rule, such as `R-008`.
    pub rule: &'static str,
    /// Name of the fault in the rulebook, such as `E_CLASS`.
    pub fault: &'static str,
    /// The code that a client sees.
    pub code: Code,
    /// The reason.
    pub text: Text,
}

/// the class decides which programmes are open.
pub fn class_verdict(programme: &Programme, class: SizeClass) -> Verdict {
    if programme.eligible.contains(&class) {
        return Verdict::Accept;
    }
    let (ko, en) = match class {
        SizeClass::Sme => ("중소기업", "small and medium-sized enterprises"),
        SizeClass::Midsized => ("중견기업", "mid-sized enterprises"),
        SizeClass::Large => ("대기업", "large enterprises"),
        SizeClass::Nonprofit => ("비영리법인", "nonprofit organisations"),
    };
    let Text { ko: name_ko, en: name_en } = &programme.name;
    Verdict::Reject(Ground {
        rule: "R-001",
        fault: "E_CLASS",
        code: Code::ClassNotEligible,
        text: Text::new(
            format!("'{name_ko}'은(는) {ko}을 지원하지 않습니다"),
            format!("'{name_en}' does not support {en}"),
        ),
    })
}

/// industries on the list of the notice. The longest prefix decides; a code too short to
/// tell goes to a reviewer.
pub fn industry_verdict(rules: &[IndustryRule], industry: &Ksic) -> Verdict {
    let code = industry.as_str();
    let ground = |name: &Text, ko: &str, en: &str| Ground {
        rule: "R-008",
        fault: "E_INDUSTRY",
        code: Code::IndustryNotEligible,
        text: Text::new(
            format!("업종 {code}({}): {ko}", name.ko),
            format!("Industry {code} ({}): {en}", name.en),
        ),
    };
    let hit = rules
        .iter()
        .filter(|rule| code.starts_with(rule.ksic_prefix.as_str()))
        .max_by_key(|rule| rule.ksic_prefix.len());
    match hit.map(|rule| (rule.outcome, &rule.name)) {
        Some((IndustryOutcome::Reject, name)) => {
            Verdict::Reject(ground(name, "지원 제외 업종입니다", "the industry is excluded"))
        }
        Some((IndustryOutcome::Review, name)) => Verdict::Review(ground(
            name,
            "지원 제외 여부를 검토해야 합니다",
            "a reviewer decides whether it is excluded",
        )),
        None => match rules.iter().find(|rule| rule.ksic_prefix.starts_with(code)) {
            Some(rule) => Verdict::Review(ground(
                &rule.name,
                "세부 업종을 확인해야 합니다",
                "the code is too short to tell",
            )),
            None => Verdict::Accept,
        },
    }
}

/// programmes for manufacturers need a main or secondary industry in section C.
pub fn manufacturing_verdict(programme: &Programme, industries: &[Ksic]) -> Verdict {
    if !programme.manufacturers_only || industries.iter().any(Ksic::is_manufacturing) {
        return Verdict::Accept;
    }
    Verdict::Reject(Ground {
        rule: "R-009",
        fault: "E_INDUSTRY",
        code: Code::IndustryNotEligible,
        text: Text::new(
            "제조업(한국표준산업분류 10~34)에 해당하는 주업종 또는 부업종이 없습니다",
            "There is no main or secondary industry in manufacturing (KSIC divisions 10 to 34)",
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notice::Notice;

    fn programme(code: &str) -> &'static Programme {
        Notice::embedded().unwrap().programme(code.parse().unwrap()).unwrap()
    }

    fn ksic(text: &str) -> Ksic {
        text.parse().unwrap()
    }

    fn fault(verdict: &Verdict) -> &'static str {
        match verdict {
            Verdict::Accept => "accept",
            Verdict::Review(_) => "review",
            Verdict::Reject(ground) => ground.fault,
        }
    }

    #[test]
    fn r_001_the_class_decides() {
        for (code, class, expected) in [
            ("P15", SizeClass::Large, "E_CLASS"),
            ("P15", SizeClass::Nonprofit, "accept"),
            ("P15", SizeClass::Midsized, "accept"),
            ("P14", SizeClass::Nonprofit, "E_CLASS"),
            ("P14", SizeClass::Sme, "accept"),
            ("P08", SizeClass::Midsized, "E_CLASS"),
            ("P13", SizeClass::Large, "accept"),
            ("P13", SizeClass::Nonprofit, "accept"),
        ] {
            let verdict = class_verdict(programme(code), class);
            assert_eq!(fault(&verdict), expected, "{code} {class}");
        }
    }

    #[test]
    fn r_008_excluded_industries() {
        let rules = &Notice::embedded().unwrap().industries;
        for (code, expected) in [
            ("55101", "E_INDUSTRY"),
            ("56211", "E_INDUSTRY"),
            ("56212", "E_INDUSTRY"),
            ("56111", "E_INDUSTRY"),
            ("55", "E_INDUSTRY"),
            ("91241", "review"),
            ("91291", "review"),
            ("33402", "review"),
            ("33409", "review"),
            ("33401", "accept"),
            ("10791", "accept"),
            // Too short to tell 33401 from 33409.
            ("3340", "review"),
        ] {
            let verdict = industry_verdict(rules, &ksic(code));
            assert_eq!(fault(&verdict), expected, "{code}");
        }
    }

    #[test]
    fn r_009_processing_support_is_for_manufacturers() {
        for (codes, expected) in [
            (&["62010"][..], "E_INDUSTRY"),
            (&["34011"], "accept"),
            (&["09"], "E_INDUSTRY"),
            (&["35"], "E_INDUSTRY"),
            (&["10"], "accept"),
            (&["62010", "26110"], "accept"),
            (&[], "E_INDUSTRY"),
        ] {
            let codes: Vec<Ksic> = codes.iter().copied().map(ksic).collect();
            let verdict = manufacturing_verdict(programme("P14"), &codes);
            assert_eq!(fault(&verdict), expected, "{codes:?}");
            assert_eq!(manufacturing_verdict(programme("P15"), &codes), Verdict::Accept);
        }
    }
}
