//! Rows of applications and of decisions on them.

mod evaluation;

use diesel::prelude::*;
use schema::api::applications::ApplicationState;
use schema::id::{
    AgreementId, ApplicationId, EvaluationBatchId, ListingId, OrgId, SelectionId, UserId, VersionId,
};
use schema::money::Won;
use schema::notice::ProgrammeCode;
use schema::time::Day;

use crate::db::schema::{
    application_decisions, application_products, application_versions, applications, organisations,
};
use crate::db::{Db, one_row};
use crate::error::AppResult;

pub(super) use evaluation::*;

/// A stored application.
#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = applications, treat_none_as_null = true)]
pub(super) struct Row {
    pub(super) id: ApplicationId,
    pub(super) org_id: OrgId,
    pub(super) programme: ProgrammeCode,
    pub(super) state: ApplicationState,
    pub(super) body: String,
    pub(super) total: Option<Won>,
    pub(super) requested: Option<Won>,
    pub(super) submitted_at: Option<i64>,
    pub(super) processor_org_id: Option<OrgId>,
    pub(super) batch_id: Option<EvaluationBatchId>,
    pub(super) reviewed_by: Option<UserId>,
    pub(super) term: Option<Day>,
    pub(super) supplement: Option<String>,
    pub(super) bonus_items: i64,
    pub(super) mean: Option<i64>,
    pub(super) score: Option<i64>,
    pub(super) barred: Option<String>,
    pub(super) selection_id: Option<SelectionId>,
    pub(super) place: Option<i64>,
    pub(super) computed: Option<Won>,
    pub(super) approved: Option<Won>,
    pub(super) offered: Option<Won>,
    pub(super) offer_until: Option<Day>,
    pub(super) offers_declined: i64,
    pub(super) fiscal_year: Option<i64>,
    pub(super) objected_from: Option<String>,
    pub(super) grounds: Option<String>,
    pub(super) agreement_id: Option<AgreementId>,
    pub(super) created_by: UserId,
    pub(super) created_at: i64,
}

/// A stored decision.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = application_decisions)]
pub(super) struct DecisionRow {
    pub(super) application_id: ApplicationId,
    pub(super) number: i64,
    pub(super) action: String,
    pub(super) state_from: ApplicationState,
    pub(super) state_to: ApplicationState,
    pub(super) decided_by: Option<UserId>,
    pub(super) at: i64,
    pub(super) reason: Option<String>,
    pub(super) notice_version: String,
    pub(super) notice_sha256: String,
    pub(super) facts: String,
}

pub(super) fn insert(db: &mut Db, row: &Row) -> AppResult<()> {
    diesel::insert_into(applications::table).values(row.clone()).execute(db)?;
    Ok(())
}

pub(super) fn find(db: &mut Db, id: ApplicationId) -> QueryResult<Option<Row>> {
    applications::table
        .filter(applications::id.eq(id))
        .select(Row::as_select())
        .first(db)
        .optional()
}

/// Replaces a row that is still in the state `from`.
pub(super) fn advance(db: &mut Db, from: ApplicationState, row: &Row) -> AppResult<()> {
    let target = applications::table
        .filter(applications::id.eq(row.id))
        .filter(applications::state.eq(from));
    one_row(diesel::update(target).set(row.clone()).execute(db))
}

/// Which applications are wanted; `None` is no condition.
#[derive(Clone, Debug, Default)]
pub(super) struct Wanted {
    /// Of this applicant or with this processor.
    pub(super) org: Option<OrgId>,
    /// Those that have been sent in, and the drafts of this organisation.
    pub(super) sent_or_of: Option<OrgId>,
    /// In one of these batches.
    pub(super) batches: Option<Vec<EvaluationBatchId>>,
    /// In this state.
    pub(super) state: Option<ApplicationState>,
    /// After this one.
    pub(super) after: Option<ApplicationId>,
}

