"""Tables of a made-up line whose cells are what readers and engines stumble over."""

import duckdb
import numpy as np
import pyarrow as pa

ROWS = [3_000, 1, 257, 0, 2_048, 777, 5, 999, 1_500, 64, 2, 4_096]
LABELS = ["양품", "불량", "재검사", "", " 양품"]


def table(seed):
    """Machines interleaved, with nulls, NaN, infinities, -0.0, ties, repeats, wide integers and old times."""
    g = np.random.default_rng(seed)
    n = ROWS[seed % len(ROWS)]
    machine = g.choice(["M-1", "M-2", "가공기 3"], n)
    step = np.where(g.random(n) < 0.02, g.integers(-40, 900, n), g.integers(0, 3, n))
    start = -86_400 if seed % 4 == 1 else 1_700_000_000
    seconds = start + np.cumsum(step)
    temp = np.round(60 + 5 * np.sin(np.arange(n) / 40) + g.normal(0, 0.4, n), 2)
    temp[g.random(n) < 0.01] += 300
    level = g.normal(0, 1, n) * 10.0 ** g.integers(-8, 8, n)
    for share, value in ((0.02, np.nan), (0.01, np.inf), (0.01, -np.inf), (0.02, -0.0), (0.02, 0.0)):
        level[g.random(n) < share] = value
    count = g.integers(0, 40, n)
    wide = g.integers(2**53 - 2, 2**53 + 3, n)
    label = g.choice(LABELS, n, p=[0.8, 0.1, 0.05, 0.03, 0.02])
    some = lambda share: g.random(n) < share  # noqa: E731
    return pa.table(
        {
            "ts": pa.array(seconds * 1_000_000, pa.timestamp("us", tz="UTC"), mask=some(0.01)),
            "machine": pa.array(machine, pa.string()).dictionary_encode(),
            "temp": pa.array(temp, pa.float64(), mask=some(0.05)),
            "level": pa.array(level, pa.float64(), mask=some(0.03)),
            "count": pa.array(count, pa.int64(), mask=some(0.04)),
            "wide": pa.array(wide, pa.int64(), mask=some(0.01)),
            "label": pa.array(label, pa.string(), mask=some(0.02)),
            "ok": pa.array(g.random(n) < 0.9, pa.bool_(), mask=some(0.02)),
            "empty": pa.array(np.zeros(n), pa.float64(), mask=np.ones(n, bool)),
            "same": pa.array(np.full(n, 7), pa.int64()),
        }
    )


def asked(sql):
    """The rows that DuckDB answers, in UTC."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    return connection.execute(sql).fetchall()
