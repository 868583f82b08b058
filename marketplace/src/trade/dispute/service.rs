//! Opening, deciding and mediating disputes.

use schema::api::outbox::EventKind;
use schema::api::trade::{
    Dispute, DisputeDecision, DisputeOutcome, DisputeProposal, DisputeReply, DisputeState,
};
use schema::code::Code;
use schema::id::{self, AuditId, ContractId, UserId};
use schema::lang::Text;
use schema::money::Won;
use schema::time::{Calendar, Instant};
use serde_json::{Value, json};

use super::rules::{self, Command, Verdict};
use super::store::{self, Row};
use crate::app::App;
use crate::audit::{self, Entry};
use crate::auth::Principal;
use crate::auth::policy::{self, Action};
use crate::db::{Db, Loaded};
use crate::error::AppResult;
use crate::idempotency::{Once, Ticket, once_in};
use crate::outbox::{self, Event};
use crate::trade::contract::ContractRow;
use crate::trade::contract::service::{Resolved, resolved_in, row_in, row_seen_in};
use crate::trade::contract::steps::Fresh;
use crate::trade::listing;

/// Disputes looked at in one run of the timer.
const BATCH: i64 = 500;

fn calendar() -> AppResult<&'static Calendar> {
    Ok(Calendar::embedded().map_err(anyhow::Error::from)?)
}

/// Opens the dispute about a delivery that has just been rejected.
pub(in crate::trade) fn open_in(
    db: &mut Db,
    contract: &ContractRow,
    reason: &str,
    (audit, now): (AuditId, Instant),
) -> AppResult<()> {
    let row = Row {
        id: audit.sibling::<id::Dispute>(),
        contract_id: contract.id,
        state: DisputeState::Open,
        refunded_supply: Won::ZERO,
        refunded_vat: Won::ZERO,
        refunded_public: Won::ZERO,
        refunded_own: Won::ZERO,
        propose_by: None,
        served_on: None,
        answer_by: None,
        proposal: None,
        proposed_supply: None,
        buyer_answer: None,
        seller_answer: None,
        reason: Some(reason.to_owned()),
        opened_at: now.as_micros(),
        decided_by: None,
        decided_at: None,
    };
    store::insert(db, &row)?;
    let title = Text::new("데이터 인수가 거절되었습니다", "A delivery was rejected");
    let body = Text::new(
        format!("거절 사유: {reason} 운영기관이 공개된 품질보고서를 기준으로 판단합니다."),
        format!("Reason: {reason} The operator decides by the published report."),
    );
    tell_in(db, (audit.nth(2), now), contract, EventKind::ContractDisputed, title, body, &row)
}

fn tell_in(
    db: &mut Db,
    (id, now): (AuditId, Instant),
    contract: &ContractRow,
    kind: EventKind,
    title: Text,
    body: Text,
    row: &Row,
) -> AppResult<()> {
    let event = Event {
        id: id.sibling(),
        kind,
        at: now,
        subject: contract.id.as_str(),
        orgs: &[contract.buyer_id, contract.seller_id],
        title,
        body,
        data: json!({
            "contract": contract.id, "dispute": row.state, "refunded_supply": row.refunded_supply,
            "refunded_public": row.refunded_public, "answer_by": row.answer_by,
        }),
        once: None,
    };
    outbox::publish_in(db, &event)?;
    Ok(())
}

fn record_in(
    db: &mut Db,
    (id, at): (AuditId, Instant),
    who: Option<&Principal>,
    row: &Row,
    action: &str,
    from: DisputeState,
    body: Value,
) -> AppResult<()> {
    let entry = Entry {
        id,
        at,
        who,
        object: row.id.as_str(),
        action,
        from: Some(from.as_str()),
        to: Some(row.state.as_str()),
        reason: row.reason.as_deref(),
        body,
    };
    audit::record_in(db, &entry)
}

/// The dispute about a contract, if the caller may see it.
pub fn seen_in(db: &mut Db, who: &Principal, id: ContractId) -> AppResult<Dispute> {
    row_seen_in(db, who, id)?;
    store::of_contract(db, id).or_not_found("dispute")?.wire()
}

/// Decides a dispute, or hands it to the mediation committee. For the operator.
pub async fn decide(
    app: &App,
    who: Principal,
    ticket: Ticket,
    id: ContractId,
    decision: DisputeDecision,
) -> AppResult<Once<Dispute>> {
    listing::prose("reason", &decision.reason, 1_000)?;
    let fresh = Fresh::of(app);
    app.store
        .write(move |db| {
            let contract = row_seen_in(db, &who, id)?;
            let sides = [contract.buyer_id, contract.seller_id];
            policy::act(&who, Action::DisputeDecide, &sides)?;
            once_in(db, &ticket, fresh.now, |db| {
                let row = store::of_contract(db, id).or_not_found("dispute")?;
                rules::may(row.state, row.proposal.is_some(), Command::Decide(decision.outcome))?;
                amount(&decision)?;
                let reason = decision.reason.trim();
                match decision.outcome {
                    DisputeOutcome::Mediation => mediate_in(db, &who, row, &contract, fresh),
                    outcome => {
                        let refund = decision.refunded_supply.unwrap_or(Won::ZERO);
                        let ended = Ending { outcome, refund, reason, who: Some(&who) };
                        end_in(db, row, contract.clone(), &ended, fresh)?.wire()
                    }
                }
            })
        })
        .await
}

