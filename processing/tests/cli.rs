//! The command line as a person uses it: from a raw file to a certificate that holds.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

struct Desk {
    dir: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn run(&self, args: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_jangteo-process"))
            .current_dir(self.dir.path())
            .args(args)
            .output()
            .unwrap()
    }

    /// Runs and checks the exit code; gives standard output.
    fn ok(&self, code: i32, args: &[&str]) -> String {
        let output = self.run(args);
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "{args:?}\n{out}\n{err}");
        out
    }

    fn json(&self, code: i32, args: &[&str]) -> Value {
        let args: Vec<&str> = [&["--json"], args].concat();
        serde_json::from_str(&self.ok(code, &args)).unwrap()
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn save(path: &Path, value: &Value) {
    std::fs::write(path, value.to_string()).unwrap();
}

#[test]
fn a_raw_file_becomes_a_certified_table() {
    let desk = Desk::new();
    desk.ok(0, &["generate", "--kind", "press", "--rows", "3000", "--out", "raw.csv"]);
    let dictionary = desk.json(0, &["inspect", "raw.csv"]);
    assert_eq!(dictionary["reading"]["encoding"], "cp949");
    save(&desk.path("dictionary.json"), &dictionary);
    desk.ok(0, &["convert", "raw.csv", "--out", "raw.parquet", "--dictionary", "dictionary.json"]);
    assert_eq!(desk.json(0, &["profile", "raw.parquet"])["rows"], 3_000);
    // Raw data fails, cleaned data passes.
    let raw = desk.json(1, &["validate", "raw.parquet"]);
    assert_eq!(raw["grade"], "REJECT");
    std::fs::write(desk.path("clean.yaml"), desk.ok(0, &["suggest", "raw.parquet"])).unwrap();
    let run = ["run", "clean.yaml", "--input", "raw.csv", "--out", "clean.parquet"];
    let lineage = desk.json(0, &[&run[..], &["--lineage", "lineage.json"]].concat());
    assert!(lineage["output"]["rows"].as_u64().unwrap() < 3_000);
    let report = desk.json(0, &["validate", "clean.parquet"]);
    assert_eq!(report["grade"], "A");

    let keys = desk.ok(0, &["keygen", "--out", "key.pem"]);
    std::fs::write(desk.path("keys.json"), keys).unwrap();
    let certify = ["certify", "clean.parquet", "--key", "key.pem", "--out", "cert.jws"];
    let claims = desk.json(0, &[&certify[..], &["--lineage", "lineage.json"]].concat());
    assert_eq!(claims["grade"], "A");
    assert_eq!(claims["rule_set_sha256"], report["rule_set_digest"]);
    let verify = ["verify", "cert.jws", "clean.parquet", "--keys", "keys.json"];
    assert_eq!(desk.json(0, &verify)["matched"], "bytes");
    let rules = desk.json(0, &["suggest", "clean.parquet"])["rules"].clone();
    save(&desk.path("rules.json"), &rules);
    desk.ok(0, &[&verify[..], &["--rules", "rules.json"]].concat());

    // Another table, other rules, another key: none of them passes.
    desk.ok(3, &["verify", "cert.jws", "raw.parquet", "--keys", "keys.json"]);
    let mut other = rules;
    other["rules"].as_array_mut().unwrap().pop();
    save(&desk.path("rules.json"), &other);
    desk.ok(3, &[&verify[..], &["--rules", "rules.json"]].concat());
    std::fs::write(desk.path("other.json"), desk.ok(0, &["keygen", "--out", "other.pem"])).unwrap();
    desk.ok(3, &["verify", "cert.jws", "clean.parquet", "--keys", "other.json"]);
}

#[test]
fn several_files_make_one_table_by_an_edited_dictionary() {
    let desk = Desk::new();
    std::fs::write(desk.path("a.csv"), "t;v\n2023-01-01 00:00;1,5\n2023-01-01 00:01;2,5\n")
        .unwrap();
    std::fs::write(desk.path("b.csv"), "v,t,w\n3.5,2023-01-01 00:02,x\n").unwrap();
    let inspect = ["--lang", "en", "inspect", "a.csv", "b.csv", "--dictionary-out", "d.yaml"];
    let told = desk.ok(0, &inspect);
    assert!(told.contains("files-columns-missing") && told.contains("sure %"), "{told}");
    let yaml = std::fs::read_to_string(desk.path("d.yaml")).unwrap();
    assert!(yaml.contains("# confidence 100.00 %"), "{yaml}");
    std::fs::write(desk.path("d.yaml"), yaml.replacen("name: v\n", "name: pressure\n", 1)).unwrap();
    let convert = ["convert", "a.csv", "b.csv", "--out", "all.parquet"];
    let edited = ["--dictionary", "d.yaml", "--source-column"];
    let done = desk.json(0, &[&convert[..], &edited].concat());
    assert_eq!(done["rows"], 3);
    let names: Vec<&str> = done["dictionary"]["columns"]
        .as_array()
        .unwrap()
        .iter()
        .map(|column| column["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["t", "pressure", "w", "source_file"]);
    std::fs::write(desk.path("keep.yaml"), "steps:\n  - select: {columns: [t, v]}\n").unwrap();
    let run = ["run", "keep.yaml", "--input", "a.csv", "b.csv", "--out", "o.parquet"];
    assert_eq!(desk.json(0, &run)["output"]["rows"], 3);
}

#[test]
fn usage_and_input_faults_have_their_own_codes_and_languages() {
    let desk = Desk::new();
    desk.ok(2, &["inspect"]);
    desk.ok(2, &["generate", "--kind", "foundry", "--out", "x.csv"]);
    desk.ok(0, &["--help"]);
    let fault = |args: &[&str]| {
        let output = desk.run(args);
        assert_eq!(output.status.code(), Some(3), "{args:?}");
        text(&output.stderr)
    };
    assert!(fault(&["inspect", "none.csv"]).contains("없습니다. [file-missing]"));
    assert!(fault(&["--lang", "en", "inspect", "none.csv"]).contains("there is no file none.csv"));
    let json: Value = serde_json::from_str(&fault(&["--json", "inspect", "none.csv"])).unwrap();
    assert_eq!(json["code"], "file-missing");
    std::fs::write(desk.path("bad.yaml"), "steps:\n  - melt: {}\n").unwrap();
    std::fs::write(desk.path("a.csv"), "a,b\n1,2\n3,4\n").unwrap();
    let run = ["--lang", "en", "run", "bad.yaml", "--input", "a.csv", "--out", "o.parquet"];
    assert!(fault(&run).contains("line 2, column 5"));
    assert!(fault(&["certify", "a.csv", "--key", "k", "--out", "c"]).contains("parquet-needed"));
    desk.ok(0, &["keygen", "--out", "key.pem"]);
    assert!(fault(&["keygen", "--out", "key.pem"]).contains("file-exists"));
}

#[test]
fn every_command_has_help() {
    let desk = Desk::new();
    let help = desk.ok(0, &["--help"]);
    for command in [
        "inspect", "convert", "profile", "suggest", "validate", "scan", "run", "certify", "verify",
        "generate", "keygen", "schema",
    ] {
        assert!(help.contains(command), "{command}");
        assert!(desk.ok(0, &[command, "--help"]).contains("Usage"), "{command}");
    }
}

#[cfg(unix)]
#[test]
fn a_private_key_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let desk = Desk::new();
    desk.ok(0, &["keygen", "--out", "key.pem"]);
    let mode = std::fs::metadata(desk.path("key.pem")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn personal_data_fails_the_scan_and_is_not_printed() {
    let desk = Desk::new();
    let rows = "lot,memo\nA1,900101-1234568\nA2,ok\nA3,ok\n";
    std::fs::write(desk.path("a.csv"), rows).unwrap();
    let out = desk.ok(1, &["scan", "a.csv", "--today", "2024-05-01"]);
    assert!(out.contains("BLOCK") && !out.contains("900101"), "{out}");
    std::fs::write(desk.path("b.csv"), "lot,temp\nA1,20.5\nA2,21.5\n").unwrap();
    desk.ok(0, &["scan", "b.csv"]);
}
