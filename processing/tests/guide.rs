//! Every command of `docs/PROCESSING.md` is run, and its output is the one printed there.
//!
//! `JANGTEO_WRITE_GUIDE=1 cargo test -p processing --test guide` writes the output anew. What differs
//! from run to run (digests, times, keys) is printed as `…`; `lines=N` keeps the first lines only.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

/// Runs one line of the guide in `folder`; gives what it prints.
fn run(line: &str, folder: &Path) -> String {
    let (command, into) = match line.split_once(" > ") {
        Some((command, into)) => (command, Some(into.trim())),
        None => (line, None),
    };
    let mut words = command.split_whitespace();
    assert_eq!(words.next(), Some("jangteo-process"), "{line}");
    let output = Command::new(env!("CARGO_BIN_EXE_jangteo-process"))
        .args(words)
        .current_dir(folder)
        .env("JANGTEO_LANG", "en")
        .env("XDG_CONFIG_HOME", folder.join("config"))
        .env_remove("JANGTEO_SIGNING_KEY")
        .output()
        .unwrap();
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), output.stderr);
    let mut printed = String::from_utf8(err).unwrap();
    match into {
        Some(into) => std::fs::write(folder.join(into), out).unwrap(),
        None => printed.push_str(&out),
    }
    let code = output.status.code().unwrap();
    assert!(code < 2 || line.contains("raw.parquet"), "{line}: {printed}");
    if code > 0 {
        let _infallible = writeln!(printed, "(exit code {code})");
    }
    settled(&printed, folder)
}

/// Output without what differs from run to run.
fn settled(printed: &str, folder: &Path) -> String {
    let printed = printed.replace(&*folder.to_string_lossy(), "~");
    let mut out = String::new();
    for line in printed.lines() {
        let words = line.split(' ').map(|word| {
            // A key id is 43 characters of base64url, which may begin or end with a dash or an underscore.
            let in_key = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
            let id = word.trim_matches(|c: char| !in_key(c));
            if id.len() == 43 && id.chars().all(in_key) {
                return word.replace(id, "…");
            }
            let bare = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
            let hex = bare.len() == 64 && bare.bytes().all(|b| b.is_ascii_hexdigit());
            let moment = bare.len() > 20 && bare.starts_with("20") && bare.contains('T');
            if hex || moment { word.replace(bare, "…") } else { word.to_owned() }
        });
        out.push_str(words.collect::<Vec<_>>().join(" ").trim_end());
        out.push('\n');
    }
    out
}

#[test]
fn the_guide_shows_what_the_commands_print() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/PROCESSING.md");
    let guide = std::fs::read_to_string(&path).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut made = String::new();
    let mut fence: Option<usize> = None;
    let mut commands = 0;
    for line in guide.lines() {
        if let Some(info) = line.strip_prefix("```console") {
            let lines = info.trim().strip_prefix("lines=");
            fence = Some(lines.map_or(usize::MAX, |lines| lines.parse().unwrap()));
        } else if line == "```" {
            fence = None;
        }
        let Some(most) = fence else {
            made.push_str(line);
            made.push('\n');
            continue;
        };
        if line.starts_with("```") {
            made.push_str(line);
            made.push('\n');
        } else if let Some(command) = line.strip_prefix("$ ") {
            commands += 1;
            let printed = run(command, folder.path());
            let _infallible = writeln!(made, "{line}");
            let all: Vec<&str> = printed.lines().collect();
            for line in all.iter().take(most) {
                let _infallible = writeln!(made, "{line}");
            }
            if all.len() > most {
                made.push_str("…\n");
                // How it ended is never left out.
                if let Some(end) = all.last().filter(|line| line.starts_with("(exit code")) {
                    let _infallible = writeln!(made, "{end}");
                }
            }
        }
    }
    assert!(commands >= 10, "{commands} commands");
    for page in ["raw.html", "clean.html", "certified.html"] {
        let text = std::fs::read_to_string(folder.path().join(page)).unwrap();
        assert!(text.starts_with("<!DOCTYPE html>") && !text.contains("<script"), "{page}");
    }
    if std::env::var_os("JANGTEO_WRITE_GUIDE").is_some() {
        std::fs::write(&path, &made).unwrap();
        return;
    }
    assert!(made == guide, "{} is not what the commands print: {made}", path.display());
}
