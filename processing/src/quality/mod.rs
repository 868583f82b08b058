//! Quality rules and indices: one scan counts, a pure function judges.
//!
//! | file | what it holds |
//! |---|---|
//! | `suggest` | a cautious rule set from a profile |
//! | `compile`, `prepare` | rules as data → tests that fit the columns of a table |
//! | `rows` | the worker of the scan: tests row by row, keys |
//! | `follow`, `sequence` | tests row after row: what a row group tells, put together in file order |
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
//! Invariants: all rules, and the profile where it is asked for, share one scan; a null is missing and violates nothing
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
#[cfg(test)]
mod order_tests;
mod pack;
mod prepare;
mod reference;
mod rows;
mod sequence;
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
use std::sync::Arc;

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
pub(crate) use suggest::{Bounds, stray_limits};
pub use suggest::{propose, suggest, suggest_for};

use across::{Across, Rounds};
use book::Book;
use compile::{Test, compile};
use follow::{FollowRule, FollowSet};
use mask::{ROWS_NAMED, Tally};
use prepare::Bench;
use rows::{RowRule, RowWorker};
use sequence::Sequence;

use crate::error::Fault;
use crate::limits::Limits;
use crate::profile::keys::{Census, Keys};
use crate::profile::order::{Clocks, GROUPS_MAX, Names};
use crate::profile::scan::{Batch, Scan, Walk, Worker};
use crate::profile::table::Table;
use crate::profile::{Pass, ProfileOptions, ProfileWorker};
use crate::progress::Progress;

/// Name and version of this tool, for reports.
pub(crate) const TOOL: &str = concat!("jangteo-process ", env!("CARGO_PKG_VERSION"));

/// Groups of all following rules together, for which something is remembered in each thread.
const SPANS_MAX: usize = 4 << 20;

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
/// `reference-missing`, `reference-not-table`, `reference-type-mismatch`,
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
    let pass = Pass::new(&table, ProfileOptions::FULL, limits, progress);
    let (profile, whole_rows, counted) = match &pass.portions()[..] {
        [columns] => fused(&pass, &plan, columns)?,
        _ => {
            let profile = crate::profile::profile(path, dictionary, limits, progress)?;
            (profile, None, alone(&pass, &plan)?)
        }
    };
    let (report, failed) =
        conclude(&pass, &plan, context, rules, counted, whole_rows, Some(&profile))?;
    Ok(Assessment { profile, report, failed })
}

/// Judges a Parquet file by rules: the report and failing rows of [`assess_in`], but without the
/// work of a profile unless a rule asks for what only a profile knows.
///
/// # Errors
///
/// As [`assess_in`].
pub fn validate_in(
    context: &Context,
    path: &Path,
    dictionary: &Dictionary,
    rules: &RuleSet,
    limits: &Limits,
    progress: &dyn Progress,
) -> Result<(Report, Option<FailedRows>), Fault> {
    let table = Table::open(path, dictionary, limits)?;
    let tests = compile(rules, &Bench { table: &table, dictionary, context, limits })?;
    if tests.iter().any(|test| matches!(test, Test::Whole(whole) if whole.needs_profile())) {
        let found = assess_in(context, path, dictionary, rules, limits, progress)?;
        return Ok((found.report, found.failed));
    }
    let book = Book::new(rules, table.rows, context.failed_rows_max.is_some(), limits)?;
    let plan = Plan::new(&tests, &book, context);
    // No profile comes of it.
    let pass = Pass::new(&table, ProfileOptions::QUICK, limits, progress);
    let counted = alone(&pass, &plan)?;
    conclude(&pass, &plan, context, rules, counted, None, None)
}

