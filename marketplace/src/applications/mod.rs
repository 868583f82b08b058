//! Applications for P14 and P15: from a draft to a signed agreement.
//!
//! ```text
//! draft ──submit [window, complete]──▶ submitted ──start [day of evaluation set]──▶ under_review
//!                                                          ask │ ▲ resubmit           │     │
//!                                                              ▼ │                 pass│     │fail
//!                          ineligible ◀──expire── supplement ────┘                     ▼     ▼
//!                                                                                eligible  ineligible
//!   in_evaluation ◀──batch──────────────────────────────────────────────────────────┘
//!     │ score … close [quorum]
//!     ▼
//!   evaluated ──select [budget]──▶ selected ──sign──▶ agreed       ineligible │ not_selected
//!     │   │                          ▲  ▲ └──lapse──▶ forfeited        object │
//!     │   └─▶ waitlisted ──promote───┘  │                                     ▼
//!     │         │ └──offer──consent─────┘                                 objection
//!     │         └──close──▶ not_selected              uphold ▶ under_review │ in_evaluation
//!     └──▶ not_selected                               dismiss ▶ back, for good
//!
//! withdrawn: from draft, submitted, under_review, supplement, eligible, selected
//! batch: open ──close──▶ closed ──selection──▶ selected
//! ```
//!
//! Readings of the rulebook that are ours: a product that was not on sale before the day of its
//! evaluation (R-027) does not hold up the batch; its application is evaluated and cannot be
//! selected. A part of the support that is left (R-026) is offered to whoever is next while they
//! stay on the waiting list; an offer keeps its money until it is answered or its days are over.
//! Money of selections that are not signed yet, and of offers, counts as spent for every further
//! selection and for agreements that the agency drafts directly.
//!
//! Parts: `rules` is the machine, `form` what an application must say, `marks` the scores,
//! `ranking` who gets what; `service` is the applicant's side, `review` the operator's,
//! `batches` and `scoring` the evaluation, `selection` the agency's, `objection` both sides',
//! `papers` the evidence,
//! `agreement` the way into an agreement, `due` the timers.

mod agreement;
mod batches;
mod due;
mod facts;
mod form;
mod guards;
pub mod http;
mod marks;
mod objection;
mod papers;
mod ranking;
mod review;
mod rules;
mod scoring;
mod selection;
mod service;
pub mod staff_http;
mod steps;
mod store;
mod wire;

pub use agreement::application_of_in;
pub use due::sweep;
