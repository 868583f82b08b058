//! `suggest`: a cautious cleaning pipeline and rule set from what was measured.

use std::path::PathBuf;

use processing::{Fault, pipeline, profile, quality};
use schema::data::lineage::Lineage;
use schema::data::pipeline::PipelineSpec;
use schema::data::quality::RuleSet;
use serde::Serialize;

use super::validate::PackKind;
use super::{Desk, Verdict};

#[derive(Debug, clap::Args)]
pub(super) struct Suggest {
    /// 파일 · file
    file: PathBuf,
    /// 파이프라인 대신 고쳐 쓸 품질 규칙(YAML)을 출력 · print the quality rules (YAML) to edit, not the pipeline
    #[arg(long)]
    rules: bool,
    /// 척도를 맞춘 파일의 계보; 되돌리는 파이프라인을 출력 · lineage of a file that was scaled: prints the
    /// pipeline that takes the scaling back
    #[arg(long, value_name = "LINEAGE", conflicts_with_all = ["rules", "pack"])]
    unscale: Option<PathBuf>,
    /// 공정; 없으면 열 이름으로 짐작 · kind of line; guessed by the columns if absent
    #[arg(long, value_enum)]
    pack: Option<PackKind>,
}

#[derive(Serialize)]
struct Suggested {
    pipeline: PipelineSpec,
    rules: RuleSet,
}

impl Desk {
    pub(super) fn suggest(&self, args: &Suggest) -> Result<Verdict, Fault> {
        let table = self.table(&args.file)?;
        if let Some(lineage) = &args.unscale {
            let lineage: Lineage = self.document(lineage)?;
            let spec = pipeline::unscaling(&lineage, &table.dictionary)?;
            let yaml = serde_saphyr::to_string(&spec);
            let yaml = yaml.map_err(|error| Fault::Bug(error.to_string()))?;
            self.print(&spec, |page| page.line(yaml.trim_end()))?;
            return Ok(Verdict::Passed);
        }
        let profile =
            profile::profile(&table.path, &table.dictionary, &self.limits, &self.progress)?;
        let process = args.pack.map(Into::into);
        let suggested = Suggested {
            pipeline: pipeline::suggest(&profile, &table.dictionary),
            rules: if args.rules {
                quality::propose(process, &profile, &table.dictionary)
            } else {
                quality::suggest_for(process, &profile, &table.dictionary)
            },
        };
        let yaml = if args.rules {
            serde_saphyr::to_string(&suggested.rules)
        } else {
            serde_saphyr::to_string(&suggested.pipeline)
        };
        let yaml = yaml.map_err(|error| Fault::Bug(error.to_string()))?;
        self.print(&suggested, |page| page.line(yaml.trim_end()))?;
        Ok(Verdict::Passed)
    }
}
