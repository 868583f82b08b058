//! Where a specification speaks of what a fault is about: line and column, for YAML and JSON.
//!
//! A fault of a step is found when the step meets a table, long after the text was read. The text is
//! then read once more, with places: the step of the fault, and in it the word for the column.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;

use crate::error::Fault;

/// A document with places.
enum Node {
    /// A word, a number or nothing.
    Word(String),
    /// A list.
    List(Vec<Spanned<Node>>),
    /// Keys and values.
    Map(Vec<(Spanned<String>, Spanned<Node>)>),
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnyNode;
        impl<'de> Visitor<'de> for AnyNode {
            type Value = Node;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a document")
            }

            fn visit_str<E>(self, word: &str) -> Result<Node, E> {
                Ok(Node::Word(word.to_owned()))
            }

            fn visit_bool<E>(self, word: bool) -> Result<Node, E> {
                Ok(Node::Word(word.to_string()))
            }

            fn visit_i64<E>(self, word: i64) -> Result<Node, E> {
                Ok(Node::Word(word.to_string()))
            }

            fn visit_u64<E>(self, word: u64) -> Result<Node, E> {
                Ok(Node::Word(word.to_string()))
            }

            fn visit_f64<E>(self, word: f64) -> Result<Node, E> {
                Ok(Node::Word(word.to_string()))
            }

            fn visit_unit<E>(self) -> Result<Node, E> {
                Ok(Node::Word(String::new()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node, A::Error> {
                let mut list = Vec::new();
                while let Some(item) = items.next_element()? {
                    list.push(item);
                }
                Ok(Node::List(list))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Node, A::Error> {
                let mut map = Vec::new();
                while let Some(entry) = entries.next_entry()? {
                    map.push(entry);
                }
                Ok(Node::Map(map))
            }
        }
        deserializer.deserialize_any(AnyNode)
    }
}

/// A line and a column, from 1.
type Place = (u64, u64);

fn place<T>(spanned: &Spanned<T>) -> Place {
    (spanned.referenced.line(), spanned.referenced.column())
}

/// The fault with the place in the specification `text` that it is about. As it is when it is not of
/// a step.
#[must_use]
pub fn placed(text: &str, fault: Fault) -> Fault {
    let Fault::Input(mut input) = fault else { return fault };
    let number = input.step.and_then(|step| usize::try_from(step).ok()?.checked_sub(1));
    let Some((line, column)) = number.and_then(|step| find(text, step, input.column.as_deref()))
    else {
        return Fault::Input(input);
    };
    input.text.ko = format!("{} (명세 {line}행 {column}열)", input.text.ko);
    input.text.en = format!("{} (specification line {line}, column {column})", input.text.en);
    Fault::Input(input)
}

/// The place of the step at an index, or of the word for a column in it.
fn find(text: &str, step: usize, column: Option<&str>) -> Option<Place> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let document: Node = serde_saphyr::from_str(text).ok()?;
    let Node::Map(entries) = document else { return None };
    let (_, steps) = entries.into_iter().find(|(key, _)| key.value == "steps")?;
    let Node::List(steps) = steps.value else { return None };
    let step = steps.get(step)?;
    let exact = |word: &str| column == Some(word);
    // Within an expression a column is one word among others.
    let within = |word: &str| column.is_some_and(|column| word.contains(column));
    let found = || word(step, &exact).or_else(|| word(step, &within));
    found().or_else(|| match &step.value {
        Node::Map(entries) => entries.first().map(|(key, _)| place(key)),
        _ => Some(place(step)),
    })
}

/// The first word for which `is` says so, keys of a step's parameters included.
fn word(node: &Spanned<Node>, is: &dyn Fn(&str) -> bool) -> Option<Place> {
    match &node.value {
        Node::Word(word) => is(word).then(|| place(node)),
        Node::List(items) => items.iter().find_map(|item| word(item, is)),
        Node::Map(entries) => {
            entries.iter().find_map(
                |(key, value)| {
                    if is(&key.value) { Some(place(key)) } else { word(value, is) }
                },
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::placed;
    use crate::error::Fault;
    use crate::pipeline::fixture::clean;

    /// The English text of the fault of a specification on a small table.
    fn told(spec: &str) -> String {
        let Err(fault) = clean(spec, "mold_temp:f | lot:t\n 1 | A") else { panic!("{spec}") };
        let Fault::Input(fault) = placed(spec, fault) else { panic!("{spec}") };
        assert!(fault.text.ko.contains("행 "), "{}", fault.text.ko);
        fault.text.en
    }

    #[test]
    fn a_fault_of_a_step_names_line_and_column() {
        for (spec, place) in [
            (
                "steps:\n  - drop_duplicates: {}\n  - select:\n      columns: [lot, mold_tmp]\n",
                "line 4, column 22",
            ),
            ("steps:\n  - filter:\n      where: \"mold_tmp > 1\"\n", "line 3, column 14"),
            ("steps:\n  - rename: {columns: {mold_tmp: x}}\n", "line 2, column 24"),
            ("steps:\n  - filter_range: {column: lot, min: 1}\n", "line 2, column 28"),
            ("steps:\n- select:\n    columns: []\n", "line 2, column 3"),
            (
                "{\"steps\": [\n  {\"select\": {\"columns\": [\"mold_tmp\"]}}\n]}",
                "line 2, column 27",
            ),
        ] {
            let text = told(spec);
            assert!(text.contains(&format!("(specification {place})")), "{spec}: {text}");
        }
    }

    #[test]
    fn other_faults_stay_as_they_are() {
        let fault = Fault::input("file-empty", "ko", "en");
        let Fault::Input(fault) = placed("steps: []", fault) else { panic!() };
        assert_eq!(fault.text.en, "en");
    }
}
