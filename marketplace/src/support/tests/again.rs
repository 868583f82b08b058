//! What is asked for a second time.

use super::*;

#[tokio::test]
async fn a_command_sent_twice_is_done_once() {
    let desk = Desk::open().await;
    let id = desk.propose(desk.member(3).await).await.unwrap().id;
    let ticket = Ticket::new("kim".to_owned(), Some("k1".to_owned()), "decline", b"");
    let call = || Call { who: desk.processor.clone(), ticket: ticket.clone() };
    let first = jobs::decline(&desk.app, call(), id, why()).await.unwrap();
    // The job is no longer the processor's to see, yet the answer is the same.
    let again = jobs::decline(&desk.app, call(), id, why()).await.unwrap();
    assert!(!first.replayed && again.replayed);
    assert_eq!(first.value.state, again.value.state);
    let fresh = jobs::decline(&desk.app, by(&desk.processor), id, why()).await;
    assert!(matches!(fresh, Err(AppError::NotFound(_))));
    assert_eq!(desk.trail(id).await.len(), 2);
}

#[tokio::test]
async fn r_025_one_requirement_not_met_refuses_and_one_may_apply_again() {
    let desk = Desk::open().await;
    let applied = pool::apply(&desk.app, desk.processor.clone(), once(), applicant(2));
    let id = applied.await.unwrap().value.id;
    let twice = pool::apply(&desk.app, desk.processor.clone(), once(), applicant(2)).await;
    assert_eq!(refused(twice).code, Code::PoolMemberExists);
    let judged = desk.judge(id, [true, true, false, true]).await.unwrap();
    assert_eq!((judged.state, judged.valid_until), (PoolState::Refused, None));
    let file = judged.file.unwrap();
    assert_eq!(file.verdicts.iter().filter(|verdict| !verdict.met).count(), 1);
    assert_eq!(refused(desk.judge(id, [true; 4]).await).code, Code::StateForbids);
    let next = desk.member(2).await;
    assert_ne!(next, id);
    let itself = Principal { roles: vec![Role::Operator], ..desk.processor.clone() };
    let own = pool::bar(&desk.app, itself, once(), next, PoolCommand::Suspend, why()).await;
    assert_eq!(refused(own).code, Code::DutiesSeparated);
}