/// A partial refund says how much; nothing else does.
fn amount(decision: &DisputeDecision) -> AppResult<()> {
    let wanted = decision.outcome == DisputeOutcome::PartialRefund;
    if decision.refunded_supply.is_some() == wanted {
        return Ok(());
    }
    Err(Code::InvalidField
        .because(
            "`refunded_supply`는 일부 환불에만 필요합니다.",
            "`refunded_supply` is for a partial refund, and only for that.",
        )
        .rule("R-066")
        .field("refunded_supply")
        .into())
}

fn mediate_in(
    db: &mut Db,
    who: &Principal,
    seen: Row,
    contract: &ContractRow,
    fresh: Fresh,
) -> AppResult<Dispute> {
    let (from, today) = (seen.state, fresh.now.seoul_day());
    let row = Row {
        state: DisputeState::Mediation,
        propose_by: rules::propose_by(today, calendar()?).map(|day| day.to_string()),
        served_on: None,
        answer_by: None,
        proposal: None,
        proposed_supply: None,
        buyer_answer: None,
        seller_answer: None,
        decided_by: Some(who.user),
        ..seen
    };
    store::advance(db, from, &row)?;
    let stamp = (fresh.audit, fresh.now);
    let body = json!({"propose_by": row.propose_by});
    record_in(db, stamp, Some(who), &row, "dispute.mediate", from, body)?;
    let title = Text::new("분쟁조정을 신청했습니다", "The dispute went to mediation");
    let by = row.propose_by.clone().unwrap_or_default();
    let text = Text::new(
        format!("데이터분쟁조정위원회의 조정안은 {by}까지 나옵니다."),
        format!("The committee proposes something by {by}."),
    );
    tell_in(db, stamp, contract, EventKind::ContractDisputed, title, text, &row)?;
    row.wire()
}

/// How a dispute ends, and by whom.
struct Ending<'a> {
    outcome: DisputeOutcome,
    refund: Won,
    reason: &'a str,
    who: Option<&'a Principal>,
}

/// Ends a dispute: money, contract, dispute, trail, news.
fn end_in(
    db: &mut Db,
    seen: Row,
    contract: ContractRow,
    ending: &Ending<'_>,
    fresh: Fresh,
) -> AppResult<Row> {
    let (state, how) = match ending.outcome {
        DisputeOutcome::Accept | DisputeOutcome::Mediation => {
            (DisputeState::Accepted, Resolved::Accepted)
        }
        DisputeOutcome::Refund => (DisputeState::Refunded, Resolved::Refunded),
        DisputeOutcome::PartialRefund => {
            (DisputeState::PartialRefund, Resolved::Partly(ending.refund))
        }
    };
    let back = resolved_in(db, ending.who, contract.clone(), how, ending.reason, fresh)?;
    let from = seen.state;
    let decided_by: Option<UserId> = ending.who.map(|who| who.user).or(seen.decided_by);
    let row = Row {
        state,
        refunded_supply: back.supply,
        refunded_vat: back.vat,
        refunded_public: back.public,
        refunded_own: back.own,
        reason: Some(ending.reason.to_owned()),
        decided_by,
        decided_at: Some(fresh.now.as_micros()),
        ..seen
    };
    store::advance(db, from, &row)?;
    let stamp = (fresh.audit.nth(3), fresh.now);
    let body = json!({"refunded_supply": back.supply, "refunded_public": back.public});
    record_in(db, stamp, ending.who, &row, "dispute.end", from, body)?;
    let title = Text::new("거래 분쟁이 끝났습니다", "The dispute has ended");
    let text = Text::new(
        format!("결과: `{state}`. {}", ending.reason),
        format!("Outcome: `{state}`. {}", ending.reason),
    );
    tell_in(db, stamp, &contract, EventKind::ContractResolved, title, text, &row)?;
    Ok(row)
}

