//! `schema`: the JSON Schema of a document, as published in `docs/schemas`.

use clap::builder::PossibleValuesParser;
use processing::Fault;
use serde_json::Value;

use super::{Desk, Verdict};

/// The published schemas by kind of document. They are made of the types of the crate `schema`, whose
/// tests hold the files to the code.
const PUBLISHED: [(&str, &str); 8] = [
    ("dictionary", include_str!("../../../docs/schemas/dictionary.schema.json")),
    ("profile", include_str!("../../../docs/schemas/profile.schema.json")),
    ("rule-set", include_str!("../../../docs/schemas/rule-set.schema.json")),
    ("report", include_str!("../../../docs/schemas/report.schema.json")),
    ("pipeline", include_str!("../../../docs/schemas/pipeline.schema.json")),
    ("lineage", include_str!("../../../docs/schemas/lineage.schema.json")),
    ("privacy", include_str!("../../../docs/schemas/privacy.schema.json")),
    ("certificate", include_str!("../../../docs/schemas/certificate.schema.json")),
];

#[derive(Debug, clap::Args)]
pub(super) struct Schema {
    /// 문서의 종류 · kind of document
    #[arg(value_parser = PossibleValuesParser::new(PUBLISHED.map(|(name, _)| name)))]
    name: String,
}

impl Desk {
    pub(super) fn schema(&self, args: &Schema) -> Result<Verdict, Fault> {
        let (_, text) = PUBLISHED
            .iter()
            .find(|(name, _)| *name == args.name)
            .ok_or_else(|| Fault::Bug(format!("{} has no schema", args.name)))?;
        let schema: Value =
            serde_json::from_str(text).map_err(|error| Fault::Bug(error.to_string()))?;
        // A schema is a document for programs, whatever the language.
        self.print(&schema, |page| page.line(text.trim_end()))?;
        Ok(Verdict::Passed)
    }
}