/// From what the scan counted to the report.
fn conclude(
    pass: &Pass<'_>,
    plan: &Plan<'_>,
    context: &Context,
    rules: &RuleSet,
    counted: Counted,
    whole_rows: Option<Census>,
    profile: Option<&Profile>,
) -> Result<(Report, Option<FailedRows>), Fault> {
    let &Pass { table, limits, progress, .. } = pass;
    let rounds = Rounds { table, context, book: plan.book, limits, progress };
    let across = rounds.run(&plan.across)?;
    let mut observed = observe(table, plan, counted, across, whole_rows, profile)?;
    let failed = context.failed_rows_max.map(|max| failed_rows(plan, &mut observed, max));
    Ok((judge(&observed, rules)?, failed))
}

/// Which rule is judged where.
struct Plan<'a> {
    tests: &'a [Test],
    book: &'a Book,
    rows: Vec<RowRule<'a>>,
    /// Rules judged row after row, by group column.
    follows: Vec<FollowSet<'a>>,
    across: Vec<(usize, &'a Across)>,
    /// Repeated keys that are named at most.
    repeats_max: usize,
}

impl<'a> Plan<'a> {
    fn new(tests: &'a [Test], book: &'a Book, context: &Context) -> Self {
        let repeats_max = context.failed_rows_max.map_or(0, |max| max.saturating_add(1));
        let repeats_max = repeats_max.max(ROWS_NAMED);
        let (mut rows, mut across) = (Vec::new(), Vec::new());
        let mut by_group: BTreeMap<Option<usize>, Vec<FollowRule<'a>>> = BTreeMap::new();
        for (rule, test) in tests.iter().enumerate() {
            let marks = book.of(rule);
            match test {
                Test::Row { .. } | Test::Delay { .. } | Test::Unique { .. } => {
                    rows.push(RowRule { rule, test, marks });
                }
                Test::Follow { column, group, order } => {
                    let (column, order) = (*column, *order);
                    let follows = by_group.entry(*group).or_default();
                    follows.push(FollowRule { rule, column, order, marks });
                }
                Test::Across(check) => across.push((rule, check)),
                Test::Whole(_) => {}
            }
        }
        let count = by_group.values().map(Vec::len).sum::<usize>().max(1);
        let set = |(group, mut rules): (Option<usize>, Vec<FollowRule<'a>>)| {
            rules.sort_by_key(|rule| rule.column);
            let names = Arc::new(Names::new(GROUPS_MAX.min(SPANS_MAX / count)));
            FollowSet { group, names, rules }
        };
        let follows = by_group.into_iter().map(set).collect();
        Self { tests, book, rows, follows, across, repeats_max }
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
}

/// What was counted.
struct Counted {
    tallies: BTreeMap<usize, Tally>,
    keys: Vec<(usize, Census)>,
    /// Null and NaN cells by column, if they were asked for.
    missing: Vec<[u64; 2]>,
}

/// Profile and rules on the same batches.
struct Both<'a> {
    profile: ProfileWorker,
    rules: RowWorker<'a>,
}

impl Worker for Both<'_> {
    fn takes_codes(&self) -> bool {
        true
    }

    fn take(&mut self, batch: &Batch) -> Result<(), Fault> {
        self.profile.take(batch)?;
        self.rules.take(batch)
    }

    fn end_group(&mut self, group: usize) -> Result<(), Fault> {
        self.rules.end_group(group)
    }
}

/// One scan for the profile and all rules.
fn fused(
    pass: &Pass<'_>,
    plan: &Plan<'_>,
    columns: &[usize],
) -> Result<(Profile, Option<Census>, Counted), Fault> {
    let scanned = plan.scanned(pass.table.columns.len());
    let sequence = Sequence::new(&plan.follows);
    let make = || Both {
        profile: pass.worker(columns, true),
        rules: RowWorker::new(pass.table.rows, &scanned, columns, &sequence, false),
    };
    let (workers, facts) = pass.scan().run(columns, make, pass.walks())?;
    let (profiles, rules): (Vec<_>, Vec<_>) =
        workers.into_iter().map(|both| (both.profile, both.rules)).unzip();
    let counted = gather(plan, &scanned, rules, &sequence)?;
    let (profile, whole_rows) = pass.finish(profiles, facts)?;
    Ok((profile, whole_rows, counted))
}

