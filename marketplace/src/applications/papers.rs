//! The papers of an application (4.17): those that its programme asks for, and those about itself.

use schema::api::documents::Document;
use schema::id::{ApplicationId, DocumentId};
use schema::papers::Stage;
use schema::time::Instant;

use super::facts::scene;
use super::service::seen_in;
use super::store::Row;
use super::wire::View;
use crate::auth::Principal;
use crate::db::Db;
use crate::documents::service as documents;
use crate::error::{AppError, AppResult};

/// Papers about one application that are listed.
const ABOUT_MAX: i64 = 100;

fn papers_in(db: &mut Db, row: &Row, view: View, now: Instant) -> AppResult<Vec<Document>> {
    let scene = scene(now, row.programme)?;
    let mut papers = documents::about_in(db, row.id.as_str(), ABOUT_MAX)?;
    for kind in scene.programme.papers(scene.notice, Stage::Application) {
        let newest = documents::of_kind_in(db, row.org_id, *kind)?;
        papers.extend(newest.filter(|paper| papers.iter().all(|one| one.id != paper.id)));
    }
    // An evaluator sees no bank data.
    papers.retain(|paper| match view {
        View::Whole => true,
        View::Evaluator => !paper.kind.shows_bank_data(),
        View::Partner => false,
    });
    Ok(papers)
}

/// The papers of an application, as the caller may see them.
pub(super) fn list_in(
    db: &mut Db,
    who: &Principal,
    id: ApplicationId,
    now: Instant,
) -> AppResult<Vec<Document>> {
    let (row, view) = seen_in(db, who, id)?;
    papers_in(db, &row, view, now)
}

/// A paper of an application and the name of its object.
pub(super) fn find_in(
    db: &mut Db,
    who: &Principal,
    id: ApplicationId,
    document: DocumentId,
    now: Instant,
) -> AppResult<(Document, String)> {
    let (row, view) = seen_in(db, who, id)?;
    let papers = papers_in(db, &row, view, now)?;
    if papers.iter().all(|paper| paper.id != document) {
        return Err(AppError::NotFound("document"));
    }
    match view {
        View::Whole => documents::seen_in(db, who, document),
        View::Evaluator | View::Partner => documents::for_evaluator_in(db, document),
    }
}
