"""The same work done by what a user would pick instead: `peers.py SUITE TOOL INPUT OUT`.

Prints one line of JSON: seconds of wall clock and of processor inside the work (imports and connecting left out, to
the advantage of the peers), and a part of the result. Two threads each. A tool does all that the suite asks for, in
the way its documentation recommends.
"""
import json
import resource
import sys
import time

from make_data import PRODUCTS, SENSORS

TEXTS = ["machine_id", "lot_id", "product_code", "label", "remark"]
NUMBERS = [*SENSORS, "cycle_count"]
PRESENT = ["ts", "machine_id", "lot_id", "product_code", "label"]
RANGES = {"temp_c": (0, 120), "pressure_bar": (0, 10), "vibration_mm_s": (0, 20), "current_a": (0, 60),
          "voltage_v": (340, 420), "spindle_rpm": (0, 12000), "torque_nm": (0, 150), "humidity_pct": (0, 100)}
LABELS = ["PASS", "FAIL"]
LOT = r"^LOT-\d{8}-\d{3}-\d{3}$"
QUANTILES = [.05, .25, .5, .75, .95]
STUCK, GAP_S = 60, 5
LINEAR, FORWARD = list(SENSORS)[:6], list(SENSORS)[6:]


def duck():
    import duckdb
    connection = duckdb.connect()
    connection.execute("SET threads=2; SET TimeZone='UTC'")
    return connection


def table(path):
    """DuckDB prunes NaN away by statistics unless told that there may be some."""
    return f"read_parquet('{path}', can_have_nan=true)"


# --- floor: decode every column and look at every value once

def floor_duckdb(path, _):
    connection = duck()
    sums = [f"sum({c})" for c in NUMBERS] + [f"sum(strlen({c}))" for c in TEXTS] + ["sum(epoch_us(ts))"]
    return lambda: connection.execute(f"SELECT {', '.join(sums)} FROM {table(path)}").fetchone()[:3]


def floor_polars(path, _):
    import polars as pl

    def work():
        texts = [pl.col(c).cast(pl.String).str.len_bytes().sum() for c in TEXTS]
        sums = [pl.col(NUMBERS).sum(), *texts, pl.col("ts").cast(pl.Int64).sum()]
        return pl.scan_parquet(path).select(sums).collect(engine="streaming").row(0)[:3]
    return work


# --- profile: nulls, NaN, distinct, ends, mean, deviation, 5 quantiles, histogram of 20 bins, 5 frequent texts

def profile_duckdb(path, _):
    connection = duck()

    def work():
        chosen = ["count(*)"]
        for c in NUMBERS:
            value = f"CASE WHEN isfinite({c}) THEN {c} END" if c in SENSORS else c
            nan = f"count_if(isnan({c}))" if c in SENSORS else "0"
            chosen += [f"count({c})", nan, f"min({value})", f"max({value})", f"approx_count_distinct({value})",
                       f"avg({value})", f"stddev({value})", f"approx_quantile({value}, {QUANTILES})"]
        for c in TEXTS:
            chosen += [f"count({c})", f"approx_count_distinct({c})", f"approx_top_k({c}, 5)", f"min({c})", f"max({c})"]
        chosen += ["count(ts)", "min(ts)", "max(ts)", "approx_count_distinct(ts)", f"approx_quantile(ts, {QUANTILES})"]
        found = connection.execute(f"SELECT {', '.join(chosen)} FROM {table(path)}").fetchone()
        bins = []
        for at, c in enumerate(NUMBERS):
            low, high = (float(found[1 + at * 8 + k]) for k in (2, 3))
            edges = [low + (high - low) / 20 * k for k in range(1, 20)] + [high]
            bins.append(f"histogram(CASE WHEN isfinite({c}::DOUBLE) THEN {c} END, {edges}::DOUBLE[])")
        connection.execute(f"SELECT {', '.join(bins)} FROM {table(path)}").fetchone()
        return found[1:9]
    return work


def profile_duckdb_summarize(path, _):
    """Only a part of it: no histogram, no frequent texts, three quantiles."""
    connection = duck()
    return lambda: connection.execute(f"SUMMARIZE SELECT * FROM {table(path)}").fetchall()[4][:6]


