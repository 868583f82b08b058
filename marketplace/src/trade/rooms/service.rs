//! Asking queries and probes.

use processing::InputFault;
use processing::expr::query::{Answer, Cells};
use schema::api::trade::{
    AnswerColumn, DeliveryMethod, Listing, ListingState, NewQuery, Probe, ProbeAnswer, QueryAnswer,
    Question, QuestionKind, QuestionOutcome,
};
use schema::code::Code;
use schema::id::{self, ContractId, ListingId, QuestionId};
use schema::page::Page;
use schema::problem::Refusal;
use schema::time::Instant;

use super::probe::{self, Told};
use super::rules;
use super::store::{self, Row};
use crate::app::App;
use crate::auth::Principal;
use crate::auth::policy::{self, Action};
use crate::db::Db;
use crate::error::{AppError, AppResult};
use crate::trade::contract::service as contract;
use crate::trade::delivery::revisions::{self, File};
use crate::trade::delivery::service as delivery;
use crate::trade::listing;
use crate::trade::offer::sha256;

/// A question that was admitted, and what it is asked of.
struct Admitted {
    row: Row,
    file: File,
    rows_max: usize,
}

fn row(who: &Principal, listing: &Listing, id: QuestionId, question: String, now: Instant) -> Row {
    Row {
        id,
        kind: QuestionKind::Query,
        listing_id: listing.id,
        contract_id: None,
        version_id: listing.version,
        org_id: who.org,
        user_id: who.user,
        at: now.as_micros(),
        day: now.seoul_day().to_string(),
        question_sha256: sha256(question.as_bytes()),
        question,
        outcome: QuestionOutcome::Asked,
        answer: None,
        rows_out: 0,
        bytes_out: 0,
    }
}

/// Asks a query of what was bought. The first one delivers the contract, as a download does.
pub async fn query(
    app: &App,
    who: Principal,
    id: ContractId,
    new: NewQuery,
) -> AppResult<QueryAnswer> {
    let (now, question) = (app.clock.now(), app.clock.fresh::<id::Question>());
    let (asker, sql) = (who.clone(), new.sql.clone());
    let admitted = app.store.write(move |db| admit_in(db, &asker, id, &new, question, now)).await?;
    let Admitted { mut row, file, rows_max } = admitted;
    let found = app.rooms.ask(&app.objects, &file, sql, rows_max).await?;
    let found = match found {
        Ok(found) => found,
        Err(fault) => return refuse(app, row, &fault).await,
    };
    let cells = cells(&found)?;
    row.bytes_out = i64::try_from(cells.bytes).unwrap_or(i64::MAX);
    let answer = handed_out(&row, found.rows, cells);
    row.outcome = QuestionOutcome::Answered;
    row.rows_out = i64::try_from(answer.rows.len()).unwrap_or(i64::MAX);
    let (now, audit) = (app.clock.now(), app.clock.fresh());
    app.store
        .write(move |db| {
            // The right may have ended while the answer was made.
            let (entitled, _) = delivery::buyer_in(db, &who, id, now)?;
            store::end(db, &row)?;
            delivery::delivered_in(db, &who, entitled, &file.sha256, audit, now)
        })
        .await?;
    Ok(answer)
}

fn admit_in(
    db: &mut Db,
    who: &Principal,
    id: ContractId,
    new: &NewQuery,
    question: QuestionId,
    now: Instant,
) -> AppResult<Admitted> {
    let (bought, listing) = delivery::buyer_in(db, who, id, now)?;
    let revisions = revisions::all_in(db, &bought, listing.clone(), now)?;
    let revision = match new.version {
        None => revisions.into_iter().next_back(),
        Some(number) => revisions.into_iter().find(|one| one.number == number),
    };
    let revision = revision.ok_or(AppError::NotFound("version"))?;
    let file = listing.draft.licence.delivery == DeliveryMethod::File;
    let rows_max = rules::may_query(store::queried(db, id, now.seoul_day())?, file)?;
    let mut row = row(who, &listing, question, new.sql.clone(), now);
    row.contract_id = Some(id);
    row.version_id = revision.version;
    // What is too long to be run is not worth keeping either; its digest is.
    row.question = row.question.chars().take(8_192).collect();
    store::insert(db, &row)?;
    Ok(Admitted { row, file: revision.file, rows_max })
}

/// The answer as it is handed out.
fn handed_out(row: &Row, all: u64, cells: Cells) -> QueryAnswer {
    let columns = cells.columns.into_iter();
    QueryAnswer {
        id: row.id,
        version: row.version_id,
        columns: columns.map(|(name, data_type)| AnswerColumn { name, data_type }).collect(),
        truncated: (cells.rows.len() as u64) < all,
        rows: cells.rows,
        row_count: all,
    }
}