/// Records the committee's proposal, which is served today. For the operator.
pub async fn propose(
    app: &App,
    who: Principal,
    ticket: Ticket,
    id: ContractId,
    proposal: DisputeProposal,
) -> AppResult<Once<Dispute>> {
    listing::prose("text", &proposal.text, 4_000)?;
    let fresh = Fresh::of(app);
    app.store
        .write(move |db| {
            let contract = row_seen_in(db, &who, id)?;
            let sides = [contract.buyer_id, contract.seller_id];
            policy::act(&who, Action::DisputeDecide, &sides)?;
            once_in(db, &ticket, fresh.now, |db| {
                let seen = store::of_contract(db, id).or_not_found("dispute")?;
                rules::may(seen.state, seen.proposal.is_some(), Command::Propose)?;
                rules::outcome_of(proposal.refunded_supply, contract.supply)?;
                let today = fresh.now.seoul_day();
                let by = rules::answer_by(today, calendar()?).map(|day| day.to_string());
                let (from, row) = (
                    seen.state,
                    Row {
                        served_on: Some(today.to_string()),
                        answer_by: by,
                        proposal: Some(proposal.text.trim().to_owned()),
                        proposed_supply: Some(proposal.refunded_supply),
                        ..seen
                    },
                );
                store::advance(db, from, &row)?;
                let stamp = (fresh.audit, fresh.now);
                let body = json!({
                    "proposed_supply": row.proposed_supply, "answer_by": row.answer_by,
                });
                record_in(db, stamp, Some(&who), &row, "dispute.propose", from, body)?;
                let title = Text::new("조정안이 나왔습니다", "There is a proposal");
                let last = row.answer_by.clone().unwrap_or_default();
                let text = Text::new(
                    format!("{last}까지 답하지 않으면 거부한 것으로 봅니다."),
                    format!("Answer by {last}; silence is a refusal."),
                );
                let kind = EventKind::ContractDisputed;
                tell_in(db, stamp, &contract, kind, title, text, &row)?;
                row.wire()
            })
        })
        .await
}

/// Answers the proposal for the caller's side.
pub async fn answer(
    app: &App,
    who: Principal,
    ticket: Ticket,
    id: ContractId,
    reply: DisputeReply,
) -> AppResult<Once<Dispute>> {
    let fresh = Fresh::of(app);
    app.store
        .write(move |db| {
            let contract = row_seen_in(db, &who, id)?;
            let buys = who.org == contract.buyer_id;
            if buys {
                policy::act(&who, Action::ContractBuy, &[contract.buyer_id])?;
            } else {
                policy::act(&who, Action::ContractSell, &[contract.seller_id])?;
            }
            once_in(db, &ticket, fresh.now, |db| {
                let mut row = store::of_contract(db, id).or_not_found("dispute")?;
                rules::may(row.state, row.proposal.is_some(), Command::Answer)?;
                let given = if buys { &mut row.buyer_answer } else { &mut row.seller_answer };
                if given.is_some() {
                    return Err(Code::StateForbids
                        .because("이미 답했습니다.", "This side has answered already.")
                        .rule("R-147")
                        .into());
                }
                *given = Some(reply.answer);
                let from = row.state;
                store::advance(db, from, &row)?;
                let stamp = (fresh.audit.nth(4), fresh.now);
                let body =
                    json!({"answer": reply.answer, "side": if buys { "buyer" } else { "seller" }});
                record_in(db, stamp, Some(&who), &row, "dispute.answer", from, body)?;
                judge_in(db, row, contract.clone(), fresh)?.wire()
            })
        })
        .await
}

/// Ends or reopens a dispute in mediation, if its answers or its days say so.
fn judge_in(db: &mut Db, row: Row, contract: ContractRow, fresh: Fresh) -> AppResult<Row> {
    let today = fresh.now.seoul_day();
    let verdict = if row.proposal.is_some() {
        rules::verdict([row.buyer_answer, row.seller_answer], row.answer_by()?, today)
    } else if row.propose_by()?.is_some_and(|last| today > last) {
        Verdict::Failed
    } else {
        Verdict::Waits
    };
    match verdict {
        Verdict::Waits => Ok(row),
        Verdict::Agreed => {
            let refund = row.proposed_supply.unwrap_or(Won::ZERO);
            let outcome = rules::outcome_of(refund, contract.supply)?;
            let reason = "양측이 조정안을 받아들였습니다. / Both sides took the proposal.";
            let ending = Ending { outcome, refund, reason, who: None };
            end_in(db, row, contract, &ending, fresh)
        }
        Verdict::Failed => {
            let from = row.state;
            let reason = "조정이 성립하지 않았습니다. / The mediation failed.";
            let row = Row { state: DisputeState::Open, reason: Some(reason.to_owned()), ..row };
            store::advance(db, from, &row)?;
            let stamp = (fresh.audit.nth(5), fresh.now);
            let body = json!({"buyer": row.buyer_answer, "seller": row.seller_answer});
            record_in(db, stamp, None, &row, "dispute.reopen", from, body)?;
            let title = Text::new("조정이 성립하지 않았습니다", "The mediation failed");
            let text = Text::new("운영기관이 판단합니다.", "The operator decides.");
            tell_in(db, stamp, &contract, EventKind::ContractDisputed, title, text, &row)?;
            Ok(row)
        }
    }
}

/// Reopens disputes whose mediation failed by its days. Idempotent; for the timer. Answers how many.
pub async fn mediation_due(app: &App) -> AppResult<usize> {
    let open = app.store.read(move |db| store::mediated(db, BATCH)).await?;
    let mut moved = 0;
    for id in open {
        let fresh = Fresh::of(app);
        let done = app
            .store
            .write(move |db| {
                let row = store::of_contract(db, id).or_not_found("dispute")?;
                if row.state != DisputeState::Mediation {
                    return Ok(false);
                }
                let contract = row_in(db, id)?;
                Ok(judge_in(db, row, contract, fresh)?.state != DisputeState::Mediation)
            })
            .await?;
        moved += usize::from(done);
    }
    Ok(moved)
}
