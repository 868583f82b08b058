//! Durable background work.
//!
//! ```text
//! queued ──claim──▶ running ──finish──▶ done
//!    ▲                │  │
//!    └─retry (later)──┘  └─bug, or too many attempts──▶ dead
//! ```
//! A job is a row written in the transaction that asks for it. A worker claims it in a short
//! transaction and holds no lock while it works: it renews a lease, and the attempt number fences
//! its result, so that a worker that was silent too long cannot write. Handlers must bear to be run
//! twice. A fault of the person's input is a result of the job, not a failure.

pub mod http;
pub mod rules;
pub mod service;
mod store;
pub mod worker;

pub use service::{Fence, JobFault, NewJob, Reporter, enqueue_at_in, enqueue_in, finish_in};
