//! Papers that an agreement needs: certificates of class and of taxes, and the declaration of the
//! firm; the operator looks at each.

use anyhow::{Result, ensure};
use schema::api::documents::{Document, PaperVerdict, Verification};
use schema::api::eligibility::{EligibilityCheck, Snapshot};
use schema::api::parties::{Declaration, Organisation};
use schema::notice::{ScreenOutcome, SizeClass};
use schema::papers::{PaperKind, Stage};

use super::cast::{Actor, Cast};
use super::console::Console;

/// Files what the agreement of a firm needs, and asks whether it is eligible.
pub(super) async fn file(
    cast: &Cast,
    who: &Actor,
    class: SizeClass,
    console: &Console,
) -> Result<()> {
    let certificate = match class {
        SizeClass::Nonprofit => PaperKind::NonprofitCert,
        _ => PaperKind::SizeCert,
    };
    let last = cast.today.add_days(90).unwrap_or(cast.today);
    for kind in [certificate, PaperKind::TaxNational, PaperKind::TaxLocal] {
        let class = match kind.certifies_class() {
            true => format!("&size_class={class}"),
            false => String::new(),
        };
        let path = format!(
            "/v1/documents?kind={kind}&file_name={kind}.txt&issued_on={}&expires_on={last}{class}",
            cast.today
        );
        let text = format!("{}: {}", kind.name().ko, who.name);
        let paper: Document = who.api.post_bytes(&path, text.into_bytes()).await?;
        let word = Verification { verdict: PaperVerdict::Verified, reason: None };
        let path = format!("/v1/documents/{}/verify", paper.id);
        let _: Document = cast.operator.api.post(&path, Some(&word)).await?;
    }
    let said =
        Declaration { collects_data: true, secondary_ksic: Vec::new(), affiliates: Vec::new() };
    let path = format!("/v1/organisations/{}/declaration", who.org);
    let _: Organisation = who.api.put(&path, &said).await?;
    let code = if who.org == cast.provider.org { "P14" } else { "P15" };
    let ask = EligibilityCheck { org: None, stage: Some(Stage::Agreement) };
    let path = format!("/v1/programmes/{code}/eligibility");
    let seen: Snapshot = who.api.post(&path, Some(&ask)).await?;
    ensure!(seen.outcome == ScreenOutcome::Pass, "{} is not eligible: {seen:?}", who.name);
    let text = format!("{} {code}: {} ({} findings)", who.name, seen.outcome, seen.findings.len());
    console.line("자격 확인", "eligibility", text);
    Ok(())
}
