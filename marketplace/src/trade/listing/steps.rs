//! The steps of a listing from draft to sale and off sale again.

use schema::api::catalog::VersionState;
use schema::api::trade::{DutyState, Halt, Listing, ListingState, SuspendCause};
use schema::code::Code;
use schema::data::column::Dictionary;
use schema::id::{AgreementId, AuditId, ListingId, OrgId};
use schema::problem::Reason;
use schema::time::{Calendar, Instant};
use serde_json::{Value, json};

use super::gate::{self, Bounds, Facts};
use super::rules::{self, Command};
use super::service::{not_replaceable, seen_in};
use super::store::{self, Row};
use super::{duty, fields, obliged};
use crate::app::App;
use crate::audit::{self, Entry};
use crate::auth::Principal;
use crate::auth::policy::{self, Action};
use crate::catalog::{VersionRow, service as catalog};
use crate::db::Db;
use crate::error::AppResult;
use crate::idempotency::{Once, Ticket, once_in};
use crate::programme::{lifecycle, notice_in_force, service as programme};
use crate::trade::price::service as price;

/// A step of a listing.
#[derive(Clone, Debug)]
pub enum Change {
    /// Asks for a review.
    Submit,
    /// Lets it be published.
    Approve,
    /// Sends it back, with a reason.
    Return(String),
    /// Puts it on sale.
    Publish,
    /// Takes it off sale for a while, with a cause and a reason.
    Suspend(SuspendCause, String),
    /// Puts it on sale again.
    Reinstate,
    /// Takes it off sale.
    Delist,
    /// Removes it by force, with a reason.
    Remove(String),
}

impl Change {
    fn command(&self) -> Command {
        match self {
            Self::Submit => Command::Submit,
            Self::Approve => Command::Approve,
            Self::Return(_) => Command::Return,
            Self::Publish => Command::Publish,
            Self::Suspend(..) => Command::Suspend,
            Self::Reinstate => Command::Reinstate,
            Self::Delist => Command::Delist,
            Self::Remove(_) => Command::Remove,
        }
    }

    fn reason(&self) -> Option<&str> {
        match self {
            Self::Return(reason) | Self::Suspend(_, reason) | Self::Remove(reason) => Some(reason),
            _ => None,
        }
    }

    fn action(&self) -> Action {
        match self {
            Self::Submit | Self::Publish | Self::Delist => Action::ListingWrite,
            Self::Approve | Self::Return(_) | Self::Suspend(..) | Self::Reinstate => {
                Action::ListingReview
            }
            Self::Remove(_) => Action::ListingRemove,
        }
    }
}

/// Takes a step of a listing.
pub async fn change(
    app: &App,
    who: Principal,
    ticket: Ticket,
    id: ListingId,
    change: Change,
) -> AppResult<Once<Listing>> {
    if let Some(reason) = change.reason() {
        fields::prose("reason", reason, 1_000)?;
    }
    let (now, audits) = (app.clock.now(), [app.clock.fresh(), app.clock.fresh()]);
    app.store
        .write(move |db| {
            let row = seen_in(db, Some(&who), id)?;
            let owners: &[OrgId] = match change.action() {
                Action::ListingWrite => &[row.org_id],
                // That the reviewer is of another organisation has a refusal of its own.
                _ => &[],
            };
            policy::act(&who, change.action(), owners)?;
            once_in(db, &ticket, now, |db| {
                let step = Step { who: &who, change: &change, now, audits };
                step.take_in(db, row)?.into_wire(true, now)
            })
        })
        .await
}

struct Step<'a> {
    who: &'a Principal,
    change: &'a Change,
    now: Instant,
    audits: [AuditId; 2],
}

