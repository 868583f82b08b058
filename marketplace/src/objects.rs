//! Files of the exchange in an object store, named by their content: `sha256/ab/abcd…`.
//!
//! An object is complete or absent: bytes are first written under `incoming/`, and only an object
//! whose digest is known moves to its lasting name. Storing the same bytes twice stores them once.

use std::path::{Path as FsPath, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use bytes::Bytes;
use futures::{Stream, StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, PutPayload};
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;

use crate::error::{AppError, AppResult};
use crate::idempotency::hex;
use crate::limits;

/// Bytes that are in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Name in the store.
    pub key: String,
    /// SHA-256, lower-case hexadecimal.
    pub sha256: String,
    /// Length.
    pub bytes: u64,
}

/// The object store of this installation.
#[derive(Clone)]
pub struct Objects {
    store: Arc<dyn ObjectStore>,
    /// Where the store keeps its files, when it keeps them here.
    root: Option<Arc<FsPath>>,
    scratch: Arc<FsPath>,
}

impl Objects {
    /// Objects in local files below `data_dir/objects`, scratch files below `data_dir/scratch`.
    pub fn local(data_dir: &FsPath) -> anyhow::Result<Objects> {
        let (objects, scratch) = (data_dir.join("objects"), data_dir.join("scratch"));
        for dir in [&objects, &scratch] {
            std::fs::create_dir_all(dir).with_context(|| format!("create {}", dir.display()))?;
        }
        let store = object_store::local::LocalFileSystem::new_with_prefix(&objects)?
            .with_automatic_cleanup(true);
        let root = Some(objects.into());
        Ok(Objects { store: Arc::new(store), root, scratch: scratch.into() })
    }

    /// The store itself.
    pub fn store(&self) -> &dyn ObjectStore {
        &*self.store
    }

    /// The file of an object, when the store keeps its files here. Objects never change.
    pub fn local_file(&self, key: &str) -> Option<PathBuf> {
        self.root.as_ref().map(|root| root.join(key))
    }

    /// Folder for files of work in progress; each job makes its own below it.
    pub fn scratch(&self) -> &FsPath {
        &self.scratch
    }

    /// Stores what `body` gives. `check` sees digest and length before the object gets its lasting
    /// name; when it refuses, or the body fails, nothing stays behind.
    pub async fn put_stream<S>(
        &self,
        incoming: &str,
        body: S,
        check: impl FnOnce(&str, u64) -> AppResult<()>,
    ) -> AppResult<Stored>
    where
        S: Stream<Item = AppResult<Bytes>> + Unpin,
    {
        let incoming = Path::from(format!("incoming/{incoming}"));
        let received = self.receive(&incoming, body).await;
        let checked = received.and_then(|(sha256, bytes)| {
            check(&sha256, bytes)?;
            Ok((sha256, bytes))
        });
        let (sha256, bytes) = match checked {
            Ok(received) => received,
            Err(error) => {
                self.discard(&incoming).await;
                return Err(error);
            }
        };
        let key = content_key(&sha256);
        if self.store.head(&key).await.is_ok() {
            self.discard(&incoming).await;
        } else {
            self.sync(&incoming).await?;
            self.store.rename(&incoming, &key).await?;
        }
        Ok(Stored { key: key.to_string(), sha256, bytes })
    }

