//! Checks that look at several columns of a row, or count a column into bins of another table's.
//!
//! They have a scan of their own, over the columns that they need.

use schema::data::profile::Scalar;
use schema::data::quality::Shift;
use schema::lang::Text;

use super::book::Book;
use super::condition::Condition;
use super::judge::RuleCount;
use super::mask::Tally;
use super::reference::{Context, KeySet, Reference, keys, slots};
use super::shift::{Bins, difference};
use super::trace::{Sequence, Tracer, Tracers};
use crate::error::Fault;
use crate::expr::query;
use crate::limits::Limits;
use crate::profile::profile;
use crate::profile::scan::{Batch, Scan, Walk, Worker};
use crate::profile::table::Table;
use crate::progress::Progress;

/// A check over several columns, made ready. Columns are positions in the table.
pub(crate) enum Across {
    /// Keys that occur in another table.
    Key {
        /// Columns of the key.
        columns: Vec<usize>,
        /// Name of the other table.
        reference: String,
        /// Its columns, in the same order.
        theirs: Vec<usize>,
    },
    /// A spread like that of a reference.
    Shift {
        /// Column.
        column: usize,
        /// Name of the reference.
        reference: String,
        /// Its column.
        theirs: String,
        /// How the difference is measured.
        measure: Shift,
        /// Largest difference.
        max: f64,
    },
    /// A condition on a row.
    Condition(Box<Condition>),
    /// A query that should find nothing.
    Query(String),
    /// Rows in sequence.
    Sequence {
        /// Column.
        column: usize,
        /// Column of the group.
        group: Option<usize>,
        /// What is judged.
        sequence: Sequence,
    },
}

/// A check with what it needs of its reference.
enum Ready<'a> {
    Key { rule: usize, columns: &'a [usize], keys: KeySet },
    Condition { rule: usize, condition: &'a Condition },
    Shift { rule: usize, column: usize, bins: Bins, theirs: Vec<u64>, measure: Shift, max: f64 },
}

impl Ready<'_> {
    fn columns(&self) -> &[usize] {
        match self {
            Self::Key { columns, .. } => columns,
            Self::Condition { condition, .. } => &condition.columns,
            Self::Shift { column, .. } => std::slice::from_ref(column),
        }
    }
}

/// Everything that a scan for these checks needs.
pub(crate) struct Rounds<'a> {
    /// The table.
    pub(crate) table: &'a Table,
    /// References and the like.
    pub(crate) context: &'a Context,
    /// Where failing records are marked.
    pub(crate) book: &'a Book,
    /// Bounds.
    pub(crate) limits: &'a Limits,
    /// Listener.
    pub(crate) progress: &'a dyn Progress,
}

