//! What row groups told, put together in file order.
//!
//! Row groups end in any order; each waits for those before it. So the state is one [`Past`] for
//! each followed rule and group, whatever the number of rows.
//!
//! Invariant: counts are those of one walk from the first row to the last.

use std::collections::BTreeMap;
use std::sync::Mutex;

use super::compile::OrderTest;
use super::follow::{FollowSet, Part, Phase, Span};
use super::mask::Tally;
use crate::error::Fault;

/// What a thread hands over at the end of a row group.
pub(crate) struct Segment {
    /// First row of the row group.
    pub(crate) first_row: u64,
    /// For each set, the parts of its rules.
    pub(crate) parts: Vec<Vec<Part>>,
}

/// The row groups so far.
pub(crate) struct Sequence<'a> {
    /// The rules that follow rows.
    pub(crate) sets: &'a [FollowSet<'a>],
    state: Mutex<State>,
}

struct State {
    /// The row group that is next.
    next: usize,
    waiting: BTreeMap<usize, Segment>,
    /// For each set and rule, the past of each group.
    past: Vec<Vec<Vec<Past>>>,
    /// For each set and rule, what failed only because of what came before its row group.
    found: Vec<Vec<Tally>>,
}

/// What is remembered of a group at the end of a row group.
#[derive(Clone, Copy, Default)]
struct Past {
    /// Whether there is a value; for runs, one that nothing ended.
    known: bool,
    /// Latest value for gaps, else the last.
    last: i64,
    /// Rows of the run under way.
    run: u64,
}

impl<'a> Sequence<'a> {
    /// Before the first row group.
    pub(crate) fn new(sets: &'a [FollowSet<'a>]) -> Self {
        let tallies = |set: &FollowSet<'_>| set.rules.iter().map(|_| Tally::default()).collect();
        let past = |set: &FollowSet<'_>| set.rules.iter().map(|_| Vec::new()).collect();
        let found = sets.iter().map(tallies).collect();
        let past = sets.iter().map(past).collect();
        let state = State { next: 0, waiting: BTreeMap::new(), past, found };
        Self { sets, state: Mutex::new(state) }
    }

    /// Takes a row group, and all that only waited for it.
    pub(crate) fn take(&self, group: usize, segment: Segment) -> Result<(), Fault> {
        let mut state = self.state.lock().map_err(|e| Fault::Bug(e.to_string()))?;
        let State { next, waiting, past, found } = &mut *state;
        waiting.insert(group, segment);
        while let Some(Segment { first_row, parts }) = waiting.remove(next) {
            for (at, (set, parts)) in self.sets.iter().zip(&parts).enumerate() {
                for (number, (rule, part)) in set.rules.iter().zip(parts).enumerate() {
                    let mut fail = |place: u32| {
                        let row = first_row + u64::from(place);
                        found[at][number].add(row);
                        if let Some(marks) = rule.marks {
                            marks.mark(row);
                        }
                    };
                    follow(rule.order, part, &mut past[at][number], &mut fail);
                }
            }
            *next += 1;
        }
        Ok(())
    }

    /// For each set and rule, what failed only because of what came before its row group.
    pub(crate) fn finish(&self) -> Result<Vec<Vec<Tally>>, Fault> {
        let mut state = self.state.lock().map_err(|e| Fault::Bug(e.to_string()))?;
        if state.waiting.is_empty() {
            Ok(std::mem::take(&mut state.found))
        } else {
            Err(Fault::Bug("a row group was not read".to_owned()))
        }
    }
}

/// Judges what a row group left open, by what came before it.
fn follow(order: OrderTest, part: &Part, past: &mut Vec<Past>, fail: &mut impl FnMut(u32)) {
    if past.len() < part.spans.len() {
        past.resize(part.spans.len(), Past::default());
    }
    let seen = |(_, span): &(usize, &Span)| span.phase != Phase::Unseen;
    let spans = part.spans.iter().enumerate().filter(seen);
    match order {
        OrderTest::Monotonic { strict } => {
            for (group, span) in spans {
                let Past { known, last, .. } = past[group];
                if known && (span.first < last || (strict && span.first == last)) {
                    fail(span.first_place);
                }
                past[group] = Past { known: true, last: span.last, run: 0 };
            }
        }
        OrderTest::MaxGap(longest) => {
            let is_gap = |value: i64, from: i64| {
                value > from && value.wrapping_sub(from).cast_unsigned() > longest
            };
            for row in &part.open {
                let Past { known, last, .. } = past[row.group as usize];
                let (value, before) = row.step;
                if is_gap(value, if known { before.max(last) } else { before }) {
                    fail(row.place);
                }
            }
            for (group, span) in spans {
                let Past { known, last, .. } = past[group];
                if known && is_gap(span.first, last) {
                    fail(span.first_place);
                }
                let last = if known { span.last.max(last) } else { span.last };
                past[group] = Past { known: true, last, run: 0 };
            }
        }
        OrderTest::StuckRun(longest) => {
            // The open rows of a group are its first run, in order.
            let joins = |group: usize| {
                let Past { known, last, run } = past[group];
                let joins = known && part.spans[group].head > 0 && last == part.spans[group].first;
                joins.then_some(run)
            };
            let mut runs: Vec<Option<u64>> = (0..part.spans.len()).map(joins).collect();
            let before = runs.clone();
            for row in &part.open {
                if let Some(run) = &mut runs[row.group as usize] {
                    *run += 1;
                    if *run > longest {
                        fail(row.place);
                    }
                }
            }
            for (group, span) in spans {
                let more = before[group].filter(|_| span.phase == Phase::Head).unwrap_or(0);
                let known = span.phase != Phase::Broken;
                past[group] = Past { known, last: span.last, run: span.run + more };
            }
        }
    }
}
