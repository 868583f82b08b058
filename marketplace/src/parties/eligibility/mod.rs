//! Looking at the standing of an organisation, and keeping what was seen.
//!
//! A look gathers the organisation's record, its papers and its bars into one [`Standing`], asks the
//! rules of the notice in force ([`schema::notice::screen`]), and keeps all of it with the digest of
//! that notice. A look is only ever added, so that `jangteo decide` can judge it again under another
//! notice. Its id follows from its content: a transaction that is run again keeps one row.

pub mod http;
mod store;

use std::collections::BTreeSet;

use schema::api::eligibility::{EligibilityCheck, Snapshot, SnapshotQuery};
use schema::api::parties::Organisation;
use schema::id::{self, AuditId, OrgId, SnapshotId};
use schema::notice::{
    BanHit, Ksic, Notice, PaperSeen, Programme, ProgrammeCode, Screening, Standing, SupportedPlan,
    screen,
};
use schema::page::{Page, PageQuery};
use schema::papers::{PaperKind, PaperState, Stage};
use schema::registry_no::BusinessKind;
use schema::time::{Day, Instant};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::bans;
use super::service::organisation_in;
use crate::app::App;
use crate::audit::{self, Entry};
use crate::auth::Principal;
use crate::auth::policy::{self, Action};
use crate::db::{Db, Loaded};
use crate::documents::service as documents;
use crate::error::{AppError, AppResult};
use crate::http::extract::{page_cursor, page_limit};
use crate::idempotency::{Once, Ticket, hex, once_in};

/// Papers that are looked at whatever the stage needs.
const ALWAYS: &[PaperKind] = &[
    PaperKind::SizeCert,
    PaperKind::NonprofitCert,
    PaperKind::TaxNational,
    PaperKind::TaxLocal,
    PaperKind::DataHoldingStatement,
];

/// What is looked at, and for what.
#[derive(Clone, Debug)]
pub struct Look<'a> {
    /// Whose standing.
    pub org: OrgId,
    /// For which programme.
    pub programme: ProgrammeCode,
    /// For which stage.
    pub stage: Stage,
    /// Id of what is decided on.
    pub object: &'a str,
    /// The edition to judge by: that of an agreement that runs. The edition in force when absent.
    pub notice_version: Option<&'a str>,
    /// Plans that are the same and were supported before.
    pub supported: Vec<SupportedPlan>,
}

/// SHA-256 of the data of an edition.
pub fn notice_sha256(notice: &Notice) -> String {
    hex(&Sha256::digest(notice.raw()))
}

/// The edition in force on `day`.
pub fn notice_on(day: Day) -> AppResult<&'static Notice> {
    carried(Notice::on(day))?.ok_or(AppError::NotFound("notice"))
}

/// The carried edition of a version.
pub fn notice_of(version: &str) -> AppResult<&'static Notice> {
    let editions = carried(Notice::editions())?;
    editions.iter().find(|notice| notice.version == version).ok_or(AppError::NotFound("notice"))
}

fn carried<T>(found: Result<T, schema::notice::NoticeError>) -> AppResult<T> {
    found.map_err(|error| AppError::Internal(anyhow::anyhow!("embedded notice: {error}")))
}

/// Looks at an organisation, keeps what was seen, and answers what the rules say of it.
pub fn snapshot_in(
    db: &mut Db,
    org: OrgId,
    programme: ProgrammeCode,
    stage: Stage,
    object: &str,
    now: Instant,
) -> AppResult<Screening> {
    let look = Look { org, programme, stage, object, notice_version: None, supported: Vec::new() };
    Ok(take_in(db, &look, now)?.screening())
}

/// The same with everything that was seen.
pub fn take_in(db: &mut Db, look: &Look<'_>, now: Instant) -> AppResult<Snapshot> {
    let today = now.seoul_day();
    let notice = match look.notice_version {
        Some(version) => notice_of(version)?,
        None => notice_on(today)?,
    };
    let programme = notice.programme(look.programme).ok_or(AppError::NotFound("programme"))?;
    let organisation = organisation_in(db, look.org)?;
    let wanted = programme.papers(notice, look.stage);
    let mut standing = standing_in(db, &organisation, look.stage, wanted, today)?;
    standing.supported.clone_from(&look.supported);
    let screening = screen(notice, programme, &standing);
    let mut snapshot = Snapshot {
        id: SnapshotId::from_uuid(uuid::Uuid::nil()),
        org: look.org,
        programme: look.programme,
        stage: look.stage,
        object: look.object.to_owned(),
        notice_version: notice.version.clone(),
        notice_sha256: notice_sha256(notice),
        outcome: screening.outcome,
        findings: screening.findings,
        standing,
        at: now,
    };
    snapshot.id = id_of(&snapshot)?;
    if store::find(db, snapshot.id)?.is_none() {
        store::insert(db, &snapshot)?;
    }
    Ok(snapshot)
}

/// The id of a look: when it was, and a digest of the rest.
fn id_of(snapshot: &Snapshot) -> AppResult<SnapshotId> {
    let digest = Sha256::digest(serde_json::to_vec(snapshot)?);
    let mut tail = [0u8; 10];
    tail.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
    let millis = snapshot.at.as_micros().unsigned_abs() / 1_000;
    Ok(SnapshotId::from_uuid(uuid::Builder::from_unix_timestamp_millis(millis, &tail).into_uuid()))
}

