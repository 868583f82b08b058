//! `schema`: the JSON Schema of a document.

use clap::builder::PossibleValuesParser;
use processing::Fault;
use schema::document::Document;

use super::{Desk, Verdict};

#[derive(Debug, clap::Args)]
pub(super) struct Schema {
    /// 문서의 종류 · kind of document
    #[arg(value_parser = PossibleValuesParser::new(Document::ALL.map(|document| document.name)))]
    name: String,
}

impl Desk {
    pub(super) fn schema(&self, args: &Schema) -> Result<Verdict, Fault> {
        let document = Document::named(&args.name)
            .ok_or_else(|| Fault::Bug(format!("{} has no schema", args.name)))?;
        let schema = document.json_schema();
        // A schema is a document for programs, whatever the language.
        let text = serde_json::to_string_pretty(&schema);
        let text = text.map_err(|error| Fault::Bug(error.to_string()))?;
        self.print(&schema, |page| page.line(&text))?;
        Ok(Verdict::Passed)
    }
}
