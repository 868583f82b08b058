//! One cell as a number, for checks that compare cells of different types.

use crate::profile::cells::Cells;
use crate::profile::table::Kind;

/// A cell as a number: exact, or a float as it is stored.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Number {
    /// Integer, day, instant or unscaled decimal.
    Exact(i128),
    /// Float; never NaN.
    Real(f64),
}

impl Number {
    /// The number in a cell; none if it is null, NaN or no number.
    pub(crate) fn of(cells: &Cells, row: usize) -> Option<Self> {
        use arrow::array::Array as _;
        match cells {
            Cells::Whole(array) if array.is_valid(row) => {
                Some(Self::Exact(i128::from(array.value(row))))
            }
            Cells::Real(array) if array.is_valid(row) => {
                Some(array.value(row)).filter(|value| !value.is_nan()).map(Self::Real)
            }
            Cells::Wide(values, nulls) if nulls.as_ref().is_none_or(|n| n.is_valid(row)) => {
                Some(Self::Exact(values[row]))
            }
            _ => None,
        }
    }

    /// Whether it is an infinity.
    pub(crate) fn is_infinite(self) -> bool {
        matches!(self, Self::Real(value) if value.is_infinite())
    }

    /// The nearest float, of a decimal with so many digits behind the point.
    pub(crate) fn float(self, scale: i8) -> f64 {
        match self {
            Self::Exact(value) => value as f64 / 10_f64.powi(i32::from(scale)),
            Self::Real(value) => value,
        }
    }

    /// `self − other` of the same column, subtracted exactly where both are exact.
    pub(crate) fn minus(self, other: Self, scale: i8) -> f64 {
        match (self, other) {
            (Self::Exact(a), Self::Exact(b)) => match a.checked_sub(b) {
                Some(difference) => Self::Exact(difference).float(scale),
                None => self.float(scale) - other.float(scale),
            },
            _ => self.float(scale) - other.float(scale),
        }
    }
}

/// Digits behind the point of a kind.
pub(crate) fn scale_of(kind: Kind) -> i8 {
    match kind {
        Kind::Decimal { scale } => scale,
        _ => 0,
    }
}
