//! An ordered map over blocks on several threads.
//!
//! Invariant: results reach the caller in the order of the blocks, so nothing downstream depends on
//! the number of threads. At most twice as many blocks as threads are under way.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::sync::{Mutex, PoisonError};

use crate::error::Fault;

/// Takes blocks from `next` until it gives none, maps each with `work` on one of `threads`
/// threads, and hands the results to `sink` in order. The first fault stops everything.
pub(super) fn ordered<T: Send, R: Send>(
    threads: usize,
    mut next: impl FnMut() -> Result<Option<T>, Fault>,
    work: impl Fn(T) -> R + Sync,
    mut sink: impl FnMut(R) -> Result<(), Fault>,
) -> Result<(), Fault> {
    if threads <= 1 {
        while let Some(block) = next()? {
            sink(work(block))?;
        }
        return Ok(());
    }
    // A single block is not worth a thread.
    let Some(first) = next()? else { return Ok(()) };
    let Some(second) = next()? else { return sink(work(first)) };
    let mut early = [second, first].into_iter().collect::<Vec<_>>();
    let (jobs, queue) = mpsc::sync_channel::<(u64, T)>(threads * 2);
    let queue = Mutex::new(queue);
    std::thread::scope(|scope| {
        let (results, done) = mpsc::sync_channel::<(u64, Option<R>)>(threads * 2);
        let queue = &queue;
        let work = &work;
        for _ in 0..threads {
            let results = results.clone();
            scope.spawn(move || worker(queue, &results, work));
        }
        drop(results);
        let mut next = || early.pop().map_or_else(&mut next, |block| Ok(Some(block)));
        drive(threads * 2, &mut next, jobs, &done, &mut sink)
    })
}

fn worker<T, R>(
    queue: &Mutex<Receiver<(u64, T)>>,
    results: &SyncSender<(u64, Option<R>)>,
    work: &impl Fn(T) -> R,
) {
    loop {
        let job = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok((number, block)) = job else { return };
        // A panic must reach the caller, who would wait for this block for ever.
        let result = catch_unwind(AssertUnwindSafe(|| work(block)));
        if results.send((number, result.ok())).is_err() {
            return;
        }
    }
}

fn drive<T, R>(
    under_way_max: usize,
    next: &mut impl FnMut() -> Result<Option<T>, Fault>,
    jobs: SyncSender<(u64, T)>,
    done: &Receiver<(u64, Option<R>)>,
    sink: &mut impl FnMut(R) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let lost = |_| Fault::Bug("a worker thread ended early".to_owned());
    let mut waiting = BTreeMap::new();
    let (mut sent, mut sunk) = (0_u64, 0_u64);
    let mut jobs = Some(jobs);
    loop {
        while let Some(sender) = &jobs
            && sent - sunk < under_way_max as u64
        {
            match next()? {
                Some(block) => {
                    sender
                        .send((sent, block))
                        .map_err(|_| Fault::Bug("no worker thread is left".to_owned()))?;
                    sent += 1;
                }
                None => jobs = None,
            }
        }
        if sunk == sent {
            return Ok(());
        }
        let (number, result) = done.recv().map_err(lost)?;
        let result = result.ok_or_else(|| Fault::Bug("a worker thread panicked".to_owned()))?;
        waiting.insert(number, result);
        while let Some(result) = waiting.remove(&sunk) {
            sink(result)?;
            sunk += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn squares(threads: usize, count: u64) -> Result<Vec<u64>, Fault> {
        let mut blocks = 0..count;
        let mut out = Vec::new();
        ordered(
            threads,
            || Ok(blocks.next()),
            |block| block * block,
            |square| {
                out.push(square);
                Ok(())
            },
        )?;
        Ok(out)
    }

    #[test]
    fn results_come_in_order_whatever_the_threads() {
        let expected: Vec<u64> = (0..500).map(|block| block * block).collect();
        for threads in [0, 1, 2, 7] {
            assert_eq!(squares(threads, 500).unwrap(), expected);
            assert_eq!(squares(threads, 1).unwrap(), [0]);
            assert!(squares(threads, 0).unwrap().is_empty());
        }
    }

    #[test]
    fn a_fault_on_either_side_stops_everything() {
        for threads in [1, 3] {
            let mut blocks = 0..100_u64;
            let sink = |block: u64| if block == 9 { Err(Fault::Cancelled) } else { Ok(()) };
            let end = ordered(threads, || Ok(blocks.next()), |block| block, sink);
            assert!(matches!(end, Err(Fault::Cancelled)));
            let mut blocks = 0..100_u64;
            let next = || match blocks.next() {
                Some(7) => Err(Fault::Cancelled),
                block => Ok(block),
            };
            assert!(matches!(
                ordered(threads, next, |block| block, |_| Ok(())),
                Err(Fault::Cancelled)
            ));
        }
    }
}
