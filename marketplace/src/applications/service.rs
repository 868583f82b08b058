//! The applicant's side: drafting, sending in, adding, taking back; and reading.

use schema::api::applications::{
    Application, ApplicationBody, ApplicationQuery, ApplicationState, Explanation, NewApplication,
};
use schema::api::parties::Role;
use schema::code::Code;
use schema::id::{self, ApplicationId};
use schema::notice::ProgrammeCode;
use schema::page::{Page, PageQuery};
use schema::problem::Refusal;
use schema::time::Instant;
use serde_json::json;

use super::facts::{base_in, conflict_in, scene, submission_in};
use super::form;
use super::guards::Facts;
use super::rules::Command;
use super::steps::{Act, take_in};
use super::store::{self, Row, Wanted};
use super::wire::{self, View};
use crate::app::App;
use crate::audit::{self, Entry};
use crate::auth::Principal;
use crate::auth::policy::{self, Action};
use crate::db::{Db, Loaded};
use crate::error::{AppError, AppResult};
use crate::http::extract::{page_cursor, page_limit};
use crate::idempotency::{Once, Ticket, once_in};
use crate::limits;

/// Drafts an application.
pub(super) async fn create(
    app: &App,
    who: Principal,
    ticket: Ticket,
    new: NewApplication,
) -> AppResult<Once<Application>> {
    policy::act(&who, Action::ApplicationWrite, &[who.org])?;
    applicant(&who, new.programme)?;
    form::shape(new.programme, &new.body)?;
    let now = app.clock.now();
    scene(now, new.programme)?;
    let (id, audit) = (app.clock.fresh::<id::Application>(), app.clock.fresh());
    app.store
        .write(move |db| {
            once_in(db, &ticket, now, |db| {
                room(store::drafts(db, who.org)?)?;
                let row = blank(id, &who, &new, now)?;
                store::insert(db, &row)?;
                let entry = Entry {
                    id: audit,
                    at: now,
                    who: Some(&who),
                    object: id.as_str(),
                    action: "application.create",
                    from: None,
                    to: Some(row.state.as_str()),
                    reason: None,
                    body: json!({"programme": new.programme}),
                };
                audit::record_in(db, &entry)?;
                wire::application_in(db, row, View::Whole)
            })
        })
        .await
}

/// An organisation keeps a number of drafts, not any number.
fn room(drafts: i64) -> Result<(), Refusal> {
    let most = limits::APPLICATION_DRAFTS_MAX;
    if drafts < most {
        return Ok(());
    }
    Err(Code::StateForbids
        .because(
            format!("작성 중인 신청서는 {most}개까지입니다."),
            format!("At most {most} drafts are kept."),
        )
        .cure("쓰지 않는 신청서를 취하하세요.", "Withdraw drafts that are not needed.")
        .with("most", most))
}

/// Data owners apply for P14, buyers for P15.
fn applicant(who: &Principal, programme: ProgrammeCode) -> AppResult<()> {
    let role = match programme {
        ProgrammeCode::PROCESSING => Role::Provider,
        ProgrammeCode::PURCHASE => Role::Buyer,
        _ => {
            return Err(Code::InvalidField
                .because(
                    "이 거래소는 P14와 P15의 신청만 받습니다.",
                    "This exchange takes applications for P14 and P15 only.",
                )
                .field("programme")
                .into());
        }
    };
    if who.is(role) {
        return Ok(());
    }
    Err(Code::Forbidden
        .because(
            format!("{programme}은(는) `{role}` 역할의 기업이 신청합니다."),
            format!("{programme} is for organisations that act as `{role}`."),
        )
        .rule("R-001")
        .into())
}

fn blank(id: ApplicationId, who: &Principal, new: &NewApplication, now: Instant) -> AppResult<Row> {
    Ok(Row {
        id,
        org_id: who.org,
        programme: new.programme,
        state: ApplicationState::Draft,
        body: serde_json::to_string(&new.body)?,
        total: None,
        requested: None,
        submitted_at: None,
        processor_org_id: None,
        batch_id: None,
        reviewed_by: None,
        term: None,
        supplement: None,
        bonus_items: 0,
        mean: None,
        score: None,
        barred: None,
        selection_id: None,
        place: None,
        computed: None,
        approved: None,
        offered: None,
        offer_until: None,
        offers_declined: 0,
        fiscal_year: None,
        objected_from: None,
        grounds: None,
        agreement_id: None,
        created_by: who.user,
        created_at: now.as_micros(),
    })
}

