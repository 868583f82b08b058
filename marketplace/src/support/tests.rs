//! Pool and processing jobs on a real database and object store, without HTTP.

use std::sync::Arc;

use bytes::Bytes;
use futures::TryStreamExt as _;
use schema::api::catalog::{NewDataset, NewVersion, Version, VersionKind, VersionState};
use schema::api::parties::{NewOrganisation, NewUser, Role, Secret, SignUp};
use schema::api::support::*;
use schema::code::Code;
use schema::id::{JobId, PoolMemberId, ProcessingId, VersionId};
use schema::notice::SizeClass;
use schema::problem::Refusal;
use schema::time::Instant;
use serde_json::json;

use super::pool::rules::Command as PoolCommand;
use super::pool::service as pool;
use super::processing::service::{self as jobs, Call};
use super::processing::{runs, verify, work};
use crate::app::{App, registry};
use crate::auth::Principal;
use crate::catalog::service as catalog;
use crate::clock::{Clock, Frozen};
use crate::config::Options;
use crate::error::{AppError, AppResult};
use crate::idempotency::Ticket;
use crate::jobs::worker;
use crate::parties::service as parties;

mod again;

/// Five firms on a fresh exchange, on 2024-06-10.
struct Desk {
    app: App,
    clock: Arc<Frozen>,
    owner: Principal,
    processor: Principal,
    stranger: Principal,
    operator: Principal,
    agency: Principal,
    folder: tempfile::TempDir,
}

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

impl Desk {
    async fn open() -> Desk {
        let folder = tempfile::tempdir().unwrap();
        let options = Options { data_dir: Some(folder.path().to_owned()), ..Options::default() };
        let clock = Frozen::at(at("2024-06-10T00:00:00Z"));
        let app = App::open(options.resolve().unwrap(), Clock::of(clock.clone())).unwrap();
        let owner = person(&app, "120-81-47521", "김하나", Role::Provider).await;
        let processor = person(&app, "124-81-00998", "이두리", Role::Processor).await;
        let stranger = person(&app, "220-81-62517", "박세라", Role::Processor).await;
        let staff = person(&app, "104-81-36565", "최네오", Role::Buyer).await;
        let operator = Principal { roles: vec![Role::Operator], ..staff.clone() };
        let agency = Principal { roles: vec![Role::Agency], ..staff };
        Desk { app, clock, owner, processor, stranger, operator, agency, folder }
    }

    /// The processor as an active member for so many jobs at a time.
    async fn member(&self, capacity: u32) -> PoolMemberId {
        let applied = pool::apply(&self.app, self.processor.clone(), once(), applicant(capacity));
        let id = applied.await.unwrap().value.id;
        let made = self.judge(id, [true; 4]).await.unwrap();
        assert_eq!(made.state, PoolState::Active);
        id
    }

    async fn judge(&self, id: PoolMemberId, met: [bool; 4]) -> AppResult<PoolMember> {
        let verdicts = Requirement::ALL.iter().zip(met);
        let verdicts = verdicts
            .map(|(requirement, met)| Verdict {
                requirement: *requirement,
                met,
                note: Some("서류 확인".to_owned()),
            })
            .collect();
        let who = self.operator.clone();
        let judged = pool::register(&self.app, who, once(), id, PoolEvaluation { verdicts });
        Ok(judged.await?.value)
    }

    async fn bar(&self, id: PoolMemberId, command: PoolCommand) {
        let who = self.operator.clone();
        pool::bar(&self.app, who, once(), id, command, why()).await.unwrap();
    }

    /// A ready raw version of the owner.
    async fn version(&self) -> VersionId {
        let (app, who) = (&self.app, self.owner.clone());
        let new = NewDataset { title: "사출 공정".to_owned(), description: String::new() };
        let dataset =
            catalog::dataset_create(app, who.clone(), once(), new).await.unwrap().value.id;
        let new = NewVersion { file_name: "injection.csv".to_owned(), dictionary: None };
        let made = catalog::version_create(app, who.clone(), once(), dataset, new).await.unwrap();
        let id = made.value.id;
        let stored = app.objects.put_bytes("csv", csv()).await.unwrap();
        let (now, audit, putter) = (app.clock.now(), app.clock.fresh(), who.clone());
        app.store
            .write(move |db| catalog::content_put_in(db, &putter, id, &stored, now, audit))
            .await
            .unwrap();
        catalog::version_finalise(app, who, once(), id).await.unwrap();
        self.work().await;
        let version = self.read_version(id).await;
        assert_eq!(version.state, VersionState::Ready, "{:?}", version.fault);
        id
    }

