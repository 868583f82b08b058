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

/// Two independent hashes of bytes, for [`CellHash::pair`].
pub(crate) fn bytes_twice(value: &[u8]) -> [u64; 2] {
    [XxHash64::oneshot(1, value), XxHash64::oneshot(2, value)]
}

/// The hash function of the cells in one place of a row, of 128 bits in two halves. Hashes of cells
/// are added up to that of the row, so each half depends on place and value in no linear way.
#[derive(Clone, Copy)]
pub(crate) struct CellHash([u64; 2]);

impl CellHash {
    /// That of a place.
    pub(crate) const fn of(place: usize) -> Self {
        let place = place as u64;
        Self([mix(place ^ 0x243f_6a88_85a3_08d3), mix(place ^ 0x1319_8a2e_0370_7344)])
    }

    /// A number by its bits.
    #[inline]
    pub(crate) const fn number(self, value: u64) -> [u64; 2] {
        self.pair([value; 2])
    }

    /// A value of which two hashes are known.
    #[inline]
    pub(crate) const fn pair(self, value: [u64; 2]) -> [u64; 2] {
        let a = (value[0] ^ self.0[0]).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let a = (a ^ (a >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
        let b = (value[1] ^ self.0[1]).rotate_left(32).wrapping_mul(0xff51_afd7_ed55_8ccd);
        let b = (b ^ (b >> 29)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
        [a ^ (a >> 32), b ^ (b >> 32)]
    }

    /// A number of 128 bits.
    pub(crate) const fn wide(self, value: u128) -> [u64; 2] {
        let (high, low) = ((value >> 64) as u64, value as u64);
        self.pair([low ^ mix(high), high ^ mix(low ^ 0x4528_21e6_38d0_1377)])
    }

    /// A null cell: what no number has in both halves.
    pub(crate) const fn null(self) -> [u64; 2] {
        self.pair([0xa409_3822_299f_31d0, 0x082e_fa98_ec4e_6c89])
    }
}
