//! Steps along time: rows gathered into buckets.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, de};

/// Rows gathered into buckets of equal length, one row a bucket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Resample {
    /// Date or timestamp column; behind the step it holds the start of the bucket.
    pub time: String,
    /// Length of a bucket, such as `250ms`, `10s`, `5min`, `1h30min` or `1d`.
    pub every: String,
    /// Columns whose values keep rows apart: each group has its own buckets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub group: Vec<String>,
    /// Column to what is told of its values in a bucket. With one function the column keeps its
    /// name, with several there is a column `<column>_<function>` for each.
    pub aggregates: BTreeMap<String, Aggregates>,
    /// What becomes of buckets without rows between the first and the last of a group.
    #[serde(default)]
    pub empty: EmptyBuckets,
    /// A day or RFC 3339 time at which a bucket starts; midnight of 1 January 1970 in the file's
    /// zone when absent, so that lengths that divide a day start with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
}

/// One function or several.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(untagged)]
pub enum Aggregates {
    /// One; the column keeps its name.
    One(Aggregate),
    /// Several; each names its column.
    Many(Vec<Aggregate>),
}

impl Aggregates {
    /// The functions, in the order written.
    pub fn functions(&self) -> &[Aggregate] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }
}

impl<'de> Deserialize<'de> for Aggregates {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Aggregates;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("the name of a function or a list of names")
            }
            fn visit_str<E: de::Error>(self, name: &str) -> Result<Aggregates, E> {
                Aggregate::deserialize(de::value::StrDeserializer::new(name)).map(Aggregates::One)
            }
            fn visit_seq<A: de::SeqAccess<'de>>(self, mut seq: A) -> Result<Aggregates, A::Error> {
                let mut many = Vec::new();
                while let Some(one) = seq.next_element()? {
                    many.push(one);
                }
                Ok(Aggregates::Many(many))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

/// What is told of the values of a column in a bucket. Missing cells (null, NaN) never count;
/// infinite ones count for `count`, `first`, `last`, `min` and `max` only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Aggregate {
    /// Arithmetic mean.
    Mean,
    /// Smallest value.
    Min,
    /// Largest value.
    Max,
    /// Sum; of integers exact.
    Sum,
    /// How many cells hold a value.
    Count,
    /// The first value in time.
    First,
    /// The last value in time.
    Last,
    /// Sample standard deviation; null below two values.
    Std,
    /// Median, the mean of the middle two of an even number.
    Median,
    /// Largest less smallest value.
    Range,
    /// How many cells of a boolean column are true.
    CountTrue,
    /// How many cells of a boolean column are false.
    CountFalse,
    /// Which part of the values of a boolean column is true, 0 to 1.
    ShareTrue,
}

impl Aggregate {
    /// The name in a specification, and at the end of a column's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mean => "mean",
            Self::Min => "min",
            Self::Max => "max",
            Self::Sum => "sum",
            Self::Count => "count",
            Self::First => "first",
            Self::Last => "last",
            Self::Std => "std",
            Self::Median => "median",
            Self::Range => "range",
            Self::CountTrue => "count_true",
            Self::CountFalse => "count_false",
            Self::ShareTrue => "share_true",
        }
    }
}

/// What becomes of a bucket without rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum EmptyBuckets {
    /// There is no row for it.
    #[default]
    Skip,
    /// A row that is null but for its group and time, and 0 for counts.
    #[serde(alias = "null")]
    ToNull,
}
