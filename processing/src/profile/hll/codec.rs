//! Registers as bytes.

use super::{Hll, RANK_BITS, REGISTERS};
use crate::profile::bytes::{In, Malformed, Out};

impl Hll {
    /// Writes the registers.
    pub(crate) fn write(&self, out: &mut Out) {
        out.0.extend(&self.registers);
    }

    /// Reads registers.
    pub(crate) fn read(input: &mut In<'_>) -> Result<Self, Malformed> {
        let registers = input.take(REGISTERS)?.to_vec();
        let sound = registers.iter().all(|rank| u32::from(*rank) <= RANK_BITS + 1);
        if sound { Ok(Self::of(registers)) } else { Err(Malformed) }
    }
}
