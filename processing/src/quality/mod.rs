//! Quality rules and indices: one scan counts, a pure function judges.
//!
//! | file | what it holds |
//! |---|---|
//! | `suggest` | a cautious rule set from a profile |
//! | `compile`, `prepare` | rules as data → tests that fit the columns of a table |
//! | `rows`, `follow` | tests row by row (row groups in parallel) and row after row (in file order) |
//! | `form`, `number` | type and length of one value; a cell as a number |
//! | `across`, `condition`, `trace`, `shift` | tests over several columns, rows around, spreads: in a scan of their own |
//! | `reference` | other tables and profiles that rules compare with |
//! | `whole` | tests of the table as a whole, from its profile and dictionary |
//! | `mask`, `book`, `failed` | which rows failed: as bits, by rule, as a file |
//! | `pack` | limits of physics and equipment for a kind of line |
//! | `document`, `cure` | rules as text, and what a person can do about a violation |
//! | `judge` | exact counts → indices, grade, report; no I/O |
//! | `canonical` | the digest that binds a report to its rules |
//!
//! Invariants: the profile and all rules share one scan; a null is missing and violates nothing
//! else; NaN is missing, and violates every range; record indices count a record once however many
//! rules it breaks; the same file and rules give the same bytes on any number of threads.
//!
//! Deliberately absent: a clock (freshness counts back from a time that is given), the hash of the
//! data (a certificate binds it).

mod across;
mod book;
mod canonical;
#[cfg(test)]
mod check_oracle_tests;
#[cfg(test)]
mod check_tests;
mod compile;
mod condition;
#[cfg(test)]
mod condition_tests;
mod cure;
#[cfg(test)]
mod docs_tests;
mod document;
mod failed;
mod follow;
mod form;
mod judge;
mod mask;
mod number;
mod pack;
mod prepare;
mod reference;
mod rows;
mod shift;
mod suggest;
#[cfg(test)]
mod suggest_tests;
#[cfg(test)]
mod tests;
mod trace;
#[cfg(test)]
mod vectors;
mod whole;

use std::collections::BTreeMap;
use std::path::Path;

use schema::data::column::Dictionary;
use schema::data::profile::Profile;
use schema::data::quality::{Report, RuleSet};

pub use canonical::rule_set_digest;
pub use cure::cure;
pub use document::{RuleDocument, parse};
pub use failed::FailedRows;
pub use judge::{Observed, RuleCount, grade, index, indices, judge, overall};
pub use pack::{Process, guess_process, pack_rules};
pub use reference::{Context, Reference};
pub use suggest::{suggest, suggest_for};

use across::{Across, Rounds};
use book::Book;
use compile::{Test, compile};
use follow::{Follower, Followers};
use mask::{Marks, ROWS_NAMED, Tally};
use prepare::Bench;
use rows::{RowRule, RowWorker};

use crate::error::Fault;
use crate::limits::Limits;
use crate::profile::keys::{Census, Keys};
use crate::profile::order::TimeFacts;
use crate::profile::scan::{Batch, Scan, Walk, Worker};
use crate::profile::table::Table;
use crate::profile::{Pass, ProfileWorker};
use crate::progress::Progress;

/// Name and version of this tool, for reports.
pub(crate) const TOOL: &str = concat!("jangteo-process ", env!("CARGO_PKG_VERSION"));

/// Rules that walk together at most; bounds the columns that are decoded at a time.
const FOLLOWERS_MAX: usize = 64;

/// What a validation gives.
#[derive(Clone, Debug, PartialEq)]
pub struct Assessment {
    /// What the data looks like.
    pub profile: Profile,
    /// How it fares by the rules.
    pub report: Report,
    /// Which rows break which rules, if the context asks for them.
    pub failed: Option<FailedRows>,
}

/// Profiles a Parquet file and judges it by rules that need nothing else.
///
/// # Errors
///
/// As [`assess_in`].
pub fn assess(
    path: &Path,
    dictionary: &Dictionary,
    rules: &RuleSet,
    limits: &Limits,
    progress: &dyn Progress,
) -> Result<Assessment, Fault> {
    assess_in(&Context::default(), path, dictionary, rules, limits, progress)
}

