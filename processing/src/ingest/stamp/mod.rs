//! Dates and times in text.
//!
//! [`scan::scan`] reads one cell into a [`Stamp`]: its [`Shape`](shape::Shape) (which separators,
//! which parts) and its bare numbers. Which of two or three numbers is the day is a question to the
//! whole column, answered with an [`Order`]; only then does a stamp become an instant.
//! Deliberately absent: time zones by name other than UTC and Korea's, and clocks.

pub(super) mod calendar;
mod fixed;
pub(super) mod scan;
pub(super) mod shape;

pub(super) use fixed::{digits, is_clock};
pub(super) use scan::{Stamp, scan};
pub(super) use shape::{DateForm, Order, Shape, TimeForm, Zone};
