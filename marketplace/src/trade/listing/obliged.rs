//! The dated duties of a product made with public money, as they follow from its listing. The clock
//! itself is [`duty`]'s; here its days are told to the duties' feature.

use std::collections::BTreeSet;

use schema::api::obligations::ObligationKind;
use schema::api::outbox::EventKind;
use schema::api::trade::{DutyState, SuspendCause};
use schema::id::{AgreementId, AuditId, ListingId, OrgId};
use schema::lang::Text;
use schema::time::{Day, Instant};
use serde_json::json;

use super::duty;
use super::store::{self, Row};
use crate::app::App;
use crate::db::{Db, Loaded};
use crate::error::{AppError, AppResult};
use crate::obligations::NewObligation;
use crate::obligations::service::{self as duties, Stamp};
use crate::outbox::{self, Event};
use crate::trade::contract;

/// Listings looked at in one run of the timer.
const BATCH: i64 = 500;

fn last_day(row: &Row) -> AppResult<Option<Day>> {
    let day = row.duty_end.as_deref().map(str::parse).transpose();
    day.map_err(|error| AppError::Internal(anyhow::anyhow!("stored day: {error}")))
}

/// A product went on sale. `inherited` is the listing whose duty goes on here.
pub(super) fn published_in(
    db: &mut Db,
    row: &Row,
    agreement: Option<AgreementId>,
    inherited: Option<ListingId>,
    (audit, now): (AuditId, Instant),
) -> AppResult<()> {
    let stamp = Stamp { seed: audit, who: None, now };
    if let Some(older) = inherited {
        moved_in(db, older, row, &stamp)?;
    } else if let (Some(due_on), Some(agreement)) = (last_day(row)?, row.duty_agreement_id) {
        let term = duty_of(ObligationKind::ListingYear, row, agreement, due_on, "R-090");
        duties::open_in(db, &term, &stamp)?;
        let care = duty_of(
            ObligationKind::AfterCareYearly,
            row,
            agreement,
            duties::due_in_months(now.seoul_day(), 12)?,
            "R-097",
        );
        duties::open_in(db, &NewObligation { once: "1", ..care }, &stamp)?;
    }
    if let Some(agreement) = agreement {
        let how = Text::new(
            format!("상품 {}이(가) 등록되었습니다.", row.id),
            format!("The product {} is on sale.", row.id),
        );
        let kind = ObligationKind::ListingPublication;
        duties::discharge_in(db, kind, agreement.as_str(), &how, &stamp)?;
        // The replacement of a product that was removed by force.
        let kind = ObligationKind::Remediation;
        for removed in duties::subjects_of_in(db, kind, agreement)? {
            if removed.parse::<ListingId>().is_ok() {
                duties::discharge_in(db, kind, &removed, &how, &stamp)?;
            }
        }
    }
    let title = Text::new("상품이 등록되었습니다", "The product is on sale");
    tell_in(db, row, EventKind::ListingPublished, title, None, &[row.org_id], &stamp)
}

fn duty_of<'a>(
    kind: ObligationKind,
    row: &'a Row,
    agreement: AgreementId,
    due_on: Day,
    rule: &'static str,
) -> NewObligation<'a> {
    NewObligation {
        kind,
        org: row.org_id,
        subject: row.id.as_str(),
        agreement: Some(agreement),
        due_on,
        rule,
        blocks_payment: kind == ObligationKind::Remediation,
        once: "",
    }
}

/// The duties of the older listing go on at the newer one, with the same days.
fn moved_in(db: &mut Db, older: ListingId, row: &Row, stamp: &Stamp<'_>) -> AppResult<()> {
    let why = Text::new(
        format!("새 버전의 상품 {}(으)로 이어집니다.", row.id),
        format!("It goes on at the new version, {}.", row.id),
    );
    for kind in [ObligationKind::ListingYear, ObligationKind::AfterCareYearly] {
        let open = duties::open_about_in(db, kind, older.as_str(), stamp.now.seoul_day())?;
        duties::cancel_in(db, kind, older.as_str(), &why, stamp)?;
        for one in open {
            let Some(agreement) = one.agreement else { continue };
            let rule = if kind == ObligationKind::ListingYear { "R-091" } else { "R-097" };
            let new = duty_of(kind, row, agreement, one.due_on, rule);
            duties::open_in(db, &new, stamp)?;
        }
    }
    Ok(())
}

/// A product is on sale again; its term may have become longer.
pub(super) fn reinstated_in(
    db: &mut Db,
    row: &Row,
    (audit, now): (AuditId, Instant),
) -> AppResult<()> {
    let Some(due_on) = last_day(row)? else { return Ok(()) };
    let reason = Text::new(
        "등록이 정지된 날만큼 기간이 늘어났습니다.",
        "The days off sale were added to the term.",
    );
    let stamp = Stamp { seed: audit, who: None, now };
    let kind = ObligationKind::ListingYear;
    duties::postpone_in(db, kind, row.id.as_str(), due_on, &reason, &stamp)?;
    Ok(())
}