def profile_polars(path, _):
    import polars as pl

    def work():
        rows, chosen = pl.scan_parquet(path), []
        for c in NUMBERS:
            value = pl.col(c).fill_nan(None) if c in SENSORS else pl.col(c)
            facts = {"nulls": pl.col(c).null_count(), "distinct": value.approx_n_unique(), "min": value.min(),
                     "max": value.max(), "mean": value.mean(), "std": value.std(),
                     "quantiles": value.quantile(QUANTILES, "linear")}
            if c in SENSORS:
                facts["nan"] = pl.col(c).is_nan().sum()
            chosen += [fact.alias(f"{c}|{name}") for name, fact in facts.items()]
        for c in TEXTS:
            value = pl.col(c).cast(pl.String)
            chosen += [value.null_count().alias(f"{c}|nulls"), value.approx_n_unique().alias(f"{c}|distinct"),
                       value.min().alias(f"{c}|min"), value.max().alias(f"{c}|max"),
                       pl.col(c).value_counts(sort=True).head(5).implode().alias(f"{c}|top")]
        ts = pl.col("ts")
        chosen += [ts.null_count().alias("ts|nulls"), ts.approx_n_unique().alias("ts|distinct"),
                   ts.min().alias("ts|min"), ts.max().alias("ts|max")]
        chosen += [ts.quantile(q).alias(f"ts|{q}") for q in QUANTILES]
        found = rows.select(chosen).collect(engine="in-memory").row(0, named=True)
        bins = []
        for c in NUMBERS:
            low, high = found[f"{c}|min"], found[f"{c}|max"]
            bin_ = ((pl.col(c) - low) / ((high - low) / 20 or 1)).floor().clip(0, 19)
            bins.append(bin_.fill_nan(None).drop_nulls().cast(pl.UInt8).value_counts().implode().alias(c))
        rows.select(bins).collect(engine="in-memory")
        return [found[f"temp_c|{name}"] for name in ("nulls", "distinct", "min", "max", "mean")]
    return work


# --- rules: 5 not-null, 8 ranges, a pattern, 2 sets, a key; by machine: order, pauses, stuck sensors

def rules_duckdb(path, _):
    connection = duck()

    def work():
        checks = [f"count_if({c} IS NULL)" for c in PRESENT]
        checks += [f"count_if({c} < {low} OR {c} > {high} OR isnan({c}))" for c, (low, high) in RANGES.items()]
        checks += [f"count_if(NOT regexp_matches(lot_id, '{LOT}'))", f"count_if(product_code NOT IN {tuple(PRODUCTS)})",
                   f"count_if(label NOT IN {tuple(LABELS)})"]
        found = list(connection.execute(f"SELECT {', '.join(checks)} FROM {table(path)}").fetchone())
        one = lambda sql: connection.execute(sql).fetchone()[0]
        found.append(one(f"SELECT sum(n - 1) FROM (SELECT count(*) n FROM {table(path)} GROUP BY machine_id, ts)"))
        found.append(one(f"""SELECT count_if(late) FROM (SELECT ts < lag(ts) OVER (PARTITION BY machine_id
            ORDER BY file_row_number) late FROM read_parquet('{path}', file_row_number=true))"""))
        found.append(one(f"""SELECT count_if(gap > INTERVAL {GAP_S} SECOND) FROM (SELECT ts - lag(ts) OVER
            (PARTITION BY machine_id ORDER BY ts) gap FROM {table(path)})"""))
        same = ", ".join(f"CASE WHEN {c} IS NULL OR isnan({c}) OR {c} IS DISTINCT FROM lag({c}) OVER w THEN spot END {c}"
                         for c in SENSORS)
        run = ", ".join(f"spot - last_value({c} IGNORE NULLS) OVER w + 1 {c}" for c in SENSORS)
        longest = ", ".join(f"count_if({c} > {STUCK})" for c in SENSORS)
        window = "WINDOW w AS (PARTITION BY machine_id ORDER BY ts, spot)"
        numbered = f"SELECT machine_id, ts, file_row_number, {', '.join(SENSORS)} FROM " \
                   f"read_parquet('{path}', can_have_nan=true, file_row_number=true)"
        found += connection.execute(f"""WITH n AS (SELECT *, row_number() OVER (PARTITION BY machine_id
            ORDER BY ts, file_row_number) spot FROM ({numbered})), s AS (SELECT machine_id, ts, spot, {same} FROM n {window}),
            r AS (SELECT {run} FROM s {window}) SELECT {longest} FROM r""").fetchone()
        return found
    return work


