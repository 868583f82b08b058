//! Programs of others that read a served exchange: scripts of `tests/clients`, run by a Python that has
//! what `tests/clients/requirements.txt` lists.

use std::process::Command;

use serde_json::Value;

/// The Python that `JANGTEO_CLIENTS` names. Without one the caller has nothing to run, which is said.
pub fn python() -> Option<String> {
    let python = std::env::var("JANGTEO_CLIENTS").ok();
    if python.is_none() {
        println!("skipped: JANGTEO_CLIENTS names no Python with tests/clients/requirements.txt");
    }
    python
}

/// Runs a script and answers the last line that it says, which is JSON.
pub async fn run(python: String, script: &str, arguments: Vec<String>) -> Value {
    let script = format!("{}/clients/{script}", env!("CARGO_MANIFEST_DIR"));
    let about = format!("{script} {arguments:?}");
    let run = move || Command::new(python).arg(script).args(arguments).output();
    let ran = tokio::task::spawn_blocking(run).await.expect("a thread").expect("Python runs");
    let (out, err) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success(), "{about}: {out}\n{err}");
    serde_json::from_str(out.lines().last().unwrap_or_default()).expect("a line of JSON")
}
