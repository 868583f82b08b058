//! Processor pool (P13) and processing jobs (P14).
//!
//! [`pool`] says who may process; [`processing`] is one job of one pool member on one raw version.
//! Both belong together because capacity is the pool's promise and the jobs' count.

mod load;
pub mod pool;
pub mod processing;
use crate::prose;
#[cfg(test)]
mod tests;
