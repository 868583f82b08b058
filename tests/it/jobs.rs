//! Work in the background: watched, tried again, given up, never done by two at once.

use futures::future::BoxFuture;
use marketplace::error::AppError;
use marketplace::jobs::worker::{Context, Registry, run_one};
use marketplace::jobs::{self, Fence, JobFault, NewJob};
use processing::Progress as _;
use schema::api::jobs::{Job, JobState};
use schema::id::JobId;
use serde_json::json;
use tests::{Persona, TestApp};

/// Queues a job of `kind` that belongs to `owner`.
fn queue(app: &TestApp, owner: &Persona, kind: &'static str) -> JobId {
    let (id, now) = (app.app.clock.fresh(), app.now());
    let (payload, org) = (json!({}), Some(owner.org));
    let queued = app.app.store.write_now(|db| {
        let job = NewJob { id, kind, payload: &payload, org, subject: "test" };
        jobs::enqueue_in(db, &job, now)
    });
    queued.unwrap();
    id
}

async fn seen(owner: &Persona, id: JobId) -> Job {
    owner.get(&format!("/v1/jobs/{id}")).await.expect(200).read()
}

async fn finish(context: &Context) -> Result<(), JobFault> {
    let (fence, now) = (context.fence, context.app.clock.now());
    Ok(context.app.store.write(move |db| jobs::finish_in(db, fence, now)).await?)
}

fn good(context: Context) -> BoxFuture<'static, Result<(), JobFault>> {
    Box::pin(async move { finish(&context).await })
}

fn flaky(_: Context) -> BoxFuture<'static, Result<(), JobFault>> {
    Box::pin(async { Err(JobFault::Transient("the disk is away".to_owned())) })
}

fn wrong(_: Context) -> BoxFuture<'static, Result<(), JobFault>> {
    Box::pin(async { Err(JobFault::Bug("secret cause".to_owned())) })
}

fn panics(_: Context) -> BoxFuture<'static, Result<(), JobFault>> {
    Box::pin(async { panic!("this panic is part of a test") })
}

/// Its first worker vanishes in the middle; the second one finishes.
fn vanishes(context: Context) -> BoxFuture<'static, Result<(), JobFault>> {
    Box::pin(async move {
        if context.fence.attempt == 1 {
            std::future::pending::<()>().await;
        }
        finish(&context).await
    })
}

/// Says how far it is, and ends when that can be seen.
fn tells(context: Context) -> BoxFuture<'static, Result<(), JobFault>> {
    Box::pin(async move {
        let told = context.reporter.at("count", 3, 10);
        told.map_err(|fault| JobFault::Bug(fault.to_string()))?;
        loop {
            let job = context.app.store.read(|db| jobs::service::newest_in(db, "test")).await?;
            let job = job.ok_or_else(|| JobFault::Bug("no job".to_owned()))?;
            if (job.stage.as_str(), job.units_done, job.units_total) == ("count", 3, 10) {
                return finish(&context).await;
            }
        }
    })
}

fn registry() -> Registry {
    Registry::default()
        .with("good", good)
        .with("flaky", flaky)
        .with("wrong", wrong)
        .with("panics", panics)
        .with("vanishes", vanishes)
        .with("tells", tells)
}

#[tokio::test]
async fn a_job_is_seen_by_its_owner_from_queue_to_end() {
    let app = TestApp::start();
    let (owner, rival) = (app.provider().await, app.provider().await);
    let id = queue(&app, &owner, "good");
    let job = seen(&owner, id).await;
    assert_eq!((job.state, job.attempt, job.finished_at), (JobState::Queued, 0, None));
    app.advance(5);
    assert_eq!(app.run_jobs_with(&registry()).await, 1);
    let job = seen(&owner, id).await;
    assert_eq!((job.state, job.attempt), (JobState::Done, 1));
    assert_eq!(job.finished_at, Some(app.now()));
    rival.get(&format!("/v1/jobs/{id}")).await.refused(404, "not-found");
    rival.get(&format!("/v1/jobs/{id}/events")).await.refused(404, "not-found");
    assert_eq!(app.run_jobs_with(&registry()).await, 0);
}

#[tokio::test]
async fn progress_is_stored_while_the_work_goes_on() {
    let app = TestApp::start();
    let owner = app.provider().await;
    let id = queue(&app, &owner, "tells");
    app.run_jobs_with(&registry()).await;
    let job = seen(&owner, id).await;
    assert_eq!(job.state, JobState::Done);
    assert_eq!((job.stage.as_str(), job.units_done, job.units_total), ("count", 3, 10));
}

#[tokio::test]
async fn events_end_with_the_job() {
    let app = TestApp::start();
    app.jobs_may_die();
    let owner = app.provider().await;
    for (kind, last) in [("good", "done"), ("wrong", "dead")] {
        let id = queue(&app, &owner, kind);
        let path = format!("/v1/jobs/{id}/events");
        let mut stream = owner.get(&path).stream().await;
        assert_eq!(stream.headers()["content-type"], "text/event-stream");
        let mut text = String::from_utf8(stream.chunk().await.unwrap().unwrap().to_vec()).unwrap();
        assert!(text.starts_with("event: progress\ndata: {"), "{text}");
        app.run_jobs_with(&registry()).await;
        while let Some(chunk) = stream.chunk().await.unwrap() {
            text.push_str(&String::from_utf8_lossy(&chunk));
        }
        let end = text.trim_end().rsplit("\n\n").next().unwrap();
        let (event, data) = end.split_once('\n').unwrap();
        assert_eq!(event, format!("event: {last}"));
        let job: Job = serde_json::from_str(data.strip_prefix("data: ").unwrap()).unwrap();
        assert_eq!((job.id, job.state.as_str()), (id, last));
        // Of a job that has ended there is one event.
        let once = owner.get(&path).await.expect(200).text();
        assert_eq!(once.matches("event: ").count(), 1);
        assert!(once.starts_with(&format!("event: {last}\n")), "{once}");
    }
}

