//! Receiving, reading and verifying papers, and finding those that a decision needs.

use actix_web::http::header::HeaderMap;
use actix_web::web::Payload;
use schema::api::documents::{Document, DocumentQuery, NewDocument, Verification};
use schema::code::Code;
use schema::id::{self, AuditId, DocumentId, OrgId};
use schema::page::{Page, PageQuery};
use schema::papers::{PaperKind, PaperState};
use schema::time::{Day, Instant};
use serde_json::json;

use super::rules;
use super::store::{self, Row, Wanted};
use crate::app::App;
use crate::audit::{self, Entry};
use crate::auth::Principal;
use crate::auth::policy::{self, Action};
use crate::db::{Db, Loaded};
use crate::error::{AppError, AppResult};
use crate::http::body::{Promise, bounded};
use crate::http::extract::{page_cursor, page_limit};
use crate::idempotency::{Once, Ticket, once_in};
use crate::limits;
use crate::objects::Stored;

/// What a request for storing a paper carries besides the paper's description.
pub struct Sent<'a> {
    /// The headers, which may promise a digest.
    pub headers: &'a HeaderMap,
    /// Media type of the body.
    pub media_type: String,
    /// The bytes.
    pub payload: Payload,
}

/// Stores a paper. `ticket` makes the ticket of the command from the digest of the bytes.
pub async fn receive(
    app: &App,
    who: Principal,
    new: NewDocument,
    sent: Sent<'_>,
    ticket: impl FnOnce(&str) -> Ticket,
) -> AppResult<Once<Document>> {
    let org = new.org.unwrap_or(who.org);
    let now = app.clock.now();
    policy::act(&who, Action::DocumentWrite, &[org])?;
    rules::new(&new, &sent.media_type, now.seoul_day())?;
    let promise = Promise::of(sent.headers)?;
    promise.fits(limits::DOCUMENT_BYTES_MAX)?;
    // Everything that can be refused is refused before the bytes travel.
    let known = app.store.read(move |db| store::org_exists(db, org)).await?;
    if !known {
        return Err(AppError::NotFound("organisation"));
    }
    let name = format!("{}", app.clock.fresh::<id::Request>());
    let body = Box::pin(bounded(sent.payload, limits::DOCUMENT_BYTES_MAX));
    let stored = app
        .objects
        .put_stream(&name, body, |sha256, bytes| Ok(promise.check(sha256, bytes)?))
        .await?;
    let ticket = ticket(&stored.sha256);
    let audit: AuditId = app.clock.fresh();
    let row = row_of(app.clock.fresh(), &who, org, new, sent.media_type, stored, now)?;
    app.store
        .write(move |db| once_in(db, &ticket, now, |db| receive_in(db, &who, &row, audit, now)))
        .await
}

fn row_of(
    id: DocumentId,
    who: &Principal,
    org: OrgId,
    new: NewDocument,
    media_type: String,
    stored: Stored,
    now: Instant,
) -> AppResult<Row> {
    Ok(Row {
        id,
        kind: new.kind,
        org_id: org,
        uploaded_by: who.user,
        file_name: new.file_name,
        media_type,
        object_key: stored.key,
        sha256: stored.sha256,
        byte_count: i64::try_from(stored.bytes).map_err(anyhow::Error::from)?,
        issuer: new.issuer.map(|issuer| issuer.trim().to_owned()),
        issued_on: new.issued_on,
        expires_on: new.expires_on,
        size_class: new.size_class,
        subject: new.subject,
        state: PaperState::Received,
        reason: None,
        verified_by: None,
        verified_at: None,
        created_at: now.as_micros(),
    })
}

fn receive_in(
    db: &mut Db,
    who: &Principal,
    row: &Row,
    audit: AuditId,
    now: Instant,
) -> AppResult<Document> {
    store::insert(db, row)?;
    audit::record_in(
        db,
        &Entry {
            id: audit,
            at: now,
            who: Some(who),
            object: row.id.as_str(),
            action: "document.receive",
            from: None,
            to: Some(row.state.as_str()),
            reason: None,
            body: json!({"kind": row.kind, "org": row.org_id, "sha256": row.sha256}),
        },
    )?;
    Ok(row.clone().into())
}

/// Notes what a reviewer found. For operators.
pub async fn verify(
    app: &App,
    who: Principal,
    ticket: Ticket,
    id: DocumentId,
    word: Verification,
) -> AppResult<Once<Document>> {
    let (now, audit): (Instant, AuditId) = (app.clock.now(), app.clock.fresh());
    app.store
        .write(move |db| once_in(db, &ticket, now, |db| verify_in(db, &who, id, &word, audit, now)))
        .await
}

