//! Making, changing, revoking and recognising credentials.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use schema::api::trade::{
    CREDENTIAL_CONTRACTS_MAX, CREDENTIAL_DAYS_DEFAULT, CREDENTIAL_DAYS_MAX, CredentialKind,
    NewShareCredential, NewShareGrant, ShareAccess, ShareCredential, ShareProfile,
};
use schema::code::Code;
use schema::id::{self, AuditId, ContractId, ShareCredentialId};
use schema::page::{Page, PageQuery};
use schema::problem::Refusal;
use schema::time::Instant;
use serde_json::{Value, json};

use super::rules;
use super::store::{self, Row};
use crate::app::App;
use crate::audit::{self, Entry};
use crate::auth::Principal;
use crate::auth::policy::{self, Action};
use crate::db::{Db, Loaded};
use crate::error::{AppError, AppResult};
use crate::http::extract::{page_cursor, page_limit};
use crate::idempotency::{Once, Ticket, once_in};
use crate::limits;
use crate::outbox::service::RootKey;
use crate::trade::contract::service as contract;
use crate::trade::delivery::revisions::entitling_in;
use crate::trade::delivery::rules::not_entitled;
use crate::trade::listing;

/// What a secret is derived for.
const PURPOSE: &str = "trade/sharing/secret";

/// A secret number `generation`, as it is shown.
fn secret(key: &RootKey, id: ShareCredentialId, generation: i64) -> AppResult<String> {
    Ok(BASE64.encode(key.code(PURPOSE, &format!("{id}.{generation}"))?))
}

/// Whether `text` is the secret number `generation` of a credential.
fn is_secret(key: &RootKey, id: ShareCredentialId, generation: i64, text: &str) -> AppResult<bool> {
    let Ok(code) = BASE64.decode(text) else { return Ok(false) };
    Ok(key.is_code(PURPOSE, &format!("{id}.{generation}"), &code)?)
}

/// The answer with the profile, which is not among what is remembered of the command.
fn with_profile(
    app: &App,
    base: &str,
    made: Once<ShareCredential>,
) -> AppResult<Once<ShareAccess>> {
    let credential = made.value;
    let secret = secret(&app.root_key, credential.id, i64::from(credential.generation))?;
    let endpoint = format!("{base}/delta-sharing/");
    let profile = match credential.kind {
        CredentialKind::Bearer => ShareProfile {
            share_credentials_version: 1,
            kind: None,
            endpoint,
            bearer_token: Some(format!("{}.{secret}", credential.id)),
            expiration_time: Some(credential.expires_at.to_string()),
            token_endpoint: None,
            client_id: None,
            client_secret: None,
        },
        CredentialKind::Oauth => ShareProfile {
            share_credentials_version: 2,
            kind: Some("oauth_client_credentials".to_owned()),
            endpoint,
            bearer_token: None,
            expiration_time: None,
            token_endpoint: Some(format!("{base}/oauth/token")),
            client_id: Some(credential.id.to_string()),
            client_secret: Some(secret),
        },
    };
    Ok(Once { value: ShareAccess { credential, profile }, replayed: made.replayed })
}

fn record_in(
    db: &mut Db,
    (id, at): (AuditId, Instant),
    who: &Principal,
    row: &Row,
    action: &str,
    body: Value,
) -> AppResult<()> {
    let entry = Entry {
        id,
        at,
        who: Some(who),
        object: row.id.as_str(),
        action,
        from: None,
        to: Some(if row.revoked_at.is_some() { "revoked" } else { "live" }),
        reason: None,
        body,
    };
    audit::record_in(db, &entry)
}

/// Makes a credential that reaches contracts of the caller's organisation.
pub(super) async fn create(
    app: &App,
    who: Principal,
    ticket: Ticket,
    new: NewShareCredential,
    base: &str,
) -> AppResult<Once<ShareAccess>> {
    let mut new = new;
    listing::prose("label", &new.label, 100)?;
    new.contracts.sort_unstable();
    new.contracts.dedup();
    let days = new.days.unwrap_or(CREDENTIAL_DAYS_DEFAULT);
    contracts_within(new.contracts.len())?;
    days_within(days)?;
    let (now, id, audit) = (app.clock.now(), app.clock.fresh(), app.clock.fresh());
    let expires_at = now.checked_add_secs(i64::from(days) * 24 * 3_600).unwrap_or(Instant::MAX);
    let made = app
        .store
        .write(move |db| {
            policy::act(&who, Action::ContractBuy, &[who.org])?;
            once_in(db, &ticket, now, |db| {
                if store::live_of_org(db, who.org, now)? >= limits::SHARE_CREDENTIALS_MAX {
                    return Err(too_many().into());
                }
                let row = Row {
                    id,
                    org_id: who.org,
                    label: new.label.trim().to_owned(),
                    kind: new.kind,
                    generation: 1,
                    old_until: None,
                    expires_at: expires_at.as_micros(),
                    revoked_at: None,
                    created_by: who.user,
                    created_at: now.as_micros(),
                };
                store::insert(db, &row)?;
                for contract in &new.contracts {
                    grant_in(db, &who, &row, *contract, now)?;
                }
                let body = json!({
                    "kind": row.kind, "contracts": new.contracts, "expires_at": expires_at,
                });
                record_in(db, (audit, now), &who, &row, "share-credential.create", body)?;
                row.into_wire_in(db)
            })
        })
        .await?;
    with_profile(app, base, made)
}

