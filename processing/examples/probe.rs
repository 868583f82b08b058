//! Temporary.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "probe")]
use std::path::Path;
use std::time::Instant;
use processing::{Limits, progress::Silent, profile, quality, privacy};
use schema::data::column::*;
fn main() {
    let mode = std::env::args().nth(1).unwrap();
    let threads: usize = std::env::var("T").ok().and_then(|t| t.parse().ok()).unwrap_or(2);
    let limits = Limits { threads, ..Limits::default() };
    for path in std::env::args().skip(2) {
        let p = Path::new(&path);
        let name = p.file_name().unwrap().to_string_lossy().to_string();
        let mut d = Dictionary { reading: Reading { format: FileFormat::Parquet, compression: Compression::None, encoding: Encoding::Utf8, delimiter: None, header: None, utc_offset_min: 540 }, columns: vec![], findings: vec![] };
        if name.starts_with("s1") || name.starts_with("s5") {
            for (n, r, v) in [("ts", Role::Time, ValueType::Timestamp), ("machine_id", Role::Machine, ValueType::Text)] {
                d.columns.push(Column { name: n.into(), source_name: None, value_type: v, role: r, unit: None, title: None, semantic_id: None, nullable: false, formats: vec![], sentinels: vec![], confidence_bp: None });
            }
        }
        let t = Instant::now();
        match mode.as_str() {
            "profile" => { let r = profile::profile(p, &d, &limits, &Silent); 
                match r { Ok(r) => { println!("{name} {:?} rows {} dup {:?} json {}", t.elapsed(), r.rows, r.duplicate_rows, serde_json::to_string(&r).unwrap().len());
                    for o in &r.time { println!("   {o:?}"); }
                    if std::env::var("V").is_ok() { println!("{}", serde_json::to_string_pretty(&r).unwrap()); } },
                    Err(e) => println!("{name} ERR {e}") } }
            "assess" => { let r = profile::profile(p, &d, &limits, &Silent).unwrap(); let s = quality::suggest(&r, &d);
                let t = Instant::now();
                let set = std::env::var("RULES").ok().map_or(s, |f| serde_json::from_str(&std::fs::read_to_string(f).unwrap()).unwrap());
                match quality::assess(p, &d, &set, &limits, &Silent) { Ok(a) => { println!("{name} {:?} overall {:?} {:?} conforms {} listable {} rules {} failed {:?}", t.elapsed(), a.report.overall, a.report.grade, a.report.conforms, a.report.listable, set.rules.len(), a.report.results.iter().filter(|r| !r.passed).map(|r| (r.rule.id.clone(), r.violations)).take(8).collect::<Vec<_>>());
                   if std::env::var("V").is_ok() { for r in &a.report.results { println!("  {} {}", r.rule.id, r.violations); } } }
                   Err(e) => println!("{name} ERR {e}") } }
            "privacy" => { match privacy::scan(p, &d, &name, (2025, 11, 23), &limits, &Silent) { Ok(r) => println!("{name} {:?} {:?} {}", t.elapsed(), r.outcome, serde_json::to_string(&r.findings.iter().map(|f| (f.detector, f.place, &f.column, f.count, f.candidates, f.checksum_ok, f.outcome)).collect::<Vec<_>>()).unwrap()), Err(e) => println!("{name} ERR {e}") } }
            _ => panic!(),
        }
    }
}
