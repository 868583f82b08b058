#!/usr/bin/env python3
"""Makes the table of the benchmark: a press shop's sensors, one row a second and machine.

    make_data.py ROWS OUT.parquet [SEED]

Rows come second by second with the machines in turn, in row groups of 122,880, zstd. Built in are the defects
that the rules look for: nulls alone and in bursts, NaN, spikes, stuck sensors, pauses, repeated and late rows,
wrong labels and lot numbers. ROWS counts the slots; pauses and repeats move the number of rows by under one
per cent. The same ROWS and SEED give the same table.
"""
import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

GROUP_ROWS = 122_880
PRODUCTS = ["PC-A100", "PC-A200", "PC-B100", "PC-B200", "PC-C300", "PC-D410", "PC-E005", "PC-F777"]
NOTES = ["정상 가동", "공구 교체", "냉각수 {} L 보충", "진동 점검 {} mm/s", "작업자 교대 {}조", "금형 온도 편차 {}도",
         "센서 재보정", "원자재 변경 #{}", "재가동", "검사 대기", "윤활유 교환 {}시간"]
NOTES = [note.format(n) for note in NOTES for n in (range(1, 41) if "{}" in note else [0])]
# name: mean, swing, period in s, noise, resolution (0: none), share of nulls, of NaN, of spikes
SENSORS = {
    "temp_c": (65, 8, 3600, .3, .01, .002, 0, .0005),
    "pressure_bar": (5.5, .4, 900, .05, .01, .005, 0, .001),
    "vibration_mm_s": (2.2, .5, 60, .35, .001, .01, .0005, .002),
    "current_a": (18, 4, 300, .6, .01, .002, 0, .001),
    "voltage_v": (380, 3, 7200, .8, .1, .001, 0, .0002),
    "spindle_rpm": (8000, 800, 1200, 15, 1, .001, 0, .0002),
    "torque_nm": (42, 6, 300, 1.2, .01, .02, .001, .001),
    "flow_l_min": (12, 1, 1800, .2, .05, .05, 0, .001),
    "humidity_pct": (45, 10, 86400, .5, .5, .003, 0, .0001),
    "acoustic_db": (78, 3, 120, 1.5, 0, .01, .0005, .001),
    "power_kw": (7.1, 1.5, 300, .25, 0, .004, 0, .001),
    "displacement_um": (0, 12, 600, 2, 0, .01, .002, .001),
}
SCHEMA = pa.schema(
    [("ts", pa.timestamp("us")), ("machine_id", pa.string()), ("lot_id", pa.string()), ("product_code", pa.string())]
    + [(name, pa.float64()) for name in SENSORS]
    + [("cycle_count", pa.int64()), ("label", pa.string()), ("remark", pa.string())])


