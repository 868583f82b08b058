"""Runs the suites, tools in turn, and prints a table for each: `run.py DATA.parquet ROUNDS SUITE…`.

Every run is a fresh process on two cores. For a peer the time is that of the work inside it; for `jangteo-process` it
is that of the whole process, start included. Processor seconds carry the ratios, because wall clock suffers from
whatever else the machine does; memory is the peak of the process. All runs go to `results.jsonl` beside the data.
"""
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).parent
OURS = "jangteo"
TOOLS = {
    "floor": ["polars", "duckdb"],
    "profile": [OURS, "polars", "duckdb"],
    "rules": [OURS, "polars", "dataframely"],
    "prepare": [OURS, "polars", "duckdb"],
    "convert": [OURS, "duckdb", "polars"],
}
# Slow; run when asked for by name, as `rules:duckdb`.
MORE = {"profile": ["duckdb_summarize"], "rules": ["duckdb"]}


def command(suite, tool, data, out, binary):
    """The command line of one run."""
    source = data.with_suffix(".csv") if suite == "convert" else data
    if tool != OURS:
        return [sys.executable, str(HERE / "peers.py"), suite, tool, str(source), str(out)]
    arguments = {
        "profile": ["profile", source],
        "rules": ["validate", source, "--rules", HERE / "rules.yaml"],
        "prepare": ["run", HERE / "prepare.yaml", "--input", source, "--out", out],
        "convert": ["convert", source, "--out", out],
    }[suite]
    return [binary, "--json", *map(str, arguments)]


def measure(line, env):
    """One run: wall and processor seconds, peak MiB, output; None if it failed."""
    began = time.perf_counter()
    with subprocess.Popen(["taskset", "-c", "0,1", *line], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env,
                          text=True) as child:
        output, errors = child.stdout.read(), child.stderr.read()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - began
    # The rules are meant to find something: 1 is "does not conform".
    if child.returncode not in (0, 1) or not output:
        print(errors[-800:], file=sys.stderr)
        return None
    run = {"wall": wall, "cpu": usage.ru_utime + usage.ru_stime, "mib": usage.ru_maxrss / 1024}
    if line[0] == sys.executable:
        inside = json.loads(output.splitlines()[-1])
        run |= {"wall": inside["wall"], "cpu": inside["cpu"], "result": inside["result"]}
    return run


def report(suite, runs):
    """A table in Markdown; ratios to the best peer by processor seconds."""
    median = {tool: {key: statistics.median(run[key] for run in found) for key in ("wall", "cpu", "mib")}
              for tool, found in runs.items() if found}
    peers = [facts["cpu"] for tool, facts in median.items() if tool != OURS]
    best = min(peers, default=None)
    print(f"\n{suite}\n\n| tool | cpu s | wall s | peak MiB | cpu / best peer |\n|---|---|---|---|---|")
    for tool, facts in sorted(median.items(), key=lambda entry: entry[1]["cpu"]):
        ratio = f"{facts['cpu'] / best:.2f}" if best else "-"
        print(f"| {tool} | {facts['cpu']:.2f} | {facts['wall']:.2f} | {facts['mib']:.0f} | {ratio} |")


def main():
    data, rounds, asked = pathlib.Path(sys.argv[1]).resolve(), int(sys.argv[2]), sys.argv[3:] or list(TOOLS)
    binary = os.environ["JANGTEO_PROCESS"]
    env = dict(os.environ, POLARS_MAX_THREADS="2", RAYON_NUM_THREADS="2", OMP_NUM_THREADS="2")
    folder = pathlib.Path(os.environ.get("BENCH_OUT", data.parent))
    for wanted in asked:
        suite, _, only = wanted.partition(":")
        tools = [OURS, *only.split(",")] if only and suite != "floor" else TOOLS[suite]
        runs = {tool: [] for tool in tools}
        for number in range(rounds):
            for tool in tools:
                out = folder / f"out-{suite}-{tool}.parquet"
                run = measure(command(suite, tool, data, out, binary), env)
                out.unlink(missing_ok=True)
                if run is None:
                    print(f"{suite} {tool}: failed", file=sys.stderr)
                    continue
                runs[tool].append(run)
                with open(folder / "results.jsonl", "a", encoding="utf-8") as log:
                    load = os.getloadavg()[0]
                    record = {"data": data.name, "suite": suite, "tool": tool, "round": number, "load": load, **run}
                    log.write(json.dumps(record, ensure_ascii=False) + "\n")
        report(suite, runs)


if __name__ == "__main__":
    main()