/// Profiles a Parquet file and judges it by rules, which may compare with what the context holds.
///
/// # Errors
///
/// As [`profile`](crate::profile::profile()); and [`Fault::Input`] if a rule does not fit the table:
/// `column-missing`, `rule-type-mismatch`, `rule-bound`, `rule-pattern`, `rule-unit`,
/// `rule-id-repeated`, `rules-too-many`, `groups-too-many`, `rows-too-many`, `as-of-missing`,
/// `reference-missing`, `reference-not-table`, `reference-type-mismatch`, `reference-too-large`,
/// `reference-too-varied`, `reference-empty`; and those of expressions and queries.
pub fn assess_in(
    context: &Context,
    path: &Path,
    dictionary: &Dictionary,
    rules: &RuleSet,
    limits: &Limits,
    progress: &dyn Progress,
) -> Result<Assessment, Fault> {
    let table = Table::open(path, dictionary, limits)?;
    let tests = compile(rules, &Bench { table: &table, dictionary, context, limits })?;
    let book = Book::new(rules, table.rows, context.failed_rows_max.is_some(), limits)?;
    let plan = Plan::new(&tests, &book, context);
    let pass = Pass { table: &table, limits, progress };
    let (profile, whole_rows, counted) = match &pass.portions()[..] {
        [columns] => fused(&pass, &plan, columns)?,
        _ => apart(&pass, &plan, path, dictionary)?,
    };
    let rounds = Rounds { table: &table, context, book: &book, limits, progress };
    let across = rounds.run(&plan.across)?;
    let mut observed = observe(&table, &plan, counted, across, whole_rows, &profile)?;
    let failed = context.failed_rows_max.map(|max| failed_rows(&plan, &mut observed, max));
    let report = judge(&observed, rules)?;
    Ok(Assessment { profile, report, failed })
}

/// Which rule is judged where.
struct Plan<'a> {
    tests: &'a [Test],
    book: &'a Book,
    rows: Vec<RowRule<'a>>,
    follows: Vec<(usize, Option<&'a Marks>)>,
    across: Vec<(usize, &'a Across)>,
    /// Repeated keys that are named at most.
    repeats_max: usize,
}

impl<'a> Plan<'a> {
    fn new(tests: &'a [Test], book: &'a Book, context: &Context) -> Self {
        let repeats_max = context.failed_rows_max.map_or(0, |max| max.saturating_add(1));
        let repeats_max = repeats_max.max(ROWS_NAMED);
        let (rows, follows, across) = Default::default();
        let mut plan = Self { tests, book, rows, follows, across, repeats_max };
        for (rule, test) in tests.iter().enumerate() {
            let marks = book.of(rule);
            match test {
                Test::Row { .. } | Test::Delay { .. } | Test::Unique { .. } => {
                    plan.rows.push(RowRule { rule, test, marks });
                }
                Test::Follow { .. } => plan.follows.push((rule, marks)),
                Test::Across(check) => plan.across.push((rule, check)),
                Test::Whole(_) => {}
            }
        }
        plan
    }

    /// The rules that are judged in the scan by row group. A key of all columns is left to the
    /// profile, which hashes whole rows anyway, unless more repeats are to be named than it names.
    fn scanned(&self, columns: usize) -> Vec<RowRule<'a>> {
        let left = self.repeats_max == ROWS_NAMED;
        let whole =
            |test: &Test| matches!(test, Test::Unique { columns: c } if left && c.len() == columns);
        let rules = self.rows.iter().filter(|rule| !whole(rule.test));
        rules.map(|r| RowRule { rule: r.rule, test: r.test, marks: r.marks }).collect()
    }

    /// The walks for rules that are judged row after row: rules with the same group column walk
    /// together, in as many walks as there are threads.
    fn walks(&self, threads: usize) -> Vec<Walk<Walker<'a>>> {
        let mut by_group: BTreeMap<Option<usize>, Vec<(usize, Option<&'a Marks>)>> =
            BTreeMap::new();
        for follow in &self.follows {
            if let Test::Follow { group, .. } = &self.tests[follow.0] {
                by_group.entry(*group).or_default().push(*follow);
            }
        }
        let mut walks = Vec::new();
        for (group, follows) in by_group {
            let together = follows.len().div_ceil(threads.max(1)).clamp(1, FOLLOWERS_MAX);
            walks.extend(follows.chunks(together).map(|follows| self.walk(group, follows)));
        }
        walks
    }

    fn walk(
        &self,
        group: Option<usize>,
        follows: &[(usize, Option<&'a Marks>)],
    ) -> Walk<Walker<'a>> {
        let tests = || {
            follows.iter().filter_map(|(rule, marks)| match &self.tests[*rule] {
                Test::Follow { column, order, .. } => Some((*rule, *column, *order, *marks)),
                _ => None,
            })
        };
        let mut columns: Vec<usize> = tests().map(|(_, column, ..)| column).collect();
        columns.extend(group);
        columns.sort_unstable();
        columns.dedup();
        let slot = |of: usize| columns.iter().position(|c| *c == of).unwrap_or(0);
        let each = tests()
            .map(|(rule, column, order, marks)| Follower::new(rule, order, slot(column), marks))
            .collect();
        let worker = Walker::Rules(Box::new(Followers::new(group.map(slot), each)));
        Walk { columns, worker }
    }
}

/// What was counted by rule.
struct Counted {
    tallies: Vec<(usize, Tally)>,
    keys: Vec<(usize, Census)>,
}

/// A worker that walks the file: for the profile or for a rule.
enum Walker<'a> {
    Facts(Box<TimeFacts>),
    Rules(Box<Followers<'a>>),
}

impl Worker for Walker<'_> {
    fn take(&mut self, batch: &Batch) -> Result<(), Fault> {
        match self {
            Self::Facts(facts) => facts.take(batch),
            Self::Rules(followers) => followers.take(batch),
        }
    }
}

