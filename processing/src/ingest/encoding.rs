//! The character encoding of a text, and the text as UTF-8.

use encoding_rs::{Decoder, DecoderResult, EUC_KR, UTF_16BE, UTF_16LE, WINDOWS_1252};
use schema::data::column::Encoding;

use super::faults;
use super::unpack::Unpacked;
use crate::error::Fault;

/// An encoding told from a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) encoding: Encoding,
    /// Bytes of the byte-order mark.
    pub(super) mark: usize,
    /// Whether the sample could prove nothing because it holds ASCII only.
    pub(super) ascii: bool,
}

/// Tells the encoding from the first bytes of a text; `None` if it is none that is known.
pub(super) fn tell(sample: &[u8]) -> Option<Told> {
    let told = |encoding, mark| Some(Told { encoding, mark, ascii: false });
    match sample {
        [0xEF, 0xBB, 0xBF, ..] => return told(Encoding::Utf8, 3),
        [0xFF, 0xFE, ..] => return told(Encoding::Utf16Le, 2),
        [0xFE, 0xFF, ..] => return told(Encoding::Utf16Be, 2),
        _ => {}
    }
    if let Some(encoding) = wide(sample) {
        return told(encoding, 0);
    }
    match std::str::from_utf8(sample) {
        Ok(_) => {}
        // A character cut off by the end of the sample is no fault.
        Err(error) if error.error_len().is_none() => {}
        Err(_) => return told(legacy(sample)?, 0),
    }
    Some(Told { encoding: Encoding::Utf8, mark: 0, ascii: sample.is_ascii() })
}

/// UTF-16 without a mark: digits and separators leave zeros on one side.
fn wide(sample: &[u8]) -> Option<Encoding> {
    let head = &sample[..sample.len().min(4096) & !1];
    if head.len() < 4 {
        return None;
    }
    let plain = |byte: u8| matches!(byte, b' '..=b'~' | b'\t' | b'\r' | b'\n');
    let (mut big, mut little) = (0, 0);
    for pair in head.chunks_exact(2) {
        match pair {
            [0, byte] if plain(*byte) => big += 1,
            [byte, 0] if plain(*byte) => little += 1,
            // A zero next to anything else is no text.
            [0, _] | [_, 0] => return None,
            _ => {}
        }
    }
    let pairs = head.len() / 2;
    if little * 5 > pairs && big == 0 {
        return Some(Encoding::Utf16Le);
    }
    (big * 5 > pairs && little == 0).then_some(Encoding::Utf16Be)
}

/// CP949 or Windows-1252 for bytes that are not UTF-8. Western letters stand alone among ASCII;
/// Korean syllables are pairs of high bytes, but for the rare ones that only UHC has.
pub(super) fn legacy(sample: &[u8]) -> Option<Encoding> {
    let (mut pairs, mut alone) = (0_usize, 0_usize);
    let mut at = 0;
    while let Some(&byte) = sample.get(at) {
        let next = sample.get(at + 1).copied();
        at += 1;
        if byte < 0x80 {
            continue;
        }
        match next {
            Some(next) if next >= 0x80 => {
                pairs += 1;
                at += 1;
            }
            _ if byte >= 0xA1 => alone += 1,
            _ => {}
        }
    }
    let mut decoder = EUC_KR.new_decoder_without_bom_handling();
    let mut room = vec![0_u8; 4096];
    let mut rest = sample;
    let korean = loop {
        match decoder.decode_to_utf8_without_replacement(rest, &mut room, false) {
            (DecoderResult::InputEmpty, ..) => break true,
            (DecoderResult::OutputFull, read, _) => rest = &rest[read..],
            (DecoderResult::Malformed(..), ..) => break false,
        }
    };
    if korean && pairs >= alone {
        return Some(Encoding::Cp949);
    }
    // Unpaired high bytes throughout; the five unused codes of Windows-1252 do not occur.
    let unused = sample.iter().any(|byte| matches!(byte, 0x81 | 0x8D | 0x8F | 0x90 | 0x9D));
    (alone > pairs && !unused).then_some(Encoding::Windows1252)
}

/// The unpacked bytes of a file as UTF-8. UTF-8 itself passes unchecked: the blocks cut from it are
/// checked where they are split, on several threads.
pub(super) struct Text {
    bytes: Unpacked,
    /// Sample bytes read before the encoding was known.
    head: Vec<u8>,
    decoder: Option<Decoder>,
    raw: Vec<u8>,
    /// Bytes of the unpacked file given to the decoder.
    decoded: u64,
    ended: bool,
}

const RAW_BYTES: usize = 128 << 10;

