//! Watching background work.

use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::Data;
use bytes::Bytes;
use futures::stream;
use schema::api::jobs::{Job, JobState};
use schema::id::{self, JobId};

use super::service;
use crate::app::App;
use crate::auth::Principal;
use crate::error::{AppError, AppResult};
use crate::http::extract::PathId;
use crate::http::reply;
use crate::limits;

/// State and progress of a job.
#[utoipa::path(get, path = "/v1/jobs/{id}", tag = "jobs", security(("bearer" = [])),
    params(("id" = JobId, Path)),
    responses((status = 200, body = Job), (status = 404, body = schema::problem::Problem)))]
pub async fn find(app: Data<App>, who: Principal, id: PathId<id::Job>) -> AppResult<HttpResponse> {
    let job = app.store.read(move |db| service::find_in(db, &who, id.0)).await?;
    Ok(reply::ok(&job))
}

/// Progress of a job as server-sent events: `progress` while it runs, then `done` or `dead`, and the
/// stream ends.
#[utoipa::path(get, path = "/v1/jobs/{id}/events", tag = "jobs", security(("bearer" = [])),
    params(("id" = JobId, Path)),
    responses((status = 200, description = "text/event-stream of jobs"),
              (status = 404, body = schema::problem::Problem)))]
pub async fn events(
    app: Data<App>,
    who: Principal,
    id: PathId<id::Job>,
) -> AppResult<HttpResponse> {
    let (watcher, seen_by) = (App::clone(&app), who.clone());
    // The first look decides between the stream and 404.
    let first = app.store.read(move |db| service::find_in(db, &who, id.0)).await?;
    let opened = std::time::Instant::now();
    let stream = stream::unfold(Some((Some(first), String::new())), move |state| {
        let (app, who) = (watcher.clone(), seen_by.clone());
        async move {
            let (mut ready, last) = state?;
            loop {
                if opened.elapsed() > limits::EVENTS_OPEN {
                    return None;
                }
                let job = match ready.take() {
                    Some(job) => job,
                    None => {
                        tokio::time::sleep(limits::JOB_IDLE).await;
                        let who = who.clone();
                        match app.store.read(move |db| service::find_in(db, &who, id.0)).await {
                            Ok(job) => job,
                            Err(error) => return Some((Err(error), None)),
                        }
                    }
                };
                let Ok(text) = serde_json::to_string(&job) else { return None };
                if text == last {
                    continue;
                }
                let ended = matches!(job.state, JobState::Done | JobState::Dead);
                let name = if ended { job.state.as_str() } else { "progress" };
                let event = Bytes::from(format!("event: {name}\ndata: {text}\n\n"));
                let next = if ended { None } else { Some((None, text)) };
                return Some((Ok::<_, AppError>(event), next));
            }
        }
    });
    Ok(HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .streaming(Box::pin(stream)))
}
