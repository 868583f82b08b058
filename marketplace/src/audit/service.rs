//! Writing and checking lines.

use schema::api::audit::AuditLine;
use schema::id::{AuditId, OrgId, UserId};
use schema::page::Page;
use schema::time::Instant;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::store::{self, Row};
use crate::auth::Principal;
use crate::auth::policy::{self, Action};
use crate::db::Db;
use crate::error::AppResult;
use crate::idempotency::hex;

/// A line to be written.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    /// Id of the line.
    pub id: AuditId,
    /// When.
    pub at: Instant,
    /// Who; `None` is the system itself.
    pub who: Option<&'a Principal>,
    /// Id of the object.
    pub object: &'a str,
    /// What, such as `listing.publish`.
    pub action: &'a str,
    /// State before.
    pub from: Option<&'a str>,
    /// State after.
    pub to: Option<&'a str>,
    /// Why, in the actor's words.
    pub reason: Option<&'a str>,
    /// What was decided.
    pub body: Value,
}

/// Appends a line to the object's chain, inside the caller's transaction.
pub fn record_in(db: &mut Db, entry: &Entry<'_>) -> AppResult<()> {
    let (line, hash_before) = match store::last(db, entry.object)? {
        Some((line, hash)) => (line + 1, hash),
        None => (1, String::new()),
    };
    let mut row = Row {
        id: entry.id,
        at: entry.at.as_micros(),
        user_id: entry.who.map(|who| who.user),
        org_id: entry.who.map(|who| who.org),
        object: entry.object.to_owned(),
        line,
        action: entry.action.to_owned(),
        state_from: entry.from.map(str::to_owned),
        state_to: entry.to.map(str::to_owned),
        reason: entry.reason.map(str::to_owned),
        body: entry.body.to_string(),
        hash_before,
        hash: String::new(),
    };
    row.hash = digest(&row);
    store::append(db, &row)
}

/// Number of the first line of the object's chain that does not fit, if one does not.
pub fn verify_in(db: &mut Db, object: &str) -> AppResult<Option<i64>> {
    let mut before = String::new();
    for (expected, row) in (1..).zip(store::chain(db, object)?) {
        if row.line != expected || row.hash_before != before || row.hash != digest(&row) {
            return Ok(Some(expected));
        }
        before = row.hash;
    }
    Ok(None)
}

/// Lines since an id about objects of one kind, by the prefix of their ids: for whoever keeps a copy of
/// them in step. At most `limit`, oldest first.
pub fn touched_in(
    db: &mut Db,
    since: AuditId,
    prefix: &str,
    limit: i64,
) -> AppResult<Vec<(AuditId, String)>> {
    store::touched(db, since, prefix, limit)
}

/// A page of the trail, oldest line first.
pub fn list_in(
    db: &mut Db,
    who: &Principal,
    after: Option<String>,
    limit: u32,
) -> AppResult<Page<AuditLine>> {
    policy::act(who, Action::AuditRead, &[])?;
    let rows = store::page(db, after.as_deref(), i64::from(limit) + 1)?;
    Ok(Page::of(rows, limit, |row| row.id.to_string()).map(AuditLine::from))
}

impl From<Row> for AuditLine {
    fn from(row: Row) -> AuditLine {
        AuditLine {
            id: row.id,
            at: Instant::from_micros(row.at).unwrap_or(Instant::MIN),
            user: row.user_id,
            org: row.org_id,
            object: row.object,
            line: row.line,
            action: row.action,
            state_from: row.state_from,
            state_to: row.state_to,
            reason: row.reason,
            body: serde_json::from_str(&row.body).unwrap_or_default(),
            hash_before: row.hash_before,
            hash: row.hash,
        }
    }
}

/// Digest of a line: every field, each with its length, so that no two lines share a text.
fn digest(row: &Row) -> String {
    let mut hash = Sha256::new();
    let mut feed = |text: &str| {
        hash.update(text.len().to_le_bytes());
        hash.update(text.as_bytes());
    };
    feed(row.id.as_str());
    feed(&row.at.to_string());
    feed(row.user_id.as_ref().map_or("", UserId::as_str));
    feed(row.org_id.as_ref().map_or("", OrgId::as_str));
    feed(&row.object);
    feed(&row.line.to_string());
    feed(&row.action);
    for optional in [&row.state_from, &row.state_to, &row.reason] {
        feed(optional.as_deref().unwrap_or("\0"));
    }
    feed(&row.body);
    feed(&row.hash_before);
    hex(&hash.finalize())
}
