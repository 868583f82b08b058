//! A processing job: one pool member works on one raw version of one owner (P14, or by themselves).
//!
//! ```text
//! requested ◀──decline── proposed ──accept──▶ matched ──start──▶ in_progress ──submit──▶ submitted
//!     │                     ▲                    │                 │  ▲  └┐runs, extend     │
//!     └──propose────────────┘                    │                 │  └───┘                │
//!     ▲──replace (agency) ◀──────────────────────┴─────────────────┤                    verify
//!     │                                                            │                    │    │
//!     └──replace (agency) ◀── rework ◀─────────────────not passed──┼────────────────────┘    │
//!                                └──start──▶ in_progress           │                         ▼
//!                              closed ◀──close── accepted ◀──approve (owner)───────────── verified
//! any but closed ──abort (agency)──▶ aborted
//! ```
//! Invariants:
//! - Raw data stay in the owner's account (R-075). The processor reads them only while the job is
//!   in progress and its grant has not run out; every reading is a line of the audit trail, written
//!   before the first byte.
//! - Only an active pool member with free capacity that is not of the owner's group is asked
//!   (R-072, R-073, R-074). One that was barred since works on only if the agency says so (edge
//!   case 7); one whose year merely ended may finish.
//! - A run either makes a ready version with evidence and certificate, or nothing.
//!
//! Deliberately absent: payment of milestones, sub-contracting (R-073 forbids it), and the
//! product listing between `accepted` and `closed`, which the owner's completion check looks at.

pub mod http;
pub mod jobs;
mod obliged;
pub mod offer;
pub mod rules;
pub mod runs;
pub mod service;
pub(super) mod store;
pub mod succession;
pub mod verdict;
pub mod verify;
pub mod work;