/// The standing of an organisation on a day.
pub fn standing_in(
    db: &mut Db,
    org: &Organisation,
    stage: Stage,
    wanted: &[PaperKind],
    on: Day,
) -> AppResult<Standing> {
    let kinds: BTreeSet<PaperKind> = wanted.iter().chain(ALWAYS).copied().collect();
    let mut papers = Vec::new();
    for kind in kinds {
        let newest = documents::of_kind_in(db, org.id, kind)?;
        papers.extend(newest.as_ref().map(PaperSeen::from));
    }
    let bans = bans::active_in(db, org, on)?;
    let (exception, namesakes) = exceptions_in(db, org.id, &bans)?;
    papers.extend(exception);
    let certified = papers.iter().find_map(|paper| {
        let counts = paper.kind.certifies_class()
            && paper.state == PaperState::Verified
            && paper.is_good_on(on);
        paper.size_class.filter(|_| counts)
    });
    let secondary = org.standing.secondary_ksic.iter();
    let industries: Vec<Ksic> =
        org.ksic.iter().chain(secondary).filter_map(|code| code.parse().ok()).collect();
    Ok(Standing {
        on,
        stage,
        class: certified.unwrap_or(org.size_class),
        industries,
        foreign: org.business_no.hint() == BusinessKind::Foreign,
        status: org.standing.status,
        insolvency: org.standing.insolvency,
        collects_data: org.standing.collects_data,
        papers,
        bans,
        namesakes,
        supported: Vec::new(),
    })
}

/// The newest paper for an exception of R-006, and the bars that a reviewer found to be those of a
/// namesake: a verified exception about that bar.
fn exceptions_in(
    db: &mut Db,
    org: OrgId,
    bans: &[BanHit],
) -> AppResult<(Option<PaperSeen>, Vec<id::BanId>)> {
    let papers = documents::recent_in(db, org, PaperKind::ExceptionDoc)?;
    let about_a_ban = |subject: &Option<String>| {
        subject.as_deref().is_some_and(|subject| subject.starts_with("ban_"))
    };
    let namesakes = bans
        .iter()
        .map(|hit| hit.ban)
        .filter(|ban| {
            papers.iter().any(|paper| {
                paper.state == PaperState::Verified
                    && paper.subject.as_deref() == Some(ban.as_str())
            })
        })
        .collect();
    let exception = papers.iter().find(|paper| !about_a_ban(&paper.subject)).map(PaperSeen::from);
    Ok((exception, namesakes))
}

/// A look that somebody asks for: at their own organisation, or at any for the staff.
pub async fn check(
    app: &App,
    who: Principal,
    ticket: Ticket,
    programme: ProgrammeCode,
    asked: EligibilityCheck,
) -> AppResult<Once<Snapshot>> {
    let (now, audit): (Instant, AuditId) = (app.clock.now(), app.clock.fresh());
    app.store
        .write(move |db| {
            once_in(db, &ticket, now, |db| check_in(db, &who, programme, &asked, audit, now))
        })
        .await
}

fn check_in(
    db: &mut Db,
    who: &Principal,
    programme: ProgrammeCode,
    asked: &EligibilityCheck,
    audit: AuditId,
    now: Instant,
) -> AppResult<Snapshot> {
    let org = asked.org.unwrap_or(who.org);
    policy::see(who, Action::OrganisationRead, &[org], "organisation")?;
    policy::act(who, Action::EligibilityCheck, &[org])?;
    let look = Look {
        org,
        programme,
        stage: asked.stage.unwrap_or(Stage::Application),
        object: org.as_str(),
        notice_version: None,
        supported: Vec::new(),
    };
    let snapshot = take_in(db, &look, now)?;
    let entry = Entry {
        id: audit,
        at: now,
        who: Some(who),
        object: snapshot.id.as_str(),
        action: "eligibility.check",
        from: None,
        to: Some(snapshot.outcome.as_str()),
        reason: None,
        body: json!({"org": org, "programme": programme, "stage": look.stage}),
    };
    audit::record_in(db, &entry)?;
    Ok(snapshot)
}

/// What was seen, if the caller may see it.
pub fn seen_in(db: &mut Db, who: &Principal, id: SnapshotId) -> AppResult<Snapshot> {
    let row = store::find(db, id).or_not_found("snapshot")?;
    let snapshot = store::snapshot(row)?;
    policy::see(who, Action::EligibilityRead, &[snapshot.org], "snapshot")?;
    Ok(snapshot)
}

/// A page of looks: at one's own organisation, or any for the staff.
pub fn list_in(db: &mut Db, who: &Principal, query: &SnapshotQuery) -> AppResult<Page<Snapshot>> {
    let page = PageQuery { cursor: query.cursor.clone(), limit: query.limit };
    let (limit, after) = (page_limit(&page)?, page_cursor::<id::Snapshot>(&page)?);
    let org = if who.sees_all() { query.org } else { Some(query.org.unwrap_or(who.org)) };
    policy::act(who, Action::EligibilityRead, &[org.unwrap_or(who.org)])?;
    let rows = store::page(db, org, query.object.as_deref(), after, i64::from(limit) + 1)?;
    let page = Page::of(rows, limit, |row| row.id.to_string());
    let items = page.items.into_iter().map(store::snapshot).collect::<AppResult<_>>()?;
    Ok(Page { items, next: page.next })
}

/// Looks in the order of their ids, for a replay.
pub fn replay_in(db: &mut Db, after: Option<SnapshotId>, limit: i64) -> AppResult<Vec<Snapshot>> {
    store::page(db, None, None, after, limit)?.into_iter().map(store::snapshot).collect()
}

/// The programme of an edition.
pub fn programme_of(notice: &Notice, code: ProgrammeCode) -> AppResult<&Programme> {
    notice.programme(code).ok_or(AppError::NotFound("programme"))
}
