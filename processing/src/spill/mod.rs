//! What an operation puts on disk when memory does not hold it: records of one length, sorted.
//!
//! Files are made in the folder that the operation names and belong to nobody else: they have no name
//! and are gone with the process, however it ends.
//!
//! Deliberately absent: Arrow and Parquet (see `pipeline::table` for tables between two passes).

mod disk;
mod index;
mod sorter;

#[cfg(test)]
pub(crate) use disk::failing;
pub(crate) use disk::{Disk, open_in};
pub(crate) use index::Index;
pub(crate) use sorter::{Sorted, Sorter};

/// A number as bits that order as [`f64::total_cmp`] does.
pub(crate) fn ordered(value: f64) -> u64 {
    let bits = value.to_bits();
    if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
}

/// The number of such bits.
pub(crate) fn number(ordered: u64) -> f64 {
    f64::from_bits(if ordered >> 63 == 1 { ordered & !(1 << 63) } else { !ordered })
}

/// A whole number as bits that order as it does.
pub(crate) fn ordered_whole(value: i64) -> u64 {
    value.cast_unsigned() ^ 1 << 63
}

/// The whole number of such bits.
pub(crate) fn whole(ordered: u64) -> i64 {
    (ordered ^ 1 << 63).cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_order_as_numbers_do() {
        let mut values =
            [f64::NEG_INFINITY, -1.5, -f64::MIN_POSITIVE, -0.0, 0.0, 1e-300, 2.0, f64::INFINITY];
        values.reverse();
        values.sort_by_key(|value| ordered(*value));
        assert!(values.windows(2).all(|pair| pair[0].total_cmp(&pair[1]).is_lt()));
        for value in values {
            assert_eq!(number(ordered(value)).to_bits(), value.to_bits());
        }
        let mut wholes = [5, i64::MIN, -1, i64::MAX, 0];
        wholes.sort_by_key(|value| ordered_whole(*value));
        assert_eq!(wholes, [i64::MIN, -1, 0, 5, i64::MAX]);
        assert!(wholes.iter().all(|value| whole(ordered_whole(*value)) == *value));
    }
}