/// A product was suspended. Where personal data were found, whoever holds or awaits the data is told,
/// too.
pub(super) fn suspended_in(
    db: &mut Db,
    row: &Row,
    reason: Option<&str>,
    (audit, now): (AuditId, Instant),
) -> AppResult<()> {
    let title = Text::new("상품 판매가 정지되었습니다", "The product was suspended");
    let stamp = Stamp { seed: audit, who: None, now };
    let personal = row.halted()?.and_then(|halt| halt.cause) == Some(SuspendCause::PersonalData);
    let mut orgs = vec![row.org_id];
    if personal {
        let contracts = contract::of_listing(db, row.id)?;
        let buyers: BTreeSet<OrgId> = contracts.iter().map(|contract| contract.buyer_id).collect();
        orgs.extend(buyers);
    }
    tell_in(db, row, EventKind::ListingSuspended, title, reason, &orgs, &stamp)
}

/// A product was removed by force: a running term becomes a duty to replace it.
pub(super) fn removed_in(
    db: &mut Db,
    row: &Row,
    reason: Option<&str>,
    (audit, now): (AuditId, Instant),
) -> AppResult<()> {
    let stamp = Stamp { seed: audit, who: None, now };
    let why = Text::new("상품이 강제로 내려졌습니다.", "The product was removed by force.");
    for kind in [ObligationKind::ListingYear, ObligationKind::AfterCareYearly] {
        duties::cancel_in(db, kind, row.id.as_str(), &why, &stamp)?;
    }
    let remedy_by = row.halted()?.and_then(|halt| halt.remedy_by);
    if let (Some(due_on), Some(agreement)) = (remedy_by, row.duty_agreement_id) {
        let new = duty_of(ObligationKind::Remediation, row, agreement, due_on, "R-093");
        duties::open_in(db, &new, &stamp)?;
    }
    let title = Text::new("상품이 강제로 내려졌습니다", "The product was removed");
    tell_in(db, row, EventKind::ListingRemoved, title, reason, &[row.org_id], &stamp)
}

fn tell_in(
    db: &mut Db,
    row: &Row,
    kind: EventKind,
    title: Text,
    reason: Option<&str>,
    orgs: &[OrgId],
    stamp: &Stamp<'_>,
) -> AppResult<()> {
    let name: Text = serde_json::from_str(&row.title)?;
    let body = match reason {
        Some(reason) => Text::new(
            format!("{} ({}): {reason}", name.ko, row.id),
            format!("{} ({}): {reason}", name.en, row.id),
        ),
        None => Text::new(format!("{} ({})", name.ko, row.id), format!("{} ({})", name.en, row.id)),
    };
    let event = Event {
        id: stamp.seed.sibling(),
        kind,
        at: stamp.now,
        subject: row.id.as_str(),
        orgs,
        title,
        body,
        data: json!({"listing": row.id, "state": row.state, "obligation_end": row.duty_end}),
        once: None,
    };
    outbox::publish_in(db, &event)?;
    Ok(())
}

/// Ends the listing terms that were lasted out. Idempotent; for the timer. Answers how many ended.
pub async fn years_end_due(app: &App) -> AppResult<usize> {
    let today = app.clock.now().seoul_day();
    let kind = ObligationKind::ListingYear;
    let due = app.store.read(move |db| duties::passed_in(db, kind, today, BATCH)).await?;
    let mut ended = 0;
    for one in due {
        let (seed, now) = (app.clock.fresh(), app.clock.now());
        ended += app.store.write(move |db| year_ends_in(db, &one.subject, seed, now)).await?;
    }
    Ok(ended)
}

/// Ends one term, if the clock says that it is over. A paused one goes on.
fn year_ends_in(db: &mut Db, subject: &str, seed: AuditId, now: Instant) -> AppResult<usize> {
    let id: ListingId = subject.parse().map_err(anyhow::Error::from)?;
    let row = Ok(store::find(db, id)?).or_not_found("listing")?;
    let Some(period) = row.period()? else { return Ok(0) };
    let state = duty::state(&period, row.state, row.halted()?.as_ref(), now);
    if state != DutyState::Fulfilled {
        return Ok(0);
    }
    let how = Text::new(
        format!("{}까지 등록을 유지했습니다.", period.end()),
        format!("The product stayed on sale until {}.", period.end()),
    );
    let stamp = Stamp { seed, who: None, now };
    duties::discharge_in(db, ObligationKind::ListingYear, subject, &how, &stamp)
}
