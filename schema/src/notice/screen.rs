//! Eligibility as one pure function over a [`Standing`]: every rule answers, each with pass, review
//! or refuse, in both languages and with what would cure it.
//!
//! A review is for a person to decide and never a silent refusal. A refusal that a paper
//! would cure is marked so, because an application is then supplemented rather than refused.

#[path = "screen_papers.rs"]
mod shown;

use serde::{Deserialize, Serialize};

use self::shown::paper;
use super::eligibility::{Ground, Verdict};
use super::standing::{BanMatch, PaperSeen, Standing};
use super::words::{IndustryOutcome, SizeClass};
use super::{Exclusion, Notice, Programme};
use super::{class_verdict, industry_verdict, manufacturing_verdict};
use crate::code::Code;
use crate::lang::Text;
use crate::papers::{BusinessStatus, PaperKind, PaperState};
use crate::problem::{Reason, Refusal};

crate::words! {
    /// What a rule, or all of them, say of an organisation.
    ScreenOutcome {
        /// Nothing against it.
        Pass = "pass",
        /// A reviewer decides.
        Review = "review",
        /// Not eligible.
        Refuse = "refuse",
    }
}

/// What one rule says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = EligibilityFinding))]
pub struct Finding {
    /// The rule, such as `R-008`.
    pub rule: String,
    /// What it says.
    pub outcome: ScreenOutcome,
    /// Slug of the error code; `ok` when there is nothing against it.
    pub code: String,
    /// Why.
    pub text: Text,
    /// What would cure it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cure: Option<Text>,
    /// Whether a paper would cure it, so that an application is supplemented instead of refused.
    #[serde(default)]
    pub supplement: bool,
}

/// What every rule says of an organisation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Screening {
    /// The worst of the findings.
    pub outcome: ScreenOutcome,
    /// One finding for each thing that was looked at, in the order of the rules.
    pub findings: Vec<Finding>,
}

/// The rules that a finding may cite.
const RULES: &[&str] = &[
    "R-001", "R-002", "R-003", "R-004", "R-005", "R-006", "R-007", "R-008", "R-009", "R-010",
    "R-011", "R-012", "R-200",
];

impl Screening {
    /// Findings with an outcome.
    pub fn with(&self, outcome: ScreenOutcome) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(move |finding| finding.outcome == outcome)
    }

    /// One refusal that tells every ground for it; none if there is no such ground.
    pub fn refusal(&self) -> Option<Refusal> {
        let first = self.with(ScreenOutcome::Refuse).next()?;
        let code = Code::from_slug(&first.code).unwrap_or(Code::NotEligible);
        let mut refusal = Refusal::new(code, first.text.clone());
        refusal.rule = RULES.iter().copied().find(|rule| *rule == first.rule);
        refusal.cure.clone_from(&first.cure);
        Some(refusal.reasons(self.with(ScreenOutcome::Refuse).map(Finding::reason).collect()))
    }

    /// What a reviewer must decide on, as reasons.
    pub fn open(&self) -> Vec<Reason> {
        self.with(ScreenOutcome::Review).map(Finding::reason).collect()
    }

    /// Lets pass who is eligible. What a reviewer decides on passes when `reviewed` says that one
    /// did; otherwise it is told what is to be looked at.
    pub fn settled(&self, reviewed: bool) -> Result<(), Refusal> {
        if let Some(refusal) = self.refusal() {
            return Err(refusal);
        }
        let open = self.open();
        if open.is_empty() || reviewed {
            return Ok(());
        }
        let mut refusal = Code::EvidenceMissing
            .because(
                "검토자가 확인해야 하는 사항이 있습니다.",
                "There are points that a reviewer must decide on.",
            )
            .field("review_note")
            .cure(
                "확인한 내용을 `review_note`에 적어 다시 보내 주세요.",
                "Say in `review_note` why the organisation is eligible, and send it again.",
            );
        let first = open.first().and_then(|reason| reason.rule.as_deref());
        refusal.rule = RULES.iter().copied().find(|rule| Some(*rule) == first);
        Err(refusal.reasons(open))
    }

    /// Whether papers alone would cure every refusal.
    pub fn papers_cure(&self) -> bool {
        self.outcome == ScreenOutcome::Refuse
            && self.with(ScreenOutcome::Refuse).all(|f| f.supplement)
    }
}

