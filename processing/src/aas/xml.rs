//! The XML form of an environment, told as its JSON form. Namespaces are not looked at, so that 3.0, 3.1
//! and what follows are read alike; a document type definition is refused.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use serde_json::{Map, Value};

use super::read::unreadable;
use crate::error::Fault;

/// Elements inside each other.
const DEPTH_MAX: usize = 128;
/// Tags, texts and comments in all.
const EVENTS_MAX: usize = 2_000_000;

/// An element.
#[derive(Debug, Default)]
pub(super) struct Node {
    name: String,
    attributes: Vec<(String, String)>,
    text: String,
    pub(super) children: Vec<Node>,
}

impl Node {
    /// An attribute by its local name.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

fn local(name: &str) -> String {
    name.rsplit(':').next().unwrap_or_default().to_owned()
}

fn opened(start: &BytesStart<'_>) -> Result<Node, Fault> {
    let mut node = Node { name: local(start.name().as_ref()), ..Node::default() };
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| unreadable(&error.to_string()))?;
        let value = quick_xml::escape::unescape(&attribute.value)
            .map_err(|error| unreadable(&error.to_string()))?;
        node.attributes.push((local(attribute.key.as_ref()), value.into_owned()));
    }
    Ok(node)
}

/// The root element of a document.
pub(super) fn parse(bytes: &[u8]) -> Result<Node, Fault> {
    let text = std::str::from_utf8(bytes).map_err(|_| unreadable("the text is not UTF-8"))?;
    let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
    let mut open = vec![Node::default()];
    let mut events = 0;
    loop {
        let event = reader.read_event().map_err(|error| unreadable(&error.to_string()))?;
        let Some(last) = open.last_mut() else {
            return Err(unreadable("the elements do not match"));
        };
        match event {
            Event::Start(start) => open.push(opened(&start)?),
            Event::Empty(start) => last.children.push(opened(&start)?),
            Event::End(_) => {
                let closed = open.pop().unwrap_or_default();
                match open.last_mut() {
                    Some(parent) => parent.children.push(closed),
                    None => return Err(unreadable("the elements do not match")),
                }
            }
            Event::Text(text) => last.text.push_str(&text),
            Event::CData(text) => last.text.push_str(&text),
            Event::GeneralRef(name) => {
                let whole = format!("&{};", &*name);
                let plain = quick_xml::escape::unescape(&whole);
                last.text.push_str(&plain.map_err(|error| unreadable(&error.to_string()))?);
            }
            Event::DocType(_) => return Err(unreadable("a document type definition is not read")),
            Event::Eof => break,
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
        }
        events += 1;
        if open.len() > DEPTH_MAX || events > EVENTS_MAX {
            return Err(unreadable("the document is too deep or too long"));
        }
    }
    match (open.pop(), open.is_empty()) {
        (Some(mut document), true) if document.children.len() == 1 => {
            document.children.pop().ok_or_else(|| unreadable("no element"))
        }
        _ => Err(unreadable("not one whole element")),
    }
}

/// Elements that hold a list in the JSON form.
const LISTS: &[&str] = &[
    "assetAdministrationShells",
    "submodels",
    "conceptDescriptions",
    "submodelElements",
    "statements",
    "annotations",
    "keys",
    "qualifiers",
    "extensions",
    "embeddedDataSpecifications",
    "displayName",
    "description",
    "preferredName",
    "shortName",
    "definition",
    "supplementalSemanticIds",
];

/// The name that the JSON form gives a kind of element.
fn model_type(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn list(node: &Node) -> Value {
    node.children.iter().map(|child| object(child, true)).collect()
}

fn value(node: &Node) -> Value {
    if LISTS.contains(&node.name.as_str()) || (node.name == "value" && !node.children.is_empty()) {
        return list(node);
    }
    match node.children.as_slice() {
        [] => Value::String(node.text.trim().to_owned()),
        [content] if node.name == "dataSpecificationContent" => object(content, true),
        _ => object(node, false),
    }
}

/// An element as an object; its kind is told where the JSON form tells it.
fn object(node: &Node, kind: bool) -> Value {
    let mut fields = Map::new();
    if kind {
        fields.insert("modelType".to_owned(), Value::String(model_type(&node.name)));
    }
    for child in &node.children {
        fields.insert(child.name.clone(), value(child));
    }
    Value::Object(fields)
}

/// The JSON form of an environment.
pub(super) fn environment(bytes: &[u8]) -> Result<Value, Fault> {
    Ok(object(&parse(bytes)?, false))
}
