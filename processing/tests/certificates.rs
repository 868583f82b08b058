//! Certificates at a desk: made without ceremony, checked by anyone, refused for one changed bit.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

struct Desk {
    dir: tempfile::TempDir,
}

impl Desk {
    /// A desk with a table, its rules and a certificate made with the person's own key.
    fn certified(more: &[&str]) -> Self {
        let desk = Self { dir: tempfile::tempdir().unwrap() };
        let mut rows = String::from("serial,temp,lot\n");
        for row in 0..200 {
            rows.push_str(&format!("{row},{}.5,L{}\n", 20 + row % 7, row / 10));
        }
        std::fs::write(desk.path("raw.csv"), rows).unwrap();
        desk.run(&["convert", "raw.csv", "--out", "table.parquet"]);
        let rules = "format: 1\nrules:\n  - id: temp\n    check: {kind: range, column: temp, min: 0, max: 99}\n  \
                     - id: key\n    check: {kind: unique, columns: [serial]}\n";
        std::fs::write(desk.path("rules.yaml"), rules).unwrap();
        let certify = ["certify", "table.parquet", "--rules", "rules.yaml", "--out", "cert.jws"];
        let (code, out, err) = desk.run(&[&certify, more].concat());
        assert_eq!(code, 0, "{out}\n{err}");
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn run(&self, args: &[&str]) -> (i32, String, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_jangteo-process"))
            .args(["--lang", "en"])
            .args(args)
            .current_dir(self.dir.path())
            .env("XDG_CONFIG_HOME", self.path("config"))
            .env_remove("JANGTEO_SIGNING_KEY")
            .output()
            .unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    }

    /// Verifies; gives the slug of the fault, or nothing.
    fn verify(&self, more: &[&str]) -> Option<String> {
        let verify = ["verify", "cert.jws", "table.parquet", "--json"];
        let (code, out, err) = self.run(&[&verify, more].concat());
        if code == 0 {
            return None;
        }
        assert_eq!(code, 3, "{out}\n{err}");
        let fault: Value = serde_json::from_str(&err).unwrap();
        Some(fault["code"].as_str().unwrap().to_owned())
    }
}

#[test]
fn a_certificate_needs_no_key_and_no_list_of_keys() {
    let desk = Desk::certified(&[]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let key = desk.path("config/jangteo/signing-key.pem");
        assert_eq!(std::fs::metadata(key).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let (code, out, _) = desk.run(&["verify", "cert.jws", "table.parquet", "--recheck", "--json"]);
    let told: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(
        (code, &told["matched"], &told["signer_listed"]),
        (0, &"bytes".into(), &false.into())
    );
    assert_eq!(
        told["checked"],
        serde_json::json!(["signature", "data", "rules", "report", "result"])
    );
    // The same key signs again, and says nothing more about itself.
    let again = ["certify", "table.parquet", "--rules", "rules.yaml", "--out", "again.jws"];
    let (code, _, err) = desk.run(&again);
    assert_eq!((code, err.as_str()), (0, ""));
    let (_, out, _) = desk.run(&["verify", "again.jws", "table.parquet", "--json"]);
    assert_eq!(serde_json::from_str::<Value>(&out).unwrap()["signer"], told["signer"]);
    // A list that lacks the key refuses it.
    let (_, keys, _) = desk.run(&["keygen", "--out", "other.pem"]);
    std::fs::write(desk.path("keys.json"), keys).unwrap();
    assert_eq!(desk.verify(&["--keys", "keys.json"]).as_deref(), Some("certificate-key-unknown"));
}

#[test]
fn one_flipped_bit_anywhere_is_named() {
    let desk = Desk::certified(&[]);
    for (name, slug) in [
        ("table.parquet", "certificate-data"),
        ("cert.rules.json", "certificate-rules"),
        ("cert.report.json", "certificate-report"),
    ] {
        let whole = std::fs::read(desk.path(name)).unwrap();
        let step = (whole.len() / 24).max(1);
        for at in (0..whole.len()).step_by(step) {
            let mut broken = whole.clone();
            broken[at] ^= 1 << (at % 8);
            std::fs::write(desk.path(name), broken).unwrap();
            let found = desk.verify(&[]);
            // A text that is no text any more is refused for that.
            let refused =
                found.as_deref() == Some(slug) || found.as_deref() == Some("text-encoding");
            assert!(refused, "{name}, byte {at}: {found:?}");
        }
        std::fs::write(desk.path(name), whole).unwrap();
    }
    assert_eq!(desk.verify(&["--recheck"]), None);
}

#[test]
fn rules_may_be_written_in_another_way_but_not_say_another_thing() {
    let desk = Desk::certified(&[]);
    assert_eq!(desk.verify(&["--rules", "rules.yaml", "--recheck"]), None);
    let rules = std::fs::read_to_string(desk.path("rules.yaml")).unwrap();
    std::fs::write(desk.path("rules.yaml"), rules.replace("99", "98")).unwrap();
    assert_eq!(desk.verify(&["--rules", "rules.yaml"]).as_deref(), Some("certificate-rules"));
    std::fs::remove_file(desk.path("cert.rules.json")).unwrap();
    assert_eq!(desk.verify(&["--recheck"]).as_deref(), Some("rules-needed"));
}

#[test]
fn another_signed_result_is_found_by_validating_again() {
    let desk = Desk::certified(&[]);
    // Someone signs a report that the data does not give.
    let report = std::fs::read_to_string(desk.path("cert.report.json")).unwrap();
    let changed = report.replacen("\"rows\": 200", "\"rows\": 201", 1);
    assert_ne!(report, changed);
    let jws = std::fs::read_to_string(desk.path("cert.jws")).unwrap();
    let pem = std::fs::read_to_string(desk.path("config/jangteo/signing-key.pem")).unwrap();
    let key = processing::certificate::SigningKey::from_pem(&pem).unwrap();
    let mut claims = processing::certificate::open(&jws, &[key.public().clone()]).unwrap();
    let value: Value = serde_json::from_str(&changed).unwrap();
    claims.report_sha256 = processing::digest::canonical_sha256(&value).unwrap();
    let forged = processing::certificate::issue(&claims, &key).unwrap();
    std::fs::write(desk.path("cert.jws"), forged).unwrap();
    std::fs::write(desk.path("cert.report.json"), changed).unwrap();
    assert_eq!(desk.verify(&[]), None);
    assert_eq!(desk.verify(&["--recheck"]).as_deref(), Some("certificate-result"));
}

#[test]
fn rules_with_references_and_times_are_checked_again() {
    let desk = Desk::certified(&[]);
    std::fs::write(desk.path("lots.csv"), "lot,maker\nL0,A\nL1,A\nL2,B\n").unwrap();
    let rules = "format: 1\nrules:\n  - id: lots\n    check: {kind: foreign_key, columns: [lot], \
                 reference: lots, reference_columns: [lot]}\n  - id: fresh\n    check: {kind: freshness, \
                 column: made, micros: 86400000000}\n";
    let mut rows = String::from("made,lot\n");
    for row in 0..50 {
        rows.push_str(&format!("2024-03-01T10:00:{row:02}Z,L{}\n", row % 4));
    }
    std::fs::write(desk.path("raw.csv"), rows).unwrap();
    desk.run(&["convert", "raw.csv", "--out", "table.parquet"]);
    std::fs::write(desk.path("rules.yaml"), rules).unwrap();
    let certify = ["certify", "table.parquet", "--rules", "rules.yaml", "--out", "cert.jws"];
    let (lots, then) = (["--reference", "lots=lots.csv"], ["--as-of", "2024-03-02T00:00:00+09:00"]);
    let (code, _, err) = desk.run(&certify);
    assert!(code == 3 && err.contains("reference-missing"), "{err}");
    let (code, out, err) = desk.run(&[&certify[..], &lots, &then].concat());
    assert!(code < 2, "{out}{err}");
    let again = |more: &[&str]| desk.verify(&[&["--recheck"], more].concat());
    assert_eq!(again(&[&lots[..], &then].concat()), None);
    assert_eq!(again(&[]).as_deref(), Some("reference-missing"));
    // Another time, or other lots, give another result.
    assert_eq!(again(&lots).as_deref(), Some("certificate-result"));
    let other = ["--as-of", "2024-03-09T00:00:00+09:00"];
    assert_eq!(again(&[&lots[..], &other].concat()).as_deref(), Some("certificate-result"));
    std::fs::write(desk.path("lots.csv"), "lot,maker\nL0,A\nL1,A\nL2,B\nL3,B\n").unwrap();
    assert_eq!(again(&[&lots[..], &then].concat()).as_deref(), Some("certificate-result"));
    // Without a time, it is that of the certificate.
    let (code, out, err) = desk.run(&[&certify[..], &lots].concat());
    assert!(code < 2, "{out}{err}");
    assert_eq!(again(&lots), None);
}