    /// Writes the body in parts while a thread of its own hashes it.
    async fn receive<S>(&self, to: &Path, mut body: S) -> AppResult<(String, u64)>
    where
        S: Stream<Item = AppResult<Bytes>> + Unpin,
    {
        let (feed, mut fed) = mpsc::channel::<Vec<Bytes>>(2);
        let hashing = tokio::task::spawn_blocking(move || {
            let mut hash = Sha256::new();
            while let Some(chunks) = fed.blocking_recv() {
                chunks.iter().for_each(|chunk| hash.update(chunk));
            }
            hex(&hash.finalize())
        });
        let mut upload = self.store.put_multipart(to).await?;
        let mut writing: Option<object_store::UploadPart> = None;
        let (mut part, mut part_bytes, mut bytes) = (Vec::new(), 0usize, 0u64);
        let received: AppResult<()> = async {
            loop {
                let chunk = body.next().await.transpose()?;
                let last = chunk.is_none();
                if let Some(chunk) = chunk {
                    part_bytes += chunk.len();
                    bytes += chunk.len() as u64;
                    part.push(chunk);
                }
                if part_bytes >= limits::UPLOAD_PART_BYTES || (last && part_bytes > 0) {
                    let full: Vec<Bytes> = std::mem::take(&mut part);
                    part_bytes = 0;
                    let _ = feed.send(full.clone()).await;
                    // One part is on its way to the disk while the next one arrives.
                    if let Some(before) = writing.take() {
                        before.await?;
                    }
                    let next = upload.put_part(PutPayload::from_iter(full));
                    writing = Some(Box::pin(async move {
                        tokio::spawn(next).await.map_err(|error| object_store::Error::Generic {
                            store: "upload",
                            source: Box::new(error),
                        })?
                    }));
                }
                if last {
                    break;
                }
            }
            if let Some(before) = writing.take() {
                before.await?;
            }
            Ok(())
        }
        .await;
        drop(feed);
        let sha256 = hashing.await.context("hashing thread")?;
        match received {
            Ok(()) => {
                upload.complete().await?;
                Ok((sha256, bytes))
            }
            Err(error) => {
                if let Err(abort) = upload.abort().await {
                    tracing::debug!(error = %abort, "upload could not be aborted");
                }
                Err(error)
            }
        }
    }

    /// Makes a local object survive a power cut; other stores promise that themselves.
    async fn sync(&self, key: &Path) -> AppResult<()> {
        let Some(root) = &self.root else { return Ok(()) };
        let file = root.join(key.as_ref());
        let synced = tokio::task::spawn_blocking(move || std::fs::File::open(file)?.sync_all());
        Ok(synced.await.context("sync thread")?.context("sync object")?)
    }

    /// Stores the file at `path`.
    pub async fn put_file(&self, incoming: &str, path: &FsPath) -> AppResult<Stored> {
        let file = tokio::fs::File::open(path).await.context("open file to store")?;
        let body = tokio_util::io::ReaderStream::with_capacity(file, 1 << 20)
            .map_err(|error| AppError::Internal(error.into()));
        self.put_stream(incoming, body, |_, _| Ok(())).await
    }

    /// Stores `bytes`.
    pub async fn put_bytes(&self, incoming: &str, bytes: Bytes) -> AppResult<Stored> {
        let body = futures::stream::iter([Ok(bytes)]);
        self.put_stream(incoming, body, |_, _| Ok(())).await
    }

    /// All of a small object.
    pub async fn get_bytes(&self, key: &str) -> AppResult<Bytes> {
        Ok(self.store.get(&Path::from(key)).await?.bytes().await?)
    }

    /// The bytes `from..to` of an object, as a stream.
    pub async fn get_range(
        &self,
        key: &str,
        range: std::ops::Range<u64>,
    ) -> AppResult<futures::stream::BoxStream<'static, AppResult<Bytes>>> {
        let options = object_store::GetOptions {
            range: Some(object_store::GetRange::Bounded(range)),
            ..Default::default()
        };
        let got = self.store.get_opts(&Path::from(key), options).await?;
        Ok(got.into_stream().map_err(AppError::from).boxed())
    }

    /// Deletes the object `key` if it is there.
    pub async fn delete(&self, key: &str) {
        self.discard(&Path::from(key)).await;
    }

    /// Whether the store takes and gives back an object.
    pub async fn probe(&self) -> AppResult<()> {
        let key = Path::from("incoming/probe");
        self.store.put(&key, PutPayload::from_static(b"probe")).await?;
        self.store.get(&key).await?.bytes().await?;
        Ok(())
    }

    async fn discard(&self, key: &Path) {
        match self.store.delete(key).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
            Err(error) => tracing::warn!(%key, %error, "object could not be deleted"),
        }
    }

    /// Removes uploads that were begun before `older_than_secs` and never finished.
    pub async fn sweep_incoming(&self, now_secs: i64, older_than_secs: i64) -> AppResult<usize> {
        let prefix = Path::from("incoming");
        let old: Vec<Path> = self
            .store
            .list(Some(&prefix))
            .try_filter(|meta| {
                futures::future::ready(now_secs - meta.last_modified.timestamp() > older_than_secs)
            })
            .map_ok(|meta| meta.location)
            .try_collect()
            .await?;
        for key in &old {
            self.discard(key).await;
        }
        Ok(old.len())
    }
}

fn content_key(sha256: &str) -> Path {
    let shard = sha256.get(..2).unwrap_or("00");
    Path::from(format!("sha256/{shard}/{sha256}"))
}