fn verify_in(
    db: &mut Db,
    who: &Principal,
    id: DocumentId,
    word: &Verification,
    audit: AuditId,
    now: Instant,
) -> AppResult<Document> {
    policy::act(who, Action::DocumentVerify, &[])?;
    let row = store::find(db, id).or_not_found("document")?;
    policy::act(who, Action::DocumentVerify, &[row.org_id])?;
    let next = rules::verify(row.kind, row.state, word)?;
    if row.uploaded_by == who.user {
        return Err(Code::DutiesSeparated
            .because(
                "자신이 올린 서류는 확인할 수 없습니다.",
                "Nobody verifies a paper that they have sent.",
            )
            .into());
    }
    let reason = word.reason.as_ref().map(|reason| reason.trim().to_owned());
    store::set_state(db, id, next, reason.clone(), who.user, now)?;
    audit::record_in(
        db,
        &Entry {
            id: audit,
            at: now,
            who: Some(who),
            object: id.as_str(),
            action: "document.verify",
            from: Some(row.state.as_str()),
            to: Some(next.as_str()),
            reason: reason.as_deref(),
            body: json!({"kind": row.kind, "sha256": row.sha256}),
        },
    )?;
    find_in(db, id)
}

/// The paper.
pub fn find_in(db: &mut Db, id: DocumentId) -> AppResult<Document> {
    Ok(store::find(db, id).or_not_found("document")?.into())
}

/// The paper and the name of its object, if the caller may see it.
pub fn seen_in(db: &mut Db, who: &Principal, id: DocumentId) -> AppResult<(Document, String)> {
    let row = store::find(db, id).or_not_found("document")?;
    policy::see(who, Action::DocumentRead, &[row.org_id], "document")?;
    let key = row.object_key.clone();
    Ok((row.into(), key))
}

/// The paper and the name of its object, for an evaluator of the application that it belongs to:
/// whoever calls has made sure of that. Papers with bank data do not exist for them.
pub fn for_evaluator_in(db: &mut Db, id: DocumentId) -> AppResult<(Document, String)> {
    let row = store::find(db, id).or_not_found("document")?;
    if row.kind.shows_bank_data() {
        return Err(AppError::NotFound("document"));
    }
    let key = row.object_key.clone();
    Ok((row.into(), key))
}

/// A page of papers: one's own, or any for the staff.
pub fn list_in(db: &mut Db, who: &Principal, query: &DocumentQuery) -> AppResult<Page<Document>> {
    let page = PageQuery { cursor: query.cursor.clone(), limit: query.limit };
    let (limit, after) = (page_limit(&page)?, page_cursor::<id::Document>(&page)?);
    let org = if who.sees_all() { query.org } else { Some(query.org.unwrap_or(who.org)) };
    policy::act(who, Action::DocumentRead, &org.map_or(vec![who.org], |org| vec![org]))?;
    let wanted = Wanted { org, kind: query.kind, subject: query.subject.clone(), after };
    let rows = store::page(db, wanted, i64::from(limit) + 1)?;
    Ok(Page::of(rows, limit, |row| row.id.to_string()).map(Document::from))
}

/// Papers about an object, oldest first, at most `limit`.
pub fn about_in(db: &mut Db, subject: &str, limit: i64) -> AppResult<Vec<Document>> {
    let wanted = Wanted { subject: Some(subject.to_owned()), ..Wanted::default() };
    Ok(store::page(db, wanted, limit)?.into_iter().map(Document::from).collect())
}

/// The newest paper of a kind that is not rejected.
pub fn of_kind_in(db: &mut Db, org: OrgId, kind: PaperKind) -> AppResult<Option<Document>> {
    Ok(store::newest(db, org, kind)?.map(Document::from))
}

/// Papers of a kind that are not rejected, newest first, at most 50.
pub fn recent_in(db: &mut Db, org: OrgId, kind: PaperKind) -> AppResult<Vec<Document>> {
    Ok(store::recent(db, org, kind, 50)?.into_iter().map(Document::from).collect())
}

/// The newest paper of a kind, which must be good on `on`: missing (`document-missing`) or past its
/// last day (`tax-cert-expired`, `document-expired`) is a refusal.
pub fn require_in(db: &mut Db, org: OrgId, kind: PaperKind, on: Day) -> AppResult<Document> {
    let newest = of_kind_in(db, org, kind)?;
    Ok(rules::required(kind, newest, on)?)
}

/// Binds a paper to the object that it is about; one that is bound already stays so.
pub fn bind_in(db: &mut Db, id: DocumentId, object: &str) -> AppResult<()> {
    let row = store::find(db, id).or_not_found("document")?;
    match row.subject.as_deref() {
        Some(bound) if bound == object => Ok(()),
        None => store::set_subject(db, id, object.to_owned()),
        Some(_) => Err(Code::StateForbids
            .because(
                "이 서류는 이미 다른 대상에 쓰였습니다.",
                "This paper belongs to another object already.",
            )
            .rule("R-200")
            .cure("새 서류를 올려 주세요.", "Send a new paper.")
            .with("document", id.as_str())
            .into()),
    }
}

/// Whether a paper names the object `key` of the store.
pub fn is_referenced_in(db: &mut Db, key: &str) -> AppResult<bool> {
    store::is_referenced(db, key)
}
