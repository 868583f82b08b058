//! Keys as Parquet packs them: runs of one number, and numbers side by side in as few bits as they
//! need.

use arrow::array::BooleanBufferBuilder;
use arrow::buffer::{BooleanBuffer, NullBuffer};

use super::coded::damaged;
use crate::error::Fault;

/// The next part of Parquet's mix of runs and packed numbers: how many, and whether one repeats.
fn part(bytes: &mut &[u8]) -> Result<(usize, bool), Fault> {
    let (mut header, mut shift) = (0_u64, 0);
    loop {
        let (byte, rest) = bytes.split_first().ok_or_else(|| damaged("a short page"))?;
        *bytes = rest;
        header |= u64::from(byte & 0x7f) << shift;
        shift += 7;
        if byte & 0x80 == 0 {
            break;
        }
        if shift > 28 {
            return Err(damaged("a run beyond any page"));
        }
    }
    let count = (header >> 1) as usize;
    Ok(if header & 1 == 0 { (count, true) } else { (count * 8, false) })
}

fn take<'a>(bytes: &mut &'a [u8], count: usize) -> Result<&'a [u8], Fault> {
    let (taken, rest) = bytes.split_at_checked(count).ok_or_else(|| damaged("a short page"))?;
    *bytes = rest;
    Ok(taken)
}

/// `count` numbers of one bit.
pub(super) fn flags(mut bytes: &[u8], count: usize) -> Result<BooleanBuffer, Fault> {
    let mut flags = BooleanBufferBuilder::new(count);
    while flags.len() < count {
        let (run, repeats) = part(&mut bytes)?;
        let wanted = run.min(count - flags.len());
        if repeats {
            flags.append_n(wanted, take(&mut bytes, 1)?[0] & 1 == 1);
        } else {
            // The last part may be cut off behind the last number.
            let whole = (run / 8).min(bytes.len());
            let packed = take(&mut bytes, whole)?;
            if packed.len() * 8 < wanted {
                return Err(damaged("a short page"));
            }
            flags.append_packed_range(0..wanted, packed);
        }
    }
    Ok(flags.finish())
}

/// Appends `count` numbers of `width` bits.
pub(super) fn numbers(
    mut bytes: &[u8],
    width: u32,
    count: usize,
    out: &mut Vec<u32>,
) -> Result<(), Fault> {
    if width > 32 {
        return Err(damaged("keys that are too wide"));
    }
    let end = out.len() + count;
    while out.len() < end {
        let (run, repeats) = part(&mut bytes)?;
        let wanted = run.min(end - out.len());
        if repeats {
            let mut word = [0; 4];
            let value = take(&mut bytes, width.div_ceil(8) as usize)?;
            word[..value.len()].copy_from_slice(value);
            out.resize(out.len() + wanted, u32::from_le_bytes(word));
        } else {
            let whole = (run / 8).saturating_mul(width as usize);
            let whole = whole.min(bytes.len());
            let packed = take(&mut bytes, whole)?;
            if (packed.len() * 8) < wanted * width as usize {
                return Err(damaged("a short page"));
            }
            unpack(packed, width, wanted, out);
        }
    }
    Ok(())
}

/// Appends `count` numbers of `width` bits, packed from the lowest bit; `packed` holds them all.
fn unpack(packed: &[u8], width: u32, count: usize, out: &mut Vec<u32>) {
    let width = width as usize;
    let before = out.len();
    if let Some(eights) = EIGHTS.get(width) {
        eights(packed, count, out);
    }
    let done = out.len() - before;
    rest(&packed[done / 8 * width..], width, count - done, out);
}

/// Appends `count` packed numbers by eights, and leaves the last few.
type Eights = fn(&[u8], usize, &mut Vec<u32>);

/// For each width up to 16 bits.
const EIGHTS: [Eights; 17] = [
    eights::<0>,
    eights::<1>,
    eights::<2>,
    eights::<3>,
    eights::<4>,
    eights::<5>,
    eights::<6>,
    eights::<7>,
    eights::<8>,
    eights::<9>,
    eights::<10>,
    eights::<11>,
    eights::<12>,
    eights::<13>,
    eights::<14>,
    eights::<15>,
    eights::<16>,
];

/// Eight numbers are as many bytes as a number has bits: two words at most, shifted by what is known
/// when this is compiled.
fn eights<const WIDTH: usize>(packed: &[u8], count: usize, out: &mut Vec<u32>) {
    if WIDTH == 0 {
        return;
    }
    let mask = (1_u32 << WIDTH) - 1;
    let word = |at: usize| {
        packed.get(at..).and_then(|bytes| bytes.first_chunk()).map(|word| u64::from_le_bytes(*word))
    };
    for eight in 0..count / 8 {
        let Some(low) = word(eight * WIDTH) else { return };
        let high = if WIDTH > 8 {
            // The last eight bytes of these, without those of the first word.
            let Some(last) = word(eight * WIDTH + WIDTH - 8) else { return };
            last >> (8 * (16 - WIDTH).min(7))
        } else {
            0
        };
        let number = |at: usize| {
            let bit = at * WIDTH;
            let word = if bit + WIDTH <= 64 {
                low >> bit
            } else if bit >= 64 {
                high >> (bit - 64)
            } else {
                low >> bit | high << (64 - bit)
            };
            word as u32 & mask
        };
        out.extend_from_slice(&[
            number(0),
            number(1),
            number(2),
            number(3),
            number(4),
            number(5),
            number(6),
            number(7),
        ]);
    }
}

