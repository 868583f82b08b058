//! Evidence papers (rulebook §4.17): files of an organisation, bound by their digest, with what
//! they are, who issued them and how long they are good.
//!
//! ```text
//! received ──verify──▶ verified
//!     │──reject──▶ rejected (counts as absent)
//! ```
//!
//! A paper never changes: a better one is a new paper, and the newest of its kind that is not
//! rejected counts. Whether it is good on a day follows from its last day, so no timer has to run.
//! Papers are seen by their owner and the staff; an evaluator sees those of an application through
//! [`applications`], and never one that shows bank data (R-013). Deliberately absent: what a stage
//! needs, which is data of the notice and decided by [`parties`](crate::parties).
//!
//! [`applications`]: service::for_evaluator_in

pub mod http;
pub mod rules;
pub mod service;
mod store;
#[cfg(test)]
pub(crate) mod testing;
