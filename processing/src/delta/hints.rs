//! Predicates that a client sends as a hint (`jsonPredicateHints` of Delta Sharing): a tree of
//! operators over columns and literals, judged by statistics alone.

use std::cmp::Ordering;

use serde::Deserialize;

use super::statistics::{Bound, Known, Statistics};

/// Nodes of a predicate that are read; a larger one is no hint.
const NODES_MAX: usize = 500;
/// Depth that is followed.
const DEPTH_MAX: usize = 50;

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Node {
    op: String,
    #[serde(default)]
    children: Vec<Node>,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    value: Option<String>,
    #[serde(default)]
    value_type: Option<String>,
}

/// A predicate.
#[derive(Clone, Debug)]
pub struct Predicate(Node);

impl Predicate {
    /// Reads a predicate; `None` when it is none, or too large to be a hint.
    pub fn parse(text: &str) -> Option<Predicate> {
        let root: Node = serde_json::from_str(text).ok()?;
        (nodes(&root, 0)? <= NODES_MAX).then_some(Predicate(root))
    }

    /// Whether a row of a file with these statistics may match. Only `false` says something: no row
    /// matches.
    pub fn may_match(&self, statistics: &Statistics) -> bool {
        judge(&self.0, statistics) != Judged::Never
    }
}

fn nodes(node: &Node, depth: usize) -> Option<usize> {
    if depth > DEPTH_MAX {
        return None;
    }
    node.children.iter().try_fold(1, |sum, child| Some(sum + nodes(child, depth + 1)?))
}

/// What statistics say of a predicate. `Never` is certain and so is `Always` of rows whose columns
/// are not null; a null makes a comparison neither true nor false, so `not` of `Always` is not
/// `Never` unless there are no nulls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Judged {
    /// No row matches.
    Never,
    /// Every row matches.
    Always,
    /// Nobody knows.
    Perhaps,
}

fn judge(node: &Node, statistics: &Statistics) -> Judged {
    match (node.op.as_str(), node.children.as_slice()) {
        ("and", children) if !children.is_empty() => {
            let said: Vec<_> = children.iter().map(|child| judge(child, statistics)).collect();
            match () {
                () if said.contains(&Judged::Never) => Judged::Never,
                () if said.iter().all(|one| *one == Judged::Always) => Judged::Always,
                () => Judged::Perhaps,
            }
        }
        ("or", children) if !children.is_empty() => {
            let said: Vec<_> = children.iter().map(|child| judge(child, statistics)).collect();
            match () {
                () if said.contains(&Judged::Always) => Judged::Always,
                () if said.iter().all(|one| *one == Judged::Never) => Judged::Never,
                () => Judged::Perhaps,
            }
        }
        // `not` of what never matches may still be unknown for a null, so it is not `Always`.
        ("not", [child]) => match judge(child, statistics) {
            Judged::Always => Judged::Never,
            _ => Judged::Perhaps,
        },
        ("isNull", [column]) => match known(column, statistics).and_then(|known| known.nulls) {
            Some(0) => Judged::Never,
            Some(nulls) if nulls == statistics.rows => Judged::Always,
            _ => Judged::Perhaps,
        },
        (op, [left, right]) => match (left.op.as_str(), right.op.as_str()) {
            ("column", "literal") => compare(op, left, right, statistics),
            ("literal", "column") => compare(mirrored(op), right, left, statistics),
            _ => Judged::Perhaps,
        },
        _ => Judged::Perhaps,
    }
}

fn known<'a>(column: &Node, statistics: &'a Statistics) -> Option<&'a Known> {
    statistics.column(column.name.as_deref().filter(|_| column.op == "column")?)
}

fn mirrored(op: &str) -> &str {
    match op {
        "lessThan" => "greaterThan",
        "lessThanOrEqual" => "greaterThanOrEqual",
        "greaterThan" => "lessThan",
        "greaterThanOrEqual" => "lessThanOrEqual",
        same => same,
    }
}

fn compare(op: &str, column: &Node, literal: &Node, statistics: &Statistics) -> Judged {
    let Some(known) = known(column, statistics) else { return Judged::Perhaps };
    let Some(value) = constant(literal) else { return Judged::Perhaps };
    if known.nulls == Some(statistics.rows) {
        return Judged::Never;
    }
    let low = known.min.as_ref().and_then(|min| min.order(&value));
    let high = known.max.as_ref().and_then(|max| max.order(&value));
    let below = |order: Option<Ordering>| order == Some(Ordering::Less);
    let above = |order: Option<Ordering>| order == Some(Ordering::Greater);
    let never = match op {
        "equal" => above(low) || below(high),
        "lessThan" => above(low) || low == Some(Ordering::Equal),
        "lessThanOrEqual" => above(low),
        "greaterThan" => below(high) || high == Some(Ordering::Equal),
        "greaterThanOrEqual" => below(high),
        _ => return Judged::Perhaps,
    };
    // Without an upper bound there may be NaN, for which no comparison holds.
    let always = known.nulls == Some(0)
        && known.max.is_some()
        && match op {
            "equal" => low == Some(Ordering::Equal) && high == Some(Ordering::Equal),
            "lessThan" => below(high),
            "lessThanOrEqual" => below(high) || high == Some(Ordering::Equal),
            "greaterThan" => above(low),
            _ => above(low) || low == Some(Ordering::Equal),
        };
    match (never, always) {
        (true, _) => Judged::Never,
        (_, true) => Judged::Always,
        _ => Judged::Perhaps,
    }
}

/// The value of a literal, if its kind is understood.
fn constant(literal: &Node) -> Option<Bound> {
    let text = literal.value.as_deref()?;
    match literal.value_type.as_deref()? {
        "int" | "long" => text.parse().ok().map(Bound::Integer),
        "float" | "double" => {
            text.parse().ok().filter(|value: &f64| value.is_finite()).map(Bound::Number)
        }
        "string" => Some(Bound::Text(text.to_owned())),
        "date" => {
            let day: jiff::civil::Date = text.parse().ok()?;
            let days = (day - jiff::civil::date(1970, 1, 1)).get_days();
            Some(Bound::Day(days))
        }
        "timestamp" => {
            let at: jiff::Timestamp = text.parse().ok()?;
            Some(Bound::Instant(at.as_microsecond()))
        }
        _ => None,
    }
}
