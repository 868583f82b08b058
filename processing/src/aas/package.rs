//! AASX: a ZIP file after the Open Packaging Conventions (IDTA 01005).

use std::io::{Cursor, Read, Write};

use serde_json::Value;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

use super::BYTES_MAX;
use super::read::unreadable;
use super::xml;
use crate::error::Fault;

/// Entries of a package: shells come with manuals and pictures, never with thousands of files.
const ENTRIES_MAX: usize = 4_096;
/// Unpacked to packed bytes of an entry; text packs well, and above this it is a bomb.
const RATIO_MAX: u64 = 400;

const TYPES: &str = r#"<?xml version="1.0" encoding="utf-8"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="json" ContentType="application/json"/><Override PartName="/aasx/aasx-origin" ContentType="text/plain"/></Types>"#;
const ROOT: &str = r#"<?xml version="1.0" encoding="utf-8"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Type="http://admin-shell.io/aasx/relationships/aasx-origin" Target="/aasx/aasx-origin" Id="origin"/></Relationships>"#;
const ORIGIN: &str = r#"<?xml version="1.0" encoding="utf-8"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Type="http://admin-shell.io/aasx/relationships/aas-spec" Target="/aasx/data.json" Id="spec"/></Relationships>"#;

/// A package with one environment; the same environment gives the same bytes.
///
/// # Errors
/// None that a caller could cause: a failure is a bug of this crate.
pub fn package(environment: &Value) -> Result<Vec<u8>, Fault> {
    let parts = [
        ("[Content_Types].xml", TYPES.to_owned()),
        ("_rels/.rels", ROOT.to_owned()),
        ("aasx/aasx-origin", "Intentionally empty.".to_owned()),
        ("aasx/_rels/aasx-origin.rels", ORIGIN.to_owned()),
        ("aasx/data.json", environment.to_string()),
    ];
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default());
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in parts {
        zip.start_file(name, options).map_err(|error| Fault::Bug(error.to_string()))?;
        zip.write_all(text.as_bytes())?;
    }
    Ok(zip.finish().map_err(|error| Fault::Bug(error.to_string()))?.into_inner())
}

/// One entry, whole.
fn entry(archive: &mut ZipArchive<Cursor<&[u8]>>, name: &str) -> Result<Option<Vec<u8>>, Fault> {
    let Some(at) = archive.index_for_name(name.trim_start_matches('/')) else { return Ok(None) };
    let file = archive.by_index(at).map_err(|error| unreadable(&error.to_string()))?;
    let bound = (file.compressed_size().max(1) * RATIO_MAX).min(BYTES_MAX as u64);
    let mut bytes = Vec::new();
    file.take(bound + 1).read_to_end(&mut bytes).map_err(|error| unreadable(&error.to_string()))?;
    if bytes.len() as u64 > bound {
        return Err(Fault::input(
            "aas-bomb",
            "압축을 푼 크기가 너무 커서 읽지 않았습니다.",
            "An entry unpacks to too much; it was not read.",
        ));
    }
    Ok(Some(bytes))
}

/// Where the relationships of a kind lead. `base` is the folder that a relative target starts from.
fn targets(relationships: &[u8], kind: &str, base: &str) -> Result<Vec<String>, Fault> {
    let root = xml::parse(relationships)?;
    let wanted = root.children.iter().filter(|child| {
        child.attribute("Type").is_some_and(|word| word.trim_end_matches('/').ends_with(kind))
    });
    let found = wanted.filter_map(|child| child.attribute("Target"));
    Ok(found
        .map(|target| match target.strip_prefix('/') {
            Some(whole) => whole.to_owned(),
            None => format!("{base}{target}"),
        })
        .collect())
}

/// The texts of the environments in a package: what the origin's relationships lead to.
pub(super) fn specifications(bytes: &[u8]) -> Result<Vec<Vec<u8>>, Fault> {
    let mut archive =
        ZipArchive::new(Cursor::new(bytes)).map_err(|error| unreadable(&error.to_string()))?;
    if archive.len() > ENTRIES_MAX {
        return Err(unreadable(&format!("more than {ENTRIES_MAX} entries")));
    }
    let mut found = Vec::new();
    let root = entry(&mut archive, "_rels/.rels")?.unwrap_or_default();
    for origin in targets(&root, "/aasx-origin", "")? {
        let (folder, name) = origin.rsplit_once('/').unwrap_or(("", origin.as_str()));
        let folder = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let Some(links) = entry(&mut archive, &format!("{folder}_rels/{name}.rels"))? else {
            continue;
        };
        for target in targets(&links, "/aas-spec", &folder)? {
            found.extend(entry(&mut archive, &target)?);
        }
    }
    if found.is_empty() {
        return Err(unreadable("no relationship leads to an environment (aasx-origin, aas-spec)"));
    }
    Ok(found)
}