fn contracts_within(contracts: usize) -> Result<(), Refusal> {
    if !(1..=CREDENTIAL_CONTRACTS_MAX).contains(&contracts) {
        return Err(Code::InvalidField
            .because(
                format!("계약은 1~{CREDENTIAL_CONTRACTS_MAX}건이어야 합니다."),
                format!("It takes 1 to {CREDENTIAL_CONTRACTS_MAX} contracts."),
            )
            .field("contracts"));
    }
    Ok(())
}

fn days_within(days: u16) -> Result<(), Refusal> {
    if !(1..=CREDENTIAL_DAYS_MAX).contains(&days) {
        return Err(Code::InvalidField
            .because(
                format!("기간은 1~{CREDENTIAL_DAYS_MAX}일이어야 합니다."),
                format!("It takes 1 to {CREDENTIAL_DAYS_MAX} days."),
            )
            .field("days"));
    }
    Ok(())
}

fn too_many() -> Refusal {
    let max = limits::SHARE_CREDENTIALS_MAX;
    Code::StateForbids
        .because(
            format!("살아 있는 자격 증명은 기관마다 {max}개까지입니다."),
            format!("An organisation has at most {max} live credentials."),
        )
        .cure("쓰지 않는 것을 폐기하세요.", "Revoke those that are not used.")
        .with("max", max)
}

/// Lets a credential reach a contract, if its organisation may have the data now and the licence is for
/// one user more.
fn grant_in(
    db: &mut Db,
    who: &Principal,
    row: &Row,
    id: ContractId,
    now: Instant,
) -> AppResult<()> {
    let bought = contract::row_seen_in(db, who, id)?;
    if bought.buyer_id != row.org_id {
        return Err(not_entitled(
            "not-the-buyer",
            "데이터는 구매자만 받을 수 있습니다.",
            "Only the buyer receives the data.",
        )
        .rule("R-141")
        .into());
    }
    let listing = entitling_in(db, &bought, now)?;
    let live = store::live_of(db, id, now)?;
    rules::within_users(listing.draft.licence.scope.users, live)?;
    store::grant(db, row.id, id, who.user, now)
}

/// The credential, if the caller may change it.
fn own_in(db: &mut Db, who: &Principal, id: ShareCredentialId) -> AppResult<Row> {
    let row = Ok(store::find(db, id)?).or_not_found("credential")?;
    policy::see(who, Action::ContractRead, &[row.org_id], "credential")?;
    policy::act(who, Action::ContractBuy, &[row.org_id])?;
    Ok(row)
}

/// The same, and it is live.
fn live_in(db: &mut Db, who: &Principal, id: ShareCredentialId, now: Instant) -> AppResult<Row> {
    let row = own_in(db, who, id)?;
    if row.life().is_live(now) {
        return Ok(row);
    }
    Err(Code::StateForbids
        .because(
            "폐기되었거나 기간이 끝난 자격 증명입니다.",
            "The credential was revoked, or its time is over.",
        )
        .cure("새 자격 증명을 만드세요.", "Make another.")
        .into())
}

/// Lets a credential reach one contract more.
pub(super) async fn add(
    app: &App,
    who: Principal,
    ticket: Ticket,
    id: ShareCredentialId,
    new: NewShareGrant,
) -> AppResult<Once<ShareCredential>> {
    let (now, audit) = (app.clock.now(), app.clock.fresh());
    app.store
        .write(move |db| {
            once_in(db, &ticket, now, |db| {
                let row = live_in(db, &who, id, now)?;
                let reached = store::contracts_of(db, id)?;
                if !reached.contains(&new.contract) {
                    contracts_within(reached.len() + 1)?;
                    grant_in(db, &who, &row, new.contract, now)?;
                    let body = json!({"contract": new.contract});
                    record_in(db, (audit, now), &who, &row, "share-credential.grant", body)?;
                }
                row.into_wire_in(db)
            })
        })
        .await
}

