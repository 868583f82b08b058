//! Quality rules and indices: one scan counts, a pure function judges.
//!
//! | file | what it holds |
//! |---|---|
//! | `suggest` | a cautious rule set from a profile |
//! | `compile` | rules as data → tests that fit the columns of a table |
//! | `rows`, `follow` | tests row by row (row groups in parallel) and row after row (in file order) |
//! | `mask` | which rows failed, as bits |
//! | `judge` | exact counts → indices, grade, report; no I/O |
//! | `canonical` | the digest that binds a report to its rules |
//!
//! Invariants: the profile and all rules share one scan; a null is missing and violates nothing
//! else; NaN is missing, and violates every range; record indices count a record once however many
//! rules it breaks; the same file and rules give the same bytes on any number of threads.
//!
//! Deliberately absent: comparison with a reference data set, rules across columns or tables, the
//! hash of the data (a certificate binds it).

mod canonical;
mod compile;
mod follow;
mod judge;
mod mask;
mod rows;
mod suggest;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod vectors;

use std::collections::BTreeMap;
use std::path::Path;

use schema::data::column::Dictionary;
use schema::data::profile::Profile;
use schema::data::quality::{Dimension, Report, RuleSet};

pub use canonical::rule_set_digest;
pub use judge::{Observed, RuleCount, grade, index, indices, judge, overall};
pub use suggest::suggest;

use compile::{Test, compile};
use follow::{Follower, Followers};
use mask::{Marks, Tally};
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
}

/// Profiles a Parquet file and judges it by rules.
///
/// # Errors
///
/// As [`profile`](crate::profile::profile()); and [`Fault::Input`] if a rule does not fit the table:
/// `column-missing`, `rule-type-mismatch`, `rule-bound`, `rule-pattern`, `rule-id-repeated`,
/// `rules-too-many`, `groups-too-many`, `rows-too-many`.
pub fn assess(
    path: &Path,
    dictionary: &Dictionary,
    rules: &RuleSet,
    limits: &Limits,
    progress: &dyn Progress,
) -> Result<Assessment, Fault> {
    let table = Table::open(path, dictionary, limits)?;
    let tests = compile(rules, &table)?;
    let marks = marks(rules, &table, limits)?;
    let plan = Plan::new(rules, &tests, &marks);
    let pass = Pass { table: &table, limits, progress };
    let (profile, whole_rows, counted) = match &pass.portions()[..] {
        [columns] => fused(&pass, &plan, columns)?,
        _ => apart(&pass, &plan, path, dictionary)?,
    };
    let observed = observe(&table, &plan, counted, whole_rows, &profile)?;
    let report = judge(&observed, rules)?;
    Ok(Assessment { profile, report })
}

/// Dimensions whose index counts records.
const RECORDS: [Dimension; 4] =
    [Dimension::Validity, Dimension::Consistency, Dimension::Accuracy, Dimension::Timeliness];

/// One set of marks for each record dimension that has rules.
fn marks(
    rules: &RuleSet,
    table: &Table,
    limits: &Limits,
) -> Result<Vec<(Dimension, Marks)>, Fault> {
    let used =
        |dimension: &Dimension| rules.rules.iter().any(|rule| rule.dimension() == Some(*dimension));
    let used: Vec<Dimension> = RECORDS.into_iter().filter(used).collect();
    let bytes = (table.rows / 8).saturating_mul(used.len() as u64);
    if bytes > limits.memory_bytes_max as u64 / 2 {
        return Err(Fault::input(
            "rows-too-many",
            format!(
                "규칙을 적용하기에 행이 너무 많습니다: {}. 파일을 나누어 검사하세요.",
                table.rows
            ),
            format!("Too many rows to apply rules to: {}. Split the file.", table.rows),
        ));
    }
    Ok(used.into_iter().map(|dimension| (dimension, Marks::new(table.rows))).collect())
}

/// Which rule is judged where.
struct Plan<'a> {
    tests: &'a [Test],
    marks: &'a [(Dimension, Marks)],
    rows: Vec<RowRule<'a>>,
    follows: Vec<(usize, Option<&'a Marks>)>,
}

impl<'a> Plan<'a> {
    fn new(rules: &RuleSet, tests: &'a [Test], marks: &'a [(Dimension, Marks)]) -> Self {
        let mut plan = Self { tests, marks, rows: Vec::new(), follows: Vec::new() };
        for (rule, test) in tests.iter().enumerate() {
            let dimension = rules.rules[rule].dimension();
            let marks = marks.iter().find(|(of, _)| Some(*of) == dimension).map(|(_, m)| m);
            match test {
                Test::Row { .. } | Test::Delay { .. } | Test::Unique { .. } => {
                    plan.rows.push(RowRule { rule, test, marks });
                }
                Test::Follow { .. } => plan.follows.push((rule, marks)),
                Test::RowCount { .. } => {}
            }
        }
        plan
    }

    /// The rules that are judged in the scan by row group. A key of all columns is left to the
    /// profile, which hashes whole rows anyway.
    fn scanned(&self, columns: usize) -> Vec<RowRule<'a>> {
        let whole = |test: &Test| matches!(test, Test::Unique { columns: c } if c.len() == columns);
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
    let (facts, counted) = gather(&scanned, rules, walked)?;
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
    let (_, counted) = gather(&scanned, rules, walked)?;
    Ok((profile, None, counted))
}

/// Merges what the threads have counted.
fn gather(
    scanned: &[RowRule<'_>],
    workers: Vec<RowWorker<'_>>,
    walked: Vec<Walker<'_>>,
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
            keys.push((rule.rule, Keys::new(collectors).census(true)?));
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
    whole_rows: Option<Census>,
    profile: &Profile,
) -> Result<Observed, Fault> {
    let rows = table.rows;
    let mut rules = Vec::with_capacity(plan.tests.len());
    for (rule, test) in plan.tests.iter().enumerate() {
        rules.push(match test {
            Test::RowCount { min, max } => RuleCount {
                checked: 1,
                violations: u64::from(rows < *min || rows > *max),
                ..RuleCount::default()
            },
            Test::Unique { .. } => {
                let found = counted.keys.iter().find(|(of, _)| *of == rule).map(|(_, c)| c);
                let Some(census) = found.or(whole_rows.as_ref()) else {
                    if table.columns.is_empty() {
                        rules.push(RuleCount { checked: rows, ..RuleCount::default() });
                        continue;
                    }
                    return Err(Fault::Bug("a key was not counted".to_owned()));
                };
                RuleCount {
                    checked: rows,
                    violations: rows - census.distinct,
                    rows: census.repeats.clone(),
                    keys: (rows > 0).then_some((census.distinct, census.once)),
                }
            }
            Test::Row { .. } | Test::Delay { .. } | Test::Follow { .. } => {
                let tally = counted.tallies.iter().find(|(of, _)| *of == rule).map(|(_, t)| t);
                let tally = tally.ok_or_else(|| Fault::Bug("a rule was not counted".to_owned()))?;
                RuleCount {
                    checked: rows,
                    violations: tally.violations,
                    rows: tally.rows.clone(),
                    keys: None,
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
        failed: plan.marks.iter().map(|(dimension, marks)| (*dimension, marks.count())).collect(),
    })
}
