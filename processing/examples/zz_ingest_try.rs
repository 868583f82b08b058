//! throw-away
use processing::{ingest, Limits};
fn main() {
    let mut args = std::env::args().skip(1);
    let mode = args.next().unwrap();
    let limits = Limits::default();
    for path in args {
        let path = std::path::PathBuf::from(path);
        let out = std::path::PathBuf::from("/tmp/ingest_out/").join(path.file_name().unwrap()).with_extension("parquet");
        let t = std::time::Instant::now();
        if mode == "inspect" {
            match ingest::inspect(&path, &limits) { Ok(d) => println!("{}", serde_json::to_string_pretty(&d).unwrap()), Err(e) => println!("FAULT {e:?}") }
            continue;
        }
        match ingest::convert(&path, &out, None, &limits, &processing::progress::Silent) {
            Ok(done) => {
                println!("== {} rows={} cols={} {:?} {:?}", path.display(), done.rows, done.dictionary.columns.len(), done.dictionary.reading, t.elapsed());
                if mode == "full" {
                    for c in &done.dictionary.columns { println!("   {} {:?} {:?} unit={:?} null={} {:?} sent={:?} conf={:?}", c.name, c.value_type, c.role, c.unit, c.nullable, c.formats, c.sentinels, c.confidence_bp); }
                    for f in &done.dictionary.findings { println!("   ! {} {:?} n={:?} rows={:?} {}", f.code, f.column, f.count, f.rows, f.text.en); }
                }
                let rss = std::fs::read_to_string("/proc/self/status").unwrap_or_default(); let rss = rss.lines().find(|l| l.starts_with("VmHWM")).unwrap_or("").to_string();
                if mode == "bench" { println!("{rss} {:?}", t.elapsed()); }
            }
            Err(e) => println!("== {} FAULT {e:?}", path.display()),
        }
    }
}