/// The application, if the caller may see it, and as what: its parties and the staff see it whole,
/// the staff not before it is sent in; an evaluator of its batch sees it without what is none of
/// their business, unless they have a conflict of interest.
pub(super) fn seen_in(db: &mut Db, who: &Principal, id: ApplicationId) -> AppResult<(Row, View)> {
    let row = store::find(db, id).or_not_found("application")?;
    let mut parties = vec![row.org_id];
    parties.extend(row.processor_org_id.filter(|_| row.state != ApplicationState::Draft));
    let hidden = row.state == ApplicationState::Draft && row.org_id != who.org;
    if !hidden && policy::see(who, Action::ApplicationRead, &parties, "application").is_ok() {
        let whole = row.org_id == who.org || who.sees_all();
        return Ok((row, if whole { View::Whole } else { View::Partner }));
    }
    if judges_in(db, who, &row)? {
        return Ok((row, View::Evaluator));
    }
    Err(AppError::NotFound("application"))
}

/// Whether the caller is an evaluator of the application's batch who may judge it.
pub(super) fn judges_in(db: &mut Db, who: &Principal, row: &Row) -> AppResult<bool> {
    let Some(batch) = row.batch_id.filter(|_| who.is(Role::Evaluator)) else { return Ok(false) };
    // Assigned to the batch is not enough: it has to be in it.
    if matches!(
        row.state,
        ApplicationState::Draft
            | ApplicationState::Submitted
            | ApplicationState::UnderReview
            | ApplicationState::Supplement
            | ApplicationState::Ineligible
            | ApplicationState::Withdrawn
    ) {
        return Ok(false);
    }
    let assigned = store::evaluators(db, batch)?.contains(&who.user);
    Ok(assigned && conflict_in(db, row, who)?.is_none())
}

/// An application, as the caller sees it.
pub(super) fn find_in(db: &mut Db, who: &Principal, id: ApplicationId) -> AppResult<Application> {
    let (row, view) = seen_in(db, who, id)?;
    wire::application_in(db, row, view)
}

/// A page of applications: one's own, all for the staff, those to be judged for an evaluator.
pub(super) fn list_in(
    db: &mut Db,
    who: &Principal,
    query: &ApplicationQuery,
) -> AppResult<Page<Application>> {
    let page = PageQuery { cursor: query.cursor.clone(), limit: query.limit };
    let (limit, after) = (page_limit(&page)?, page_cursor::<id::Application>(&page)?);
    let mut wanted = Wanted { state: query.state, after, ..Wanted::default() };
    let whole = policy::act(who, Action::ApplicationRead, &[who.org]);
    if whole.is_ok() {
        wanted.org = (!who.sees_all()).then_some(who.org);
        wanted.sent_or_of = Some(who.org);
        wanted.batches = query.batch.map(|batch| vec![batch]);
    } else {
        policy::act(who, Action::ApplicationScore, &[])?;
        let mine = store::batches_of(db, who.user)?;
        wanted.batches = Some(match query.batch {
            Some(batch) => mine.into_iter().filter(|one| *one == batch).collect(),
            None => mine,
        });
    }
    let rows = store::page(db, wanted, i64::from(limit) + 1)?;
    let page = Page::of(rows, limit, |row| row.id.to_string());
    let mut items = Vec::with_capacity(page.items.len());
    for row in page.items {
        if whole.is_ok() {
            let whole = row.org_id == who.org || who.sees_all();
            let view = if whole { View::Whole } else { View::Partner };
            items.push(wire::application_in(db, row, view)?);
        } else if judges_in(db, who, &row)? {
            items.push(wire::application_in(db, row, View::Evaluator)?);
        }
    }
    Ok(Page { items, next: page.next })
}

/// The row, for a command of its applicant.
pub(super) fn own_in(db: &mut Db, who: &Principal, id: ApplicationId) -> AppResult<Row> {
    let (row, _) = seen_in(db, who, id)?;
    policy::act(who, Action::ApplicationWrite, &[row.org_id])?;
    Ok(row)
}