    async fn read_version(&self, id: VersionId) -> Version {
        self.app.store.read(move |db| catalog::version_in(db, id)).await.unwrap()
    }

    /// Does every job that is due.
    async fn work(&self) {
        let registry = registry();
        while worker::run_one(&self.app, &registry).await.unwrap() {}
    }

    async fn propose(&self, member: PoolMemberId) -> AppResult<Processing> {
        let version = self.version().await;
        self.propose_version(member, version).await
    }

    async fn propose_version(
        &self,
        processor: PoolMemberId,
        version: VersionId,
    ) -> AppResult<Processing> {
        let request = "결측과 이상값을 정리해 주세요.\n단위는 그대로 둡니다.".to_owned();
        let new = NewProcessing { version, processor, agreement: None, request, access_days: None };
        Ok(jobs::create(&self.app, by(&self.owner), new).await?.value)
    }

    async fn begun(&self, member: PoolMemberId) -> ProcessingId {
        let id = self.propose(member).await.unwrap().id;
        jobs::accept(&self.app, by(&self.processor), id).await.unwrap();
        let begun = jobs::start(&self.app, by(&self.processor), id).await.unwrap().value;
        assert_eq!(begun.state, ProcessingState::InProgress);
        id
    }

    async fn run(&self, id: ProcessingId, spec: serde_json::Value) -> AppResult<JobId> {
        let call = by(&self.processor);
        Ok(runs::create(&self.app, call, id, NewRun { spec }).await?.value.id)
    }

    async fn read_run(&self, id: JobId) -> Run {
        self.app.store.read(move |db| runs::run_in(db, id)).await.unwrap()
    }

    async fn source(&self, who: &Principal, id: ProcessingId) -> AppResult<work::Source> {
        work::source(&self.app, who.clone(), id, work::Ask::default()).await
    }

    /// Actions in the trail of an object, oldest first; the chain is whole.
    async fn trail(&self, id: ProcessingId) -> Vec<String> {
        let object = id.to_string();
        let auditor = Principal { roles: vec![Role::Auditor], ..self.operator.clone() };
        self.app
            .store
            .read(move |db| {
                assert_eq!(crate::audit::verify_in(db, &object)?, None);
                let lines = crate::audit::service::list_in(db, &auditor, None, 200)?;
                assert_eq!(lines.next, None);
                let own = lines.items.into_iter().filter(|line| line.object == object);
                Ok(own.map(|line| line.action).collect())
            })
            .await
            .unwrap()
    }
}

async fn person(app: &App, business_no: &str, name: &str, role: Role) -> Principal {
    let organisation = NewOrganisation {
        name: format!("{name} 제조"),
        business_no: business_no.parse().unwrap(),
        corporate_no: None,
        representative: name.to_owned(),
        size_class: SizeClass::Sme,
        ksic: Some("22299".to_owned()),
        roles: vec![role],
    };
    let user = NewUser {
        email: format!("a{}@example.kr", business_no.replace('-', "")),
        name: name.to_owned(),
        password: Secret("correct horse".to_owned()),
    };
    let made = parties::sign_up(app, SignUp { organisation, user }).await.unwrap();
    Principal {
        user: made.user.id,
        org: made.organisation.id,
        session: app.clock.fresh(),
        roles: vec![role],
    }
}

/// A ticket without a key.
fn once() -> Ticket {
    Ticket::new("test".to_owned(), None, "", b"")
}

fn by(who: &Principal) -> Call {
    Call { who: who.clone(), ticket: once() }
}

fn why() -> Decision {
    Decision { reason: "사유".to_owned() }
}

fn applicant(capacity: u32) -> NewPoolMember {
    let papers = [Requirement::Staff, Requirement::TrackRecord, Requirement::Facility];
    NewPoolMember {
        staff: 5,
        capacity,
        facility: "출입 통제 작업실".to_owned(),
        track_record: "전처리 3건\n모델 1건".to_owned(),
        papers: papers
            .map(|requirement| PoolPaper {
                requirement,
                title: "증빙".to_owned(),
                sha256: "ab".repeat(32),
            })
            .to_vec(),
        security_pledge: true,
    }
}

/// Two hundred shots of a machine, one row doubled, one reading missing.
fn csv() -> Bytes {
    let mut text = String::from("shot,time,temperature,pressure\n");
    for shot in 0..200_u32 {
        let (minute, second) = (shot / 60, shot % 60);
        let temperature = if shot == 7 { String::new() } else { format!("{}.5", 40 + shot % 9) };
        let row = format!(
            "{shot},2024-05-01 10:{minute:02}:{second:02},{temperature},{}\n",
            100 + shot % 7
        );
        text.push_str(&row);
        if shot == 11 {
            text.push_str(&row);
        }
    }
    Bytes::from(text)
}

