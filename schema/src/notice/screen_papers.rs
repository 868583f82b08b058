//! What the papers say: there, good on the day, and looked at by somebody.

use super::{Finding, excused};
use crate::code::Code;
use crate::lang::Text;
use crate::notice::SizeClass;
use crate::notice::standing::{PaperSeen, Standing};
use crate::papers::{PaperKind, PaperState, Stage};

/// A paper that the stage needs: there, good on the day, and looked at once it is decided on.
pub(super) fn paper(kind: PaperKind, standing: &Standing) -> Finding {
    // Which certificate of class it is follows from the class.
    let kind = match (kind, standing.class) {
        (PaperKind::SizeCert, SizeClass::Nonprofit) => PaperKind::NonprofitCert,
        (kind, _) => kind,
    };
    let rule = match kind {
        PaperKind::TaxNational | PaperKind::TaxLocal => "R-004",
        kind if kind.certifies_class() => "R-010",
        PaperKind::NoDuplicatePledge => "R-012",
        PaperKind::DataHoldingStatement => "R-001",
        _ => "R-200",
    };
    let name = kind.name();
    let seen = standing.paper(kind);
    match seen {
        Some(paper) if paper.is_good_on(standing.on) => shown(paper, kind, rule, standing),
        _ if rule == "R-004" && excused(standing).is_some() => {
            excused(standing).unwrap_or_else(|| Finding::pass(rule, "", ""))
        }
        Some(paper) => {
            let last = paper.expires_on.map(|day| day.to_string()).unwrap_or_default();
            let code = if rule == "R-004" { Code::TaxCertExpired } else { Code::DocumentExpired };
            let text = Text::new(
                format!("{}의 유효기간이 {last}에 끝났습니다", name.ko),
                format!("The {} was good until {last}", name.en),
            );
            let cure = Text::new("새로 발급받아 올려 주세요", "Send one that was issued anew");
            Finding { supplement: true, ..Finding::refuse(rule, code, text, cure) }
        }
        None => {
            let text = Text::new(
                format!("서류가 없습니다: {}", name.ko),
                format!("There is no {}", name.en),
            );
            let cure = Text::new(
                format!("`{kind}` 서류를 POST /v1/documents로 올려 주세요"),
                format!("Send a paper of kind {kind} to POST /v1/documents"),
            );
            let refused = Finding::refuse(rule, Code::DocumentMissing, text, cure);
            Finding { supplement: true, ..refused }
        }
    }
}

/// A paper that is there and good. Whoever decides must have looked at it; when the application
/// comes in nobody has yet.
fn shown(paper: &PaperSeen, kind: PaperKind, rule: &str, standing: &Standing) -> Finding {
    let name = kind.name();
    if paper.size_class.is_some_and(|class| class != standing.class) {
        return Finding::review(
            rule,
            Code::ClassNotEligible,
            "확인서의 기업 규모가 등록된 것과 다릅니다",
            "The certificate says another class than the organisation",
        );
    }
    if paper.state == PaperState::Verified || standing.stage == Stage::Application {
        let (ko, en) = (format!("{} 확인", name.ko), format!("The {} is there", name.en));
        return Finding::pass(rule, &ko, &en);
    }
    Finding::review(
        rule,
        Code::EvidenceMissing,
        &format!("{}을(를) 아직 확인하지 않았습니다", name.ko),
        &format!("Nobody has looked at the {} yet", name.en),
    )
}