def rules_polars(path, _):
    import polars as pl

    def work():
        rows = pl.scan_parquet(path)
        checks = [pl.col(c).is_null().sum().alias(f"null {c}") for c in PRESENT]
        checks += [(~pl.col(c).is_between(*ends) | pl.col(c).is_nan()).sum().alias(f"range {c}")
                   for c, ends in RANGES.items()]
        checks += [(~pl.col("lot_id").str.contains(LOT)).sum().alias("pattern"),
                   (~pl.col("product_code").cast(pl.String).is_in(PRODUCTS)).sum().alias("product"),
                   (~pl.col("label").is_in(LABELS)).sum().alias("label")]
        found = list(rows.select(checks).collect().row(0))
        keys = rows.group_by("machine_id", "ts").agg(pl.len())
        found.append(keys.select((pl.col("len") - 1).sum()).collect().item())
        late = pl.col("ts") < pl.col("ts").shift(1).over("machine_id")
        found.append(rows.select(late.sum()).collect().item())
        new = (pl.col("machine_id") != pl.col("machine_id").shift(1)).fill_null(True)
        ordered = rows.select("machine_id", "ts", *SENSORS).sort("machine_id", "ts", maintain_order=True)
        ordered = ordered.with_columns(new=new, at=pl.int_range(pl.len(), dtype=pl.Int64)).collect()
        gap = (pl.col("ts").diff() > pl.duration(seconds=GAP_S)) & ~pl.col("new")
        found.append(ordered.select(gap.sum()).item())

        def run(c):
            value = pl.col(c)
            start = value.is_null() | value.is_nan() | pl.col("new") | value.ne_missing(value.shift(1))
            return ((pl.col("at") - pl.when(start).then(pl.col("at")).forward_fill() + 1) > STUCK).sum().alias(c)
        found += ordered.lazy().select([run(c) for c in SENSORS]).collect().row(0)
        return found
    return work


def rules_dataframely(path, _):
    import dataframely as dy
    import polars as pl

    def gap(cls):
        return pl.col("ts").diff().over("machine_id", order_by="ts") <= pl.duration(seconds=GAP_S)

    def order(cls):
        return pl.col("ts") >= pl.col("ts").shift(1).over("machine_id")

    def stuck(cls):
        def one(c):
            value, at = pl.col(c), pl.int_range(pl.len())
            start = value.is_null() | value.is_nan() | value.ne_missing(value.shift(1)) | (at == 0)
            run = at - pl.when(start).then(at).forward_fill() + 1
            return run.over("machine_id", order_by="ts") <= STUCK
        return pl.all_horizontal([one(c) for c in SENSORS])

    columns = {
        "ts": dy.Datetime(nullable=False, primary_key=True, time_unit="us"),
        "machine_id": dy.String(nullable=False, primary_key=True),
        "lot_id": dy.String(nullable=False, regex=LOT),
        "product_code": dy.String(nullable=False, check=lambda c: c.is_in(PRODUCTS)),
        "label": dy.String(nullable=False, check=lambda c: c.is_in(LABELS)),
        **{c: dy.Float64(nullable=True, **dict(zip(("min", "max"), RANGES.get(c, ())))) for c in SENSORS},
        "gap": dy.rule()(gap), "order": dy.rule()(order), "stuck": dy.rule()(stuck),
    }
    schema = type("Rows", (dy.Schema,), columns)

    def work():
        rows = pl.read_parquet(path, columns=schema.column_names())
        _, failed = schema.filter(rows.with_columns(pl.col("product_code").cast(pl.String)), cast=False)
        return failed.counts()
    return work


# --- prepare: drop repeated keys, cast, outliers by machine to null, fill by machine, 10 s means, scale, write