impl Text {
    /// `head` are the bytes already taken from `bytes`, without the byte-order mark.
    pub(super) fn new(bytes: Unpacked, head: Vec<u8>, encoding: Encoding) -> Self {
        let encoding = match encoding {
            Encoding::Utf8 => None,
            Encoding::Cp949 => Some(EUC_KR),
            Encoding::Utf16Le => Some(UTF_16LE),
            Encoding::Utf16Be => Some(UTF_16BE),
            Encoding::Windows1252 => Some(WINDOWS_1252),
        };
        let decoder = encoding.map(encoding_rs::Encoding::new_decoder_without_bom_handling);
        Self { bytes, head, decoder, raw: Vec::new(), decoded: 0, ended: false }
    }

    /// Bytes of the packed file read so far.
    pub(super) fn taken(&self) -> u64 {
        self.bytes.taken()
    }

    /// Appends about `wanted` bytes of text (never fewer unless the text ends); 0 at the end.
    pub(super) fn fill(&mut self, out: &mut Vec<u8>, wanted: usize) -> Result<usize, Fault> {
        let before = out.len();
        while !self.ended && out.len() - before < wanted {
            if self.decoder.is_some() {
                self.decode(out)?;
            } else {
                self.copy(out, wanted - (out.len() - before))?;
            }
        }
        Ok(out.len() - before)
    }

    fn copy(&mut self, out: &mut Vec<u8>, wanted: usize) -> Result<(), Fault> {
        if !self.head.is_empty() {
            out.append(&mut self.head);
            return Ok(());
        }
        let before = out.len();
        out.resize(before + wanted, 0);
        let count = self.bytes.read_full(&mut out[before..])?;
        out.truncate(before + count);
        self.ended = count < wanted;
        Ok(())
    }

    fn decode(&mut self, out: &mut Vec<u8>) -> Result<(), Fault> {
        let Some(decoder) = &mut self.decoder else {
            return Ok(());
        };
        if self.head.is_empty() {
            self.raw.resize(RAW_BYTES, 0);
            let count = self.bytes.read_full(&mut self.raw)?;
            self.raw.truncate(count);
        } else {
            self.raw = std::mem::take(&mut self.head);
        }
        self.ended = self.raw.is_empty();
        let mut rest = self.raw.as_slice();
        loop {
            let before = out.len();
            let room =
                decoder.max_utf8_buffer_length_without_replacement(rest.len()).unwrap_or(RAW_BYTES);
            out.resize(before + room, 0);
            let (result, read, written) =
                decoder.decode_to_utf8_without_replacement(rest, &mut out[before..], self.ended);
            out.truncate(before + written);
            self.decoded += read as u64;
            rest = &rest[read..];
            match result {
                DecoderResult::InputEmpty => return Ok(()),
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(..) => return Err(faults::encoding(self.decoded)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoding(bytes: &[u8]) -> Option<Encoding> {
        tell(bytes).map(|told| told.encoding)
    }

    #[test]
    fn encodings_are_told_apart() {
        let korean = "날짜,원료,발전량\n2018-01-01,석탄,7003\n";
        assert_eq!(encoding(korean.as_bytes()), Some(Encoding::Utf8));
        assert_eq!(encoding(&EUC_KR.encode(korean).0), Some(Encoding::Cp949));
        assert_eq!(encoding("\u{FEFF}a,b".as_bytes()), Some(Encoding::Utf8));
        let le: Vec<u8> = korean.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let be: Vec<u8> = korean.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(encoding(&le), Some(Encoding::Utf16Le));
        assert_eq!(encoding(&be), Some(Encoding::Utf16Be));
        assert_eq!(encoding(b"a,b\n1,2\n").map(|_| tell(b"a,b").unwrap().ascii), Some(true));
    }

    #[test]
    fn syllables_that_only_uhc_has_are_korean() {
        let text = "품명\n똠방각하\n펲시콜라\n";
        let bytes = EUC_KR.encode(text).0;
        assert_eq!(encoding(&bytes), Some(Encoding::Cp949));
        let (back, _, faulty) = EUC_KR.decode(&bytes);
        assert_eq!((back.as_ref(), faulty), (text, false));
    }

    #[test]
    fn a_degree_sign_of_western_files_is_not_a_syllable() {
        let bytes = WINDOWS_1252.encode("Temp [°C];Größe [µm]\n21,5;3\n").0;
        assert_eq!(encoding(&bytes), Some(Encoding::Windows1252));
    }

    #[test]
    fn rubbish_is_no_encoding() {
        assert_eq!(encoding(&[0x41, 0x81, 0xFF, 0xFF, 0x81, 0x20, 0xFF, 0xFF]), None);
    }

    #[test]
    fn a_sample_cut_inside_a_character_is_no_fault() {
        let text = "온도".as_bytes();
        assert_eq!(encoding(&text[..5]), Some(Encoding::Utf8));
    }
}