impl Finding {
    /// The finding as a reason of a refusal.
    pub fn reason(&self) -> Reason {
        Reason {
            code: self.code.clone(),
            rule: Some(self.rule.clone()),
            field: None,
            text: self.text.clone(),
        }
    }

    fn new(rule: &str, outcome: ScreenOutcome, code: &str, text: Text) -> Finding {
        Finding {
            rule: rule.to_owned(),
            outcome,
            code: code.to_owned(),
            text,
            cure: None,
            supplement: false,
        }
    }

    fn pass(rule: &str, ko: &str, en: &str) -> Finding {
        Finding::new(rule, ScreenOutcome::Pass, "ok", Text::new(ko, en))
    }

    fn review(rule: &str, code: Code, ko: &str, en: &str) -> Finding {
        let cure = Text::new(
            "담당자가 확인한 내용을 적으면 진행됩니다",
            "A reviewer looks at it and notes what was found",
        );
        let text = Text::new(ko, en);
        Finding { cure: Some(cure), ..Finding::new(rule, ScreenOutcome::Review, code.slug(), text) }
    }

    fn refuse(rule: &str, code: Code, text: Text, cure: Text) -> Finding {
        Finding { cure: Some(cure), ..Finding::new(rule, ScreenOutcome::Refuse, code.slug(), text) }
    }

    fn of(verdict: Verdict, rule: &str, ok: (&str, &str), cure: (&str, &str)) -> Finding {
        match verdict {
            Verdict::Accept => Finding::pass(rule, ok.0, ok.1),
            Verdict::Review(Ground { code, text, .. }) => {
                Finding { text, ..Finding::review(rule, code, "", "") }
            }
            Verdict::Reject(Ground { code, text, .. }) => {
                Finding::refuse(rule, code, text, Text::new(cure.0, cure.1))
            }
        }
    }
}

/// Everything that the rules say of an organisation for a programme of a notice.
pub fn screen(notice: &Notice, programme: &Programme, standing: &Standing) -> Screening {
    let wanted = programme.papers(notice, standing.stage);
    let mut findings = vec![
        class(programme, standing),
        domestic(standing),
        operating(standing),
        insolvent(notice, standing),
    ];
    findings.extend(collecting(programme, standing));
    findings.extend(banned(standing));
    findings.push(industry(notice, standing));
    findings.push(manufacturing(programme, standing));
    findings.extend(programme.exclusions.iter().map(|row| excluded(row, standing)));
    findings.push(duplicate(standing));
    findings.extend(wanted.iter().map(|kind| paper(*kind, standing)));
    findings.sort_by(|one, other| one.rule.cmp(&other.rule));
    let outcome = findings.iter().map(|f| f.outcome).max().unwrap_or(ScreenOutcome::Pass);
    Screening { outcome, findings }
}

fn class(programme: &Programme, standing: &Standing) -> Finding {
    Finding::of(
        class_verdict(programme, standing.class),
        "R-001",
        ("지원 대상 기업 유형입니다", "The class is eligible"),
        ("지원 대상인 다른 사업을 찾아보세요", "Look for a programme that is open to this class"),
    )
}

/// P14 is for firms that collect data. What nobody has said, a reviewer asks.
fn collecting(programme: &Programme, standing: &Standing) -> Option<Finding> {
    if !programme.data_collectors_only {
        return None;
    }
    let shown = standing.paper(PaperKind::DataHoldingStatement).is_some();
    Some(match (standing.collects_data, shown) {
        (Some(true), _) | (None, true) => {
            Finding::pass("R-001", "제조데이터를 수집하고 있습니다", "It collects data")
        }
        (None, false) => Finding::review(
            "R-001",
            Code::DocumentMissing,
            "제조데이터를 수집하는지 밝히지 않았습니다",
            "It has not said whether it collects data",
        ),
        (Some(false), _) => Finding::refuse(
            "R-001",
            Code::NotEligible,
            Text::new(
                "제조데이터를 수집하지 않는다고 밝혔습니다",
                "It has said that it collects no data",
            ),
            Text::new(
                "데이터를 수집하고 있다면 기업 정보의 신고를 고쳐 주세요",
                "If it does, correct the declaration of the organisation",
            ),
        ),
    })
}

