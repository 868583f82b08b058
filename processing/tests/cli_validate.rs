//! Judging data at the command line: verdict first, references, failing rows, packs, exit codes.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

const DATA: &str = "\
made_at,machine,item,mold_temp,pressure
2024-03-01T09:00:00Z,M1,A,60.5,10
2024-03-01T09:00:01Z,M1,B,61.0,11
2024-03-01T09:00:02Z,M1,Z,1449,12
2024-03-01T09:00:03Z,M1,A,60.9,-3
";

struct Desk {
    dir: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        let desk = Self { dir: tempfile::tempdir().unwrap() };
        desk.save("data.csv", DATA);
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn save(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    /// Standard output and standard error, after a check of the exit code.
    fn run(&self, code: i32, args: &[&str]) -> (String, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_jangteo-process"))
            .current_dir(self.dir.path())
            .args(args)
            .output()
            .unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let (out, err) = (text(output.stdout), text(output.stderr));
        assert_eq!(output.status.code(), Some(code), "{args:?}\n{out}\n{err}");
        (out, err)
    }
}

const KEY: &str = "  - {id: key, check: {kind: unique, columns: [made_at]}}\n";

#[test]
fn the_verdict_comes_first_and_every_broken_rule_says_what_would_cure_it() {
    let desk = Desk::new();
    let rules = format!(
        "rules:\n{KEY}  - id: hot\n    check: {{kind: range, column: mold_temp, max: 400}}\n    reason: {{ko: 분해됩니다., en: Plastics decompose.}}\n"
    );
    desk.save("rules.yaml", &rules);
    let (out, _) = desk.run(1, &["--lang", "en", "validate", "data.csv", "--rules", "rules.yaml"]);
    assert!(out.starts_with("verdict: FAILED\n"), "{out}");
    for part in [
        "[error] hot",
        "violations / checked: 1 / 4",
        "first rows: 3",
        "Plastics decompose.",
        "cure: ",
    ] {
        assert!(out.contains(part), "{part}\n{out}");
    }
    assert!(!out.contains("1449"), "no value is told\n{out}");
    let (out, _) = desk.run(1, &["validate", "data.csv", "--rules", "rules.yaml"]);
    assert!(out.starts_with("판정: 부적합\n") && out.contains("조치: "), "{out}");
    desk.save("rules.yaml", &format!("rules:\n{KEY}"));
    let (out, _) = desk.run(0, &["validate", "data.csv", "--rules", "rules.yaml"]);
    assert!(out.starts_with("판정: 적합\n"), "{out}");
}

#[test]
fn a_rule_that_does_not_fit_is_named_with_its_line() {
    let desk = Desk::new();
    let fault = |rules: &str| {
        desk.save("rules.yaml", rules);
        desk.run(3, &["--lang", "en", "validate", "data.csv", "--rules", "rules.yaml"]).1
    };
    let unknown =
        fault(&format!("rules:\n{KEY}  - {{id: a, check: {{kind: rnage, column: x}}}}\n"));
    assert!(unknown.contains("line 3") && unknown.contains("rnage"), "{unknown}");
    let column = fault(&format!(
        "# why\nrules:\n{KEY}  - {{id: a, check: {{kind: not_null, column: none}}}}\n"
    ));
    assert!(column.contains("line 4") && column.contains("“none”"), "{column}");
    assert!(column.contains("[column-missing]"), "{column}");
    let missing = fault(
        "rules:\n  - {id: a, check: {kind: foreign_key, columns: [item], reference: products}}\n",
    );
    assert!(missing.contains("--reference products=FILE"), "{missing}");
    desk.run(2, &["validate", "data.csv", "--reference", "products"]);
}

#[test]
fn references_times_and_failing_rows_are_given_at_the_command_line() {
    let desk = Desk::new();
    desk.save("products.csv", "code,name\nA,가\nB,나\n");
    let (profile, _) = desk.run(0, &["--json", "profile", "data.csv"]);
    desk.save("v1.json", &profile);
    let rules = format!(
        "rules:\n{KEY}  - {{id: known, check: {{kind: foreign_key, columns: [item], reference: products, reference_columns: [code]}}}}\n  - {{id: fresh, check: {{kind: freshness, column: made_at, micros: 3600000000}}}}\n  - {{id: drift, check: {{kind: distribution, column: pressure, reference: v1, measure: ks, max: 0}}}}\n  - {{id: positive, check: {{kind: range, column: pressure, min: 0}}}}\n"
    );
    desk.save("rules.yaml", &rules);
    let args = [
        "validate",
        "data.csv",
        "--rules",
        "rules.yaml",
        "--reference",
        "products=products.csv",
        "--reference",
        "v1=v1.json",
        "--failed-rows",
        "failing.csv",
    ];
    let fresh = [&args[..], &["--as-of", "2024-03-01T19:00:03"]].concat();
    let (out, _) = desk.run(1, &[&["--json"], &fresh[..]].concat());
    let report: Value = serde_json::from_str(&out).unwrap();
    let broken: Vec<(&str, bool)> = report["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| (r["rule"]["id"].as_str().unwrap(), r["passed"].as_bool().unwrap()))
        .collect();
    // Nine hours ahead, 19:00:03 in Korea is an hour after the newest record.
    let wanted =
        [("key", true), ("known", false), ("fresh", true), ("drift", true), ("positive", false)];
    assert_eq!(broken, wanted);
    let failing = std::fs::read_to_string(desk.path("failing.csv")).unwrap();
    assert_eq!(failing, "row,rule\n3,known\n4,positive\n");
    let (out, _) = desk.run(1, &[&args[..], &["--as-of", "2024-03-01T10:00:04Z"]].concat());
    assert!(
        out.contains("[오류] fresh") && out.contains("기준 시각: 2024-03-01T19:00:04+09:00"),
        "{out}"
    );
    let (out, _) = desk.run(1, &args);
    assert!(out.contains("기준 시각: "), "now is told\n{out}");
    let fault = desk.run(3, &[&args[..], &["--as-of", "yesterday"]].concat()).1;
    assert!(fault.contains("[time-invalid]"), "{fault}");
}

#[test]
fn packs_are_named_and_suggestions_are_rules_with_reasons() {
    let desk = Desk::new();
    desk.save("rules.yaml", &format!("rules:\n{KEY}"));
    let args = ["validate", "data.csv", "--rules", "rules.yaml", "--pack", "injection"];
    // A warning conforms, but one record in four does not earn a grade.
    let (out, _) = desk.run(1, &[&["--lang", "en"], &args[..]].concat());
    assert!(out.contains("[warning] injection.mould_temperature.mold_temp"), "{out}");
    let (yaml, _) = desk.run(0, &["suggest", "data.csv", "--rules", "--pack", "injection"]);
    assert!(yaml.contains("reason:") && yaml.contains("ko:") && yaml.contains("en:"), "{yaml}");
    desk.save("suggested.yaml", &yaml);
    let (out, _) = desk.run(1, &["--json", "validate", "data.csv", "--rules", "suggested.yaml"]);
    let report: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&report["errors"], &report["conforms"]), (&0.into(), &true.into()), "{out}");
}