/// Applications in order of their ids.
pub(super) fn page(db: &mut Db, wanted: Wanted, limit: i64) -> AppResult<Vec<Row>> {
    let mut query = applications::table
        .order(applications::id.asc())
        .limit(limit)
        .select(Row::as_select())
        .into_boxed();
    if let Some(org) = wanted.org {
        query = query
            .filter(applications::org_id.eq(org).or(applications::processor_org_id.eq(Some(org))));
    }
    if let Some(org) = wanted.sent_or_of {
        query = query.filter(
            applications::state.ne(ApplicationState::Draft).or(applications::org_id.eq(org)),
        );
    }
    if let Some(batches) = wanted.batches {
        query = query.filter(applications::batch_id.eq_any(batches.into_iter().map(Some)));
    }
    if let Some(state) = wanted.state {
        query = query.filter(applications::state.eq(state));
    }
    if let Some(after) = wanted.after {
        query = query.filter(applications::id.gt(after));
    }
    Ok(query.load(db)?)
}

/// How many drafts an organisation has.
pub(super) fn drafts(db: &mut Db, org: OrgId) -> AppResult<i64> {
    Ok(applications::table
        .filter(applications::org_id.eq(org))
        .filter(applications::state.eq(ApplicationState::Draft))
        .count()
        .get_result(db)?)
}

/// Applications of a batch, in order of their ids.
pub(super) fn of_batch(db: &mut Db, batch: EvaluationBatchId) -> AppResult<Vec<Row>> {
    Ok(applications::table
        .filter(applications::batch_id.eq(Some(batch)))
        .order(applications::id.asc())
        .select(Row::as_select())
        .load(db)?)
}

/// Applications of a selection in a state, in order of their ids.
pub(super) fn of_selection(
    db: &mut Db,
    selection: SelectionId,
    state: ApplicationState,
) -> AppResult<Vec<Row>> {
    Ok(applications::table
        .filter(applications::selection_id.eq(Some(selection)))
        .filter(applications::state.eq(state))
        .order(applications::id.asc())
        .select(Row::as_select())
        .load(db)?)
}

/// The application that an agreement was drafted for.
pub(super) fn of_agreement(db: &mut Db, agreement: AgreementId) -> AppResult<Option<Row>> {
    Ok(applications::table
        .filter(applications::agreement_id.eq(Some(agreement)))
        .select(Row::as_select())
        .first(db)
        .optional()?)
}

/// Money that selections of a programme and fiscal year hold and no agreement has yet: approved and
/// not signed, or offered and not answered.
pub(super) fn pending(
    db: &mut Db,
    programme: ProgrammeCode,
    fiscal_year: i16,
) -> AppResult<Vec<(ApplicationId, Won)>> {
    let rows: Vec<(ApplicationId, Option<Won>, Option<Won>)> = applications::table
        .filter(applications::programme.eq(programme))
        .filter(applications::fiscal_year.eq(Some(i64::from(fiscal_year))))
        .filter(
            applications::state
                .eq(ApplicationState::Selected)
                .or(applications::state.eq(ApplicationState::Waitlisted)),
        )
        .order(applications::id.asc())
        .select((applications::id, applications::approved, applications::offered))
        .load(db)?;
    Ok(rows
        .into_iter()
        .map(|(id, approved, offered)| (id, approved.or(offered).unwrap_or_default()))
        .collect())
}

/// Organisations of one corporation, the one asked for among them.
pub(super) fn branches(
    db: &mut Db,
    org: OrgId,
    corporate_no: Option<String>,
) -> AppResult<Vec<OrgId>> {
    let mut orgs = vec![org];
    if corporate_no.is_some() {
        let others: Vec<OrgId> = organisations::table
            .filter(organisations::corporate_no.eq(corporate_no))
            .filter(organisations::id.ne(org))
            .order(organisations::id.asc())
            .select(organisations::id)
            .load(db)?;
        orgs.extend(others);
    }
    Ok(orgs)
}

/// States of an application that may still come to something, or has.
const LIVE: [ApplicationState; 10] = [
    ApplicationState::Submitted,
    ApplicationState::UnderReview,
    ApplicationState::Supplement,
    ApplicationState::Eligible,
    ApplicationState::InEvaluation,
    ApplicationState::Evaluated,
    ApplicationState::Selected,
    ApplicationState::Waitlisted,
    ApplicationState::Objection,
    ApplicationState::Agreed,
];

