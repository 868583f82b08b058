//! The processor pool (P13): whoever meets every requirement is in, without quota or rank (R-025).
//!
//! ```text
//! applied ──every line met──▶ active ──suspend──▶ suspended ──remove──▶ removed
//!    │                          │ ▲──reinstate──────┘
//!    │──a line not met──▶ refused
//!                               └──the programme year ends──▶ expired
//! ```
//! An application is for the programme year in which it is decided; that of an active member near its
//! end is for the next year, and takes the place of the registration before. A refused or expired
//! organisation may apply again at once, a removed one in a later year. `expired` follows from the
//! last day of the registration, so that no timer has to run on time: the timer only tells of it, and
//! the word is stored when a renewal has taken the place.
//!
//! Deliberately absent: the files behind the papers (only their digests are kept), a review state
//! between application and decision, and recovery of money after R-076, which is a sanction.

pub mod http;
mod obliged;
pub mod rules;
pub mod service;
mod store;
