//! Writes seeds from made-up lines: `seeds FOLDER` fills `FOLDER/TARGET` for the targets that read
//! files.

use std::path::Path;

use fuzz::limits;
use processing::generate::{Kind, write_csv};
use processing::ingest::convert;
use processing::progress::Silent;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args().nth(1).ok_or("usage: seeds FOLDER")?;
    let folder = Path::new(&folder);
    for (name, kind) in [("press", Kind::Press), ("cnc", Kind::Cnc), ("injection", Kind::Injection)]
    {
        for (rows, seed) in [(3, 1), (25, 2), (150, 3)] {
            let name = format!("{name}-{rows}");
            let place = |target: &str| {
                let folder = folder.join(target);
                std::fs::create_dir_all(&folder).map(|()| folder.join(&name))
            };
            let text = place("text")?;
            write_csv(kind, rows, seed, &text)?;
            convert(&text, &place("parquet")?, None, &limits(1), &Silent)?;
            let text = std::fs::read(&text)?;
            let how = if rows == 3 { 1 } else { 2 };
            let packed = [&[how, 0, 0][..], &text].concat();
            std::fs::write(place("packed")?, packed)?;
        }
    }
    Ok(())
}
