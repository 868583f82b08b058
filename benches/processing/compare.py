"""Compares two outputs of the preprocessing job value by value: `compare.py OURS.parquet THEIRS.parquet [BOUND]`.

Rows are put in the order of machine and time. Fails if rows differ in number or key, if one has a value where the other
has none, or if a number differs by more than BOUND (default 1e-9).
"""
import sys

import polars as pl

from make_data import SENSORS


def table(path):
    rows = pl.read_parquet(path)
    names = {"ts10": "ts", "label": "fails"}
    rows = rows.rename({old: new for old, new in names.items() if old in rows.columns})
    kinds = {"machine_id": pl.String, "ts": pl.Int64, "cycle_count": pl.Int64, "fails": pl.Int64}
    if rows.schema["ts"].time_zone:  # Ours takes times without a zone for those of Korea.
        rows = rows.with_columns(pl.col("ts").dt.convert_time_zone("Asia/Seoul").dt.replace_time_zone(None))
    rows = rows.with_columns(pl.col("ts").dt.cast_time_unit("us"))
    return rows.with_columns([pl.col(c).cast(kind) for c, kind in kinds.items()]).sort("machine_id", "ts")


def main():
    ours, theirs = table(sys.argv[1]), table(sys.argv[2])
    bound = float(sys.argv[3]) if len(sys.argv) > 3 else 1e-9
    sound = ours.height == theirs.height
    print(f"rows: {ours.height} and {theirs.height}")
    for c in ["machine_id", "ts", "cycle_count", "fails"] if sound else []:
        unequal = (ours[c].ne_missing(theirs[c])).sum()
        print(f"{c}: {unequal} unequal")
        sound &= unequal == 0
    for c in SENSORS if sound else []:
        one_only = (ours[c].is_null() != theirs[c].is_null()).sum()
        most = (ours[c] - theirs[c]).abs().max()
        print(f"{c}: largest difference {most:.3g}, missing in one only {one_only}")
        sound &= one_only == 0 and most <= bound
    print("equal" if sound else "NOT EQUAL")
    sys.exit(0 if sound else 1)


if __name__ == "__main__":
    main()
