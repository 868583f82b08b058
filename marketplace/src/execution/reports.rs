//! Completion reports: filed by the recipient, examined by the operator.

use schema::api::execution::{CompletionState, Execution, NewCompletion, Reasoned};
use schema::api::programme::Agreement;
use schema::api::vouchers::UseState;
use schema::code::Code;
use schema::id::{AgreementId, VoucherId};
use schema::notice::ProgrammeCode;
use schema::problem::{Reason, Refusal};
use schema::time::Instant;
use serde_json::json;

use super::completion::{
    ListingFacts, ProcessingFacts, Purchase, incomplete, processing_missing, purchase_missing,
};
use super::rules::Command;
use super::service::{Loaded, execution_in, internal, load_in, parties, take_in};
use super::store::{self, CompletionRow};
use crate::app::App;
use crate::auth::Principal;
use crate::auth::policy::{self, Action};
use crate::catalog::service as catalog;
use crate::db::Db;
use crate::error::{AppError, AppResult};
use crate::idempotency::{Once, Ticket};
use crate::ledger::command;
use crate::parties::rules::length;
use crate::programme::service as programme;
use crate::support::processing::service as support;
use crate::vouchers::standing;
use crate::{trade, vouchers};

/// Uses told in one report at most.
const USES_MAX: usize = 200;

/// Reports completion. For the recipient; refused with everything that is missing.
pub async fn report(
    app: &App,
    who: Principal,
    ticket: Ticket,
    id: AgreementId,
    new: NewCompletion,
) -> AppResult<Once<Execution>> {
    texts(&new)?;
    command(app, who, ticket, move |db, who, turn| {
        let agreement = programme::agreement_seen_in(db, who, id)?;
        policy::act(who, Action::AgreementPerform, &[agreement.recipient])?;
        shape(&agreement, &new)?;
        let mut loaded = load_in(db, id, turn)?;
        let number = i64::try_from(store::completions(db, id)?.len()).unwrap_or(i64::MAX) + 1;
        let row = CompletionRow {
            id: turn.id()?,
            agreement_id: id,
            number,
            state: CompletionState::Reported,
            body: serde_json::to_string(&new)?,
            findings: "[]".to_owned(),
            reported_by: who.user,
            reported_at: turn.now.as_micros(),
            decided_by: None,
            decided_at: None,
            note: None,
        };
        let body = json!({"completion": row.id, "number": number});
        take_in(db, &mut loaded, Command::Report, None, body, turn)?;
        let missing = missing_in(db, &loaded, &new, turn.now)?;
        if !missing.is_empty() {
            return Err(incomplete(missing).into());
        }
        store::insert_completion(db, &row)?;
        execution_in(db, id)
    })
    .await
}

fn texts(new: &NewCompletion) -> AppResult<()> {
    length("summary", &new.summary, 5_000)?;
    if new.utilisation.len() > USES_MAX {
        return Err(Code::InvalidField
            .because("활용 내역은 200건까지입니다.", "At most 200 uses can be told.")
            .field("utilisation")
            .into());
    }
    for one in &new.utilisation {
        length("utilisation.text", &one.text, 2_000)?;
        let hash = &one.evidence_sha256;
        if hash.len() != 64 || !hash.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(Code::InvalidField
                .because("SHA-256은 16진수 64자입니다.", "A SHA-256 has 64 hexadecimal digits.")
                .field("utilisation.evidence_sha256")
                .into());
        }
    }
    Ok(())
}

/// Which parts the report of a programme has.
fn shape(agreement: &Agreement, new: &NewCompletion) -> Result<(), Refusal> {
    let processing = agreement.programme == ProgrammeCode::PROCESSING;
    for (field, present, wanted) in [
        ("processing", new.processing.is_some(), processing),
        ("listing", new.listing.is_some(), processing),
        // An absent list is told together with what else is missing.
        ("utilisation", !new.utilisation.is_empty(), !processing && !new.utilisation.is_empty()),
    ] {
        if present != wanted {
            let (ko, en) = match wanted {
                true => ("이 필요합니다.", "is needed"),
                false => ("은(는) 쓸 수 없습니다.", "has no place"),
            };
            return Err(Code::InvalidField
                .because(
                    format!("{} 완료보고에는 `{field}`{ko}", agreement.programme),
                    format!("`{field}` {en} in a completion report of {}.", agreement.programme),
                )
                .rule("R-100")
                .field(field));
        }
    }
    Ok(())
}