/// Gives a credential another secret. The one before works for a day more.
pub(super) async fn rotate(
    app: &App,
    who: Principal,
    ticket: Ticket,
    id: ShareCredentialId,
    base: &str,
) -> AppResult<Once<ShareAccess>> {
    let (now, audit) = (app.clock.now(), app.clock.fresh());
    let until = now.checked_add_secs(rules::OLD_SECRET_SECS);
    let made = app
        .store
        .write(move |db| {
            once_in(db, &ticket, now, |db| {
                let seen = live_in(db, &who, id, now)?;
                let row = Row {
                    generation: seen.generation.saturating_add(1),
                    old_until: until.map(Instant::as_micros),
                    ..seen.clone()
                };
                store::advance(db, &seen, &row)?;
                let body = json!({"generation": row.generation});
                record_in(db, (audit, now), &who, &row, "share-credential.rotate", body)?;
                row.into_wire_in(db)
            })
        })
        .await?;
    with_profile(app, base, made)
}

/// Revokes a credential, with every link made with it.
pub(super) async fn revoke(
    app: &App,
    who: Principal,
    ticket: Ticket,
    id: ShareCredentialId,
) -> AppResult<Once<ShareCredential>> {
    let (now, audit) = (app.clock.now(), app.clock.fresh());
    app.store
        .write(move |db| {
            once_in(db, &ticket, now, |db| {
                let seen = live_in(db, &who, id, now)?;
                let row = Row { revoked_at: Some(now.as_micros()), ..seen.clone() };
                store::advance(db, &seen, &row)?;
                record_in(db, (audit, now), &who, &row, "share-credential.revoke", json!({}))?;
                row.into_wire_in(db)
            })
        })
        .await
}

/// The credential, if the caller may see it.
pub(super) fn seen_in(
    db: &mut Db,
    who: &Principal,
    id: ShareCredentialId,
) -> AppResult<ShareCredential> {
    let row = Ok(store::find(db, id)?).or_not_found("credential")?;
    policy::see(who, Action::ContractRead, &[row.org_id], "credential")?;
    row.into_wire_in(db)
}

/// A page of credentials: one's own, or all for the staff; newest first.
pub(super) fn list_in(
    db: &mut Db,
    who: &Principal,
    query: &PageQuery,
) -> AppResult<Page<ShareCredential>> {
    policy::act(who, Action::ContractRead, &[who.org])?;
    let (limit, before) = (page_limit(query)?, page_cursor::<id::ShareCredential>(query)?);
    let org = (!who.sees_all()).then_some(who.org);
    let rows = store::page(db, org, before, i64::from(limit) + 1)?;
    let page = Page::of(rows, limit, |row| row.id.to_string());
    let items = page.items.into_iter().map(|row| row.into_wire_in(db));
    Ok(Page { items: items.collect::<AppResult<_>>()?, next: page.next })
}

/// The live credential that `id` and `text`, one of its secrets, belong to.
pub(super) fn recognised_in(
    db: &mut Db,
    key: &RootKey,
    (id, text): (ShareCredentialId, &str),
    kind: CredentialKind,
    now: Instant,
) -> AppResult<Option<Row>> {
    let Some(row) = store::find(db, id)? else { return Ok(None) };
    let life = row.life();
    for generation in [row.generation, row.generation - 1] {
        if is_secret(key, id, generation, text)? {
            return Ok(Some(row).filter(|row| row.kind == kind && life.takes(generation, now)));
        }
    }
    Ok(None)
}

/// The live credential of a token that was given for its secret number `generation`.
pub(super) fn holder_in(
    db: &mut Db,
    id: ShareCredentialId,
    generation: i64,
    now: Instant,
) -> AppResult<Option<Row>> {
    Ok(store::find(db, id)?.filter(|row| row.life().takes(generation, now)))
}

/// Refuses a link whose credential is not live, or does not reach the contract.
pub(in crate::trade) fn granted_in(
    db: &mut Db,
    id: ShareCredentialId,
    contract: ContractId,
    now: Instant,
) -> AppResult<()> {
    let row = store::find(db, id)?.ok_or(AppError::NotFound("credential"))?;
    if row.life().is_live(now) && store::is_granted(db, id, contract)? {
        return Ok(());
    }
    Err(not_entitled(
        "credential-ended",
        "링크를 받은 자격 증명이 폐기되었거나 기간이 끝났습니다.",
        "The credential that the link was made with was revoked, or its time is over.",
    )
    .into())
}
