//! A file as a stream of unpacked bytes, with the bounds that stop a bomb.
//!
//! Packing is told from the first bytes, never from the file name.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use schema::data::column::Compression;

use super::faults;
use crate::error::Fault;
use crate::limits::Limits;

/// Bytes that may unpack before the ratio is looked at: small files pack well by right.
pub(super) const RATIO_FREE_BYTES: u64 = 16 << 20;
const BUFFER_BYTES: usize = 256 << 10;

/// Opens a regular file; its length comes with it.
pub(super) fn open(path: &Path) -> Result<(File, u64), Fault> {
    let missing = |what: String| {
        Fault::input(
            "file-missing",
            format!("파일을 열 수 없습니다 ({what})."),
            format!("The file cannot be opened ({what})."),
        )
    };
    let file = File::open(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => missing(error.to_string()),
        _ => Fault::from(error),
    })?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(missing("not a regular file".to_owned()));
    }
    if metadata.len() == 0 {
        return Err(faults::file_empty());
    }
    Ok((file, metadata.len()))
}

/// The packing that the first bytes of a file tell.
pub(super) fn packing(file: &mut File) -> Result<Compression, Fault> {
    let mut head = [0_u8; 4];
    let length = read_full(file, &mut head)?;
    file.seek(SeekFrom::Start(0))?;
    Ok(match &head[..length] {
        [0x1F, 0x8B, ..] => Compression::Gzip,
        [0x28, 0xB5, 0x2F, 0xFD] => Compression::Zstd,
        _ => Compression::None,
    })
}

/// Reads until the buffer is full or the stream ends.
pub(super) fn read_full(reader: &mut impl Read, buffer: &mut [u8]) -> std::io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match reader.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// Counts the bytes taken from a file.
struct Counted {
    file: File,
    taken: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.file.read(buffer)?;
        self.taken.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

/// The unpacked bytes of a file.
pub(super) struct Unpacked {
    stream: Box<dyn Read + Send>,
    packing: Compression,
    taken: Arc<AtomicU64>,
    given: u64,
    ratio_max: u64,
    bytes_max: u64,
}

impl Unpacked {
    /// Starts at the beginning of `file`.
    pub(super) fn new(file: File, packing: Compression, limits: &Limits) -> Result<Self, Fault> {
        let taken = Arc::new(AtomicU64::new(0));
        let counted = Counted { file, taken: Arc::clone(&taken) };
        let stream: Box<dyn Read + Send> = match packing {
            Compression::None => Box::new(counted),
            Compression::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(
                BufReader::with_capacity(BUFFER_BYTES, counted),
            )),
            Compression::Zstd => Box::new(zstd::Decoder::new(counted)?),
        };
        Ok(Self {
            stream,
            packing,
            taken,
            given: 0,
            ratio_max: limits.unpack_ratio_max,
            bytes_max: limits.unpacked_bytes_max,
        })
    }

    /// Bytes of the file read so far.
    pub(super) fn taken(&self) -> u64 {
        self.taken.load(Ordering::Relaxed)
    }

    /// Fills the buffer, less only at the end.
    pub(super) fn read_full(&mut self, buffer: &mut [u8]) -> Result<usize, Fault> {
        let count = read_full(&mut self.stream, buffer).map_err(|error| match self.packing {
            Compression::None => Fault::from(error),
            Compression::Gzip => faults::packing_broken("gzip", &error),
            Compression::Zstd => faults::packing_broken("zstd", &error),
        })?;
        self.given += count as u64;
        if self.packing != Compression::None {
            if self.given > self.bytes_max {
                return Err(faults::unpacked_too_large(self.bytes_max));
            }
            if self.given > RATIO_FREE_BYTES && self.given / self.taken().max(1) > self.ratio_max {
                return Err(faults::unpack_ratio(self.ratio_max));
            }
        }
        Ok(count)
    }
}
