//! The checks of `fuzz/` on damaged and mixed seeds, without a fuzzer.
//!
//! A test run gives each reader a moment, with the same inputs every time. `JANGTEO_SOAK=60` gives each
//! a minute and other inputs by `JANGTEO_SOAK_SEED`. An input that takes the process along is the last
//! file called `input` in the folders of `/dev/shm`.

#![allow(dead_code, unreachable_pub, reason = "the fuzz crate uses the rest of these files")]

use std::path::Path;
use std::time::{Duration, Instant};

#[path = "../../fuzz/src/lib.rs"]
mod fuzz;

/// Inputs of a reader in a usual test run.
const INPUTS: u64 = 40;
/// Bytes of an input.
const BYTES_MAX: usize = 64 << 10;

/// A sequence of numbers without a pattern (`SplitMix64`).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ (z >> 31)) % (sides.max(1) as u64)).unwrap()
    }
}

/// Words that readers stumble over.
const WORDS: [&[u8]; 24] = [
    b"\0",
    b"\n",
    b"\r\n",
    b",",
    b"\"",
    b"\"\"",
    b"{",
    b"}",
    b"[",
    b"]",
    b"NaN",
    b"-inf",
    b"1e999",
    b"-0",
    b"9999999999999999999999",
    b"2024-02-30",
    b"24:00",
    b"\xEF\xBB\xBF",
    b"\xFF\xFE",
    b"\xEA\xB0\x80",
    b"null",
    b"\xFF\xFF\xFF\xFF",
    b"\x7F\xFF\xFF\xFF",
    b"\xFE\xFF\xFF\xFF",
];

/// One seed, changed here and there or mixed with another.
fn changed(seeds: &[Vec<u8>], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = seeds[dice.roll(seeds.len())].clone();
    for _ in 0..=dice.roll(5) {
        let at = dice.roll(bytes.len() + 1);
        let to = at + dice.roll((bytes.len() - at).min(64) + 1);
        match dice.roll(9) {
            0 if at < bytes.len() => bytes[at] ^= 1 << dice.roll(8),
            1 if at < bytes.len() => bytes[at] = u8::try_from(dice.roll(256)).unwrap(),
            2 => drop(bytes.drain(at..to)),
            3 => {
                let piece = bytes[at..to].to_vec();
                let place = dice.roll(bytes.len() + 1);
                bytes.splice(place..place, piece);
            }
            4 | 5 => {
                let word = WORDS[dice.roll(WORDS.len())];
                let end = if dice.roll(2) == 0 { at } else { (at + word.len()).min(bytes.len()) };
                bytes.splice(at..end, word.iter().copied());
            }
            6 => {
                let other = &seeds[dice.roll(seeds.len())];
                let from = dice.roll(other.len() + 1);
                bytes.truncate(at);
                bytes.extend_from_slice(&other[from..]);
            }
            7 => bytes.truncate(at),
            _ if at < bytes.len() && bytes[at].is_ascii_digit() => {
                bytes.insert(at, b"0123456789"[dice.roll(10)]);
            }
            _ => {}
        }
    }
    bytes.truncate(BYTES_MAX);
    bytes
}

fn soak(target: &str, check: impl Fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/seeds").join(target);
    let mut seeds: Vec<(String, Vec<u8>)> = fuzz::seeds::made(target);
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        seeds.push((path.display().to_string(), std::fs::read(path).unwrap()));
    }
    seeds.sort();
    let seeds: Vec<Vec<u8>> = seeds.into_iter().map(|(_, bytes)| bytes).collect();
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let time = number("JANGTEO_SOAK").map(Duration::from_secs);
    let mut dice = Dice(number("JANGTEO_SOAK_SEED").unwrap_or(1));
    let begun = Instant::now();
    let mut inputs = 0_u64;
    seeds.iter().for_each(|seed| check(seed));
    while time.map_or(inputs < INPUTS, |time| begun.elapsed() < time) {
        check(&changed(&seeds, &mut dice));
        inputs += 1;
    }
    println!("{target}: {inputs} inputs in {:?}", begun.elapsed());
}

#[test]
fn damaged_text_is_the_fault_of_the_text() {
    soak("text", fuzz::targets::text);
}

#[test]
fn damaged_json_lines_are_their_own_fault() {
    soak("json_lines", fuzz::targets::json_lines);
}

#[test]
fn damaged_parquet_is_the_fault_of_the_file() {
    soak("parquet", fuzz::targets::parquet);
}

#[test]
fn damaged_archives_are_their_own_fault() {
    soak("packed", fuzz::targets::packed);
}

#[test]
fn damaged_workbooks_are_their_own_fault() {
    soak("workbook", fuzz::targets::workbook);
}

#[test]
fn what_people_write_wrongly_is_told() {
    soak("spec", fuzz::targets::spec);
}

#[test]
fn damaged_evidence_is_its_own_fault() {
    soak("evidence", fuzz::targets::evidence);
}
