//! Verification of a version that was handed in: by the exchange, at an operator's word.

use futures::TryStreamExt as _;
use processing::Fault;
use processing::certificate::{self, PublicKey};
use schema::api::support::{Processing, ProcessingState, Verification};
use schema::data::privacy::Outcome;
use schema::id::{ProcessingId, VersionId};
use schema::problem::Reason;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::rules::Command;
use super::service::{Call, Done, change, seen_in};
use super::verdict::{self, Facts};
use crate::app::App;
use crate::auth::policy::{self, Action};
use crate::catalog::VersionRow;
use crate::catalog::rules::CLEARED;
use crate::catalog::service as catalog;
use crate::error::{AppError, AppResult};
use crate::idempotency::{Once, hex};
use crate::support::prose;

/// Checks certificate, stored bytes, grade and personal data of the version handed in, and passes
/// it or sends it back with everything that is wrong.
pub async fn verify(
    app: &App,
    call: Call,
    id: ProcessingId,
    verification: Verification,
) -> AppResult<Once<Processing>> {
    let clearance = verification.privacy_clearance;
    if let Some(reason) = &clearance {
        prose::check("privacy_clearance", reason, 1_000)?;
    }
    let examined = examine(app, &call, id, clearance.is_some()).await?;
    let (who, audit) = (call.who.clone(), app.clock.fresh());
    change(app, call, id, Command::Pass, move |db, row, now| {
        // Another version was handed in while this one was read.
        let Some((version, findings)) = &examined else { return Err(AppError::Stale) };
        if row.result_version_id != Some(*version) {
            return Err(AppError::Stale);
        }
        row.findings = serde_json::to_string(findings)?;
        let command = if findings.is_empty() { Command::Pass } else { Command::Fail };
        if let (Command::Pass, Some(reason)) = (command, &clearance)
            && catalog::row_in(db, *version)?.0.privacy.as_deref() == Some("REVIEW")
        {
            catalog::privacy_clear_in(db, &who, *version, reason, now, audit)?;
        }
        let body = json!({
            "version": version, "findings": findings, "privacy_clearance": clearance,
        });
        Ok(Done { command, reason: clearance.clone(), body })
    })
    .await
}

/// What is wrong with the version handed in; `None` when none waits for verification.
async fn examine(
    app: &App,
    call: &Call,
    id: ProcessingId,
    cleared: bool,
) -> AppResult<Option<(VersionId, Vec<Reason>)>> {
    let who = call.who.clone();
    let found = app
        .store
        .read(move |db| {
            let row = seen_in(db, &who, id)?;
            policy::act(&who, Action::ProcessingVerify, &row.parties())?;
            match row.result_version_id {
                Some(version) if row.state == ProcessingState::Submitted => {
                    Ok(Some(catalog::row_in(db, version)?.0))
                }
                _ => Ok(None),
            }
        })
        .await?;
    let Some(version) = found else { return Ok(None) };
    let stored_sha256 = stored_digest(app, &version).await?;
    let keys = PublicKey::from_jwks(&app.keys.jwks().to_string()).map_err(internal)?;
    let opened = match version.certificate.as_deref() {
        None => Err("there is none".to_owned()),
        Some(jws) => match certificate::open(jws, &keys) {
            Ok(claims) => Ok(claims),
            Err(Fault::Input(fault)) => Err(fault.text.en),
            Err(fault) => return Err(internal(fault)),
        },
    };
    let facts = Facts {
        certificate: opened.as_ref().map_err(String::as_str),
        stored_sha256: &stored_sha256,
        table_sha256: version.table_sha256.as_deref().unwrap_or(""),
        grade: version.grade.as_deref(),
        privacy: version.privacy.as_deref().and_then(outcome),
        privacy_cleared: cleared || version.privacy.as_deref() == Some(CLEARED),
    };
    Ok(Some((version.id, verdict::findings(&facts))))
}

/// The scan's outcome by its stored word; what was cleared had been left to a reviewer.
fn outcome(word: &str) -> Option<Outcome> {
    if word == CLEARED {
        return Some(Outcome::Review);
    }
    serde_json::from_value(serde_json::Value::String(word.to_owned())).ok()
}

fn internal(fault: Fault) -> AppError {
    AppError::Internal(anyhow::anyhow!("certificate: {fault}"))
}

/// SHA-256 of the bytes that are in the store now, read back as a stream.
async fn stored_digest(app: &App, version: &VersionRow) -> AppResult<String> {
    let (Some(key), Some(bytes)) = (&version.table_key, version.table_bytes) else {
        return Err(catalog::not_ready().into());
    };
    let bytes = u64::try_from(bytes).unwrap_or(0);
    let mut body = app.objects.get_range(key, 0..bytes).await?;
    let mut hash = Sha256::new();
    while let Some(chunk) = body.try_next().await? {
        hash.update(&chunk);
    }
    Ok(hex(&hash.finalize()))
}
