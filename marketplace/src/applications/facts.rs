//! What is loaded before a step is decided.

use schema::api::applications::{ApplicationBody, ApplicationState, BatchState};
use schema::api::parties::{Interest, Organisation};
use schema::api::support::PoolState;
use schema::api::trade::ListingState;
use schema::code::Code;
use schema::id::{ApplicationId, ListingId, OrgId, SnapshotId, VersionId};
use schema::money::Won;
use schema::notice::{
    Finding, MatchingMode, ProgrammeCode, ScreenOutcome, Screening, SizeClass, screen,
};
use schema::papers::Stage;
use schema::problem::Refusal;
use schema::time::{Day, Instant};

use super::form;
use super::guards::{Actor, BatchFacts, Facts, Purse, Scene};
use super::store::{self, BatchRow, Row};
use crate::auth::Principal;
use crate::catalog::service as catalog;
use crate::db::{Db, Loaded};
use crate::error::{AppError, AppResult};
use crate::ledger::Fund;
use crate::parties::affiliation::{conflict, same_group};
use crate::parties::eligibility::{self, Look};
use crate::parties::service::organisation_in;
use crate::programme::service::running_in;
use crate::programme::{budget_in, notice_in_force};
use crate::support::pool::service::member_in;
use crate::trade::service::standing_in;

/// The notice in force at `now`, with the programme.
pub(super) fn scene(now: Instant, code: ProgrammeCode) -> AppResult<Scene<'static>> {
    let notice = notice_in_force(now.seoul_day())?;
    let programme = notice.programme(code).ok_or(AppError::NotFound("programme"))?;
    Ok(Scene { notice, programme })
}

/// What a row itself says, and who acts on it. `batch` is the batch that the command names, if it
/// names one; otherwise that of the application.
pub(super) fn base_in(
    db: &mut Db,
    row: &Row,
    who: Option<&Principal>,
    batch: Option<&BatchRow>,
) -> AppResult<Facts> {
    let own = match row.batch_id {
        Some(id) => Some(store::batch(db, id).or_not_found("evaluation batch")?),
        None => None,
    };
    let named = batch.or(own.as_ref());
    let actor = match who {
        Some(who) => actor_in(db, row, who, named)?,
        None => Actor::default(),
    };
    let waiting = row.state == ApplicationState::Waitlisted;
    let objected = row.objected_from.as_deref().map(str::parse::<ApplicationState>).transpose();
    Ok(Facts {
        batch: named.map(|batch| BatchFacts {
            fits: batch.programme == row.programme,
            open: batch.state == BatchState::Open,
            evaluation_on: batch.evaluation_on,
        }),
        planned_on: own.as_ref().map(|own| own.evaluation_on),
        term: row.term,
        offer: row.offered.zip(row.offer_until),
        waitlist_until: row.term.filter(|_| waiting),
        barred: row.barred.is_some(),
        objected_from: objected.map_err(|word| AppError::Internal(anyhow::anyhow!(word)))?,
        drafted: row.agreement_id.is_some(),
        actor,
        ..Facts::default()
    })
}

fn actor_in(db: &mut Db, row: &Row, who: &Principal, batch: Option<&BatchRow>) -> AppResult<Actor> {
    let evaluator = match batch {
        Some(batch) => store::evaluators(db, batch.id)?.contains(&who.user),
        None => false,
    };
    let conflict = if evaluator { conflict_in(db, row, who)? } else { None };
    Ok(Actor { reviewer: row.reviewed_by == Some(who.user), evaluator, conflict })
}

/// Why somebody does not judge an application: declared, or because their organisation belongs to
/// the group of a party to it.
pub(super) fn conflict_in(db: &mut Db, row: &Row, who: &Principal) -> AppResult<Option<Interest>> {
    let declared = store::conflicts(db, row.id)?;
    let declared = declared.into_iter().find(|(user, _)| *user == who.user).map(|(_, kind)| kind);
    let mut ids = vec![row.org_id];
    ids.extend(row.processor_org_id);
    for listing in store::products(db, row.id)? {
        ids.extend(standing_in(db, listing)?.map(|standing| standing.org));
    }
    let mut parties = Vec::with_capacity(ids.len());
    for id in ids {
        parties.push(organisation_in(db, id)?);
    }
    let parties: Vec<&Organisation> = parties.iter().collect();
    Ok(conflict(&organisation_in(db, who.org)?, declared, &parties))
}