/// As [`unpack`] for any width, one number after the other.
fn rest(packed: &[u8], width: usize, count: usize, out: &mut Vec<u32>) {
    let mask = ((1_u64 << width) - 1) as u32;
    let word =
        |bit: usize, bytes: [u8; 8]| ((u64::from_le_bytes(bytes) >> (bit % 8)) as u32) & mask;
    // As many as can be read by eight whole bytes; the last few from a copy with room behind it.
    let fast = if packed.len() < 8 || width == 0 {
        0
    } else {
        ((packed.len() - 8) * 8 / width).min(count)
    };
    out.extend((0..fast).map(|at| {
        let bit = at * width;
        let from = bit / 8;
        let bytes = packed[from..].first_chunk::<8>().copied().unwrap_or_default();
        word(bit, bytes)
    }));
    let tail = fast * width / 8;
    let mut rest = packed[tail..].to_vec();
    rest.resize(rest.len() + 8, 0);
    out.extend((fast..count).map(|at| {
        let bit = at * width;
        let bytes = rest[bit / 8 - tail..].first_chunk::<8>().copied().unwrap_or_default();
        word(bit, bytes)
    }));
}

/// Puts the keys of the rows that have one in their places; 0 elsewhere.
pub(super) fn spread(keys: &mut Vec<u32>, nulls: &NullBuffer) {
    let mut from = keys.len();
    let mut free = nulls.len();
    keys.resize(free, 0);
    // From the last, so that none is overwritten before it is moved.
    let places: Vec<(usize, usize)> = nulls.valid_slices().collect();
    for (begin, end) in places.into_iter().rev() {
        from -= end - begin;
        keys.copy_within(from..from + end - begin, begin);
        keys[end..free].fill(0);
        free = begin;
    }
    keys[..free].fill(0);
}

#[cfg(test)]
mod tests {
    use arrow::buffer::NullBuffer;

    use super::{flags, numbers, spread, unpack};

    /// Packs numbers the slow way.
    fn pack(values: &[u32], width: usize) -> Vec<u8> {
        let mut bytes = vec![0_u8; (values.len() * width).div_ceil(8)];
        for (at, value) in values.iter().enumerate() {
            for bit in 0..width {
                let place = at * width + bit;
                bytes[place / 8] |= ((value >> bit & 1) as u8) << (place % 8);
            }
        }
        bytes
    }

    #[test]
    fn numbers_of_every_width_come_out_as_they_went_in() {
        for width in 0..=32_usize {
            for count in [1, 7, 8, 9, 64, 200] {
                let mask = ((1_u64 << width) - 1) as u32;
                let values: Vec<u32> =
                    (0..count).map(|i: u32| i.wrapping_mul(0x9e37_79b9) & mask).collect();
                let mut out = vec![5];
                unpack(&pack(&values, width), width as u32, values.len(), &mut out);
                assert_eq!(out[1..], values, "{width} bits, {count} numbers");
            }
        }
    }

    #[test]
    fn keys_are_put_in_the_places_of_rows_that_have_one() {
        for rows in ["", "0", "1", "000", "0110", "1011", "110100", "0101110"] {
            let nulls = NullBuffer::from(rows.chars().map(|c| c == '1').collect::<Vec<_>>());
            let mut keys: Vec<u32> = (1..).take(nulls.len() - nulls.null_count()).collect();
            let mut next = 0..;
            let expected =
                rows.chars().map(|c| if c == '1' { next.next().unwrap_or(0) + 1 } else { 0 });
            let expected: Vec<u32> = expected.collect();
            spread(&mut keys, &nulls);
            assert_eq!(keys, expected, "{rows}");
        }
    }

    #[test]
    fn runs_and_packed_parts_follow_each_other() {
        // 5 × 3, then 8 packed (of which the last 2 are padding), in 3 bits.
        let mut bytes = vec![5 << 1, 3, 1 << 1 | 1];
        bytes.extend(pack(&[1, 2, 3, 4, 5, 6, 0, 0], 3));
        let mut out = Vec::new();
        numbers(&bytes, 3, 11, &mut out).unwrap();
        assert_eq!(out, [3, 3, 3, 3, 3, 1, 2, 3, 4, 5, 6]);
        let bits = flags(&[3 << 1, 1, 1 << 1 | 1, 0b1010], 7).unwrap();
        assert_eq!(bits.iter().collect::<Vec<_>>(), [true, true, true, false, true, false, true]);
    }

    #[test]
    fn cut_off_and_endless_parts_are_faults() {
        let mut out = Vec::new();
        assert!(numbers(&[], 3, 1, &mut out).is_err());
        assert!(numbers(&[5 << 1], 3, 5, &mut out).is_err());
        assert!(numbers(&[3, 0xff], 9, 8, &mut out).is_err());
        assert!(numbers(&[0x80; 12], 9, 8, &mut out).is_err());
        assert!(numbers(&[2, 0, 0, 0, 0, 0], 33, 1, &mut out).is_err());
        assert!(flags(&[3], 8).is_err());
    }
}
