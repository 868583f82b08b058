//! Raising, deciding and reading signals.

use schema::api::outbox::EventKind;
use schema::api::signals::{Signal, SignalDecision, SignalKind, SignalQuery, SignalState};
use schema::code::Code;
use schema::id::{self, AuditId, SignalId};
use schema::lang::Text;
use schema::page::{Page, PageQuery};
use schema::time::Instant;
use serde_json::json;

use super::detect::{self, Finding};
use super::rules;
use super::store::{self, Row};
use crate::app::App;
use crate::audit::{self, Entry};
use crate::auth::Principal;
use crate::auth::policy::{self, Action};
use crate::db::{Db, Loaded};
use crate::error::AppResult;
use crate::http::extract::{page_cursor, page_limit};
use crate::idempotency::{Once, Ticket, once_in};
use crate::outbox::{self, Event};

/// Looks over what is stored and raises what is new. Idempotent; for the timer. Answers how many were
/// raised.
pub async fn detect(app: &App) -> AppResult<usize> {
    let found = app
        .store
        .read(move |db| {
            let mut new = Vec::new();
            for one in detect::all_in(db)? {
                if !store::known(db, &once_key(&one))? {
                    new.push(one);
                }
            }
            Ok(new)
        })
        .await?;
    let mut raised = 0;
    for one in found {
        let (id, audit, now) = (app.clock.fresh(), app.clock.fresh(), app.clock.now());
        let done = app.store.write(move |db| raise_in(db, &one, (id, audit, now))).await?;
        raised += usize::from(done);
    }
    Ok(raised)
}

fn once_key(found: &Finding) -> String {
    format!("{}:{}", found.kind, found.key)
}

/// Raises a finding, unless it is known. Answers whether it was new.
fn raise_in(
    db: &mut Db,
    found: &Finding,
    (id, audit, now): (SignalId, AuditId, Instant),
) -> AppResult<bool> {
    let once_key = once_key(found);
    if store::known(db, &once_key)? {
        return Ok(false);
    }
    let row = Row {
        id,
        kind: found.kind,
        severity: found.severity,
        state: SignalState::Open,
        subjects: serde_json::to_string(&found.subjects)?,
        evidence: found.evidence.to_string(),
        once_key,
        raised_at: now.as_micros(),
        decided_by: None,
        decided_at: None,
        reason: None,
    };
    store::insert(db, &row)?;
    let entry = Entry {
        id: audit,
        at: now,
        who: None,
        object: id.as_str(),
        action: "signal.raise",
        from: None,
        to: Some(row.state.as_str()),
        reason: None,
        body: json!({"kind": row.kind, "subjects": found.subjects, "evidence": found.evidence}),
    };
    audit::record_in(db, &entry)?;
    let operators = store::operators(db)?;
    let name = name(found.kind);
    let event = Event {
        id: audit.sibling(),
        kind: EventKind::SignalRaised,
        at: now,
        subject: id.as_str(),
        orgs: &operators,
        title: Text::new(
            format!("확인이 필요합니다: {}", name.ko),
            format!("To be looked at: {}", name.en),
        ),
        body: Text::new(
            "신호만으로는 아무 조치도 하지 않습니다. 근거를 보고 판단해 주세요.",
            "Nothing follows from it by itself. See the evidence and decide.",
        ),
        // What was found stays inside; the id leads to it.
        data: json!({"signal": id, "kind": row.kind, "severity": row.severity}),
        once: None,
    };
    outbox::publish_in(db, &event)?;
    Ok(true)
}

fn name(kind: SignalKind) -> Text {
    let (ko, en) = match kind {
        SignalKind::Affiliation => ("거래 당사자의 계열 관계", "an affiliation of the parties"),
        SignalKind::DuplicateInvoice => ("세금계산서 중복 사용 시도", "an invoice shown twice"),
        SignalKind::PriceJump => ("지원 결정 뒤 오른 가격", "a price raised after the award"),
        SignalKind::SameFile => ("두 이름으로 파는 같은 파일", "one file under two names"),
        SignalKind::QuickRefund => ("지급 직후 환불", "a refund soon after the payment"),
        SignalKind::Rebate => ("리베이트", "a rebate"),
    };
    Text::new(ko, en)
}

/// Decides on a signal: nothing wrong, or true. For the operator and the agency.
pub async fn decide(
    app: &App,
    who: Principal,
    ticket: Ticket,
    id: SignalId,
    decision: SignalDecision,
) -> AppResult<Once<Signal>> {
    policy::act(&who, Action::SignalDecide, &[])?;
    let reason = decision.reason.trim().to_owned();
    if reason.is_empty() || reason.chars().count() > 1_000 || reason.contains('\0') {
        return Err(Code::InvalidField
            .because("1~1,000자의 글이어야 합니다.", "It must be a text of 1 to 1,000 characters.")
            .field("reason")
            .into());
    }
    let (now, audit) = (app.clock.now(), app.clock.fresh());
    app.store
        .write(move |db| {
            once_in(db, &ticket, now, |db| {
                let seen = store::find(db, id).or_not_found("signal")?;
                let from = seen.state;
                let row = Row {
                    state: rules::decide(from, decision.confirmed)?,
                    decided_by: Some(who.user),
                    decided_at: Some(now.as_micros()),
                    reason: Some(reason.clone()),
                    ..seen
                };
                store::decide(db, &row)?;
                let entry = Entry {
                    id: audit,
                    at: now,
                    who: Some(&who),
                    object: id.as_str(),
                    action: "signal.decide",
                    from: Some(from.as_str()),
                    to: Some(row.state.as_str()),
                    reason: Some(&reason),
                    body: json!({"confirmed": decision.confirmed}),
                };
                audit::record_in(db, &entry)?;
                row.wire()
            })
        })
        .await
}

/// The signal. For the operator, the agency and the auditor.
pub fn find_in(db: &mut Db, who: &Principal, id: SignalId) -> AppResult<Signal> {
    policy::act(who, Action::SignalRead, &[])?;
    store::find(db, id).or_not_found("signal")?.wire()
}

/// A page of signals. For the operator, the agency and the auditor.
pub fn list_in(db: &mut Db, who: &Principal, query: &SignalQuery) -> AppResult<Page<Signal>> {
    policy::act(who, Action::SignalRead, &[])?;
    let paging = PageQuery { cursor: query.cursor.clone(), limit: query.limit };
    let (limit, after) = (page_limit(&paging)?, page_cursor::<id::Signal>(&paging)?);
    let rows = store::page(db, query, after, i64::from(limit) + 1)?;
    let page = Page::of(rows, limit, |row| row.id.to_string());
    let items = page.items.into_iter().map(Row::wire).collect::<AppResult<_>>()?;
    Ok(Page { items, next: page.next })
}