/// Money of a programme that can still be given in the fiscal year of `now`. `but` is not counted
/// among those it is kept for.
pub(super) fn purse_in(
    db: &mut Db,
    code: ProgrammeCode,
    now: Instant,
    but: Option<ApplicationId>,
) -> AppResult<(Purse, Won, Won)> {
    let fiscal_year = now.seoul_day().year();
    let budget = budget_in(db, Fund { programme: code, fiscal_year }, now)?;
    let held = store::pending(db, code, fiscal_year)?;
    let kept = held.into_iter().filter(|(id, _)| Some(*id) != but).map(|(_, amount)| amount);
    let pending = Won::checked_sum(kept).unwrap_or(Won::MAX);
    let left = budget.available.saturating_sub(pending);
    Ok((Purse { appropriated: budget.appropriated, left }, budget.available, pending))
}

/// What an application is about.
#[derive(Clone, Debug, Default)]
pub(super) struct Objects {
    /// Products with their prices at the application.
    pub(super) products: Vec<(ListingId, Won)>,
    /// Raw data.
    pub(super) versions: Vec<VersionId>,
    /// The processor.
    pub(super) processor: Option<OrgId>,
    /// Class of the applicant, by certificate.
    pub(super) class: Option<SizeClass>,
    /// What was kept of the look at the applicant.
    pub(super) snapshot: Option<SnapshotId>,
}

/// Adds what decides whether an application may be sent in, and answers what it is about.
pub(super) fn submission_in(
    db: &mut Db,
    row: &Row,
    body: &ApplicationBody,
    scene: Scene<'_>,
    now: Instant,
    facts: &mut Facts,
) -> AppResult<Objects> {
    let org = organisation_in(db, row.org_id)?;
    let seen = look_in(db, row, Stage::Application, now)?;
    // Whether a paper is still good is looked at in the review; that it is there, at once.
    let review = row.state == ApplicationState::UnderReview;
    seen.tell(facts, |finding| review || finding.code == Code::DocumentMissing.slug());
    facts.missing.extend(form::missing(body, scene));
    facts.purse = purse_in(db, row.programme, now, Some(row.id))?.0;
    let mut objects = objects_in(db, &org, body, scene, now, facts)?;
    (objects.snapshot, objects.class) = (seen.snapshot, Some(seen.class));
    let corporate_no = org.corporate_no.as_ref().map(ToString::to_string);
    let orgs = store::branches(db, org.id, corporate_no)?;
    facts.agreement = alone_in(db, row, &org, &orgs, now)?;
    let listings: Vec<ListingId> = objects.products.iter().map(|(id, _)| *id).collect();
    facts.twin =
        store::twin(db, &orgs, row.id, &listings, &objects.versions)?.map(|id| id.to_string());
    Ok(objects)
}

/// What is seen of an applicant.
pub(super) struct Seen {
    /// What the rules say.
    pub(super) screening: Screening,
    /// Its class, by certificate.
    pub(super) class: SizeClass,
    /// Id of what was kept of it.
    pub(super) snapshot: Option<SnapshotId>,
}

/// Looks at an applicant for a stage, and keeps what was seen.
pub(super) fn look_in(db: &mut Db, row: &Row, stage: Stage, now: Instant) -> AppResult<Seen> {
    let look = Look {
        org: row.org_id,
        programme: row.programme,
        stage,
        object: row.id.as_str(),
        notice_version: None,
        supported: Vec::new(),
    };
    let kept = eligibility::take_in(db, &look, now)?;
    let (class, snapshot) = (kept.standing.class, Some(kept.id));
    Ok(Seen { screening: kept.screening(), class, snapshot })
}

/// The same without keeping anything.
pub(super) fn glance_in(
    db: &mut Db,
    row: &Row,
    stage: Stage,
    scene: Scene<'_>,
    now: Instant,
) -> AppResult<Seen> {
    let org = organisation_in(db, row.org_id)?;
    let wanted = scene.programme.papers(scene.notice, stage);
    let standing = eligibility::standing_in(db, &org, stage, wanted, now.seoul_day())?;
    let screening = screen(scene.notice, scene.programme, &standing);
    Ok(Seen { screening, class: standing.class, snapshot: None })
}

