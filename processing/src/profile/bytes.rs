//! Bytes of a state that is measured in one process and merged in another.
//!
//! Integers have seven bits a byte, lowest first, and are as short as they can be; so equal states
//! have equal bytes. Reading trusts nothing: every length is checked against the bytes that are
//! left before anything is allocated for it.
//!
//! Deliberately absent: compression, and reading of other versions (measure again instead).

use schema::lang::Text;

use crate::error::Fault;

/// Largest count in a state: 2^48 rows, so that thousands of states add up without overflow.
const COUNT_MAX: u64 = 1 << 48;

/// Bytes that are not those of a state.
#[derive(Debug)]
pub(crate) struct Malformed;

impl From<Malformed> for Fault {
    fn from(_: Malformed) -> Self {
        let text = Text::new(
            "프로파일 상태를 읽을 수 없습니다. 다른 판에서 만들었거나 손상되었습니다. 다시 측정하세요.",
            "The state of a profile cannot be read: another version wrote it or it is damaged. Measure again.",
        );
        Fault::input("profile-state-invalid", text.ko, text.en)
    }
}

/// Writes a state.
#[derive(Default)]
pub(crate) struct Out(pub(crate) Vec<u8>);

impl Out {
    /// A natural number.
    pub(crate) fn natural(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    /// An integer.
    pub(crate) fn integer(&mut self, value: i64) {
        self.natural(((value << 1) ^ (value >> 63)).cast_unsigned());
    }

    /// An integer of 128 bits.
    pub(crate) fn wide(&mut self, value: i128) {
        self.0.extend(value.to_le_bytes());
    }

    /// A flag.
    pub(crate) fn flag(&mut self, value: bool) {
        self.0.push(u8::from(value));
    }

    /// Bytes with their number.
    pub(crate) fn bytes(&mut self, value: &[u8]) {
        self.natural(value.len() as u64);
        self.0.extend(value);
    }
}

/// Reads a state.
pub(crate) struct In<'a>(pub(crate) &'a [u8]);

impl<'a> In<'a> {
    /// So many bytes.
    pub(crate) fn take(&mut self, count: usize) -> Result<&'a [u8], Malformed> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(Malformed)?;
        self.0 = rest;
        Ok(taken)
    }

    /// A natural number.
    pub(crate) fn natural(&mut self) -> Result<u64, Malformed> {
        let (mut value, mut shift) = (0_u64, 0_u32);
        loop {
            let byte = self.take(1)?[0];
            let bits = u64::from(byte & 0x7f);
            if shift > 63 || (bits << shift) >> shift != bits || (byte == 0 && shift > 0) {
                return Err(Malformed);
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
            shift += 7;
        }
    }

    /// How many rows, cells or values.
    pub(crate) fn count(&mut self) -> Result<u64, Malformed> {
        Some(self.natural()?).filter(|count| *count <= COUNT_MAX).ok_or(Malformed)
    }

    /// How many parts follow, of at least one byte each.
    pub(crate) fn parts(&mut self) -> Result<usize, Malformed> {
        let count = usize::try_from(self.natural()?).map_err(|_| Malformed)?;
        Some(count).filter(|count| *count <= self.0.len()).ok_or(Malformed)
    }

    /// An integer.
    pub(crate) fn integer(&mut self) -> Result<i64, Malformed> {
        let value = self.natural()?;
        Ok((value >> 1).cast_signed() ^ -(value & 1).cast_signed())
    }

    /// An integer of 128 bits.
    pub(crate) fn wide(&mut self) -> Result<i128, Malformed> {
        let bytes = self.take(16)?.try_into().map_err(|_| Malformed)?;
        Ok(i128::from_le_bytes(bytes))
    }

    /// A float.
    pub(crate) fn float(&mut self) -> Result<f64, Malformed> {
        let bytes = self.take(8)?.try_into().map_err(|_| Malformed)?;
        Ok(f64::from_bits(u64::from_le_bytes(bytes)))
    }

    /// A flag.
    pub(crate) fn flag(&mut self) -> Result<bool, Malformed> {
        match self.take(1)?[0] {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Malformed),
        }
    }

    /// Bytes with their number.
    pub(crate) fn bytes(&mut self) -> Result<&'a [u8], Malformed> {
        let count = self.parts()?;
        self.take(count)
    }

    /// Text with its number of bytes.
    pub(crate) fn text(&mut self) -> Result<&'a str, Malformed> {
        std::str::from_utf8(self.bytes()?).map_err(|_| Malformed)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{In, Out};

    #[test]
    fn a_number_has_one_form() {
        assert!(In(&[0x80, 0x00]).natural().is_err(), "a zero byte too many");
        assert!(In(&[0xff; 10]).natural().is_err(), "above 64 bits");
        assert!(In(&[0x80]).natural().is_err(), "cut off");
        assert!(In(&[3, 1, 2]).bytes().is_err(), "fewer bytes than promised");
        assert!(In(&[1, 0xff]).text().is_err(), "not UTF-8");
    }

    proptest! {
        #[test]
        fn numbers_come_back(natural: u64, integer: i64, wide: i128) {
            let mut out = Out::default();
            out.natural(natural);
            out.integer(integer);
            out.wide(wide);
            let mut input = In(&out.0);
            prop_assert_eq!(input.natural().unwrap(), natural);
            prop_assert_eq!(input.integer().unwrap(), integer);
            prop_assert_eq!(input.wide().unwrap(), wide);
            prop_assert!(input.0.is_empty());
        }
    }
}