fn refused<T: std::fmt::Debug>(result: AppResult<T>) -> Refusal {
    match result {
        Err(AppError::Refused(refusal)) => *refusal,
        other => panic!("not refused: {other:?}"),
    }
}

#[tokio::test]
async fn a_version_is_processed_from_proposal_to_deletion() {
    let desk = Desk::open().await;
    let member = desk.member(3).await;
    let id = desk.propose(member).await.unwrap().id;
    let hidden = desk.source(&desk.processor, id).await;
    assert_eq!(refused(hidden).code, Code::NotEntitled);
    jobs::accept(&desk.app, by(&desk.processor), id).await.unwrap();
    let begun = jobs::start(&desk.app, by(&desk.processor), id).await.unwrap().value;
    assert_eq!(begun.access_until, Some(at("2024-07-10T00:00:00Z")));

    let source = desk.source(&desk.processor, id).await.unwrap();
    let raw = desk.read_version(begun.version).await;
    assert_eq!(Some(source.sha256.clone()), raw.table.map(|table| table.sha256));
    let body = desk.app.objects.get_range(&source.key, source.range.clone()).await.unwrap();
    let read: Vec<Bytes> = body.try_collect().await.unwrap();
    assert_eq!(read.iter().map(|chunk| chunk.len() as u64).sum::<u64>(), source.size);
    let suggested = work::suggestion(&desk.app, desk.processor.clone(), id).await.unwrap();
    assert!(!suggested.steps.is_empty());

    let run = desk.run(id, serde_json::to_value(&suggested).unwrap()).await.unwrap();
    desk.work().await;
    let run = desk.read_run(run).await;
    assert_eq!(run.state, RunState::Done, "{:?}", run.fault);
    let made = run.version.unwrap();
    assert_eq!((made.kind, made.state), (VersionKind::Processed, VersionState::Ready));
    assert_eq!((made.parent, made.dataset), (Some(begun.version), raw.dataset));
    assert_eq!((made.rows, made.certified), (Some(200), true));
    assert_eq!(run.lineage.unwrap().output.sha256, made.table.unwrap().sha256);
    let evidence = |who: &Principal| {
        let (store, who, run) = (desk.app.store.clone(), who.clone(), run.id);
        async move { store.read(move |db| runs::evidence_key_in(db, &who, id, run)).await }
    };
    let key = evidence(&desk.processor).await.unwrap();
    let document: schema::data::evidence::Evidence =
        serde_json::from_slice(&desk.app.objects.get_bytes(&key).await.unwrap()).unwrap();
    assert_eq!((document.profile.rows, document.lineage.is_some()), (200, true));
    assert!(matches!(evidence(&desk.stranger).await, Err(AppError::NotFound(_))));

    let submission = Submission { version: made.id, no_subcontracting: true };
    jobs::submit(&desk.app, by(&desk.processor), id, submission).await.unwrap();
    assert!(desk.source(&desk.processor, id).await.is_err());
    let verified = verify::verify(&desk.app, by(&desk.operator), id, Verification::default());
    let verified = verified.await.unwrap().value;
    assert_eq!(verified.state, ProcessingState::Verified, "{:?}", verified.findings);
    let accepted = jobs::approve(&desk.app, by(&desk.owner), id).await.unwrap().value;
    assert_eq!((accepted.state, accepted.access_until), (ProcessingState::Accepted, None));
    assert_eq!(refused(evidence(&desk.processor).await).code, Code::NotEntitled);
    assert!(evidence(&desk.owner).await.is_ok());
    let owner = desk.owner.clone();
    let page = desk.app.store.read(move |db| runs::list_in(db, &owner, id, None, 1)).await.unwrap();
    assert_eq!((page.items.len(), page.next, page.items[0].number), (1, None, 1));
    let deletion = Deletion { certificate: "원본 사본을 모두 지웠습니다.".to_owned() };
    let closed = jobs::close(&desk.app, by(&desk.processor), id, deletion).await.unwrap().value;
    assert_eq!(closed.state, ProcessingState::Closed);
    assert_eq!(closed.deletion_sha256.map(|sha256| sha256.len()), Some(64));
    assert_eq!(
        desk.trail(id).await,
        [
            "processing.propose",
            "processing.accept",
            "processing.start",
            "processing.read",
            "processing.read",
            "processing.run",
            "processing.run-end",
            "processing.submit",
            "processing.verify",
            "processing.approve",
            "processing.close",
        ]
    );
}