/// The cells of an answer; every type that a query gives can be told.
fn cells(answer: &Answer) -> AppResult<Cells> {
    let cells = answer.cells(rules::BYTES_MAX);
    Ok(cells.map_err(|fault| anyhow::anyhow!("answer: {fault}"))?)
}

/// A question that cannot be answered, with what is wrong about it.
fn refused(fault: &InputFault) -> Refusal {
    let mut refusal = Code::QueryRefused
        .because(fault.text.ko.clone(), fault.text.en.clone())
        .field("sql")
        .with("fault", fault.code.clone());
    if let Some(column) = &fault.column {
        refusal = refusal.with("column", column.clone());
    }
    refusal
}

async fn refuse<T>(app: &App, mut row: Row, fault: &InputFault) -> AppResult<T> {
    row.outcome = QuestionOutcome::Refused;
    row.answer = Some(fault.code.clone());
    app.store.write(move |db| store::end(db, &row)).await?;
    Err(refused(fault).into())
}

/// The listing that a probe may be asked of.
fn probed_in(
    db: &mut Db,
    who: &Principal,
    id: ListingId,
    probe: &Probe,
    now: Instant,
) -> AppResult<(Listing, String)> {
    let detail = listing::service::detail_in(db, Some(who), id, now)?;
    policy::act(who, Action::ContractBuy, &[who.org])?;
    if detail.listing.state != ListingState::Listed {
        return Err(listing::not_listed().with("state", detail.listing.state.as_str()).into());
    }
    if !detail.listing.draft.licence.probe {
        return Err(Code::ProbeNotOffered
            .because(
                "판매자가 사전 질의를 열지 않은 데이터입니다.",
                "The seller does not offer probes of this product.",
            )
            .rule("R-155")
            .cure("공개된 표본과 품질 지표를 보세요.", "See the sample and the quality indices.")
            .into());
    }
    let dictionary = detail.dictionary.ok_or(AppError::NotFound("dictionary"))?;
    let sql = probe::sql(probe, &dictionary)?;
    Ok((detail.listing, sql))
}

/// Asks a probe of what is on sale. The same question has the same answer and is asked once.
pub async fn probe(
    app: &App,
    who: Principal,
    id: ListingId,
    probe: Probe,
) -> AppResult<ProbeAnswer> {
    let (now, question) = (app.clock.now(), app.clock.fresh::<id::Question>());
    let text = serde_json::to_string(&probe)?;
    let (asked, digest) = (probe.clone(), sha256(text.as_bytes()));
    let admitted = app
        .store
        .write(move |db| {
            let (listing, sql) = probed_in(db, &who, id, &asked, now)?;
            let so_far = store::probed(db, listing.id, who.org, now.seoul_day())?;
            if let Some(known) = store::answered(db, listing.id, who.org, &digest)? {
                return Ok((known, None, rules::may_probe(so_far).map_or(0, |left| left + 1)));
            }
            let left = rules::may_probe(so_far)?;
            let mut row = row(&who, &listing, question, text.clone(), now);
            row.kind = QuestionKind::Probe;
            store::insert(db, &row)?;
            let file = revisions::file_in(db, &listing)?;
            Ok((row, Some((file, sql)), left))
        })
        .await?;
    let (mut row, Some((file, sql)), left) = admitted else {
        let (row, _, left) = admitted;
        let told = row.answer.as_deref().unwrap_or_default();
        return Ok(ProbeAnswer { left_today: left, ..serde_json::from_str(told)? });
    };
    let answer = match app.rooms.ask(&app.objects, &file, sql, 1).await? {
        Ok(answer) => answer,
        Err(fault) => return refuse(app, row, &fault).await,
    };
    let cells = cells(&answer)?;
    let told = cells.rows.first().and_then(|cells| probe::told(&probe, cells));
    let Told { count, percent, quantiles, held_back } =
        told.ok_or_else(|| anyhow::anyhow!("a probe gave {cells:?}"))?;
    let answer = ProbeAnswer { id: row.id, count, percent, quantiles, held_back, left_today: left };
    row.outcome = QuestionOutcome::Answered;
    row.answer = Some(serde_json::to_string(&answer)?);
    row.rows_out = 1;
    app.store.write(move |db| store::end(db, &row)).await?;
    Ok(answer)
}

/// The questions under a contract, newest first, for its parties and the staff.
pub fn list_in(
    db: &mut Db,
    who: &Principal,
    id: ContractId,
    before: Option<QuestionId>,
    limit: u32,
) -> AppResult<Page<Question>> {
    contract::row_seen_in(db, who, id)?;
    let rows = store::page(db, id, before, i64::from(limit) + 1)?;
    Ok(Page::of(rows, limit, |row| row.id.to_string()).map(Question::from))
}
