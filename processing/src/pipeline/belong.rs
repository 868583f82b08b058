//! Which group each row of a table is in, for statistics that are fitted by group.
//!
//! Told once and held (four bytes a row) where memory is for it, else told anew in every pass.

use arrow::array::{Array, ArrayRef};

use super::group::Groups;
use super::series::Condition;
use super::shape::column;
use super::table::Table;
use super::work::Work;
use crate::error::Fault;

/// The groups of the rows of a table.
pub(super) struct Belong {
    told: Told,
    held: Option<Vec<u32>>,
}

enum Told {
    /// By group columns; a single group when there are none.
    Groups(Groups),
    /// Rows for which a condition holds are group 1, the others 0.
    On(Box<Condition>),
}

/// Takes in the cells of some rows and the group of each; no groups where there is one for all.
type Take<'a> = &'a mut dyn FnMut(&ArrayRef, &[u32]) -> Result<(), Fault>;

impl Belong {
    /// By groups, all of which are numbered here.
    ///
    /// # Errors
    /// `memory-limit` when there are too many groups.
    pub(super) fn to(mut groups: Groups, table: &Table, work: &Work<'_>) -> Result<Self, Fault> {
        let mut held = None;
        if groups.can_hold(table.rows) {
            held = groups.of_table(table, work)?;
        } else {
            groups.counts(table, work)?;
        }
        Ok(Self { told: Told::Groups(groups), held })
    }

    /// By a condition.
    ///
    /// # Errors
    /// `expression-failed`.
    pub(super) fn on(condition: Condition, table: &Table, work: &Work<'_>) -> Result<Self, Fault> {
        let mut belong = Self { told: Told::On(Box::new(condition)), held: None };
        let need = usize::try_from(table.rows).unwrap_or(usize::MAX).saturating_mul(4);
        if need <= work.memory_bytes_max / 4 {
            let mut held = Vec::new();
            belong.pass(table, 0, work, &mut |_, groups| {
                held.extend_from_slice(groups);
                Ok(())
            })?;
            belong.held = Some(held);
        }
        Ok(belong)
    }

    /// How many groups there are.
    pub(super) fn count(&self) -> usize {
        match &self.told {
            Told::Groups(groups) => groups.count().max(1),
            Told::On(_) => 2,
        }
    }

    /// The values of a group's columns, as text.
    pub(super) fn label(&self, number: usize) -> Vec<String> {
        match &self.told {
            Told::Groups(groups) => groups.label(number),
            Told::On(_) => Vec::new(),
        }
    }

    /// The groups, for the rows to come.
    ///
    /// # Errors
    /// [`Fault::Bug`] when rows are told apart by a condition.
    pub(super) fn into_groups(self) -> Result<Groups, Fault> {
        match self.told {
            Told::Groups(groups) => Ok(groups),
            Told::On(_) => Err(Fault::Bug("a condition has no groups".into())),
        }
    }

    /// Goes through the column at `index`, in row order.
    pub(super) fn pass(
        &mut self,
        table: &Table,
        index: usize,
        work: &Work<'_>,
        take: Take<'_>,
    ) -> Result<(), Fault> {
        let alone = match &self.told {
            Told::Groups(groups) => self.held.is_some() || !groups.are_any(),
            Told::On(_) => self.held.is_some(),
        };
        if alone {
            let held = self.held.as_deref().unwrap_or_default();
            let mut row = 0;
            for batch in table.scan(Some(&[index]), work)? {
                let batch = batch?;
                let array = column(&batch, 0)?;
                take(array, held.get(row..row + array.len()).unwrap_or_default())?;
                row += array.len();
            }
            return Ok(());
        }
        match &mut self.told {
            Told::Groups(groups) => groups.beside(table, Some(index), work, &mut |of, batch| {
                take(column(batch, batch.num_columns().saturating_sub(1))?, of)
            }),
            Told::On(condition) => {
                condition.restart();
                for batch in table.scan(None, work)? {
                    let batch = batch?;
                    let on: Vec<u32> =
                        condition.holds(&batch)?.into_iter().map(u32::from).collect();
                    take(column(&batch, index)?, &on)?;
                }
                Ok(())
            }
        }
    }
}
