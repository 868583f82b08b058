"""Compares the engine with DuckDB, Polars and NumPy on tables made to be awkward.

Needs the packages of requirements.txt and a built `jangteo-process`; where either is absent every test is
skipped and says so. The command under test is JANGTEO_PROCESS, or else the newest build in `target`.
"""

import json
import os
import pathlib
import subprocess

import pytest

for name in ("duckdb", "numpy", "polars", "pyarrow"):
    pytest.importorskip(name, reason=f"the Python package {name} is not installed: see requirements.txt")

from tables import table  # noqa: E402  (needs the packages above)

TOP = pathlib.Path(__file__).resolve().parents[2]


def _command():
    named = os.environ.get("JANGTEO_PROCESS")
    if named:
        return pathlib.Path(named)
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", TOP / "target"))
    built = [target / kind / "jangteo-process" for kind in ("release", "debug")]
    built = [path for path in built if path.exists()]
    return max(built, key=lambda path: path.stat().st_mtime, default=None)


class Engine:
    """The command line, as a program uses it."""

    def __init__(self, command, folder):
        self.command, self.folder = command, folder

    def json(self, *args, code=(0, 1)):
        done = subprocess.run(
            [self.command, "--json", *map(str, args)], cwd=self.folder, capture_output=True, text=True, timeout=300
        )
        assert done.returncode in code, f"{args}: exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
        return json.loads(done.stdout)

    def profile(self, path):
        return {column["name"]: column for column in self.json("profile", path)["columns"]}

    def violations(self, path, checks):
        rules = {"format": 1, "rules": [{"id": f"r{n}", "check": check} for n, check in enumerate(checks)]}
        file = self.folder / "rules.json"
        file.write_text(json.dumps(rules), encoding="utf-8")
        report = self.json("validate", path, "--rules", file)
        return [result["violations"] for result in report["results"]]

    def clean(self, path, *steps):
        """The table that the steps make of a file, as a Polars frame, and the lineage."""
        import polars as pl

        file, out = self.folder / "steps.json", self.folder / "out.parquet"
        file.write_text(json.dumps({"steps": list(steps)}), encoding="utf-8")
        lineage = self.json("run", file, "--input", path, "--out", out, code=(0,))
        return pl.read_parquet(out), lineage


@pytest.fixture
def engine(tmp_path):
    command = _command()
    if command is None or not command.exists():
        pytest.skip("jangteo-process is not built: cargo build -p processing")
    return Engine(command, tmp_path)


@pytest.fixture(params=range(12), ids=lambda seed: f"seed{seed}")
def data(request, tmp_path):
    """A table with awkward cells, as a file and as a frame."""
    import polars as pl
    import pyarrow.parquet as pq

    made = table(request.param)
    path = tmp_path / "data.parquet"
    pq.write_table(made, path, row_group_size=[1_000, 64, 7][request.param % 3])
    return path, pl.from_arrow(made)