impl Seen {
    /// Tells a decision what was seen. A paper that is lacking, or no longer good, is something to be
    /// supplemented and no bar (4.17); `lacking` says whether it is told at all.
    fn tell(&self, facts: &mut Facts, lacking: impl Fn(&Finding) -> bool) {
        let (papers, bars): (Vec<&Finding>, Vec<&Finding>) =
            self.screening.with(ScreenOutcome::Refuse).partition(|finding| finding.supplement);
        facts.barriers = bars.into_iter().map(Finding::reason).collect();
        facts.open_points = self.screening.open();
        facts.missing =
            papers.into_iter().filter(|one| lacking(one)).map(Finding::reason).collect();
    }
}

/// the agreement or live application of P15 that the firm has this year, if there is one.
fn alone_in(
    db: &mut Db,
    row: &Row,
    org: &Organisation,
    orgs: &[OrgId],
    now: Instant,
) -> AppResult<Option<String>> {
    if row.programme != ProgrammeCode::PURCHASE {
        return Ok(None);
    }
    let year = now.seoul_day().year();
    if let Some(agreement) = running_in(db, row.programme, org, year)? {
        return Ok(Some(agreement.to_string()));
    }
    let from = Day::new(year, 1, 1).map_or(0, |day| day.start_of_day_seoul().as_micros());
    Ok(store::live(db, orgs, row.programme, row.id, from)?.map(|id| id.to_string()))
}

fn objects_in(
    db: &mut Db,
    org: &Organisation,
    body: &ApplicationBody,
    scene: Scene<'_>,
    now: Instant,
    facts: &mut Facts,
) -> AppResult<Objects> {
    let mut objects = Objects::default();
    for (at, wanted) in body.purchase.iter().flat_map(|part| &part.products).enumerate() {
        let field = format!("purchase.products.{at}");
        let standing = standing_in(db, wanted.listing)?.ok_or_else(|| unknown(&field))?;
        let seller = organisation_in(db, standing.org)?;
        facts.tied |= same_group(org, &seller);
        if standing.state == ListingState::Listed && standing.price != wanted.price {
            return Err(Code::PriceInvalid
                .because(
                    format!("거래소의 판매 가격은 {}원입니다.", standing.price),
                    format!("The product is on sale for {} won.", standing.price),
                )
                .rule("R-058")
                .field(format!("{field}.price"))
                .with("price", standing.price.get())
                .into());
        }
        objects.products.push((wanted.listing, wanted.price));
    }
    let Some(part) = &body.processing else { return Ok(objects) };
    for (at, version) in part.versions.iter().enumerate() {
        let owner = catalog::row_in(db, *version).map(|(_, owner)| owner);
        match owner {
            Ok(owner) if owner == org.id => objects.versions.push(*version),
            Ok(_) | Err(AppError::NotFound(_)) => {
                return Err(unknown(&format!("processing.versions.{at}")).into());
            }
            Err(error) => return Err(error),
        }
    }
    if let Some(id) = part.processor {
        let member = match member_in(db, id, now.seoul_day()) {
            Err(AppError::NotFound(_)) => return Err(unknown("processing.processor").into()),
            other => other?,
        };
        facts.tied |= same_group(org, &organisation_in(db, member.org)?);
        // After selection the match is made on a later day, and looked at then.
        let now_needed = scene.programme.policy.matching_mode != Some(MatchingMode::PostSelection);
        if now_needed && member.state != PoolState::Active {
            return Err(inactive(member.state).field("processing.processor").into());
        }
        objects.processor = Some(member.org);
    }
    Ok(objects)
}

/// only an active member of the pool is matched.
pub(super) fn inactive(state: PoolState) -> Refusal {
    Code::ProcessorNotActive
        .because(
            format!("활동 중인 가공기업이 아닙니다 (`{state}`)."),
            format!("The processor is `{state}`, not active."),
        )
        .rule("R-072")
        .with("state", state.as_str())
}

fn unknown(field: &str) -> Refusal {
    Code::InvalidField
        .because(
            "그런 대상이 없거나 귀사의 것이 아닙니다.",
            "There is no such thing, or it is not yours.",
        )
        .field(field)
}
