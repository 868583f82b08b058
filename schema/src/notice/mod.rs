//! Programme parameters by notice edition, as data.
//!
//! A notice says which programmes there are, who may apply, for how long and with how much money.
//! Its editions are files beside the code (`schema/data/notice-*.json`), so a new year is new data;
//! rules take the notice in force as an argument, and an agreement keeps the version it was signed
//! under, whatever a later notice says.
//!
//! Invariants: a [`Notice`] that exists has passed every check of [`Notice::parse`]. Deliberately
//! absent: the digest of a version (the caller hashes [`Notice::raw`]) and the money arithmetic
//! ([`money_rules`](crate::money_rules)).

mod code;
mod eligibility;
mod ksic;
mod parameters;
mod programme;
pub mod quote;
pub mod replay;
mod screen;
mod standing;
mod window;
mod words;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

pub use code::{ProgrammeCode, ProgrammeCodeError};
pub use eligibility::manufacturing_verdict;
pub use eligibility::{Ground, Verdict, class_verdict, industry_verdict};
pub use ksic::{Ksic, KsicError};
pub use parameters::{
    Aftercare, Axis, BonusItem, Centre, Evaluation, IndustryRule, Objection, Parameters, Sanctions,
    Thresholds,
};
pub use programme::{Exclusion, Policy, Programme, Projects, Reading, Track};
pub use screen::{Finding, ScreenOutcome, Screening, screen};
pub use standing::{BanHit, BanMatch, PaperSeen, PlanKind, Standing, SupportedPlan, duplicates};
pub use window::{Window, Windows, YearMonth};
pub use words::{
    EvaluationMode, Group, IndustryOutcome, LegalBasis, MatchingMode, NoticeStatus, ProjectUnit,
    SizeClass,
};

use crate::lang::Text;
use crate::time::Day;

/// The editions that the program carries, oldest first.
const EDITIONS: [&str; 2] =
    [include_str!("../../data/notice-2024.json"), include_str!("../../data/notice-2026.json")];

static EMBEDDED: LazyLock<Result<Vec<Notice>, NoticeError>> =
    LazyLock::new(|| EDITIONS.iter().map(|raw| Notice::parse(raw)).collect());

/// Most bytes and most programmes of a notice.
const BYTES_MAX: usize = 1 << 20;
const PROGRAMMES_MAX: usize = 100;

/// One edition of the notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Name of the version, as agreements and audit entries quote it.
    pub version: String,
    /// Draft or final.
    pub status: NoticeStatus,
    /// First day of its effect: agreements signed from then on are under it.
    pub effective_from: Day,
    /// Its title.
    pub title: Text,
    /// What readers of its figures must know.
    pub caution: Text,
    /// Terms and marks for every programme.
    pub parameters: Parameters,
    /// Industries that are not supported.
    pub industries: Vec<IndustryRule>,
    /// The programmes, in the order of the notice.
    pub programmes: Vec<Programme>,
    /// Regional centres.
    pub centres: Vec<Centre>,
    /// The edition whose figures stand wherever this one is silent.
    pub base: Option<String>,
    /// What this edition says anew, and where that was read.
    pub origins: Vec<Origin>,
    raw: String,
}

/// Where a figure of an edition was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = NoticeOrigin))]
#[serde(deny_unknown_fields)]
pub struct Origin {
    /// What it is, as a path such as `P14.windows.apply`.
    pub path: String,
    /// The source in the rulebook, such as `W1`.
    pub source: String,
    /// What was read.
    pub note: Text,
}