/// Changes the text of a draft, or of an application that is to be supplemented.
pub(super) async fn edit(
    app: &App,
    who: Principal,
    id: ApplicationId,
    body: ApplicationBody,
) -> AppResult<Application> {
    let (now, audit) = (app.clock.now(), app.clock.fresh());
    app.store
        .write(move |db| {
            let row = own_in(db, &who, id)?;
            form::shape(row.programme, &body)?;
            let scene = scene(now, row.programme)?;
            let facts = base_in(db, &row, Some(&who), None)?;
            let text = serde_json::to_string(&body)?;
            let act = Act::of(Some(&who), now, audit);
            let row = take_in(db, row, Command::Edit, &facts, scene, &act, |row| row.body = text)?;
            wire::application_in(db, row, View::Whole)
        })
        .await
}

/// Sends a draft in, or an application that was to be supplemented.
pub(super) async fn send(
    app: &App,
    who: Principal,
    ticket: Ticket,
    id: ApplicationId,
    command: Command,
) -> AppResult<Once<Application>> {
    let (now, audit) = (app.clock.now(), app.clock.fresh());
    app.store
        .write(move |db| {
            let row = own_in(db, &who, id)?;
            once_in(db, &ticket, now, |db| {
                let row = send_in(db, &who, row.clone(), command, now, audit)?;
                wire::application_in(db, row, View::Whole)
            })
        })
        .await
}

fn send_in(
    db: &mut Db,
    who: &Principal,
    row: Row,
    command: Command,
    now: Instant,
    audit: id::AuditId,
) -> AppResult<Row> {
    let (body, scene) = (wire::body(&row)?, scene(now, row.programme)?);
    let mut facts: Facts = base_in(db, &row, Some(who), None)?;
    // What cannot be done in this state is told before what is missing in the text.
    let possible = super::rules::target(row.state, command, None).is_some();
    let objects = match possible {
        true => submission_in(db, &row, &body, scene, now, &mut facts)?,
        false => super::facts::Objects::default(),
    };
    let products = objects.products.clone();
    let told = json!({
        "products": products, "versions": objects.versions, "eligibility": objects.snapshot,
    });
    let act = Act::of(Some(who), now, audit).on(told);
    let (first, processor) = (row.submitted_at.is_none(), objects.processor);
    // The figures are looked at last, because a text that is not complete has none.
    super::rules::step(row.state, command, &facts, scene, now)?;
    if let Some(class) = objects.class {
        form::sound(&body, scene, class)?;
    }
    let row = take_in(db, row, command, &facts, scene, &act, |row| {
        if first {
            row.submitted_at = Some(now.as_micros());
        }
        (row.total, row.requested) = (body.total, body.requested);
        row.processor_org_id = processor;
    })?;
    store::set_objects(db, row.id, &objects.products, &objects.versions)?;
    Ok(row)
}

/// Takes an application back.
pub(super) async fn withdraw(
    app: &App,
    who: Principal,
    ticket: Ticket,
    id: ApplicationId,
    why: Explanation,
) -> AppResult<Once<Application>> {
    form::text("reason", &why.reason, 1_000)?;
    plain(app, who, ticket, id, Command::Withdraw, Some(why.reason)).await
}

/// Answers a partial offer.
pub(super) async fn answer(
    app: &App,
    who: Principal,
    ticket: Ticket,
    id: ApplicationId,
    command: Command,
) -> AppResult<Once<Application>> {
    plain(app, who, ticket, id, command, None).await
}

async fn plain(
    app: &App,
    who: Principal,
    ticket: Ticket,
    id: ApplicationId,
    command: Command,
    reason: Option<String>,
) -> AppResult<Once<Application>> {
    let (now, audit) = (app.clock.now(), app.clock.fresh());
    app.store
        .write(move |db| {
            let row = own_in(db, &who, id)?;
            once_in(db, &ticket, now, |db| {
                let scene = scene(now, row.programme)?;
                let mut facts = base_in(db, &row, Some(&who), None)?;
                // Whoever holds an offer has passed.
                facts.passed = true;
                let act = Act { reason: reason.as_deref(), ..Act::of(Some(&who), now, audit) }
                    .on(json!({"offered": row.offered}));
                let row = take_in(db, row.clone(), command, &facts, scene, &act, |_| {})?;
                wire::application_in(db, row, View::Whole)
            })
        })
        .await
}