/// What is missing for completion now.
fn missing_in(
    db: &mut Db,
    loaded: &Loaded,
    new: &NewCompletion,
    now: Instant,
) -> AppResult<Vec<Reason>> {
    let (agreement, period) = (&loaded.agreement, &loaded.clocks.period);
    if agreement.programme == ProgrammeCode::PROCESSING {
        let facts = processing_facts_in(db, agreement, new, now)?;
        return Ok(processing_missing(agreement.id, period, &facts));
    }
    let voucher = agreement.voucher.ok_or_else(|| internal("an agreement without voucher"))?;
    let purchases = purchases_in(db, voucher)?;
    Ok(purchase_missing(period, &purchases, &new.utilisation, now.seoul_day()))
}

/// What the report of a P14 agreement names, if it is the recipient's own.
fn processing_facts_in(
    db: &mut Db,
    agreement: &Agreement,
    new: &NewCompletion,
    now: Instant,
) -> AppResult<ProcessingFacts> {
    let mut facts = ProcessingFacts::default();
    if let Some(id) = new.processing
        && let Some(job) = known(support::processing_in(db, id))?
        && job.provider == agreement.recipient
    {
        facts.job = Some((job.state, job.agreement, job.result));
        if let Some(version) = job.result {
            let version = catalog::version_in(db, version)?;
            facts.certified = version.certified;
            facts.indexed = version.index_hundredths.is_some();
        }
    }
    if let Some(id) = new.listing
        && let Some(listing) = known(trade::service::listing_in(db, id, now))?
        && listing.org == agreement.recipient
    {
        facts.listing = Some(ListingFacts {
            state: listing.state,
            version: listing.version,
            duty: listing.duty.as_ref().map(|duty| duty.agreement),
            published_at: listing.published_at,
            priced: listing.draft.price_basis.is_some(),
        });
    }
    Ok(facts)
}

/// What was found; that there is nothing is no error here.
fn known<T>(found: AppResult<T>) -> AppResult<Option<T>> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(AppError::NotFound(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Purchases under a voucher whose deliveries were accepted.
fn purchases_in(db: &mut Db, voucher: VoucherId) -> AppResult<Vec<Purchase>> {
    let mut purchases = Vec::new();
    for used in vouchers::service::voucher_in(db, voucher)?.uses {
        if matches!(used.state, UseState::Committed | UseState::Paid) {
            let contract = trade::service::contract_in(db, used.contract)?;
            let accepted_at = contract.accepted_at;
            purchases.push(Purchase { contract: used.contract, accepted_at });
        }
    }
    Ok(purchases)
}

/// Accepts or rejects a completion report. For the operator, who has no part in the agreement.
pub async fn review(
    app: &App,
    who: Principal,
    ticket: Ticket,
    id: AgreementId,
    pass: bool,
    said: Reasoned,
) -> AppResult<Once<Execution>> {
    length("reason", &said.reason, 1_000)?;
    command(app, who, ticket, move |db, who, turn| {
        let agreement = programme::agreement_seen_in(db, who, id)?;
        policy::act(who, Action::CompletionReview, &parties(&agreement))?;
        let mut loaded = load_in(db, id, turn)?;
        let order = if pass { Command::Pass } else { Command::Reject };
        let open = store::completions(db, id)?
            .into_iter()
            .find(|row| row.state == CompletionState::Reported);
        let Some(mut row) = open else {
            take_in(db, &mut loaded, order, Some(&said.reason), json!({}), turn)?;
            return Err(internal("a reported completion without its report"));
        };
        let report: NewCompletion = serde_json::from_str(&row.body)?;
        let missing = missing_in(db, &loaded, &report, turn.now)?;
        if pass && !missing.is_empty() {
            return Err(incomplete(missing).into());
        }
        if pass {
            loaded.row.listing_id = report.listing;
            if let Some(voucher) = loaded.agreement.voucher {
                standing::close_in(db, voucher, turn)?;
            }
        }
        let body = json!({"completion": row.id, "listing": report.listing});
        take_in(db, &mut loaded, order, Some(&said.reason), body, turn)?;
        row.state = if pass { CompletionState::Passed } else { CompletionState::Rejected };
        row.findings = serde_json::to_string(&missing)?;
        row.decided_by = Some(who.user);
        row.decided_at = Some(turn.now.as_micros());
        row.note = Some(said.reason.clone());
        store::decide_completion(db, &row)?;
        execution_in(db, id)
    })
    .await
}