def signal(rng, seconds, spec, level, phase):
    """One sensor of all machines over `seconds`: values and which of them are null."""
    mean, swing, period, noise, step, nulls, nans, spikes = spec
    shape = (len(seconds), len(level))
    x = mean + level * swing * .3 + swing * np.sin(2 * np.pi * seconds[:, None] / period + phase)
    x = x + rng.normal(0, noise, shape)
    far = rng.random(shape) < spikes
    x[far] += rng.choice([-1, 1], far.sum()) * rng.uniform(8, 40, far.sum()) * max(noise, swing * .2)
    if step:
        x = np.round(np.round(x / step) * step, 6)

    def stretches(count, shortest, longest):
        for _ in range(count):
            start, machine = rng.integers(0, shape[0]), rng.integers(0, shape[1])
            yield slice(start, start + rng.integers(shortest, longest)), machine

    for rows, machine in stretches(x.size // 20_000 + 1, 30, 600):  # a sensor that is stuck
        x[rows, machine] = x[rows.start, machine]
    missing = rng.random(shape) < nulls / 2
    for rows, machine in stretches(int(x.size * nulls / 40) + 1, 5, 36):
        missing[rows, machine] = True
    x[rng.random(shape) < nans] = np.nan
    return x.ravel(), missing.ravel()


def block(rng, first, count, level, phase):
    """The rows of `count` seconds."""
    machines = level.shape[1]
    seconds, size = np.arange(first, first + count), count * machines
    second, machine = np.repeat(seconds, machines), np.tile(np.arange(machines), count)
    columns = [signal(rng, seconds, spec, level[k], phase[k]) for k, spec in enumerate(SENSORS.values())]
    keep = rng.random((count, machines)) >= .001
    for _ in range(size // 50_000 + 1):  # a machine that pauses
        start, pause = rng.integers(0, count), rng.integers(6, 121)
        keep[start:start + pause, rng.integers(0, machines)] = False
    rows = np.flatnonzero(keep)
    again = rows[rng.random(rows.size) < .0005]
    place = np.concatenate([rows.astype(float), again + rng.integers(1, 5, again.size) * machines + .5])
    late = rng.random(place.size) < .0002
    place[late] += rng.integers(2, 20, late.sum()) * machines
    rows = np.concatenate([rows, again])[np.argsort(place, kind="stable")]
    second, machine = second[rows], machine[rows]

    def text(index, entries, missing=None):
        return pa.DictionaryArray.from_arrays(pa.array(index.astype(np.int32), mask=missing), entries).cast(pa.string())

    lot, lot_at = np.unique(second // 1_800 * machines + machine, return_inverse=True)
    lots = [f"LOT-2024{3 + (n // machines) // 1440:02d}{1 + (n // machines) // 48 % 30:02d}"
            f"-{n // machines % 48:03d}-{n % machines + 1:03d}" for n in lot] + ["lot?"]
    lot_at = np.where(rng.random(rows.size) < .0001, len(lot), lot_at)
    label = np.where(rng.random(rows.size) < .972, 0, 1)
    label[rng.random(rows.size) < .0003] = 2
    cycles = second // 7 + machine * 1_000
    cycles -= np.where(second >= 40_000 + machine * 311, 40_000 // 7, 0)
    start = np.datetime64("2024-03-01T00:00:00", "us").astype(np.int64)
    arrays = [
        pa.array(start + second * 1_000_000, pa.timestamp("us")),
        text(machine, [f"M-{n:03d}" for n in range(1, machines + 1)]),
        text(lot_at, lots),
        text((second // 14_400 + machine * 3) % 8, PRODUCTS, rng.random(rows.size) < .0005),
        *(pa.array(x[rows], mask=missing[rows], from_pandas=False) for x, missing in columns),
        pa.array(cycles),
        text(label, ["PASS", "FAIL", "??"], rng.random(rows.size) < .0002),
        text(rng.integers(0, len(NOTES), rows.size), NOTES, rng.random(rows.size) < .6),
    ]
    return pa.Table.from_arrays(arrays, schema=SCHEMA)


def main():
    slots, out = int(sys.argv[1]), sys.argv[2]
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 7
    machines = 50 if slots <= 2_000_000 else 100 if slots <= 20_000_000 else 200
    rng = np.random.default_rng(seed)
    level, phase = rng.normal(0, 1, (12, machines)), rng.uniform(0, 2 * np.pi, (12, machines))
    total, length = slots // machines, 4 * GROUP_ROWS // machines
    with pq.ParquetWriter(out, SCHEMA, compression="zstd", compression_level=3) as writer:
        rest = SCHEMA.empty_table()
        for number, first in enumerate(range(0, total, length)):
            rng = np.random.Generator(np.random.Philox(key=[seed, number]))
            rest = pa.concat_tables([rest, block(rng, first, min(length, total - first), level, phase)])
            whole = rest.num_rows // GROUP_ROWS * GROUP_ROWS
            if whole:
                writer.write_table(rest.slice(0, whole), row_group_size=GROUP_ROWS)
                rest = rest.slice(whole)
        if rest.num_rows:
            writer.write_table(rest, row_group_size=GROUP_ROWS)


if __name__ == "__main__":
    main()
