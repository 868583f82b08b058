//! Files that are written, so that a full disk can be tried.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use crate::error::Fault;

/// A file that is written.
pub(crate) struct Disk(pub(crate) File);

impl Disk {
    /// Fills the buffer from a place on, wherever others read or write.
    ///
    /// # Errors
    /// Those of the system.
    pub(crate) fn read_at(&self, buffer: &mut [u8], place: u64) -> std::io::Result<()> {
        #[cfg(unix)]
        return std::os::unix::fs::FileExt::read_exact_at(&self.0, buffer, place);
        #[cfg(not(unix))]
        {
            static ONE: std::sync::Mutex<()> = std::sync::Mutex::new(());
            let _alone = ONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            (&self.0).seek(SeekFrom::Start(place))?;
            (&self.0).read_exact(buffer)
        }
    }
}

impl Write for Disk {
    fn write(&mut self, buffer: &[u8]) -> std::io::Result<usize> {
        #[cfg(test)]
        failing::room_for(buffer.len())?;
        self.0.write(buffer)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.flush()
    }
}

impl Read for Disk {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Seek for Disk {
    fn seek(&mut self, place: SeekFrom) -> std::io::Result<u64> {
        self.0.seek(place)
    }
}

/// A new file without a name in a folder.
///
/// # Errors
/// [`Fault::Transient`].
pub(crate) fn open_in(folder: &Path) -> Result<Disk, Fault> {
    Ok(Disk(tempfile::tempfile_in(folder)?))
}

/// A disk that is full after so many bytes, for the files of this thread.
#[cfg(test)]
pub(crate) mod failing {
    use std::cell::Cell;
    use std::io::{Error, ErrorKind};

    thread_local! {
        static ROOM: Cell<Option<usize>> = const { Cell::new(None) };
    }

    /// Runs a task on a disk of so many bytes.
    pub(crate) fn after<T>(bytes: usize, task: impl FnOnce() -> T) -> T {
        ROOM.set(Some(bytes));
        let result = task();
        ROOM.set(None);
        result
    }

    pub(super) fn room_for(bytes: usize) -> Result<(), Error> {
        let Some(room) = ROOM.get() else { return Ok(()) };
        let left = room.checked_sub(bytes).ok_or_else(|| Error::from(ErrorKind::StorageFull))?;
        ROOM.set(Some(left));
        Ok(())
    }
}