#[tokio::test]
async fn r_072_r_073_only_active_members_with_free_people_are_matched() {
    let desk = Desk::open().await;
    let applied = pool::apply(&desk.app, desk.processor.clone(), once(), applicant(1));
    let member = applied.await.unwrap().value.id;
    let version = desk.version().await;
    let early = desk.propose_version(member, version).await;
    assert_eq!(refused(early).code, Code::ProcessorNotActive);
    desk.judge(member, [true; 4]).await.unwrap();

    let one = desk.propose_version(member, version).await.unwrap().id;
    let two = desk.propose_version(member, version).await.unwrap().id;
    jobs::accept(&desk.app, by(&desk.processor), one).await.unwrap();
    let second = jobs::accept(&desk.app, by(&desk.processor), two).await;
    assert_eq!(refused(second).code, Code::ProcessorCapacity);
    assert_eq!(refused(desk.propose_version(member, version).await).rule, Some("R-073"));

    let who = desk.owner.clone();
    let today = desk.app.clock.now().seoul_day();
    let seen = desk.app.store.read(move |db| pool::list_in(db, &who, None, 50, today));
    let seen = seen.await.unwrap().items;
    assert_eq!((seen.len(), seen[0].capacity, seen[0].free), (1, 1, 0));
    assert!(seen[0].file.is_none(), "papers are for the member and the staff");

    let declined = jobs::decline(&desk.app, by(&desk.processor), two, why()).await.unwrap().value;
    assert_eq!((declined.state, declined.processor), (ProcessingState::Requested, None));
    assert_eq!(desk.trail(two).await, ["processing.propose", "processing.decline"]);
    for (who, seen) in [
        (&desk.owner, vec![one, two]),
        (&desk.processor, vec![one]),
        (&desk.stranger, Vec::new()),
        (&desk.agency, vec![one, two]),
    ] {
        let who = who.clone();
        let page = desk.app.store.read(move |db| jobs::list_in(db, &who, None, 50)).await.unwrap();
        assert_eq!(page.items.iter().map(|job| job.id).collect::<Vec<_>>(), seen);
    }
    // Next year the registration is over.
    desk.clock.set(at("2024-12-31T15:00:00Z"));
    let late = jobs::propose(&desk.app, by(&desk.owner), two, Proposal { processor: member });
    assert_eq!(refused(late.await).figures["state"], "expired");
}

#[tokio::test]
async fn r_075_the_source_is_open_to_the_processor_only_and_for_a_time() {
    let desk = Desk::open().await;
    let id = desk.begun(desk.member(3).await).await;
    assert!(matches!(desk.source(&desk.stranger, id).await, Err(AppError::NotFound(_))));
    for who in [&desk.owner, &desk.operator, &desk.agency] {
        assert_eq!(refused(desk.source(who, id).await).code, Code::Forbidden);
    }
    let ask = |range: &str, if_range: Option<&str>| {
        let ask =
            work::Ask { range: Some(range.to_owned()), if_range: if_range.map(str::to_owned) };
        work::source(&desk.app, desk.processor.clone(), id, ask)
    };
    let part = ask("bytes=-8", None).await.unwrap();
    assert_eq!((part.range.end - part.range.start, part.partial), (8, true));
    assert!(ask("bytes=-8", Some(&part.etag())).await.unwrap().partial);
    assert!(!ask("bytes=-8", Some("\"other\"")).await.unwrap().partial);
    let beyond = ask(&format!("bytes={}-", part.size), None).await;
    assert_eq!(refused(beyond).code, Code::RangeNotSatisfiable);

    desk.clock.set(at("2024-07-10T00:00:00Z"));
    assert_eq!(refused(desk.source(&desk.processor, id).await).rule, Some("R-075"));
    let spec = json!({"steps": [{"drop_duplicates": {}}]});
    assert_eq!(refused(desk.run(id, spec).await).code, Code::NotEntitled);
    let more = Extension { access_days: 2 };
    let extended = jobs::extend(&desk.app, by(&desk.owner), id, more).await.unwrap().value;
    assert_eq!(extended.access_from, Some(at("2024-06-10T00:00:00Z")));
    assert!(desk.source(&desk.processor, id).await.is_ok());
    desk.clock.set(at("2024-07-12T00:00:00Z"));
    assert!(desk.source(&desk.processor, id).await.is_err());
}