fn domestic(standing: &Standing) -> Finding {
    if standing.foreign {
        return Finding::review(
            "R-002",
            Code::NotEligible,
            "외국법인의 사업자등록번호입니다. 국내 기업인지 확인해야 합니다",
            "The business number is that of a foreign company",
        );
    }
    Finding::pass("R-002", "국내 사업자입니다", "It is a domestic business")
}

fn operating(standing: &Standing) -> Finding {
    let (ko, en) = match standing.status {
        BusinessStatus::Operating => {
            return Finding::pass("R-003", "영업 중입니다", "The business is running");
        }
        BusinessStatus::Suspended => ("휴업 중입니다", "The business is suspended"),
        BusinessStatus::Closed => ("폐업했습니다", "The business is closed"),
        BusinessStatus::Default => ("부도 상태입니다", "The business is in default"),
    };
    Finding::refuse(
        "R-003",
        Code::BusinessNotOperating,
        Text::new(ko, en),
        Text::new(
            "영업을 재개했다면 운영기관에 상태 정정을 요청하세요",
            "If it has resumed, ask the operator to correct the record",
        ),
    )
}

/// a policy of the notice; R-006 exceptions are decided by a reviewer on a paper.
fn insolvent(notice: &Notice, standing: &Standing) -> Finding {
    if !standing.insolvency {
        return Finding::pass("R-005", "파산·회생 절차가 없습니다", "No insolvency proceedings");
    }
    if !notice.parameters.insolvency_bars {
        return Finding::pass(
            "R-005",
            "이 공고는 파산·회생 절차를 결격으로 보지 않습니다",
            "Insolvency does not bar under this notice",
        );
    }
    excused(standing).unwrap_or_else(|| Finding {
        supplement: true,
        ..Finding::refuse(
            "R-005",
            Code::InsolvencyBars,
            Text::new(
                "파산·회생·개인회생 절차가 신청되었거나 진행 중입니다",
                "Insolvency proceedings are filed or under way",
            ),
            exception_cure(),
        )
    })
}

fn exception_cure() -> Text {
    Text::new(
        "재창업자금·재기지원보증 수혜기업이면 EXCEPTION_DOC 서류를 올려 심사받으세요",
        "A recipient of restart funds or a restart guarantee sends an EXCEPTION_DOC for review",
    )
}

/// an exception that a reviewer accepted, or one that waits for a reviewer. A paper about a
/// bar is about that bar only.
fn excused(standing: &Standing) -> Option<Finding> {
    let paper = standing.paper(PaperKind::ExceptionDoc)?;
    if !paper.is_good_on(standing.on) {
        return None;
    }
    Some(match paper.state {
        PaperState::Verified => Finding::pass(
            "R-006",
            "예외 증빙이 심사에서 인정되었습니다",
            "A reviewer accepted the exception",
        ),
        _ => Finding::review(
            "R-006",
            Code::DocumentMissing,
            "예외 증빙을 심사해야 합니다",
            "A reviewer decides on the exception",
        ),
    })
}

fn banned(standing: &Standing) -> Vec<Finding> {
    if standing.bans.is_empty() {
        return vec![Finding::pass("R-007", "참여제한이 없습니다", "No bar from participation")];
    }
    let found = standing.bans.iter().map(|hit| {
        let by: Vec<&str> = hit.matched.iter().map(|by| by.as_str()).collect();
        let by = by.join(", ");
        let by_name_only = hit.matched == [BanMatch::Representative];
        if by_name_only && standing.namesakes.contains(&hit.ban) {
            return Finding::pass(
                "R-007",
                "참여제한 대상자와 이름만 같은 사람으로 확인되었습니다",
                "A reviewer found the barred person to be a namesake",
            );
        }
        let until = match (hit.ends_on, hit.unpaid_recovery.get()) {
            (_, unpaid) if unpaid > 0 => {
                (format!("환수금 {unpaid}원 미납"), format!("{unpaid} won of recovery unpaid"))
            }
            (Some(last), _) => (format!("{last}까지"), format!("until {last}")),
            (None, _) => ("기한 없음".to_owned(), "without end".to_owned()),
        };
        let mut finding = Finding::refuse(
            "R-007",
            Code::ParticipationBanned,
            Text::new(
                format!("참여제한 중입니다({}, 일치: {by})", until.0),
                format!("Barred from participation ({}, recognised by {by})", until.1),
            ),
            Text::new(
                "미납 환수금을 내거나 제한이 끝난 뒤 신청하세요",
                "Pay what is unpaid, or apply when the bar is over",
            ),
        );
        if by_name_only {
            finding.cure = Some(Text::new(
                format!("동명이인이면 대상 {}의 EXCEPTION_DOC 서류를 올려 심사받으세요", hit.ban),
                format!("A namesake sends an EXCEPTION_DOC about {} for review", hit.ban),
            ));
            finding.supplement = true;
        }
        finding
    });
    found.collect()
}

