//! Writes the seeds that are made: `seeds FOLDER` fills `FOLDER/TARGET`.

use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args().nth(1).ok_or("usage: seeds FOLDER")?;
    for target in ["text", "parquet", "packed", "workbook"] {
        let folder = Path::new(&folder).join(target);
        std::fs::create_dir_all(&folder)?;
        for (name, bytes) in fuzz::seeds::made(target) {
            std::fs::write(folder.join(name), bytes)?;
        }
    }
    Ok(())
}