/// A scan for the rules alone.
fn alone(pass: &Pass<'_>, plan: &Plan<'_>) -> Result<Counted, Fault> {
    // Nothing is left to a profile here, so no number of columns counts as all of them.
    let scanned = plan.scanned(usize::MAX);
    let columns: Vec<usize> = (0..pass.table.columns.len()).collect();
    let scan =
        Scan { table: pass.table, limits: pass.limits, progress: pass.progress, stage: "rules" };
    let sequence = Sequence::new(&plan.follows);
    let make = || RowWorker::new(pass.table.rows, &scanned, &columns, &sequence, true);
    let (rules, _) = scan.run(&columns, make, Vec::<Walk<Clocks>>::new())?;
    gather(plan, &scanned, rules, &sequence)
}

/// Merges what the threads have counted.
fn gather(
    plan: &Plan<'_>,
    scanned: &[RowRule<'_>],
    workers: Vec<RowWorker<'_>>,
    sequence: &Sequence<'_>,
) -> Result<Counted, Fault> {
    let found = sequence.finish()?;
    let mut tallies: BTreeMap<usize, Tally> = BTreeMap::new();
    let mut collectors: Vec<Vec<_>> = scanned.iter().map(|_| Vec::new()).collect();
    let mut missing: Vec<[u64; 2]> = Vec::new();
    for rule in scanned {
        tallies.entry(rule.rule).or_default();
    }
    let mut followed = |each: &[Vec<Tally>]| {
        for (set, each) in plan.follows.iter().zip(each) {
            for (rule, tally) in set.rules.iter().zip(each) {
                tallies.entry(rule.rule).or_default().merge(tally);
            }
        }
    };
    followed(&found);
    for worker in &workers {
        let each: Vec<_> = worker.followers.iter().map(|f| f.tallies.clone()).collect();
        followed(&each);
    }
    for worker in workers {
        for (rule, tally) in scanned.iter().zip(&worker.tallies) {
            tallies.entry(rule.rule).or_default().merge(tally);
        }
        for (at, keys) in worker.keys.into_iter().enumerate() {
            collectors[at].extend(keys.map(|(_, collector)| collector));
        }
        for (at, [nulls, nan]) in worker.missing.into_iter().flatten().enumerate() {
            missing.resize(missing.len().max(at + 1), [0; 2]);
            missing[at][0] += nulls;
            missing[at][1] += nan;
        }
    }
    let mut keys = Vec::new();
    for (rule, collectors) in scanned.iter().zip(collectors) {
        if matches!(rule.test, Test::Unique { .. }) {
            keys.push((rule.rule, Keys::new(collectors).census(plan.repeats_max)?));
        }
    }
    Ok(Counted { tallies, keys, missing })
}

/// All that the report depends on.
fn observe(
    table: &Table,
    plan: &Plan<'_>,
    counted: Counted,
    across: Vec<(usize, RuleCount)>,
    whole_rows: Option<Census>,
    profile: Option<&Profile>,
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
                let tally = counted.tallies.get(&rule).ok_or_else(lost)?;
                RuleCount {
                    checked: rows,
                    violations: tally.violations,
                    rows: tally.rows.clone(),
                    ..RuleCount::default()
                }
            }
        });
    }
    let missing = match profile {
        Some(profile) => profile.columns.iter().map(|c| [c.nulls, c.nan]).collect(),
        None => counted.missing,
    };
    let named = table.columns.iter().zip(&missing).map(|(c, [nulls, nan])| (&c.name, nulls + nan));
    Ok(Observed {
        rows,
        cells: rows.saturating_mul(table.columns.len() as u64),
        null_cells: missing.iter().map(|[nulls, _]| nulls).sum(),
        nan_cells: missing.iter().map(|[_, nan]| nan).sum(),
        missing: named.filter(|(_, n)| *n > 0).map(|(name, n)| (name.clone(), n)).collect(),
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