fn industry(notice: &Notice, standing: &Standing) -> Finding {
    let Some(main) = standing.industries.first() else {
        if standing.class == SizeClass::Nonprofit {
            return Finding::pass("R-008", "비영리기관입니다", "It is a nonprofit");
        }
        return Finding::review(
            "R-008",
            Code::IndustryNotEligible,
            "업종이 등록되어 있지 않아 지원 제외 업종인지 확인해야 합니다",
            "No industry is registered, so somebody must see whether it is excluded",
        );
    };
    Finding::of(
        industry_verdict(&notice.industries, main),
        "R-008",
        ("지원 제외 업종이 아닙니다", "The industry is not excluded"),
        (
            "업종이 잘못 등록되었다면 사업자등록증으로 정정하세요",
            "If the industry is wrong, have it corrected by the business registration",
        ),
    )
}

fn manufacturing(programme: &Programme, standing: &Standing) -> Finding {
    Finding::of(
        manufacturing_verdict(programme, &standing.industries),
        "R-009",
        ("제조업 요건을 충족합니다", "The requirement on manufacturing is met"),
        (
            "제조업이 부업종이면 기업 정보에 부업종을 신고하세요",
            "If manufacturing is a secondary industry, declare it",
        ),
    )
}

/// what the programme's own notice excludes. What no record can tell goes to a reviewer.
fn excluded(row: &Exclusion, standing: &Standing) -> Finding {
    let by_class = row.classes.contains(&standing.class);
    let by_industry = standing.industries.first().is_some_and(|main| {
        row.ksic_prefixes.iter().any(|p| main.as_str().starts_with(p.as_str()))
    });
    let told = !row.classes.is_empty() || !row.ksic_prefixes.is_empty();
    if told && !by_class && !by_industry {
        return Finding {
            text: Text::new(
                format!("해당하지 않습니다: {}", row.text.ko),
                format!("Does not apply: {}", row.text.en),
            ),
            ..Finding::pass("R-011", "", "")
        };
    }
    if told && row.outcome == IndustryOutcome::Reject {
        return Finding::refuse(
            "R-011",
            Code::NotEligible,
            row.text.clone(),
            Text::new("다른 사업에 신청하세요", "Apply to another programme"),
        );
    }
    Finding { text: row.text.clone(), ..Finding::review("R-011", Code::NotEligible, "", "") }
}

fn duplicate(standing: &Standing) -> Finding {
    let Some(first) = standing.supported.first() else {
        return Finding::pass(
            "R-012",
            "같은 계획의 지원이 없습니다",
            "No support of the same plan",
        );
    };
    Finding::refuse(
        "R-012",
        Code::DuplicateSupport,
        Text::new(
            format!("같은 계획을 이미 지원받았습니다: {} ({})", first.under, first.kind),
            format!("The same plan was supported already: {} ({})", first.under, first.kind),
        ),
        Text::new("다른 계획으로 신청하세요", "Apply with another plan"),
    )
}

impl Standing {
    /// The paper of a kind that was seen.
    pub fn paper(&self, kind: PaperKind) -> Option<&PaperSeen> {
        self.papers.iter().find(|paper| paper.kind == kind)
    }
}

#[cfg(test)]
#[path = "screen_tests.rs"]
mod tests;
