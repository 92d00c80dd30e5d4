#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""What is asked of pcache's speed, and what was measured: bars.py JSON DIR INDEX

JSON is what report.py wrote, DIR/locks the output of the lock statistics (if
they were taken), INDEX what the benchmark of the index wrote (if it ran).
Prints one line per bar.  Not a test: a bar that is missed is a fact to be
printed, not an error.  "counted" is the same ratio in the guest where time is
instructions: of one CPU only, but the host cannot move it."""
import json
import os
import sys

BIO, MQ = "pcache-bio", "pcache-mq"
AT_MOST, AT_LEAST = "<=", ">="

# workload, jobs, figure, device, sense, factor, of which device
BARS = [
    ("randwrite-4k", 1, "insn", BIO, AT_MOST, 1.25, "raw"),
    ("randwrite-4k", 1, "insn", BIO, AT_MOST, 0.95, "dm-writecache"),
    ("randwrite-4k", 1, "insn", MQ, AT_MOST, 1.55, "raw"),
    ("randwrite-4k", 1, "lat_us", BIO, AT_MOST, 1.0, "dm-writecache"),
    ("randwrite-4k", 1, "lat_us", BIO, AT_MOST, 0.2, "bcache"),
    ("randwrite-4k", 1, "lat_us", MQ, AT_MOST, 1.2, "dm-writecache"),
    ("randwrite-4k", 4, "iops", BIO, AT_LEAST, 0.65, "raw"),
    ("randwrite-4k", 4, "iops", BIO, AT_LEAST, 1.4, "dm-writecache"),
    ("randwrite-4k", 4, "iops", BIO, AT_LEAST, 10, "bcache"),
    ("randwrite-4k", 4, "iops", MQ, AT_LEAST, 0.5, "raw"),
    ("randwrite-4k", 4, "iops", MQ, AT_LEAST, 1.1, "dm-writecache"),
    ("randwrite-4k", 32, "iops", BIO, AT_LEAST, 0.65, "raw"),
    ("randwrite-4k", 32, "iops", BIO, AT_LEAST, 1.4, "dm-writecache"),
    ("randwrite-4k", 32, "iops", BIO, AT_LEAST, 9, "bcache"),
    ("randwrite-4k", 32, "iops", MQ, AT_LEAST, 0.5, "raw"),
    ("randwrite-4k-fsync", 1, "iops", BIO, AT_LEAST, 0.85, "raw"),
    ("randwrite-4k-fsync", 1, "iops", BIO, AT_LEAST, 1.2, "dm-writecache"),
    ("randwrite-4k-fsync", 1, "iops", MQ, AT_LEAST, 0.85, "empty-mq"),
    ("randwrite-4k-fsync", 4, "iops", BIO, AT_LEAST, 0.85, "raw"),
    ("randwrite-4k-fsync", 4, "iops", BIO, AT_LEAST, 1.2, "dm-writecache"),
    ("randwrite-4k-fsync", 4, "iops", MQ, AT_LEAST, 0.85, "empty-mq"),
    ("randread-4k-hit", 1, "insn", BIO, AT_MOST, 1.10, "raw"),
    ("randread-4k-hit", 1, "insn", BIO, AT_MOST, 0.95, "dm-writecache"),
    ("randread-4k-hit", 1, "insn", MQ, AT_MOST, 1.35, "raw"),
    ("full-1.8x", 2, "iops", BIO, AT_LEAST, 1.2, "dm-writecache"),
    ("full-1.8x", 2, "p99_99_us", BIO, AT_MOST, 1.5, "dm-writecache"),
    ("full-1.8x", 2, "iops", MQ, AT_LEAST, 1.2, "dm-writecache"),
    ("full-1.8x", 2, "p99_99_us", MQ, AT_MOST, 1.5, "dm-writecache"),
    ("writeback-relaxed", 1, "iops", BIO, AT_LEAST, 0.8, "raw"),
]
# Read hits while writes wait, against before: device, factor of the p99.
WAITING = [(BIO, 2), (MQ, 3)]

DRAM_MAX = 8
CONTENDED_MAX = 1000


def report(what, value, sense, bar, counted=None):
    if value is None:
        verdict = "not measured"
    else:
        met = value <= bar if sense == AT_MOST else value >= bar
        verdict = "met" if met else "MISSED"
    print(f"{what:66}{shown(value):>9}{shown(counted):>9}  {sense} {bar:<6g}{verdict}")
    return verdict


def shown(value):
    return "-" if value is None else f"{value:.2f}"


def load(path):
    if not os.path.exists(path):
        return None
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def by_key(path):
    return {(e["workload"], e["jobs"], e["device"]): e for e in load(path) or []}


def figure_of(figures, workload, jobs, device, figure):
    entry = figures.get((workload, jobs, device))
    return entry.get(figure) if entry else None


def ratio(a, b):
    return a / b if a is not None and b else None


def check_ratios(figures, counted):
    def both(bottom, top, figure):
        return [ratio(figure_of(source, *top, figure),
                      figure_of(source, *bottom, figure))
                for source in (figures, counted)]
    for workload, jobs, figure, device, sense, factor, other in BARS:
        value, check = both((workload, jobs, other), (workload, jobs, device),
                            figure)
        what = f"{workload}, {jobs} job{'s' * (jobs > 1)}: {figure}, {device} / {other}"
        yield report(what, value, sense, factor, check)
    for device, factor in WAITING:
        value, check = both(("randread-4k-hit-idle", 1, device),
                            ("randread-4k-hit-waiting", 1, device), "p99_us")
        yield report(f"read hits, writes waiting / idle: p99, {device}", value,
                     AT_MOST, factor, check)


# Rows of the benchmark of the index: densities from 1 down to 1/32.
DENSITIES = ["insert, dense, sequential", "insert, dense, random",
             "insert, 4K per 64K", "insert, 4K per 128K"]


def dram(index):
    """MiB per GiB cached at the worst density that the bar speaks of."""
    sizes = [row["mib_per_gib"] for row in (index or {"results": []})["results"]
             if row["backend"] == "pcache" and row["workload"] in DENSITIES]
    return max(sizes) if len(sizes) == len(DENSITIES) else None


def main():
    path, directory, index_path = sys.argv[1:4]
    figures, counted = by_key(path), by_key(f"{directory}/insn.json")
    print(f"\n{'what is asked of pcache':66}{'measured':>9}{'counted':>9}  bar")
    verdicts = list(check_ratios(figures, counted))
    locks = load(f"{directory}/locks.json")
    verdicts.append(report("DRAM, MiB per GiB of 4K extents, density >= 1/32",
                           dram(load(index_path)), AT_MOST, DRAM_MAX))
    verdicts.append(report("contended acquisitions per 10^6 disjoint writes, 8 CPUs",
                           locks and locks["contended_per_million"], AT_MOST,
                           CONTENDED_MAX))
    print(f"{verdicts.count('met')} met, {verdicts.count('MISSED')} missed, "
          f"{verdicts.count('not measured')} not measured")


main()