impl Step<'_> {
    fn take_in(&self, db: &mut Db, mut row: Row) -> AppResult<Row> {
        let from = row.state;
        row.state = rules::next(from, self.change.command())?;
        let mut inherited = None;
        let body = match self.change {
            Change::Submit => self.submit_in(db, &mut row)?,
            Change::Approve | Change::Return(_) => self.review_in(db, &row)?,
            Change::Publish => {
                let (body, older) = self.publish_in(db, &mut row)?;
                inherited = older;
                body
            }
            Change::Suspend(cause, _) => self.suspend(&mut row, *cause)?,
            Change::Reinstate => self.reinstate(&mut row)?,
            Change::Delist => self.delist(&row)?,
            Change::Remove(_) => self.remove(&mut row, from)?,
        };
        store::advance(db, from, &row)?;
        let [audit, _] = self.audits;
        self.record_in(db, audit, &row, self.change.command(), from, body)?;
        self.follow_in(db, &row, inherited)?;
        Ok(row)
    }

    fn record_in(
        &self,
        db: &mut Db,
        id: AuditId,
        row: &Row,
        command: Command,
        from: ListingState,
        body: Value,
    ) -> AppResult<()> {
        audit::record_in(
            db,
            &Entry {
                id,
                at: self.now,
                who: Some(self.who),
                object: row.id.as_str(),
                action: command.action(),
                from: Some(from.as_str()),
                to: Some(row.state.as_str()),
                reason: self.change.reason(),
                body,
            },
        )
    }

    /// Dated duties and news that follow.
    fn follow_in(&self, db: &mut Db, row: &Row, inherited: Option<ListingId>) -> AppResult<()> {
        let [audit, _] = self.audits;
        let at = (audit, self.now);
        match self.change {
            Change::Publish => {
                let agreement = catalog::row_in(db, row.version_id)?.0.agreement_id;
                obliged::published_in(db, row, agreement, inherited, at)
            }
            Change::Suspend(..) => obliged::suspended_in(db, row, self.change.reason(), at),
            Change::Reinstate => obliged::reinstated_in(db, row, at),
            Change::Remove(_) => obliged::removed_in(db, row, self.change.reason(), at),
            Change::Submit | Change::Approve | Change::Return(_) | Change::Delist => Ok(()),
        }
    }

    /// The gate of R-094.
    fn submit_in(&self, db: &mut Db, row: &mut Row) -> AppResult<Value> {
        let warnings = gate_in(db, row)?;
        row.warnings = serde_json::to_string(&warnings)?;
        Ok(json!({"offer_hash": row.offer_hash, "warnings": codes(&warnings)}))
    }

    /// The reviewer's organisation made nothing of the product.
    fn review_in(&self, db: &mut Db, row: &Row) -> AppResult<Value> {
        let (version, owner) = catalog::row_in(db, row.version_id)?;
        let mut authors = vec![row.org_id, owner];
        if let Some(agreement) = version.agreement_id {
            authors.extend(programme::agreement_in(db, agreement)?.processor);
        }
        rules::reviewer_is_apart(self.who.org, &authors)?;
        Ok(json!({"offer_hash": row.offer_hash}))
    }

    /// The gate once more, the duty, and the listing that this one replaces.
    fn publish_in(&self, db: &mut Db, row: &mut Row) -> AppResult<(Value, Option<ListingId>)> {
        gate_in(db, row)?;
        row.published_at = Some(self.now.as_micros());
        row.halt = None;
        let (version, _) = catalog::row_in(db, row.version_id)?;
        let inherited = self.supersede_in(db, row)?;
        if inherited.is_none()
            && let Some(agreement) = version.agreement_id
        {
            self.begin_duty_in(db, row, agreement)?;
        }
        let body = json!({
            "version": row.version_id, "sha256": version.table_sha256, "rows": row.row_count,
            "price": row.price, "offer_hash": row.offer_hash, "obligation_end": row.duty_end,
        });
        Ok((body, inherited))
    }

    fn begin_duty_in(&self, db: &mut Db, row: &mut Row, agreement: AgreementId) -> AppResult<()> {
        let months = programme::agreement_in(db, agreement)?.listing_months;
        let Some(months) = months.filter(|months| *months > 0) else { return Ok(()) };
        let period = duty::begin(self.now.seoul_day(), months.into(), calendar()?)
            .map_err(anyhow::Error::from)?;
        row.set_period(Some(agreement), &period)
    }

    /// Takes the place of an earlier version's listing. Its duty, if one runs, goes on here: a new
    /// version continues the clock. Answers the older listing if it did.
    fn supersede_in(&self, db: &mut Db, row: &mut Row) -> AppResult<Option<ListingId>> {
        let Some(older) = row.supersedes_id else { return Ok(None) };
        let Some(mut older) = store::find(db, older)? else { return Err(not_replaceable().into()) };
        let from = older.state;
        older.state = rules::next(from, Command::Supersede).map_err(|_| not_replaceable())?;
        older.superseded_by_id = Some(row.id);
        let period = older.period()?.filter(|period| !period.is_over(self.now));
        let inherited = match period {
            Some(period) => {
                row.set_period(older.duty_agreement_id, &period)?;
                (older.duty_agreement_id, older.duty, older.duty_end) = (None, None, None);
                true
            }
            None => false,
        };
        store::advance(db, from, &older)?;
        let [_, audit] = self.audits;
        let body = json!({"superseded_by": row.id, "duty_moved": inherited});
        self.record_in(db, audit, &older, Command::Supersede, from, body)?;
        Ok(inherited.then_some(older.id))
    }

    fn suspend(&self, row: &mut Row, cause: SuspendCause) -> AppResult<Value> {
        let reason = self.change.reason().map(str::to_owned);
        let halt = Halt { at: self.now, cause: Some(cause), reason, remedy_by: None };
        row.halt = Some(serde_json::to_string(&halt)?);
        Ok(json!({"cause": cause, "stops_clock": cause.is_providers()}))
    }

    /// Adds the days off sale to the duty where the provider caused them.
    fn reinstate(&self, row: &mut Row) -> AppResult<Value> {
        let halt = row.halted()?;
        if let (Some(period), Some(halt)) = (row.period()?, &halt)
            && let Some(cause) = halt.cause
        {
            let longer = duty::resumed(&period, cause, halt.at, self.now, calendar()?)
                .map_err(anyhow::Error::from)?;
            row.set_period(row.duty_agreement_id, &longer)?;
        }
        row.halt = None;
        Ok(json!({"obligation_end": row.duty_end}))
    }

    fn delist(&self, row: &Row) -> AppResult<Value> {
        duty::may_delist(row.period()?.as_ref(), self.now)?;
        Ok(json!({}))
    }

    /// Always allowed at once; a running duty becomes a duty to replace the product.
    fn remove(&self, row: &mut Row, from: ListingState) -> AppResult<Value> {
        let halted = row.halted()?;
        let open = row.period()?.is_some_and(|period| {
            let state = duty::state(&period, from, halted.as_ref(), self.now);
            matches!(state, DutyState::Running | DutyState::Paused)
        });
        let remedy_by = if open {
            let days = notice_in_force(self.now.seoul_day())?.parameters.remediation_days;
            duty::remedy_by(self.now.seoul_day(), days.into(), calendar()?)
        } else {
            None
        };
        let halt = Halt {
            at: self.now,
            cause: None,
            reason: self.change.reason().map(str::to_owned),
            remedy_by,
        };
        row.halt = Some(serde_json::to_string(&halt)?);
        Ok(json!({"remedy_by": remedy_by}))
    }
}