def prepare_polars(path, out):
    import polars as pl

    def work():
        rows = pl.read_parquet(path, columns=["machine_id", "ts", *SENSORS, "cycle_count", "label"])
        rows = rows.unique(subset=["machine_id", "ts"], keep="first", maintain_order=True)
        rows = rows.with_columns(pl.col("cycle_count").cast(pl.Int32), (pl.col("label") == "PASS").alias("ok"),
                                 pl.col(list(SENSORS)).fill_nan(None)).sort("machine_id", "ts")
        far = lambda c: ((pl.col(c) - pl.col(c).mean().over("machine_id")) / pl.col(c).std().over("machine_id")).abs()
        rows = rows.with_columns([pl.when(far(c) <= 4).then(pl.col(c)).alias(c) for c in SENSORS])
        rows = rows.with_columns(pl.col(LINEAR).interpolate().over("machine_id"),
                                 pl.col(FORWARD).forward_fill().over("machine_id"))
        rows = rows.group_by_dynamic("ts", every="10s", group_by="machine_id").agg(
            pl.col(list(SENSORS)).mean(), pl.col("cycle_count").last(), (~pl.col("ok")).sum().alias("fails"))
        scaled = [(pl.col(c) - pl.col(c).min()) / (pl.col(c).max() - pl.col(c).min()) for c in SENSORS]
        rows = rows.with_columns(scaled)
        rows.write_parquet(out, compression="zstd")
        return rows.height, rows["temp_c"].mean()
    return work


def prepare_duckdb(path, out):
    connection = duck()
    sensors = lambda form: ", ".join(form.format(c=c) for c in SENSORS)

    def work():
        fill = ", ".join([f"fill({c} ORDER BY ts) OVER w {c}" for c in LINEAR]
                         + [f"last_value({c} IGNORE NULLS) OVER (w ROWS UNBOUNDED PRECEDING) {c}" for c in FORWARD])
        connection.execute(f"""COPY (WITH d AS (
              SELECT machine_id, ts, {sensors('CASE WHEN NOT isnan({c}) THEN {c} END {c}')},
                     cycle_count::INT cycle_count, label = 'PASS' ok
              FROM read_parquet('{path}', can_have_nan=true, file_row_number=true)
              QUALIFY row_number() OVER (PARTITION BY machine_id, ts ORDER BY file_row_number) = 1),
            m AS (SELECT machine_id, {sensors('avg({c}) {c}_mean, stddev({c}) {c}_std')} FROM d GROUP BY machine_id),
            z AS (SELECT machine_id, ts, cycle_count, ok,
                         {sensors('CASE WHEN abs(({c} - {c}_mean) / {c}_std) <= 4 THEN {c} END {c}')}
                  FROM d JOIN m USING (machine_id)),
            f AS (SELECT machine_id, ts, cycle_count, ok, {fill} FROM z WINDOW w AS (PARTITION BY machine_id ORDER BY ts)),
            b AS (SELECT machine_id, time_bucket(INTERVAL 10 SECOND, ts) ts, {sensors('avg({c}) {c}')},
                         arg_max(cycle_count, ts) cycle_count, count_if(NOT ok) fails FROM f GROUP BY ALL)
            SELECT machine_id, ts, cycle_count, fails,
                   {sensors('({c} - min({c}) OVER ()) / (max({c}) OVER () - min({c}) OVER ()) {c}')}
            FROM b ORDER BY machine_id, ts) TO '{out}' (FORMAT parquet, COMPRESSION zstd)""")
        return connection.execute(f"SELECT count(*), avg(temp_c) FROM '{out}'").fetchone()
    return work


# --- convert: text to Parquet with types found out

def convert_duckdb(path, out):
    connection = duck()
    return lambda: connection.execute(
        f"COPY (SELECT * FROM read_csv('{path}')) TO '{out}' (FORMAT parquet, COMPRESSION zstd)").fetchone()


def convert_polars(path, out):
    import polars as pl

    def work():
        pl.scan_csv(path, try_parse_dates=True).sink_parquet(out, compression="zstd")
    return work


def main():
    suite, tool, path, out = sys.argv[1:]
    work = globals()[f"{suite}_{tool}"](path, out)

    def processor():
        usage = resource.getrusage(resource.RUSAGE_SELF)
        return usage.ru_utime + usage.ru_stime

    wall, cpu = time.perf_counter(), processor()
    result = work()
    wall, cpu = time.perf_counter() - wall, processor() - cpu
    print(json.dumps({"wall": round(wall, 3), "cpu": round(cpu, 3), "result": str(result)[:600]}, ensure_ascii=False))


if __name__ == "__main__":
    main()
