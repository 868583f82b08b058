//! The one type that holds the values of a column of several files.

use schema::data::column::ValueType;

/// The type that holds every value of both; `None` if there is none but bytes of different meaning.
pub(super) fn joined(one: ValueType, other: ValueType) -> Option<ValueType> {
    use ValueType::{Binary, Date, Decimal, Integer, Nested, Number, Text, Timestamp};
    // Digits before the point of the longest 64-bit integer.
    const INTEGER_DIGITS: i16 = 19;
    let decimal = |whole: i16, scale: i8| {
        let precision = u8::try_from(whole + i16::from(scale)).ok().filter(|sum| *sum <= 38);
        precision.map_or(Text, |precision| Decimal { precision, scale })
    };
    let whole = |precision: u8, scale: i8| i16::from(precision) - i16::from(scale);
    Some(match (one, other) {
        (one, other) if one == other => one,
        (Nested | Binary, _) | (_, Nested | Binary) => return None,
        (Integer, Number) | (Number, Integer) => Number,
        (Decimal { .. }, Number) | (Number, Decimal { .. }) => Number,
        (Decimal { precision, scale }, Integer) | (Integer, Decimal { precision, scale }) => {
            decimal(whole(precision, scale).max(INTEGER_DIGITS), scale)
        }
        (
            Decimal { precision, scale },
            Decimal { precision: other_precision, scale: other_scale },
        ) => decimal(
            whole(precision, scale).max(whole(other_precision, other_scale)),
            scale.max(other_scale),
        ),
        (Date, Timestamp) | (Timestamp, Date) => Timestamp,
        _ => Text,
    })
}

#[cfg(test)]
mod tests {
    use ValueType::{Boolean, Date, Decimal, Integer, Nested, Number, Text, Timestamp};

    use super::*;

    #[test]
    fn types_widen_and_never_narrow() {
        let d = |precision, scale| Decimal { precision, scale };
        for (one, other, expected) in [
            (Integer, Integer, Some(Integer)),
            (Integer, Number, Some(Number)),
            (Number, Text, Some(Text)),
            (Date, Timestamp, Some(Timestamp)),
            (Date, Integer, Some(Text)),
            (Boolean, Integer, Some(Text)),
            (d(10, 2), d(8, 4), Some(d(12, 4))),
            (d(38, 0), d(10, 5), Some(Text)),
            (d(10, 2), Integer, Some(d(21, 2))),
            (d(10, 2), Number, Some(Number)),
            (Nested, Nested, Some(Nested)),
            (Nested, Text, None),
        ] {
            assert_eq!(joined(one, other), expected, "{one:?} {other:?}");
            assert_eq!(joined(other, one), expected, "{other:?} {one:?}");
        }
    }
}
