//! The settlement of an agreement (정산): what was spent, what of it counts, what is paid or paid back.
//!
//! ```text
//! not_due ──work ended──▶ due ──two months──▶ late
//!                          └──submit──▶ submitted ◀──submit──┘
//!                                          │ review (operator)
//!   supplement ◀──ask── under_review ◀─────┘
//!        └──submit──▶      │ ▲
//!                   assess │ │ return (agency)
//!                          ▼ │
//!                       assessed ──approve (agency, another person)──▶ approved ──▶ notified
//!                          ▲                                                        │     │
//!                          └──assess anew── objection ◀──object, 20 days────────────┘     │
//!                                              └──dismiss──▶ final ◀──consent, 20 days────┘
//!   final ──the state owes──▶ payable ──pay (a third person)──▶ paid
//!   final ──the recipient owes──▶ refund_due ──▶ dunned ──▶ forced;  each ──repay──▶ repaid
//! ```
//!
//! Invariants: a line counts only as far as the rules allow, and no assessor can allow more (R-103);
//! the final support is that of the accepted cost which the share really paid can carry, and never
//! above the signed one (R-102, R-104); assessor, approver and payer are three persons; what is not
//! paid goes back to the budget, or to the state when the fiscal year is over (R-193); an invoice
//! counts under one agreement only (R-200).

pub mod decide;
pub mod http;
pub mod jobs;
mod lines;
pub mod pay;
mod rules;
pub mod service;
mod store;

#[cfg(test)]
mod rules_tests;
