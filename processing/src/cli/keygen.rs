//! `keygen`: a new signing key.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use processing::Fault;
use processing::certificate::{PublicKey, SigningKey};

use super::{Desk, Verdict};

#[derive(Debug, clap::Args)]
pub(super) struct Keygen {
    /// 개인키(PKCS#8 PEM)를 적을 새 파일 · new file for the private key
    #[arg(long)]
    out: PathBuf,
}

impl Desk {
    pub(super) fn keygen(&self, args: &Keygen) -> Result<Verdict, Fault> {
        let key = new_key(&args.out)?;
        // A JWKS is a document for programs, whatever the language.
        let jwks = PublicKey::to_jwks(std::slice::from_ref(key.public()));
        let text = serde_json::to_string_pretty(&jwks);
        let text = text.map_err(|error| Fault::Bug(error.to_string()))?;
        self.print(&jwks, |page| page.line(&text))?;
        Ok(Verdict::Passed)
    }
}

/// Makes a key in a new file that only its owner can read.
///
/// # Errors
/// `file-exists`: a key is never overwritten.
pub(super) fn new_key(path: &Path) -> Result<SigningKey, Fault> {
    let key = SigningKey::generate()?;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).map_err(|error| {
        if error.kind() != std::io::ErrorKind::AlreadyExists {
            return Fault::from(error);
        }
        let name = path.display();
        Fault::input(
            "file-exists",
            format!("{name}이(가) 이미 있습니다. 키는 덮어쓰지 않습니다."),
            format!("{name} exists already; a key is never overwritten"),
        )
    })?;
    file.write_all(key.to_pem()?.as_bytes())?;
    Ok(key)
}