#[tokio::test]
async fn a_job_whose_worker_vanished_is_done_by_another_and_a_late_result_is_dropped() {
    let app = TestApp::start();
    let owner = app.provider().await;
    let id = queue(&app, &owner, "vanishes");
    let inner = app.app.clone();
    let worker = tokio::spawn(async move { run_one(&inner, &registry()).await });
    while seen(&owner, id).await.state != JobState::Running {}
    worker.abort();
    assert!(worker.await.unwrap_err().is_cancelled());

    // The lease is respected to its last second.
    app.advance(59);
    assert_eq!(app.run_jobs_with(&registry()).await, 0);
    app.advance(1);
    assert_eq!(app.run_jobs_with(&registry()).await, 1);
    owner.sign_in().await;
    let job = seen(&owner, id).await;
    assert_eq!((job.state, job.attempt), (JobState::Done, 2));

    let (late, now) = (Fence { job: id, attempt: 1 }, app.now());
    for _ in 0..2 {
        let refused = app.app.store.write_now(|db| jobs::finish_in(db, late, now));
        assert!(matches!(refused, Err(AppError::LeaseLost)), "{refused:?}");
    }
    assert_eq!(seen(&owner, id).await.attempt, 2);
}

#[tokio::test]
async fn a_job_that_brings_down_worker_after_worker_is_given_up() {
    let app = TestApp::start();
    app.jobs_may_die();
    let owner = app.provider().await;
    let id = queue(&app, &owner, "vanishes");
    // Claimed over and over by workers that never report back.
    for attempt in 1..=5 {
        let claimed = app.app.store.claim_now(|db| {
            use diesel::prelude::*;
            use marketplace::db::schema::jobs::dsl;
            let change =
                (dsl::state.eq("running"), dsl::attempt.eq(attempt), dsl::lease_until.eq(0));
            Ok(diesel::update(dsl::jobs.filter(dsl::id.eq(id))).set(change).execute(db)?)
        });
        assert_eq!(claimed.unwrap(), 1);
    }
    assert_eq!(app.run_jobs_with(&registry()).await, 1);
    assert_eq!(seen(&owner, id).await.state, JobState::Dead);
}

#[tokio::test]
async fn a_passing_fault_is_tried_again_five_times_in_all() {
    let app = TestApp::start();
    app.jobs_may_die();
    let owner = app.provider().await;
    let id = queue(&app, &owner, "flaky");
    for (attempt, wait) in [(1, 2), (2, 4), (3, 8), (4, 16)] {
        assert_eq!(app.run_jobs_with(&registry()).await, 1);
        let job = seen(&owner, id).await;
        assert_eq!((job.state, job.attempt), (JobState::Queued, attempt));
        assert_eq!(job.fault.unwrap().code, "job-delayed");
        app.advance(wait - 1);
        assert_eq!(app.run_jobs_with(&registry()).await, 0, "too early");
        app.advance(1);
    }
    assert_eq!(app.run_jobs_with(&registry()).await, 1);
    let job = seen(&owner, id).await;
    assert_eq!((job.state, job.attempt), (JobState::Dead, 5));
    app.advance(100_000);
    assert_eq!(app.run_jobs_with(&registry()).await, 0);
}

#[tokio::test]
async fn a_panic_or_a_bug_kills_the_job_and_not_the_worker() {
    let app = TestApp::start();
    app.jobs_may_die();
    let owner = app.provider().await;
    let ids = ["panics", "wrong", "unheard-of", "good"].map(|kind| queue(&app, &owner, kind));
    assert_eq!(app.run_jobs_with(&registry()).await, 4);
    let [broken @ .., last] = ids;
    for id in broken {
        let job = seen(&owner, id).await;
        assert_eq!((job.state, job.attempt), (JobState::Dead, 1));
        // Whose fault it is, is told; what it was, is for the log.
        let fault = job.fault.unwrap();
        assert_eq!(fault.code, "job-dead");
        for text in [&fault.text.ko, &fault.text.en] {
            assert!(!text.is_empty() && !text.contains("secret") && !text.contains("panic"));
        }
    }
    assert_eq!(seen(&owner, last).await.state, JobState::Done);
}

#[tokio::test]
async fn many_workers_do_each_job_once() {
    let app = TestApp::start();
    let owner = app.provider().await;
    let ids: Vec<JobId> = (0..12).map(|_| queue(&app, &owner, "good")).collect();
    let workers = (0..6).map(|_| async { app.run_jobs_with(&registry()).await });
    let ran: usize = futures::future::join_all(workers).await.into_iter().sum();
    assert_eq!(ran, ids.len());
    for id in ids {
        let job = seen(&owner, id).await;
        assert_eq!((job.state, job.attempt), (JobState::Done, 1));
    }
}
