//! The report that people read, of any command that measures.

use std::path::Path;

use processing::digest::sha256_file_with;
use processing::report::{self, Page};
use processing::{Fault, privacy};
use schema::data::certificate::Claims;
use schema::data::lineage::Lineage;
use schema::data::profile::Profile;
use schema::data::quality::Report;

use super::scan::day;
use super::{Desk, Table};

/// What there is to draw.
pub(super) struct Drawn<'a> {
    /// The file as the person named it.
    pub(super) file: &'a Path,
    pub(super) table: &'a Table,
    pub(super) profile: &'a Profile,
    pub(super) report: Option<&'a Report>,
    pub(super) suggested: bool,
    pub(super) before: Option<&'a Profile>,
    pub(super) lineage: Option<&'a Lineage>,
    pub(super) certificate: Option<(&'a Claims, &'a str)>,
}

impl<'a> Drawn<'a> {
    /// Statistics of a file, to which more can be added.
    pub(super) fn of(file: &'a Path, table: &'a Table, profile: &'a Profile) -> Self {
        Self {
            file,
            table,
            profile,
            report: None,
            suggested: false,
            before: None,
            lineage: None,
            certificate: None,
        }
    }
}

impl Desk {
    /// Searches the table for personal data, which is masked, reads what is drawn, and writes the page.
    pub(super) fn draw(&self, out: &Path, drawn: &Drawn<'_>) -> Result<(), Fault> {
        let (path, dictionary) = (&drawn.table.path, &drawn.table.dictionary);
        let name = drawn.file.file_name().unwrap_or_default().to_string_lossy();
        let (limits, progress) = (&self.limits, &self.progress);
        let found = privacy::scan(path, dictionary, &name, day(None)?, limits, progress)?;
        let (profile, rules) = (drawn.profile, drawn.report);
        let sketch = report::sketch(path, dictionary, profile, rules, &found, limits, progress)?;
        let file_sha256 = sha256_file_with(drawn.file, progress)?;
        let logical = drawn.certificate.map(|(claims, _)| claims.logical_sha256.as_str());
        let page = report::html(&Page {
            name: &name,
            lang: self.lang,
            dictionary,
            profile,
            privacy: &found,
            report: rules,
            suggested: drawn.suggested,
            sketch: Some(&sketch),
            before: drawn.before,
            lineage: drawn.lineage,
            file_sha256: Some(&file_sha256),
            logical_sha256: logical,
            certificate: drawn.certificate,
        });
        self.write(out, &page)
    }
}
