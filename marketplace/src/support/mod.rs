//! Processor pool (P13) and processing jobs (P14).
//!
//! [`pool`] says who may process; [`processing`] is one job of one pool member on one raw version.
//! [`matching`] explains who fits a piece of work, [`milestones`] are the steps of a job,
//! [`timesheets`] the proof of what an owner gives in kind.
//! They belong together because capacity is the pool's promise and the jobs' count.

mod load;
pub mod matching;
pub mod milestones;
pub mod pool;
pub mod processing;
use crate::prose;
#[cfg(test)]
mod tests;
pub mod timesheets;
