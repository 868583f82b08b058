"""Steps of the pipeline against the same work in Polars."""

import polars as pl
import pytest
from polars.testing import assert_frame_equal

KEYS = ["machine", "ts"]


def plain(frame):
    """Numbers and texts as both sides can hold them."""
    return frame.with_columns(pl.col(pl.Categorical).cast(pl.String), pl.col(pl.Int64).cast(pl.Int64))


def same(found, wanted, **options):
    options = {"check_dtypes": False, "rel_tol": 1e-9, "abs_tol": 1e-9, **options}
    assert_frame_equal(plain(found), plain(wanted), **options)


def test_duplicates_keep_the_first(engine, data):
    path, frame = data
    found, lineage = engine.clean(path, {"drop_duplicates": {"keys": KEYS}})
    wanted = frame.unique(subset=KEYS, keep="first", maintain_order=True)
    same(found, wanted)
    assert lineage["steps"][0]["rows_out"] == wanted.height


def test_sort_is_stable(engine, data):
    path, frame = data
    found, _ = engine.clean(path, {"sort": {"by": [{"column": "machine"}, {"column": "count", "descending": True}]}})
    text = frame.with_columns(pl.col("machine").cast(pl.String))
    same(found, text.sort("machine", "count", descending=[False, True], nulls_last=True, maintain_order=True))


@pytest.mark.parametrize("method", ["ffill", "bfill"])
def test_neighbours_fill_by_machine(engine, data, method):
    path, frame = data
    step = {"fill_missing": {"columns": ["temp", "count", "level"], "method": method, "group": ["machine"]}}
    found, _ = engine.clean(path, step)
    filled = frame.with_columns(pl.col("level").fill_nan(None))
    fill = pl.col("temp", "count", "level")
    fill = fill.forward_fill() if method == "ffill" else fill.backward_fill()
    # A NaN with no neighbour to fill it stays as it came.
    found = found.with_columns(pl.col("level").fill_nan(None))
    same(found, filled.with_columns(fill.over("machine")))


def test_linear_fill_by_machine(engine, data):
    path, frame = data
    found, _ = engine.clean(path, {"fill_missing": {"columns": ["temp"], "method": "linear", "group": ["machine"]}})
    same(found, frame.with_columns(pl.col("temp").interpolate().over("machine")))


def test_z_scores_by_machine(engine, data):
    path, frame = data
    step = {"outliers": {"columns": ["temp"], "method": "z_score", "threshold": 3, "action": "null", "group": ["machine"]}}
    found, _ = engine.clean(path, step)
    mean, std = pl.col("temp").mean().over("machine"), pl.col("temp").std().over("machine")
    far = ((pl.col("temp") - mean).abs() > 3 * std) & (std > 0)
    same(found, frame.with_columns(pl.when(far.fill_null(False)).then(None).otherwise(pl.col("temp")).alias("temp")))


@pytest.mark.parametrize("method", ["min_max", "z"])
def test_scales(engine, data, method):
    path, frame = data
    found, _ = engine.clean(path, {"scale": {"columns": ["temp"], "method": method}})
    x = pl.col("temp")
    shift, width = (x.min(), x.max() - x.min()) if method == "min_max" else (x.mean(), x.std())
    scaled = pl.when(width > 0).then((x - shift) / width).otherwise(x * 0)
    same(found, frame.with_columns(scaled.alias("temp")))


def test_ranges_filter(engine, data):
    path, frame = data
    found, _ = engine.clean(path, {"filter_range": {"column": "level", "min": -1, "max": 1}})
    keep = pl.col("level").is_between(-1, 1) & pl.col("level").is_not_nan()
    same(found, frame.filter(keep))