fn calendar() -> AppResult<&'static Calendar> {
    Ok(Calendar::embedded().map_err(anyhow::Error::from)?)
}

fn codes(reasons: &[Reason]) -> Vec<&str> {
    reasons.iter().map(|reason| reason.code.as_str()).collect()
}

/// Runs the gate on what is known now. Answers the warnings, or refuses with every reason.
fn gate_in(db: &mut Db, row: &Row) -> AppResult<Vec<Reason>> {
    let (version, _) = catalog::row_in(db, row.version_id)?;
    let draft = row.draft()?;
    let basis = match row.price_basis_id {
        Some(id) => price::result_in(db, id)?.filter(|(of, _)| *of == version.id),
        None => None,
    };
    let replaced_duty = match row.supersedes_id {
        Some(older) => {
            let older = store::find(db, older)?.filter(|older| older.state == ListingState::Listed);
            let Some(older) = older else { return Err(not_replaceable().into()) };
            older.duty.and(older.duty_agreement_id)
        }
        None => None,
    };
    let funded_by = version.agreement_id.or(replaced_duty);
    let funded = funded_by.map(|agreement| bounds_in(db, agreement)).transpose()?;
    let columns = columns(&version)?;
    let facts = Facts {
        draft: &draft,
        ready: version.state == VersionState::Ready,
        rows: version.row_count.unwrap_or(0),
        indexed: version.index_hundredths.is_some(),
        grade: version.grade.as_deref(),
        privacy: version.privacy.as_deref(),
        certified: version.certificate.is_some(),
        basis: basis.map(|(_, result)| result),
        funded,
        columns: &columns,
    };
    gate::pass(gate::blocking(&facts))?;
    Ok(gate::warnings(&facts))
}

/// What the notice that an agreement was signed under says of its product.
fn bounds_in(db: &mut Db, agreement: AgreementId) -> AppResult<Bounds> {
    let (_, programme) = lifecycle::notice_of(&programme::agreement_in(db, agreement)?)?;
    Ok(Bounds {
        mapped_share_min: programme.policy.mapped_share_min_bp,
        price_block_bp: programme.policy.price_block_bp,
    })
}

fn columns(version: &VersionRow) -> AppResult<Vec<schema::data::column::Column>> {
    let Some(text) = &version.dictionary else { return Ok(Vec::new()) };
    Ok(serde_json::from_str::<Dictionary>(text)?.columns)
}

/// The refusal for a listing that is not on sale.
pub(in crate::trade) fn not_listed() -> schema::problem::Refusal {
    Code::NotListed
        .because("지금 판매 중인 상품이 아닙니다.", "The product is not on sale now.")
        .rule("R-027")
}
