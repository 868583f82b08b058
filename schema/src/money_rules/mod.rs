//! The money rules of the rulebook as pure arithmetic: amounts and terms in, an amount or a refusal
//! out.
//!
//! | module | rules |
//! |---|---|
//! | [`support`] | R-050 to: what the state pays |
//! | [`cash`] | R-053, R-054, R-201: what the firm pays, in cash and in kind |
//! | [`vat`] | R-057: supply value and VAT |
//! | [`split`] | R-066, R-213: exact splits of one amount |
//! | [`licence`] | R-211: payment models |
//! | [`price`] | R-151 to R-154: price bases |
//! | [`settlement`] | R-102, R-104: the final amount and what goes back |
//! | [`recovery`] | R-132, R-134: recovery and late charges |
//!
//! Invariants: whole won in, whole won out; every product is exact before it is rounded once, in
//! the direction that the rule names (support down, minima and recovery up). No floating point, no
//! programme constants (ratios, caps and minima are arguments that come from a
//! [`Notice`](crate::notice::Notice)), no clock. Deliberately absent: who may do what, and storage.

pub mod cash;
pub mod licence;
mod natural;
pub mod price;
pub mod recovery;
pub mod settlement;
pub mod split;
pub mod support;
pub mod vat;

use crate::money::Won;

crate::words! {
    /// How a computed support is rounded. The names say the unit, because the Korean
    /// phrase for it is used for both.
    Rounding {
        /// Down to the won.
        Floor1 = "FLOOR_1",
        /// Down to ten won.
        Floor10 = "FLOOR_10",
    }
}

impl Rounding {
    /// `amount`, rounded down to the unit.
    #[must_use]
    pub const fn apply(self, amount: Won) -> Won {
        match self {
            Self::Floor1 => amount,
            Self::Floor10 => Won(amount.0 - amount.0 % 10),
        }
    }
}

/// The exact result of a calculation as an amount, if it is one.
fn won(exact: i128) -> Option<Won> {
    i64::try_from(exact).ok().and_then(Won::new)
}

/// An amount in a test.
#[cfg(test)]
fn w(amount: i64) -> Won {
    Won::new(amount).unwrap()
}

/// A rate in a test.
#[cfg(test)]
fn bp(points: i64) -> crate::money::BasisPoints {
    crate::money::BasisPoints::new(points).unwrap()
}
