//! Questions of the agency about an agreement at work, with a term to answer.

use diesel::prelude::*;
use schema::api::execution::{Inspection, InspectionAnswer, NewInspection};
use schema::code::Code;
use schema::id::{AgreementId, InspectionId, UserId};
use schema::time::{Day, Instant, Period};
use serde_json::json;

use super::service::calendar;
use crate::app::App;
use crate::auth::Principal;
use crate::auth::policy::{self, Action};
use crate::db::schema::inspections;
use crate::db::{Db, Loaded, one_row};
use crate::error::{AppError, AppResult};
use crate::idempotency::{Once, Ticket};
use crate::ledger::{Line, command};
use crate::parties::rules::length;
use crate::programme::{lifecycle, service as programme};

/// Documents of an answer at most.
const DOCUMENTS_MAX: usize = 20;

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = inspections)]
struct Row {
    id: InspectionId,
    agreement_id: AgreementId,
    question: String,
    answer_by: String,
    answer: Option<String>,
    documents: String,
    asked_by: UserId,
    asked_at: i64,
    answered_by: Option<UserId>,
    answered_at: Option<i64>,
}

impl Row {
    fn wire(self, now: Instant) -> AppResult<Inspection> {
        let answer_by: Day = self
            .answer_by
            .parse()
            .map_err(|error| AppError::Internal(anyhow::anyhow!("stored day: {error}")))?;
        let at = |micros| Instant::from_micros(micros).unwrap_or(Instant::MIN);
        let answered_at = self.answered_at.map(at);
        Ok(Inspection {
            late: answered_at.unwrap_or(now) >= answer_by.end(),
            id: self.id,
            agreement: self.agreement_id,
            question: self.question,
            answer_by,
            answer: self.answer,
            documents: serde_json::from_str(&self.documents)?,
            asked_by: self.asked_by,
            asked_at: at(self.asked_at),
            answered_at,
        })
    }
}

/// Asks. For the agency; the recipient has the term of the notice to answer.
pub async fn ask(
    app: &App,
    who: Principal,
    ticket: Ticket,
    id: AgreementId,
    new: NewInspection,
) -> AppResult<Once<Inspection>> {
    length("question", &new.question, 5_000)?;
    command(app, who, ticket, move |db, who, turn| {
        let agreement = programme::agreement_seen_in(db, who, id)?;
        policy::act(who, Action::AgreementDirect, &[])?;
        let days = lifecycle::notice_of(&agreement)?.0.parameters.inspection_days;
        let term = Period::days_after(turn.now.seoul_day(), days.into());
        let answer_by = term.map_err(anyhow::Error::from)?.shifted(calendar()?).end();
        let row = Row {
            id: turn.id()?,
            agreement_id: id,
            question: new.question.clone(),
            answer_by: answer_by.to_string(),
            answer: None,
            documents: "[]".to_owned(),
            asked_by: who.user,
            asked_at: turn.now.as_micros(),
            answered_by: None,
            answered_at: None,
        };
        diesel::insert_into(inspections::table).values(row.clone()).execute(db)?;
        let body = json!({"inspection": row.id, "answer_by": answer_by});
        let (object, action) = (id.as_str(), "agreement.inspect");
        let reason = Some(new.question.as_str());
        turn.record(db, Line { object, action, from: None, to: None, reason, body })?;
        row.wire(turn.now)
    })
    .await
}

/// Answers. For the recipient; a late answer is taken and marked.
pub async fn answer(
    app: &App,
    who: Principal,
    ticket: Ticket,
    id: InspectionId,
    given: InspectionAnswer,
) -> AppResult<Once<Inspection>> {
    length("answer", &given.answer, 5_000)?;
    let hashes = given
        .documents
        .iter()
        .all(|hash| hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()));
    if given.documents.len() > DOCUMENTS_MAX || !hashes {
        return Err(Code::InvalidField
            .because(
                "문서는 20개까지이며 SHA-256은 16진수 64자입니다.",
                "There are at most 20 documents, each named by 64 hexadecimal digits.",
            )
            .field("documents")
            .into());
    }
    command(app, who, ticket, move |db, who, turn| {
        let mut row = find(db, id).or_not_found("inspection")?;
        let agreement = programme::agreement_seen_in(db, who, row.agreement_id)?;
        policy::act(who, Action::AgreementPerform, &[agreement.recipient])?;
        if row.answered_at.is_some() {
            return Err(Code::StateForbids
                .because("이미 답변했습니다.", "It has been answered already.")
                .rule("R-108")
                .into());
        }
        row.answer = Some(given.answer.clone());
        row.documents = serde_json::to_string(&given.documents)?;
        row.answered_by = Some(who.user);
        row.answered_at = Some(turn.now.as_micros());
        let open = inspections::table
            .filter(inspections::id.eq(id))
            .filter(inspections::answered_at.is_null());
        one_row(
            diesel::update(open)
                .set((
                    inspections::answer.eq(row.answer.clone()),
                    inspections::documents.eq(row.documents.clone()),
                    inspections::answered_by.eq(row.answered_by),
                    inspections::answered_at.eq(row.answered_at),
                ))
                .execute(db),
        )?;
        let agreement = row.agreement_id;
        let body = json!({"inspection": id, "documents": given.documents});
        let (object, action) = (agreement.as_str(), "agreement.answer");
        turn.record(db, Line { object, action, from: None, to: None, reason: None, body })?;
        row.wire(turn.now)
    })
    .await
}

fn find(db: &mut Db, id: InspectionId) -> QueryResult<Option<Row>> {
    inspections::table.filter(inspections::id.eq(id)).select(Row::as_select()).first(db).optional()
}

/// Questions about an agreement that the caller may see, oldest first.
pub fn list_in(
    db: &mut Db,
    who: &Principal,
    id: AgreementId,
    now: Instant,
) -> AppResult<Vec<Inspection>> {
    programme::agreement_seen_in(db, who, id)?;
    let rows: Vec<Row> = inspections::table
        .filter(inspections::agreement_id.eq(id))
        .order(inspections::id.asc())
        .select(Row::as_select())
        .load(db)?;
    rows.into_iter().map(|row| row.wire(now)).collect()
}
