#!/usr/bin/env python3
"""What `jangteo-process` finds in a folder of data sets, beside the defects that their manifests list.

    benches/datasets.py DATA [--bin target/debug/jangteo-process] [--out docs/DATASETS.md]

DATA holds one folder per data set, each with a MANIFEST.md whose table lists files with their measured
defects. Every file is inspected, converted, profiled and validated; sets of several files are converted
together too. The page says where the manifest and the program agree, what only the program says and
what it misses. The same files and program give the same page. Nothing of the data is copied into it.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

ROW = re.compile(r"^\| (?P<file>[^|]+?) \| [^|]+ \| [\d,]+ \| (?P<shape>[^|]+) \| (?P<form>[^|]+) \| (?P<said>[^|]+) \|")


def run(binary, *args):
    """Exit code and the JSON answer of one command."""
    done = subprocess.run([binary, "--json", *map(str, args)], capture_output=True, text=True)
    try:
        return done.returncode, json.loads(done.stdout or done.stderr or "null")
    except json.JSONDecodeError:
        return done.returncode, {"code": "no-json", "text": {"en": (done.stderr or done.stdout)[-200:]}}


def listed(folder):
    """Files of a manifest: name, shape, form and what was measured."""
    rows = []
    for line in (folder / "MANIFEST.md").read_text(encoding="utf-8").splitlines():
        found = ROW.match(line)
        if found and found["file"] != "file":
            rows.append((found["file"], found["shape"], found["form"], found["said"]))
    return rows


ENCODINGS = {"ascii": "utf8", "utf-8": "utf8", "utf-8-sig": "utf8", "cp949": "cp949"}


def claims(shape, form, said):
    """What a manifest says of a file, as comparable facts."""
    facts = {}
    shape = re.fullmatch(r"([\d,]+) x (\d+)", shape)
    if shape:
        facts["rows"] = int(shape[1].replace(",", ""))
        facts["columns"] = int(shape[2])
    encoding, delimiter, _ = form.split("/")
    if encoding in ENCODINGS:
        facts["encoding"] = ENCODINGS[encoding]
        facts["delimiter"] = {"spaces": " "}.get(delimiter, delimiter)
    for pattern, name, kind in [
        (r"(\d+) dup rows", "repeated rows", int),
        (r"(\d+) const cols", "constant columns", int),
        (r"(\d+) all-null cols", "empty columns", int),
        (r"null ([\d.]+)%", "null %", float),
        (r"(\d+) dup ts", "repeated times", int),
        (r"(\d+) ts backward", "backward times", int),
        (r"(\d+) gaps>5x", "gaps", int),
        (r"(\d+) bad ts", "other date shapes", int),
    ]:
        found = re.search(pattern, said)
        if found:
            facts[name] = kind(found[1])
    return facts


def facts_of(dictionary, rows, profile):
    """The same facts as the program found them."""
    reading, findings = dictionary["reading"], dictionary.get("findings", [])
    count = lambda code: sum(f["code"] == code for f in findings)
    amount = lambda code: sum(f.get("count", 0) for f in findings if f["code"] == code)
    columns = len(dictionary["columns"])
    facts = {
        "rows": rows,
        "columns": columns,
        "encoding": reading["encoding"],
        "delimiter": reading.get("delimiter", "none"),
        "repeated rows": amount("rows-repeated"),
        "constant columns": count("column-constant"),
        "empty columns": count("column-empty"),
        "other date shapes": amount("date-shapes-mixed"),
    }
    if profile:
        facts["null %"] = round(100 * profile["null_cells"] / max(1, rows * columns), 2)
        times = profile.get("time", [])
        facts["backward times"] = sum(t.get("backward", 0) for t in times if not t.get("group"))
        facts["repeated times"] = sum(t.get("repeated", t.get("duplicates", 0)) or 0 for t in times if not t.get("group"))
        facts["gaps"] = sum(t.get("gaps", 0) for t in times if not t.get("group"))
    return facts


# Facts that a profile measures by other definitions than the manifests: told, not compared exactly.
LOOSE = {"gaps", "repeated times", "backward times", "other date shapes"}


def compared(said, found):
    agree, missed, told = [], [], []
    for name, value in said.items():
        own = found.get(name)
        close = name == "null %" and own is not None and abs(own - value) <= 0.02
        if own == value or close:
            agree.append(name)
        elif name == "constant columns" and own is not None and own >= value:
            agree.append(name)
        elif name in LOOSE and own:
            told.append(f"{name} {own} for {value}")
        else:
            missed.append(f"{name} {own} for {value}")
    return agree, told, missed


def extra(dictionary, said):
    """Codes of findings, with how often each."""
    known = {"column-constant": "constant columns", "column-empty": "empty columns", "rows-repeated": "repeated rows"}
    codes = Counter(f["code"] for f in dictionary.get("findings", []))
    return ", ".join(f"{code} × {n}" if n > 1 else code for code, n in sorted(codes.items()) if known.get(code) not in said)


def cell(text):
    return str(text).replace("|", "\\|").replace("\n", " ")


def one(binary, path, said, scratch):
    """A file through every command."""
    out = scratch / "out.parquet"
    steps = {}
    steps["inspect"], seen = run(binary, "inspect", path)
    steps["convert"], made = run(binary, "convert", path, "--out", out)
    dictionary = seen if steps["inspect"] == 0 else None
    profile = None
    if steps["convert"] == 0:
        steps["profile"], profile = run(binary, "profile", out)
        steps["validate"], _ = run(binary, "validate", out)
        profile = profile if steps["profile"] == 0 else None
    fine = steps["inspect"] == 0 and steps["convert"] == 0 and steps.get("profile") == 0 and steps.get("validate") in (0, 1)
    if not dictionary or steps["convert"] != 0:
        fault = seen if steps["inspect"] else made
        return {"fine": False, "note": fault.get("code"), "agree": [], "told": [], "missed": sorted(said), "extra": "", "form": "-", "shape": "-"}
    agree, told, missed = compared(said, facts_of(dictionary, made["rows"], profile))
    reading = dictionary["reading"]
    form = "/".join([reading["format"], reading["encoding"], repr(reading["delimiter"]) if "delimiter" in reading else "-"])
    types = Counter(c["value_type"] if isinstance(c["value_type"], str) else "decimal" for c in dictionary["columns"])
    return {
        "fine": fine,
        "note": "" if fine else str(steps),
        "agree": agree,
        "told": told,
        "missed": missed,
        "extra": extra(dictionary, said),
        "form": form,
        "shape": f"{made['rows']:,} × {len(dictionary['columns'])}",
        "types": ", ".join(f"{name} {n}" for name, n in sorted(types.items())),
        "header": "yes" if reading.get("header", True) else "no",
    }


def table(out, results):
    out.append("| file | read as | header | rows × columns | types | agrees with the manifest | other measure | missed | also found | all commands |")
    out.append("|---|---|---|---|---|---|---|---|---|---|")
    for name, r in results:
        out.append("| " + " | ".join(cell(x) for x in [
            name, r["form"], r.get("header", "-"), r["shape"], r.get("types", "-"), ", ".join(r["agree"]) or "-",
            "; ".join(r["told"]) or "-", "; ".join(r["missed"]) or "-", r["extra"] or "-", "ok" if r["fine"] else r["note"],
        ]) + " |")


def together(binary, paths, scratch, out):
    """Several files as one table."""
    if len(paths) < 2:
        return
    target = scratch / "union.parquet"
    code, made = run(binary, "convert", *paths, "--out", target, "--source-column")
    if code != 0:
        out.append(f"\nTogether: {made.get('code')}: {made.get('text', {}).get('en', '')}")
        return
    findings = [f for f in made["dictionary"].get("findings", []) if f["code"].startswith("files-")]
    out.append(f"\nTogether: {made['rows']:,} rows × {len(made['dictionary']['columns'])} columns.")
    shown = [f for f in findings if f["code"] != "files-type-differs"]
    for finding in shown:
        where = f" {finding['column']}" if "column" in finding else ""
        out.append(f"- {finding['code']}{where}: {finding['text']['en']}")
    differ = len(findings) - len(shown)
    if differ:
        out.append(f"- files-type-differs: {differ} columns")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--bin", type=Path, default=Path("target/debug/jangteo-process"))
    parser.add_argument("--out", type=Path, default=Path("docs/DATASETS.md"))
    args = parser.parse_args()
    if not args.bin.exists():
        sys.exit(f"{args.bin} is missing: cargo build -p processing")
    binary = args.bin.resolve()
    out = ["# Data sets", "",
           "What the program finds in real factory data, beside the defects that the manifest of each set lists. Made by",
           "`benches/datasets.py DATA`; the data is not part of this repository. *Other measure*: the program counts the same",
           "thing by its own rule (gaps against the usual period per group, repeated times per column). *Also found*: codes of",
           "findings beyond the manifest. *All commands*: inspect, convert, profile and validate ended without a fault.", ""]
    totals = Counter()
    with tempfile.TemporaryDirectory() as scratch:
        scratch = Path(scratch)
        for folder in sorted(p for p in args.data.iterdir() if (p / "MANIFEST.md").exists()):
            rows = listed(folder)
            results, paths = [], []
            for name, shape, form, said in rows:
                path = folder / name
                if not path.exists():
                    continue
                paths.append(path)
                result = one(binary, path, claims(shape, form, said), scratch)
                totals["files"] += 1
                totals["fine"] += result["fine"]
                totals["agree"] += len(result["agree"])
                totals["told"] += len(result["told"])
                totals["missed"] += len(result["missed"])
                results.append((name, result))
            out.append(f"## {folder.name}")
            if len(results) > 8:
                groups = {}
                for name, r in results:
                    key = json.dumps({k: v for k, v in r.items() if k not in ("shape", "types", "extra", "told")})
                    groups.setdefault(key, []).append((name, r))
                shown = []
                for members in groups.values():
                    name, r = members[0]
                    shown.append((name if len(members) == 1 else f"{name} and {len(members) - 1} alike", r))
                table(out, shown)
            else:
                table(out, results)
            tables = [p for p in paths if p.suffix != ".json"]
            together(binary, tables, scratch, out)
            out.append("")
    summary = (f"{totals['fine']} of {totals['files']} files pass every command; of the facts that manifests state, "
               f"{totals['agree']} agree, {totals['told']} are measured by another rule, {totals['missed']} are missed.")
    out.insert(6, summary + "\n")
    args.out.write_text("\n".join(out).rstrip() + "\n", encoding="utf-8")
    print(summary)


if __name__ == "__main__":
    main()