impl<'a> Rounds<'a> {
    /// Carries out checks, each with the number of its rule.
    ///
    /// # Errors
    ///
    /// `reference-…`, `groups-too-many`, `rule-type-mismatch`, and those of reading.
    pub(crate) fn run(
        &self,
        checks: &'a [(usize, &'a Across)],
    ) -> Result<Vec<(usize, RuleCount)>, Fault> {
        if checks.is_empty() {
            return Ok(Vec::new());
        }
        let mut ready = Vec::new();
        for (rule, check) in checks {
            ready.extend(self.ready(*rule, check)?);
        }
        let all: Vec<usize> = ready.iter().flat_map(|check| check.columns().to_vec()).collect();
        let (columns, _) = slots(&all);
        let Self { table, limits, progress, .. } = *self;
        let scan = Scan { table, limits, progress, stage: "rules" };
        let make = || Counter::new(&ready, &columns, self.book);
        let (counters, walked) = scan.run(&columns, make, self.walks(checks))?;
        let mut counted = counters.into_iter().reduce(Counter::merged).unwrap_or_else(make);
        let mut results: Vec<(usize, RuleCount)> = Vec::new();
        for (rule, check) in checks {
            if let Across::Query(query) = check {
                results.push((*rule, self.query(query)?));
            }
        }
        for (at, check) in ready.iter().enumerate() {
            results.push(match check {
                Ready::Key { rule, .. } => (*rule, of_tally(table.rows, &counted.tallies[at])),
                Ready::Condition { rule, .. } => {
                    let count = of_tally(table.rows, &counted.tallies[at]);
                    (*rule, RuleCount { details: unevaluated(counted.failed[at]), ..count })
                }
                Ready::Shift { rule, theirs, measure, max, .. } => {
                    let counts = std::mem::take(&mut counted.bins[at]);
                    (*rule, spread(*measure, &counts, theirs, *max))
                }
            });
        }
        for tracers in walked {
            let done = tracers.finish().into_iter();
            results.extend(done.map(|tracer| {
                let rule = tracer.rule;
                (rule, of_tally(table.rows, &tracer.tally()))
            }));
        }
        Ok(results)
    }

    /// Reads what a check needs of its reference; none for rows in sequence.
    fn ready(&self, rule: usize, check: &'a Across) -> Result<Option<Ready<'a>>, Fault> {
        let Self { limits, progress, context, .. } = *self;
        match check {
            Across::Key { columns, reference, theirs } => {
                let table = context.table(reference, limits)?;
                let keys = KeySet::read(&table, theirs, limits, progress)?;
                Ok(Some(Ready::Key { rule, columns, keys }))
            }
            Across::Shift { column, reference, theirs, measure, max } => {
                let (bins, counts) = self.spread(*column, reference, theirs)?;
                let (column, measure, max) = (*column, *measure, *max);
                Ok(Some(Ready::Shift { rule, column, bins, theirs: counts, measure, max }))
            }
            Across::Condition(condition) => Ok(Some(Ready::Condition { rule, condition })),
            Across::Query(_) | Across::Sequence { .. } => Ok(None),
        }
    }

    /// What a query finds.
    fn query(&self, text: &str) -> Result<RuleCount, Fault> {
        let tables = self.context.named(&self.table.path);
        let scratch = tempfile::tempdir()?;
        let answer = query::query(text, &tables, 1, scratch.path(), self.limits, self.progress)?;
        let (checked, violations) = (self.table.rows, answer.violations());
        Ok(RuleCount { checked, violations, ..RuleCount::default() })
    }

    /// The bins of a reference's column, and its counts over them.
    fn spread(&self, column: usize, name: &str, theirs: &str) -> Result<(Bins, Vec<u64>), Fault> {
        let Self { limits, progress, context, table, .. } = *self;
        let kind = table.columns[column].kind;
        let missing = || {
            Fault::input(
                "column-missing",
                format!("참조 ‘{name}’에 열 ‘{theirs}’이(가) 없습니다."),
                format!("The reference “{name}” has no column “{theirs}”."),
            )
            .at_column(theirs)
        };
        match context.reference(name)? {
            Reference::Profile(profile) => {
                let found = profile.column(theirs).ok_or_else(missing)?;
                let bins = Bins::of(found, kind).map_err(|fault| fault.at_column(theirs))?;
                let counts = bins.stated(found);
                Ok((bins, counts))
            }
            Reference::Table { path, dictionary } => {
                let profile = profile(path, dictionary, limits, progress)?;
                let found = profile.column(theirs).ok_or_else(missing)?;
                let bins = Bins::of(found, kind).map_err(|fault| fault.at_column(theirs))?;
                // Counted anew, so that a value on the border of two bins falls on the same side.
                let table = Table::open(path, dictionary, limits)?;
                let bins = bins.of_kind(table.columns[table.position(theirs)?].kind);
                let scan = Scan { table: &table, limits, progress, stage: "reference" };
                let make = || Spread { counts: vec![0; bins.len()], bins: &bins };
                let walks = Vec::<Walk<Spread<'_>>>::new();
                let (workers, _) = scan.run(&[table.position(theirs)?], make, walks)?;
                let mut counts = vec![0; bins.len()];
                for worker in workers {
                    counts.iter_mut().zip(worker.counts).for_each(|(all, own)| *all += own);
                }
                Ok((bins.of_kind(kind), counts))
            }
        }
    }

    /// The walks for rows in sequence: rules with the same group column walk together, in as many
    /// walks as there are threads.
    fn walks(&self, checks: &[(usize, &'a Across)]) -> Vec<Walk<Tracers<'a>>> {
        let mut groups: Vec<Option<usize>> = Vec::new();
        let mut walks = Vec::new();
        let sequence = |check: &(usize, &'a Across)| match check.1 {
            Across::Sequence { column, group, sequence } => {
                Some((check.0, *column, *group, *sequence))
            }
            _ => None,
        };
        for (_, _, group, _) in checks.iter().filter_map(sequence) {
            if !groups.contains(&group) {
                groups.push(group);
            }
        }
        for group in groups {
            let mine: Vec<_> =
                checks.iter().filter_map(sequence).filter(|check| check.2 == group).collect();
            let together = mine.len().div_ceil(self.limits.threads.max(1));
            for part in mine.chunks(together.max(1)) {
                let needed = part.iter().flat_map(|(_, column, _, sequence)| {
                    [Some(*column), sequence.other()].into_iter().flatten()
                });
                let (columns, _) = slots(&needed.chain(group).collect::<Vec<_>>());
                let slot = |of: usize| columns.binary_search(&of).unwrap_or(0);
                let each = part.iter().map(|(rule, column, _, sequence)| {
                    let time = slot(sequence.other().unwrap_or(*column));
                    Tracer::new(*rule, *sequence, (slot(*column), time), self.book.of(*rule))
                });
                let worker = Tracers::new(group.map(slot), each.collect());
                walks.push(Walk { columns, worker });
            }
        }
        walks
    }
}

fn of_tally(rows: u64, tally: &Tally) -> RuleCount {
    RuleCount {
        checked: rows,
        violations: tally.violations,
        rows: tally.rows.clone(),
        ..RuleCount::default()
    }
}

/// What to say of rows that a condition could not be evaluated for.
fn unevaluated(rows: u64) -> Vec<Text> {
    if rows == 0 {
        return Vec::new();
    }
    vec![Text::new(
        format!("{rows}행은 조건을 계산할 수 없어(0으로 나누기 등) 빈칸처럼 보았습니다."),
        format!(
            "{rows} rows could not be evaluated (such as a division by nought) and count as missing."
        ),
    )]
}

/// What comes of two spreads.
fn spread(measure: Shift, counts: &[u64], theirs: &[u64], max: f64) -> RuleCount {
    let found = difference(measure, counts, theirs);
    let none = || Text::new("비교할 값이 없습니다.", "There are no values to compare.");
    RuleCount {
        checked: 1,
        violations: u64::from(!found.is_some_and(|found| found <= max)),
        measured: found.map(Scalar::Number),
        details: if found.is_none() { vec![none()] } else { Vec::new() },
        ..RuleCount::default()
    }
}

/// Counts of all checks; one for each thread.
struct Counter<'a> {
    checks: &'a [Ready<'a>],
    /// Columns read, ascending.
    columns: &'a [usize],
    book: &'a Book,
    tallies: Vec<Tally>,
    bins: Vec<Vec<u64>>,
    /// Rows that could not be evaluated.
    failed: Vec<u64>,
}

impl<'a> Counter<'a> {
    fn new(checks: &'a [Ready<'a>], columns: &'a [usize], book: &'a Book) -> Self {
        let bins = |check: &Ready<'_>| match check {
            Ready::Shift { bins, .. } => vec![0; bins.len()],
            Ready::Key { .. } | Ready::Condition { .. } => Vec::new(),
        };
        let (tallies, failed) = (vec![Tally::default(); checks.len()], vec![0; checks.len()]);
        Self { checks, columns, book, tallies, bins: checks.iter().map(bins).collect(), failed }
    }

    fn merged(mut self, other: Self) -> Self {
        self.tallies.iter_mut().zip(&other.tallies).for_each(|(mine, theirs)| mine.merge(theirs));
        self.failed.iter_mut().zip(&other.failed).for_each(|(mine, theirs)| *mine += theirs);
        for (mine, theirs) in self.bins.iter_mut().zip(other.bins) {
            mine.iter_mut().zip(theirs).for_each(|(mine, theirs)| *mine += theirs);
        }
        self
    }
}

