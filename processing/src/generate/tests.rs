//! The samples are reproducible, and carry what they say they carry.

use std::collections::HashMap;

use super::{Kind, write_csv, write_csv_with};
use crate::digest::sha256;
use crate::error::Fault;
use crate::progress::StopAt;

fn bytes(kind: Kind, rows: u64, seed: u64) -> Vec<u8> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("sample.csv");
    write_csv(kind, rows, seed, &path).unwrap();
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    std::fs::read(path).unwrap()
}

fn records(kind: Kind, rows: u64) -> Vec<Vec<String>> {
    let bytes = bytes(kind, rows, 42);
    let text = if kind == Kind::Press {
        encoding_rs::EUC_KR.decode(&bytes).0.into_owned()
    } else {
        String::from_utf8(bytes).unwrap()
    };
    assert!(!text.contains('\u{fffd}'));
    let lines = text.trim_start_matches('\u{feff}').lines();
    lines.map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

#[test]
fn whoever_stops_it_gets_no_half_of_a_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("sample.csv");
    let progress = StopAt::new(3);
    let stopped = write_csv_with(Kind::Cnc, 100_000, 1, &path, &progress);
    assert!(matches!(stopped, Err(Fault::Cancelled)));
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    let heard = progress.heard.into_inner().unwrap();
    assert_eq!(heard[..2], [("generate", 0, 100_000), ("generate", 4_096, 100_000)]);
}

#[test]
fn the_same_seed_gives_the_same_bytes_for_ever() {
    // A change here breaks whoever compares samples between versions: say so in the change log.
    for (kind, hash) in [
        (Kind::Press, "e2ff4bd6266b3e915ca19408efab62c8774c28b36b18341cc3c3dc3ded31a775"),
        (Kind::Cnc, "04f5db8db4ee2803898d43d8f90bd259f1c86230f238cb9383f23d008682d139"),
        (Kind::Injection, "2f63885f24e7b423f26aeaf76ac9b2523598be937bdcb6c3575ee62443586716"),
    ] {
        assert_eq!(sha256(&bytes(kind, 2_000, 42)), hash, "{kind:?}");
        assert_ne!(bytes(kind, 200, 1), bytes(kind, 200, 2), "{kind:?}");
    }
}

#[test]
fn every_record_has_every_field_and_the_count_is_exact() {
    for kind in Kind::ALL {
        for rows in [0, 1, 99, 100, 1_234] {
            let records = records(kind, rows);
            assert_eq!(records.len() as u64, rows + 1, "{kind:?}");
            let fields = records[0].len();
            assert!(records.iter().all(|record| record.len() == fields), "{kind:?}");
        }
    }
}

#[test]
fn the_defects_are_there_at_their_rates() {
    const ROWS: usize = 60_000;
    for kind in Kind::ALL {
        let records = records(kind, ROWS as u64);
        let (head, rows) = records.split_first().unwrap();
        let sensors: Vec<usize> =
            (0..head.len()).filter(|n| head[*n].contains(['(', '['])).collect();
        let cells = |wanted: &dyn Fn(&str) -> bool| -> usize {
            let hit = |row: &Vec<String>| sensors.iter().filter(|n| wanted(&row[**n])).count();
            rows.iter().map(hit).sum()
        };
        let within = |what: &str, count: usize, expected: f64| {
            #[expect(clippy::cast_precision_loss, reason = "small counts")]
            let ratio = count as f64 / expected;
            assert!((0.6..1.6).contains(&ratio), "{kind:?} {what}: {count} for {expected}");
        };
        let total = (ROWS * sensors.len()) as f64;
        within("empty", cells(&|cell| cell.is_empty()), total * 0.005);
        within("sentinels", cells(&|cell| cell == "9999" || cell == "-1"), ROWS as f64 * 0.001);
        let twice = rows.windows(2).filter(|pair| pair[0] == pair[1]).count();
        within("repeated", twice, ROWS as f64 * 0.002);
        let back = rows.windows(2).filter(|pair| pair[0][0] > pair[1][0]).count();
        assert!((8..200).contains(&back), "{kind:?} backward: {back}");
        let impossible = rows.iter().filter(|row| row[0].starts_with("2024-02-30")).count();
        let future = rows.iter().filter(|row| row[0].starts_with("2099")).count();
        assert_eq!((impossible, future), (1, 1), "{kind:?}");
    }
}

#[test]
fn the_verdict_follows_from_the_physics() {
    // Mean of a sensor among good and bad records.
    let means = |kind: Kind, sensor: &str, verdict: &str, bad: &str| {
        let records = records(kind, 60_000);
        let at = |name: &str| records[0].iter().position(|head| head == name).unwrap();
        let (sensor, verdict) = (at(sensor), at(verdict));
        let mut sums: HashMap<bool, (f64, f64)> = HashMap::new();
        for record in &records[1..] {
            let Ok(value) = record[sensor].parse::<f64>() else { continue };
            if value == 9_999.0 || value == -1.0 {
                continue;
            }
            let sum = sums.entry(record[verdict] == bad).or_default();
            *sum = (sum.0 + value, sum.1 + 1.0);
        }
        let share = sums[&true].1 / (sums[&true].1 + sums[&false].1);
        assert!((0.002..0.2).contains(&share), "{kind:?}: {share} bad");
        (sums[&false].0 / sums[&false].1, sums[&true].0 / sums[&true].1)
    };
    let (good, bad) = means(Kind::Press, "진동(mm/s)", "판정", "불량");
    assert!(bad > good * 1.05, "{good} {bad}");
    let (good, bad) = means(Kind::Cnc, "진동_X[mm/s]", "quality", "NG");
    assert!(bad > good * 1.05, "{good} {bad}");
    let (good, bad) = means(Kind::Injection, "제품중량(g)", "판정", "불량");
    assert!(bad < good - 0.1, "{good} {bad}");
}