/// Profile and rules on the same batches.
struct Both<'a> {
    profile: ProfileWorker,
    rules: RowWorker<'a>,
}

impl Worker for Both<'_> {
    fn take(&mut self, batch: &Batch) -> Result<(), Fault> {
        self.profile.take(batch)?;
        self.rules.take(batch)
    }
}

/// One scan for the profile and all rules.
fn fused(
    pass: &Pass<'_>,
    plan: &Plan<'_>,
    columns: &[usize],
) -> Result<(Profile, Option<Census>, Counted), Fault> {
    let scanned = plan.scanned(pass.table.columns.len());
    let facts = pass
        .walks()
        .into_iter()
        .map(|walk| Walk { columns: walk.columns, worker: Walker::Facts(Box::new(walk.worker)) });
    let walks = facts.chain(plan.walks(pass.limits.threads)).collect();
    let make =
        || Both { profile: pass.worker(columns, true), rules: RowWorker::new(&scanned, columns) };
    let (workers, walked) = pass.scan().run(columns, make, walks)?;
    let (profiles, rules): (Vec<_>, Vec<_>) =
        workers.into_iter().map(|both| (both.profile, both.rules)).unzip();
    let (facts, counted) = gather(&scanned, rules, walked, plan.repeats_max)?;
    let (profile, whole_rows) = pass.finish(profiles, facts)?;
    Ok((profile, whole_rows, counted))
}

/// A scan for the rules after the profile, for tables too wide to hold both.
fn apart(
    pass: &Pass<'_>,
    plan: &Plan<'_>,
    path: &Path,
    dictionary: &Dictionary,
) -> Result<(Profile, Option<Census>, Counted), Fault> {
    let profile = crate::profile::profile(path, dictionary, pass.limits, pass.progress)?;
    // Nothing is left to the profile here, so no number of columns counts as all of them.
    let scanned = plan.scanned(usize::MAX);
    let columns: Vec<usize> = (0..pass.table.columns.len()).collect();
    let scan =
        Scan { table: pass.table, limits: pass.limits, progress: pass.progress, stage: "rules" };
    let make = || RowWorker::new(&scanned, &columns);
    let (rules, walked) = scan.run(&columns, make, plan.walks(pass.limits.threads))?;
    let (_, counted) = gather(&scanned, rules, walked, plan.repeats_max)?;
    Ok((profile, None, counted))
}

