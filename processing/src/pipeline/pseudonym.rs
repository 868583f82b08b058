//! The step `pseudonymise`: values become tokens, HMAC-SHA-256 under a secret key (RFC 2104).
//!
//! What is hashed is the value as text (numbers in decimal, days as `2024-03-01`, text in NFC and
//! without the blanks around it), so that a machine number has one token whether a file holds it as
//! text or number. The first 2·n hexadecimal digits are the token. The lineage names the key by the
//! HMAC of a fixed text, which tells two keys apart and tells nothing about either.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use hmac::{Hmac, Mac as _};
use schema::data::column::ValueType;
use schema::data::lineage::{Fitted, FittedValue};
use schema::data::pipeline::Pseudonymise;
use sha2::Sha256;
use unicode_normalization::UnicodeNormalization as _;

use super::inputs::Inputs;
use super::shape::{Shape, column};
use super::step::{Op, Ready};
use crate::error::Fault;

/// Tokens kept at hand, so that a machine name is hashed once and not in every row.
const CACHE_MAX: usize = 1 << 16;

struct Tokens {
    columns: Vec<usize>,
    /// The key; none where the step is only checked.
    mac: Option<Hmac<Sha256>>,
    digits: usize,
    cache: HashMap<Box<str>, String>,
    shape: Shape,
    changed: u64,
}

pub(super) fn plan(step: &Pseudonymise, shape: &Shape, inputs: &Inputs) -> Result<Ready, Fault> {
    let columns = shape.indices(&step.columns)?;
    let fits = |is| matches!(is, ValueType::Text | ValueType::Integer | ValueType::Date);
    for index in &columns {
        shape.must_be(*index, fits, "글자·정수·날짜", "text, integer or date")?;
    }
    let digits = usize::from(step.length.unwrap_or(16));
    if !(16..=64).contains(&digits) {
        return Err(Fault::input(
            "length-invalid",
            "length는 16에서 64까지의 수입니다.",
            "length is a number from 16 to 64",
        ));
    }
    let mac = inputs.keys.as_ref().map(|keys| keys.mac(&step.key)).transpose()?;
    let after = shape.mapped(|index, mut column, mut data_type| {
        if columns.contains(&index) {
            column.value_type = ValueType::Text;
            column.unit = None;
            column.formats.clear();
            column.sentinels.clear();
            column.confidence_bp = None;
            data_type = DataType::Utf8;
        }
        (column, data_type)
    });
    let fitted = columns
        .iter()
        .filter_map(|index| Some((index, mac.as_ref()?)))
        .map(|(index, mac)| Fitted {
            column: shape.name(*index).to_owned(),
            group: Vec::new(),
            name: "key".to_owned(),
            value: FittedValue::Text(fingerprint(mac)),
        })
        .collect();
    let cache = HashMap::new();
    let op = Tokens { columns, mac, digits, cache, shape: after.clone(), changed: 0 };
    Ok(Ready { fitted, ..Ready::new(op, after) })
}

/// Names a key without telling anything about it.
fn fingerprint(mac: &Hmac<Sha256>) -> String {
    token(mac, "jangteo key fingerprint\n", 16)
}

/// The first digits of the HMAC of a text.
fn token(mac: &Hmac<Sha256>, text: &str, digits: usize) -> String {
    let mut mac = mac.clone();
    mac.update(text.as_bytes());
    let mut token: String =
        mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    token.truncate(digits);
    token
}

impl Tokens {
    fn of(&mut self, mac: &Hmac<Sha256>, text: &str) -> String {
        let plain: String = text.trim().nfc().collect();
        if let Some(token) = self.cache.get(plain.as_str()) {
            return token.clone();
        }
        let token = token(mac, &plain, self.digits);
        if self.cache.len() < CACHE_MAX {
            self.cache.insert(plain.into(), token.clone());
        }
        token
    }
}

impl Op for Tokens {
    fn apply(&mut self, batch: &RecordBatch) -> Result<RecordBatch, Fault> {
        let mac = self.mac.clone().ok_or_else(|| Fault::Bug("no key to hash with".to_owned()))?;
        let mut arrays = batch.columns().to_vec();
        for index in self.columns.clone() {
            let texts = cast(column(batch, index)?, &DataType::Utf8)
                .map_err(|error| Fault::Bug(error.to_string()))?;
            let texts = texts.as_string::<i32>();
            self.changed += (texts.len() - texts.null_count()) as u64;
            let tokens: StringArray =
                texts.iter().map(|text| text.map(|t| self.of(&mac, t))).collect();
            if let Some(slot) = arrays.get_mut(index) {
                *slot = Arc::new(tokens) as ArrayRef;
            }
        }
        self.shape.batch(arrays, batch.num_rows())
    }

    fn changed(&self) -> u64 {
        self.changed
    }
}