#[tokio::test]
async fn a_pipeline_that_does_not_fit_leaves_nothing_behind() {
    let desk = Desk::open().await;
    let id = desk.begun(desk.member(3).await).await;
    let unknown = json!({"steps": [{"drop_columns": {"columns": ["no such column"]}}]});
    let told = refused(desk.run(id, unknown).await);
    assert_eq!((told.code, told.field.as_deref()), (Code::SpecInvalid, Some("spec")));

    // It fits the columns and fails on the rows: 40.5 is no integer.
    let cast = json!({"steps": [{"cast": {"columns": {"temperature": "integer"}}}]});
    let broken = desk.run(id, cast).await.unwrap();
    desk.work().await;
    let broken = desk.read_run(broken).await;
    assert_eq!((broken.state, broken.version.is_none()), (RunState::Rejected, true));
    assert!(broken.fault.unwrap().text.en.starts_with("step 1 (cast)"));

    // The job is taken away while runs wait.
    let good = desk.run(id, json!("steps:\n  - drop_duplicates: {}\n")).await.unwrap();
    let late = desk.run(id, json!({"steps": [{"drop_duplicates": {}}]})).await.unwrap();
    let replaced = jobs::replace(&desk.app, by(&desk.agency), id, why()).await.unwrap().value;
    assert_eq!((replaced.state, replaced.access_until), (ProcessingState::Requested, None));
    desk.work().await;
    for run in [good, late] {
        let run = desk.read_run(run).await;
        assert_eq!(run.state, RunState::Rejected);
        assert_eq!(run.fault.unwrap().code, "job-not-in-progress");
        assert!(run.version.is_none());
    }
    let scratch = std::fs::read_dir(desk.app.objects.scratch()).unwrap();
    assert_eq!(scratch.count(), 0);
}

#[tokio::test]
async fn edge_case_7_a_barred_processor_stops_until_the_agency_decides() {
    let desk = Desk::open().await;
    let member = desk.member(3).await;
    let id = desk.begun(member).await;
    desk.bar(member, PoolCommand::Suspend).await;
    assert_eq!(refused(desk.source(&desk.processor, id).await).rule, Some("R-076"));
    let spec = json!({"steps": [{"drop_duplicates": {}}]});
    assert_eq!(refused(desk.run(id, spec.clone()).await).code, Code::ProcessorNotActive);
    desk.bar(member, PoolCommand::Remove).await;
    let alone = jobs::proceed(&desk.app, by(&desk.operator), id, why()).await;
    assert_eq!(refused(alone).code, Code::Forbidden);
    jobs::proceed(&desk.app, by(&desk.agency), id, why()).await.unwrap();
    assert!(desk.source(&desk.processor, id).await.is_ok());
    let run = desk.run(id, spec).await.unwrap();
    desk.work().await;
    assert_eq!(desk.read_run(run).await.state, RunState::Done);
    let again = pool::apply(&desk.app, desk.processor.clone(), once(), applicant(1)).await;
    assert_eq!(refused(again).code, Code::PoolMemberExists);
    let version = desk.read_run(run).await.version.unwrap().id;
    let next = desk.propose_version(member, version).await;
    assert_eq!(refused(next).field.as_deref(), Some("version"));
}

#[tokio::test]
async fn what_is_handed_in_was_made_by_this_job() {
    let desk = Desk::open().await;
    let member = desk.member(3).await;
    let (one, two) = (desk.begun(member).await, desk.begun(member).await);
    let run = desk.run(one, json!({"steps": [{"drop_duplicates": {}}]})).await.unwrap();
    desk.work().await;
    let version = desk.read_run(run).await.version.unwrap().id;
    let foreign = jobs::submit(
        &desk.app,
        by(&desk.processor),
        two,
        Submission { version, no_subcontracting: true },
    )
    .await;
    assert_eq!(refused(foreign).field.as_deref(), Some("version"));
    // The stored bytes change behind the exchange's back: verification sees it.
    let key = desk.app.store.read(move |db| catalog::table_key_in(db, version)).await.unwrap();
    jobs::submit(
        &desk.app,
        by(&desk.processor),
        one,
        Submission { version, no_subcontracting: true },
    )
    .await
    .unwrap();
    let object = desk.folder.path().join("objects").join(&key);
    let mut bytes = std::fs::read(&object).unwrap();
    bytes[100] ^= 1;
    std::fs::write(&object, bytes).unwrap();
    let seen = verify::verify(&desk.app, by(&desk.operator), one, Verification::default()).await;
    let seen = seen.unwrap().value;
    assert_eq!(seen.state, ProcessingState::Rework);
    let codes: Vec<&str> = seen.findings.iter().map(|reason| reason.code.as_str()).collect();
    assert_eq!(codes, ["stored-bytes-differ", "certificate-of-other-bytes"]);
    let again = jobs::start(&desk.app, by(&desk.processor), one).await.unwrap().value;
    assert_eq!(again.state, ProcessingState::InProgress);
}