/// Another live application of these organisations for a programme, sent in at `from` or later.
pub(super) fn live(
    db: &mut Db,
    orgs: &[OrgId],
    programme: ProgrammeCode,
    but: ApplicationId,
    from: i64,
) -> AppResult<Option<ApplicationId>> {
    Ok(applications::table
        .filter(applications::org_id.eq_any(orgs.to_vec()))
        .filter(applications::programme.eq(programme))
        .filter(applications::state.eq_any(LIVE))
        .filter(applications::id.ne(but))
        .filter(applications::submitted_at.ge(Some(from)))
        .order(applications::id.asc())
        .select(applications::id)
        .first(db)
        .optional()?)
}

/// Another live application of these organisations about one of these products or versions.
pub(super) fn twin(
    db: &mut Db,
    orgs: &[OrgId],
    but: ApplicationId,
    listings: &[ListingId],
    versions: &[VersionId],
) -> AppResult<Option<ApplicationId>> {
    let mut named: Vec<ApplicationId> = application_products::table
        .filter(application_products::listing_id.eq_any(listings.to_vec()))
        .select(application_products::application_id)
        .load(db)?;
    let about: Vec<ApplicationId> = application_versions::table
        .filter(application_versions::version_id.eq_any(versions.to_vec()))
        .select(application_versions::application_id)
        .load(db)?;
    named.extend(about);
    Ok(applications::table
        .filter(applications::id.eq_any(named))
        .filter(applications::id.ne(but))
        .filter(applications::org_id.eq_any(orgs.to_vec()))
        .filter(applications::state.eq_any(LIVE))
        .order(applications::id.asc())
        .select(applications::id)
        .first(db)
        .optional()?)
}

/// Notes what an application is about, instead of what was noted before.
pub(super) fn set_objects(
    db: &mut Db,
    id: ApplicationId,
    products: &[(ListingId, Won)],
    versions: &[VersionId],
) -> AppResult<()> {
    diesel::delete(application_products::table.filter(application_products::application_id.eq(id)))
        .execute(db)?;
    diesel::delete(application_versions::table.filter(application_versions::application_id.eq(id)))
        .execute(db)?;
    for (listing, price) in products {
        diesel::insert_into(application_products::table)
            .values((
                application_products::application_id.eq(id),
                application_products::listing_id.eq(*listing),
                application_products::price.eq(*price),
            ))
            .execute(db)?;
    }
    for version in versions {
        diesel::insert_into(application_versions::table)
            .values((
                application_versions::application_id.eq(id),
                application_versions::version_id.eq(*version),
            ))
            .execute(db)?;
    }
    Ok(())
}

/// Products that an application names.
pub(super) fn products(db: &mut Db, id: ApplicationId) -> AppResult<Vec<ListingId>> {
    Ok(application_products::table
        .filter(application_products::application_id.eq(id))
        .order(application_products::listing_id.asc())
        .select(application_products::listing_id)
        .load(db)?)
}

/// Applications in `state` whose term, or whose offer, ended before `today`.
pub(super) fn due(
    db: &mut Db,
    state: ApplicationState,
    today: Day,
    limit: i64,
) -> AppResult<Vec<ApplicationId>> {
    let over = applications::term.lt(Some(today)).or(applications::offer_until.lt(Some(today)));
    Ok(applications::table
        .filter(applications::state.eq(state))
        .filter(over)
        .order(applications::id.asc())
        .limit(limit)
        .select(applications::id)
        .load(db)?)
}

pub(super) fn insert_decision(db: &mut Db, row: &DecisionRow) -> AppResult<()> {
    diesel::insert_into(application_decisions::table).values(row.clone()).execute(db)?;
    Ok(())
}

/// Decisions on an application, oldest first.
pub(super) fn decisions(db: &mut Db, id: ApplicationId) -> AppResult<Vec<DecisionRow>> {
    Ok(application_decisions::table
        .filter(application_decisions::application_id.eq(id))
        .order(application_decisions::number.asc())
        .select(DecisionRow::as_select())
        .load(db)?)
}