/// Why notice data were refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoticeError {
    /// Not JSON of the expected form, or too large.
    #[error("notice data are not readable: {0}")]
    Form(String),
    /// The version is empty or too long, or the programmes are too many or too few.
    #[error("a notice needs a version of at most 64 characters and 1 to 100 programmes")]
    Header,
    /// A programme stands twice.
    #[error("programme {0} stands twice")]
    Twice(ProgrammeCode),
    /// A programme contradicts itself.
    #[error("programme {0}: {1}")]
    Programme(ProgrammeCode, &'static str),
    /// The common parameters contradict themselves.
    #[error("parameters: {0}")]
    Parameters(&'static str),
}

/// The form of an edition as a file.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = NoticeEdition))]
#[serde(deny_unknown_fields)]
pub struct NoticeFile {
    /// Name of the version.
    pub version: String,
    /// Draft or final.
    pub status: NoticeStatus,
    /// First day of its effect.
    pub effective_from: Day,
    /// Its title.
    pub title: Text,
    /// What readers of its figures must know.
    pub caution: Text,
    /// The edition whose figures stand wherever this one is silent.
    #[serde(default)]
    pub base: Option<String>,
    /// What this edition says anew, and where that was read.
    #[serde(default)]
    pub origins: Vec<Origin>,
    /// Terms and marks for every programme.
    pub parameters: Parameters,
    /// Industries that are not supported.
    pub industries: Vec<IndustryRule>,
    /// The programmes, in the order of the notice.
    pub programmes: Vec<Programme>,
    /// Regional centres.
    pub centres: Vec<Centre>,
}

impl Notice {
    /// The editions that the program carries, oldest first. Fails only if the build carries broken
    /// data, which a test rules out; a server asks once, when it starts.
    pub fn editions() -> Result<&'static [Notice], NoticeError> {
        EMBEDDED.as_deref().map_err(Clone::clone)
    }

    /// The 2024 edition, the oldest that the program carries.
    pub fn embedded() -> Result<&'static Notice, NoticeError> {
        Notice::editions()?.first().ok_or(NoticeError::Header)
    }

    /// The carried edition in force on `day`, if there is one.
    pub fn on(day: Day) -> Result<Option<&'static Notice>, NoticeError> {
        Ok(Notice::in_force(Notice::editions()?, day))
    }

    /// Reads and checks an edition of the form of `schema/data/notice-2024.json`.
    pub fn parse(raw: &str) -> Result<Notice, NoticeError> {
        if raw.len() > BYTES_MAX {
            return Err(NoticeError::Form(format!("more than {BYTES_MAX} bytes")));
        }
        let file: NoticeFile =
            serde_json::from_str(raw).map_err(|error| NoticeError::Form(error.to_string()))?;
        let name_fits = (1..=64).contains(&file.version.chars().count());
        if !name_fits || !(1..=PROGRAMMES_MAX).contains(&file.programmes.len()) {
            return Err(NoticeError::Header);
        }
        file.parameters.check().map_err(NoticeError::Parameters)?;
        if !file.industries.iter().all(IndustryRule::is_well_formed) {
            return Err(NoticeError::Parameters("an industry has no KSIC prefix of 2 to 5 digits"));
        }
        let mut seen = BTreeSet::new();
        for programme in &file.programmes {
            if !seen.insert(programme.code) {
                return Err(NoticeError::Twice(programme.code));
            }
            programme.check().map_err(|what| NoticeError::Programme(programme.code, what))?;
        }
        let NoticeFile { version, status, effective_from, title, caution, .. } = file;
        let NoticeFile { parameters, industries, programmes, centres, base, origins, .. } = file;
        Ok(Notice {
            version,
            status,
            effective_from,
            title,
            caution,
            parameters,
            industries,
            programmes,
            centres,
            base,
            origins,
            raw: raw.to_owned(),
        })
    }

    /// The data as they came, for a digest.
    pub fn raw(&self) -> &[u8] {
        self.raw.as_bytes()
    }

    /// The programme with `code`.
    pub fn programme(&self, code: ProgrammeCode) -> Option<&Programme> {
        self.programmes.iter().find(|programme| programme.code == code)
    }

    /// Of several editions the one in force on `day`: the newest that has taken effect.
    pub fn in_force<'n>(
        editions: impl IntoIterator<Item = &'n Notice>,
        day: Day,
    ) -> Option<&'n Notice> {
        editions
            .into_iter()
            .filter(|notice| notice.effective_from <= day)
            .max_by_key(|notice| notice.effective_from)
    }
}

#[cfg(test)]
mod reading_tests;
#[cfg(test)]
mod tests;