/// Merges what the threads have counted.
fn gather(
    scanned: &[RowRule<'_>],
    workers: Vec<RowWorker<'_>>,
    walked: Vec<Walker<'_>>,
    repeats_max: usize,
) -> Result<(Vec<TimeFacts>, Counted), Fault> {
    let mut tallies: Vec<(usize, Tally)> =
        scanned.iter().map(|rule| (rule.rule, Tally::default())).collect();
    let mut collectors: Vec<Vec<_>> = scanned.iter().map(|_| Vec::new()).collect();
    for worker in workers {
        for (at, tally) in worker.tallies.iter().enumerate() {
            tallies[at].1.merge(tally);
        }
        for (at, keys) in worker.keys.into_iter().enumerate() {
            collectors[at].extend(keys);
        }
    }
    let mut keys = Vec::new();
    for (rule, collectors) in scanned.iter().zip(collectors) {
        if matches!(rule.test, Test::Unique { .. }) {
            keys.push((rule.rule, Keys::new(collectors).census(repeats_max)?));
        }
    }
    let mut facts = Vec::new();
    for walker in walked {
        match walker {
            Walker::Facts(fact) => facts.push(*fact),
            Walker::Rules(followers) => {
                let each = followers.each.into_iter();
                tallies.extend(each.map(|follower| (follower.rule, follower.tally)));
            }
        }
    }
    Ok((facts, Counted { tallies, keys }))
}

/// All that the report depends on.
fn observe(
    table: &Table,
    plan: &Plan<'_>,
    counted: Counted,
    across: Vec<(usize, RuleCount)>,
    whole_rows: Option<Census>,
    profile: &Profile,
) -> Result<Observed, Fault> {
    let rows = table.rows;
    let lost = || Fault::Bug("a rule was not counted".to_owned());
    let mut rules = Vec::with_capacity(plan.tests.len());
    for (rule, test) in plan.tests.iter().enumerate() {
        rules.push(match test {
            Test::Whole(whole) => whole.count(table, profile),
            Test::Across(_) => {
                let found = across.iter().find(|(of, _)| *of == rule);
                found.map(|(_, count)| count.clone()).ok_or_else(lost)?
            }
            Test::Unique { .. } => {
                let found = counted.keys.iter().find(|(of, _)| *of == rule).map(|(_, c)| c);
                match found.or(whole_rows.as_ref()) {
                    Some(census) => RuleCount {
                        checked: rows,
                        violations: rows - census.distinct,
                        rows: census.repeats.clone(),
                        keys: (rows > 0).then_some((census.distinct, census.once)),
                        ..RuleCount::default()
                    },
                    None if table.columns.is_empty() => {
                        RuleCount { checked: rows, ..RuleCount::default() }
                    }
                    None => return Err(lost()),
                }
            }
            Test::Row { .. } | Test::Delay { .. } | Test::Follow { .. } => {
                let tally = counted.tallies.iter().find(|(of, _)| *of == rule).map(|(_, t)| t);
                let tally = tally.ok_or_else(lost)?;
                RuleCount {
                    checked: rows,
                    violations: tally.violations,
                    rows: tally.rows.clone(),
                    ..RuleCount::default()
                }
            }
        });
    }
    let missing = profile.columns.iter().map(|column| (&column.name, column.nulls + column.nan));
    Ok(Observed {
        rows,
        cells: profile.cells,
        null_cells: profile.null_cells,
        nan_cells: profile.nan_cells,
        missing: missing.filter(|(_, n)| *n > 0).map(|(name, n)| (name.clone(), n)).collect(),
        rules,
        failed: plan.book.failed(),
    })
}

/// The rows that break rules: from the marks, and for keys from the repeats that were named, which
/// are cut to those of a report.
fn failed_rows(plan: &Plan<'_>, observed: &mut Observed, max: usize) -> FailedRows {
    let (mut pairs, mut more) = plan.book.pairs(max);
    for (rule, count) in observed.rules.iter_mut().enumerate() {
        if matches!(plan.tests[rule], Test::Unique { .. }) {
            pairs.extend(count.rows.iter().map(|row| (*row, rule)));
            count.rows.truncate(ROWS_NAMED);
        }
    }
    pairs.sort_unstable();
    more |= pairs.len() > max;
    pairs.truncate(max);
    FailedRows { pairs, more }
}
