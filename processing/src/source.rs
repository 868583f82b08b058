//! Objects of a store as verified local files, and local files as objects.
//!
//! Invariants: memory stays at a few chunks whatever the size; bytes are handed on only after their
//! digest is right; a scratch file goes when its guard goes, also after a failure.
//!
//! Deliberately absent: choosing a store, naming objects, retries (the caller's job repeats).

use std::ops::Deref;
use std::path::Path;

use bytes::Bytes;
use futures::TryStreamExt as _;
use object_store::path::Path as Key;
use object_store::{Error, MultipartUpload, ObjectStore, ObjectStoreExt as _, PutPayload};
use sha2::{Digest, Sha256};
use tempfile::TempPath;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::digest::hex;
use crate::error::Fault;

/// Bytes of one part of an upload; S3 wants at least 5 MiB and at most 10,000 parts.
const PART_BYTES_MIN: u64 = 8 << 20;
/// Parts of an upload, below the bound of S3.
const PARTS_MAX: u64 = 9_000;

/// A local copy of an object. The file is removed when this is dropped.
#[derive(Debug)]
pub struct Scratch {
    path: TempPath,
    size_bytes: u64,
}

impl Scratch {
    /// Bytes of the file.
    pub fn size_bytes(&self) -> u64 {
        self.size_bytes
    }
}

impl Deref for Scratch {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.path
    }
}

impl AsRef<Path> for Scratch {
    fn as_ref(&self) -> &Path {
        &self.path
    }
}

/// Copies an object into a new file of the folder `scratch`, checking its SHA-256 on the way.
///
/// # Errors
/// `digest-mismatch` when the bytes are not those expected, `object-missing` when there is no such
/// object, [`Fault::Transient`] when the store or the disk fails.
pub async fn fetch(
    store: &dyn ObjectStore,
    key: &Key,
    sha256: &str,
    scratch: &Path,
) -> Result<Scratch, Fault> {
    let mut stream = store.get(key).await.map_err(store_fault)?.into_stream();
    let (file, path) = tempfile::NamedTempFile::new_in(scratch)?.into_parts();
    let mut file = tokio::fs::File::from_std(file);
    let mut hasher = Sha256::new();
    let mut size_bytes = 0;
    while let Some(bytes) = stream.try_next().await.map_err(store_fault)? {
        size_bytes += bytes.len() as u64;
        hasher.update(&bytes);
        file.write_all(&bytes).await?;
    }
    file.flush().await?;
    let found = hex(&hasher.finalize());
    if !found.eq_ignore_ascii_case(sha256) {
        return Err(Fault::input(
            "digest-mismatch",
            format!("저장된 파일의 SHA-256이 {found}로, 기록된 {sha256}과 다릅니다."),
            format!("the stored file has SHA-256 {found}, not {sha256} as recorded"),
        ));
    }
    Ok(Scratch { path, size_bytes })
}

/// Stores a local file as an object, part by part; nothing is stored when this fails.
///
/// # Errors
/// [`Fault::Transient`] when the store or the disk fails.
pub async fn put_file(store: &dyn ObjectStore, key: &Key, path: &Path) -> Result<(), Fault> {
    let mut file = tokio::fs::File::open(path).await?;
    let size = file.metadata().await?.len();
    let part_bytes = PART_BYTES_MIN.max(size.div_ceil(PARTS_MAX));
    if size <= part_bytes {
        let bytes = part(&mut file, part_bytes).await?;
        store.put(key, PutPayload::from(bytes)).await.map_err(store_fault)?;
        return Ok(());
    }
    let mut upload = store.put_multipart(key).await.map_err(store_fault)?;
    let sent = send(&mut file, part_bytes, upload.as_mut()).await;
    if let Err(fault) = sent {
        // Parts already sent cost money until they are given up; the first failure is the cause.
        if let Err(error) = upload.abort().await {
            tracing::warn!(%key, %error, "an upload could not be given up");
        }
        return Err(fault);
    }
    Ok(())
}

async fn send(
    file: &mut tokio::fs::File,
    part_bytes: u64,
    upload: &mut dyn MultipartUpload,
) -> Result<(), Fault> {
    loop {
        let bytes = part(file, part_bytes).await?;
        if bytes.is_empty() {
            break;
        }
        upload.put_part(PutPayload::from(bytes)).await.map_err(store_fault)?;
    }
    upload.complete().await.map_err(store_fault)?;
    Ok(())
}

/// The next bytes of a file, fewer than `part_bytes` only at its end.
async fn part(file: &mut tokio::fs::File, part_bytes: u64) -> Result<Bytes, Fault> {
    let mut bytes = Vec::new();
    file.take(part_bytes).read_to_end(&mut bytes).await?;
    Ok(bytes.into())
}

pub(crate) fn store_fault(error: Error) -> Fault {
    match error {
        Error::NotFound { path, .. } => Fault::input(
            "object-missing",
            format!("저장소에 객체 {path}이(가) 없습니다."),
            format!("the store has no object {path}"),
        ),
        other => Fault::Transient(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use object_store::ObjectStoreExt as _;
    use object_store::memory::InMemory;
    use object_store::path::Path as Key;

    use super::{PART_BYTES_MIN, fetch, put_file};
    use crate::digest::sha256;
    use crate::error::Fault;

    fn bytes(count: usize) -> Vec<u8> {
        (0..count).map(|n| u8::try_from(n * 31 % 251).unwrap()).collect()
    }

    #[tokio::test]
    async fn a_file_goes_into_the_store_and_comes_back_whole() {
        let part = usize::try_from(PART_BYTES_MIN).unwrap();
        for size in [0, 1, part, part + 1, 2 * part + 7] {
            let (store, dir) = (InMemory::new(), tempfile::tempdir().unwrap());
            let (bytes, key) = (bytes(size), Key::from("a/b"));
            let path = dir.path().join("in");
            std::fs::write(&path, &bytes).unwrap();
            put_file(&store, &key, &path).await.unwrap();
            std::fs::remove_file(&path).unwrap();
            let copy = fetch(&store, &key, &sha256(&bytes), dir.path()).await.unwrap();
            assert!(std::fs::read(&copy).unwrap() == bytes, "{size}");
            assert_eq!(copy.size_bytes(), size as u64);
            drop(copy);
            assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
        }
    }

    #[tokio::test]
    async fn a_changed_object_is_refused_and_leaves_no_file() {
        let (store, dir, key) =
            (InMemory::new(), tempfile::tempdir().unwrap(), Key::from("object"));
        let mut bytes = bytes(1000);
        let hash = sha256(&bytes);
        bytes[500] ^= 1;
        store.put(&key, bytes.into()).await.unwrap();
        let fault = fetch(&store, &key, &hash, dir.path()).await.unwrap_err();
        assert!(matches!(&fault, Fault::Input(f) if f.code == "digest-mismatch"), "{fault}");
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn a_missing_object_is_told_apart_from_a_failing_store() {
        let (store, dir) = (InMemory::new(), tempfile::tempdir().unwrap());
        let fault = fetch(&store, &Key::from("x"), "00", dir.path()).await.unwrap_err();
        assert!(matches!(&fault, Fault::Input(f) if f.code == "object-missing"), "{fault}");
    }
}