impl Worker for Counter<'_> {
    fn take(&mut self, batch: &Batch) -> Result<(), Fault> {
        let cells = |column: &usize| &batch.cells[self.columns.binary_search(column).unwrap_or(0)];
        for (at, check) in self.checks.iter().enumerate() {
            match check {
                Ready::Shift { column, bins, .. } => {
                    bins.count(cells(column), batch.rows, &mut self.bins[at]);
                }
                Ready::Condition { rule, condition } => {
                    let parts: Vec<_> = condition.columns.iter().map(cells).collect();
                    let (fails, failed) = condition.failing(&parts)?;
                    self.failed[at] += failed;
                    self.tallies[at].add_batch(batch.first_row, &fails);
                    if let Some(marks) = self.book.of(*rule) {
                        marks.mark_batch(batch.first_row, &fails);
                    }
                }
                Ready::Key { rule, columns, keys: known } => {
                    let parts: Vec<_> = columns.iter().map(cells).collect();
                    for (row, key) in (batch.first_row..).zip(keys(&parts, batch.rows)) {
                        let lost =
                            key.map_or(Ok(false), |key| known.contains(key).map(|is| !is))?;
                        if lost {
                            self.tallies[at].add(row);
                            if let Some(marks) = self.book.of(*rule) {
                                marks.mark(row);
                            }
                        }
                    }
                }
            }
        }
        Ok(())
    }
}

/// Counts the cells of a reference into bins; one for each thread.
struct Spread<'a> {
    bins: &'a Bins,
    counts: Vec<u64>,
}

impl Worker for Spread<'_> {
    fn take(&mut self, batch: &Batch) -> Result<(), Fault> {
        if let [cells] = &batch.cells[..] {
            self.bins.count(cells, batch.rows, &mut self.counts);
        }
        Ok(())
    }
}
