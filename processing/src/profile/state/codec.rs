//! The state of a column as bytes.

use std::collections::HashMap;

use super::{ColumnState, EXACT_MAX, Reals, TEXT_BYTES_MAX, Texts, Values};
use crate::profile::bytes::{In, Malformed, Out};
use crate::profile::counts::Counts;
use crate::profile::hll::Hll;
use crate::profile::number::Numbers;
use crate::profile::patterns::Patterns;
use crate::profile::table::Kind;

impl ColumnState {
    /// Writes a state that is settled.
    pub(crate) fn write(&self, out: &mut Out) {
        out.natural(self.count);
        out.natural(self.nulls);
        match &self.values {
            Values::Flag(counts) => counts.iter().for_each(|count| out.natural(*count)),
            Values::Whole(numbers) => numbers.write(out),
            Values::Real(reals) => {
                for count in [reals.nan, reals.positive, reals.negative] {
                    out.natural(count);
                }
                reals.finite.write(out);
            }
            Values::Wide(numbers) => numbers.write(out),
            Values::Text(texts) => texts.write(out),
            Values::Bytes(texts) => texts.write(out),
            Values::Opaque => {}
        }
    }

    /// Reads the state of a column of a kind.
    pub(crate) fn read(kind: Kind, input: &mut In<'_>) -> Result<Self, Malformed> {
        let (count, nulls) = (input.count()?, input.count()?);
        let values = match kind {
            Kind::Flag => Values::Flag([input.count()?, input.count()?]),
            Kind::Whole | Kind::Day | Kind::Instant { .. } => Values::Whole(Numbers::read(input)?),
            Kind::Real => {
                let (nan, positive, negative) = (input.count()?, input.count()?, input.count()?);
                let finite = Numbers::read(input)?;
                Values::Real(Box::new(Reals { finite, nan, positive, negative, room: Vec::new() }))
            }
            Kind::Decimal { .. } => Values::Wide(Numbers::read(input)?),
            Kind::Text => Values::Text(Box::new(Texts::read(input)?)),
            Kind::Bytes => Values::Bytes(Texts::read(input)?),
            Kind::Opaque => Values::Opaque,
        };
        Ok(Self { count, nulls, values, coded: None })
    }
}

impl Texts {
    fn write(&self, out: &mut Out) {
        out.natural(self.sentinels.len() as u64);
        self.sentinels.iter().for_each(|sentinel| out.bytes(sentinel.as_bytes()));
        for count in [self.sentinel_count, self.empty] {
            out.natural(count);
        }
        out.wide(self.chars.cast_signed());
        out.flag(self.lengths.is_some());
        for (bytes, chars) in self.lengths.iter().flatten() {
            out.natural(*bytes);
            out.natural(*chars);
        }
        // Folded together or not at all.
        let (Some(exact), Some(hashes)) = (&self.exact, &self.hashes) else {
            out.flag(false);
            self.hll.write(out);
            self.patterns.write(out);
            return;
        };
        out.flag(true);
        let mut texts: Vec<(&str, u64)> = exact.iter().map(|(text, n)| (&**text, *n)).collect();
        texts.sort_unstable();
        out.natural(texts.len() as u64);
        for (text, count) in texts {
            out.bytes(text.as_bytes());
            out.natural(count);
        }
        let mut hashes: Vec<(u64, u64)> = hashes.iter().collect();
        hashes.sort_unstable();
        out.natural(hashes.len() as u64);
        for (hash, count) in hashes {
            out.natural(hash);
            out.natural(count);
        }
    }

    fn read(input: &mut In<'_>) -> Result<Self, Malformed> {
        let sentinels = input.parts()?;
        let sentinels = (0..sentinels).map(|_| Ok(input.text()?.to_owned()));
        let mut texts = Self::new(sentinels.collect::<Result<_, Malformed>>()?);
        texts.sentinel_count = input.count()?;
        texts.empty = input.count()?;
        let chars = Some(input.wide()?).filter(|chars| (0..1 << 100).contains(chars));
        texts.chars = chars.ok_or(Malformed)?.cast_unsigned();
        if input.flag()? {
            let mut length = || Ok((input.natural()?, input.natural()?));
            texts.lengths = Some([length()?, length()?]);
        }
        if !input.flag()? {
            (texts.exact, texts.hashes) = (None, None);
            texts.hll = Hll::read(input)?;
            texts.patterns = Patterns::read(input)?;
            return Ok(texts);
        }
        let entries = Some(input.parts()?).filter(|count| *count <= EXACT_MAX).ok_or(Malformed)?;
        let mut exact: HashMap<Box<str>, u64> = HashMap::with_capacity(entries);
        let mut last = None;
        for _ in 0..entries {
            let (text, count) = (input.text()?, input.count()?);
            if count == 0 || last.is_some_and(|last| last >= text) {
                return Err(Malformed);
            }
            texts.exact_bytes += text.len();
            exact.insert(text.into(), count);
            last = Some(text);
        }
        if texts.exact_bytes > TEXT_BYTES_MAX {
            return Err(Malformed);
        }
        texts.exact = Some(exact);
        let entries = Some(input.parts()?).filter(|count| *count <= EXACT_MAX).ok_or(Malformed)?;
        let mut hashes = Counts::new();
        let mut last = None;
        for _ in 0..entries {
            let (hash, count) = (input.natural()?, input.count()?);
            if count == 0 || last.is_some_and(|last| last >= hash) {
                return Err(Malformed);
            }
            hashes.add(hash, count);
            last = Some(hash);
        }
        texts.hashes = Some(hashes);
        Ok(texts)
    }
}
