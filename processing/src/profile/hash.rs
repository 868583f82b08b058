//! Fixed hash functions: of single values, of text, and of whole rows.
//!
//! Invariant: no seed is random, so that a sketch built here merges with one built elsewhere.
//! They do not resist someone who makes collisions on purpose; such data harms its own profile only.

use twox_hash::XxHash64;

/// Spreads the bits of an integer over all 64 (the finaliser of MurmurHash3); a bijection.
pub(crate) const fn mix(mut x: u64) -> u64 {
    x ^= x >> 33;
    x = x.wrapping_mul(0xff51_afd7_ed55_8ccd);
    x ^= x >> 33;
    x = x.wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    x ^ (x >> 33)
}

/// Hash of bytes.
pub(crate) fn bytes(value: &[u8]) -> u64 {
    XxHash64::oneshot(0, value)
}

/// Two independent hashes of bytes, for [`RowHash::text`].
pub(crate) fn bytes_twice(value: &[u8]) -> [u64; 2] {
    [XxHash64::oneshot(1, value), XxHash64::oneshot(2, value)]
}

/// A 128-bit hash of a row, fed cell by cell.
#[derive(Clone, Copy)]
pub(crate) struct RowHash([u64; 2]);

impl RowHash {
    /// The hash of no cells.
    pub(crate) const START: Self = Self([0x243f_6a88_85a3_08d3, 0x1319_8a2e_0370_7344]);
    /// A null cell: a value in each half that no cell of a number has in both.
    pub(crate) const NULL: [u64; 2] = [0xa409_3822_299f_31d0, 0x082e_fa98_ec4e_6c89];

    /// Appends a cell by its two hashes; for fixed-width cells both are the value itself.
    #[inline]
    pub(crate) fn push(&mut self, cell: [u64; 2]) {
        let [a, b] = self.0;
        let a = (a ^ cell[0]).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let b = b.rotate_left(23).wrapping_add(cell[1]).wrapping_mul(0xd6e8_feb8_6659_fd93);
        self.0 = [a ^ (a >> 32), b ^ (b >> 29)];
    }

    /// The hash of the cells so far.
    pub(crate) fn finish(self) -> u128 {
        (u128::from(mix(self.0[0])) << 64) | u128::from(mix(self.0[1]))
    }
}
