#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Figures of the benchmark's guests into build/bench.json, a table and a plot.

report.py DIR JSON SVG

DIR holds files of JSON lines, one per measurement: "rounds", "full", "restart" (by
the clock) and "insn" (latency in instructions).  Medians over rounds; the spread in the
table is (highest - lowest) / median of the rates."""
import collections
import json
import os
import statistics
import sys

DEVICES = ["raw", "empty-mq", "empty-bio", "pcache-mq", "pcache-bio",
           "pcache-bio-crc", "dm-writecache", "bcache"]
COLOURS = ["#444444", "#9e9e9e", "#c9c9c9", "#1f77b4", "#0b3c6f", "#6baed6",
           "#d95f02", "#7b3294"]
FIGURES = ["iops", "lat_us", "p99_us", "p99_99_us"]


def read_lines(path):
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def grouped(lines):
    groups = collections.OrderedDict()
    for line in lines:
        key = (line["workload"], line["jobs"], line["device"])
        groups.setdefault(key, []).append(line)
    return groups


def median(lines, figure):
    values = [line[figure] for line in lines if line.get(figure) is not None]
    return statistics.median(values) if values else None


def rounded(value):
    if value is None:
        return None
    return round(value) if value >= 1000 else round(value, 2)


def entries(timed, counted):
    """What bench.json holds, and the spread of each entry's rate."""
    result, spread = [], {}
    for key, lines in grouped(timed).items():
        entry = dict(zip(("workload", "jobs", "device"), key))
        for figure in FIGURES:
            entry[figure] = rounded(median(lines, figure))
        insn = median(counted.get(key, []), "lat_us")
        one = key[1] == 1 and insn is not None
        entry["insn"] = round(insn * 1000) if one else None
        entry["rounds"] = len(lines)
        rates = [line["iops"] for line in lines]
        spread[key] = (max(rates) - min(rates)) / statistics.median(rates)
        result.append(entry)
    return result, spread


def order(entry):
    return DEVICES.index(entry["device"])


def text(value):
    if value is None:
        return "-"
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}"


def by_workload(result):
    groups = collections.OrderedDict()
    for entry in result:
        groups.setdefault((entry["workload"], entry["jobs"]), []).append(entry)
    return groups


def counted_table(result):
    """Rates of the other guest: of one CPU, in instructions, but not moved by
    what else the host does."""
    groups = by_workload(result)
    if groups:
        print("\noperations per 10^9 instructions, one CPU\n" + " " * 32 +
              "".join(f"{device:>15}" for device in DEVICES))
    for (workload, jobs), group in groups.items():
        rates = {entry["device"]: entry["iops"] for entry in group}
        print(f"{workload + ', ' + str(jobs):32}" +
              "".join(f"{text(rates.get(device)):>15}" for device in DEVICES))


def table(result, spread):
    groups = by_workload(result)
    head = (f"{'':16}{'IOPS':>9}{'/ raw':>7}{'spread':>8}{'lat us':>9}"
            f"{'p99 us':>9}{'p99.99':>9}{'insn':>8}{'/ raw':>7}")
    for (workload, jobs), group in groups.items():
        raw = next((e for e in group if e["device"] == "raw"), None)
        print(f"\n{workload}, {jobs} job{'s' if jobs > 1 else ''}\n{head}")
        for entry in sorted(group, key=order):
            print(row(entry, raw, spread[(workload, jobs, entry["device"])]))


def row(entry, raw, spread):
    rate = entry["iops"] / raw["iops"] if raw else None
    insn = None
    if raw and raw["insn"] and entry["insn"]:
        insn = entry["insn"] / raw["insn"]
    return (f"{entry['device']:16}{entry['iops']:>9.0f}{ratio(rate):>7}"
            f"{spread * 100:>7.0f}%{text(entry['lat_us']):>9}"
            f"{text(entry['p99_us']):>9}{text(entry['p99_99_us']):>9}"
            f"{text(entry['insn']):>8}{ratio(insn):>7}")


def ratio(value):
    return "-" if value is None else f"{value:.2f}"


# --- the plot: IOPS over jobs, one panel per workload

WIDTH, HEIGHT, LEFT, TOP = 330, 260, 64, 56


def panel_points(result, workload):
    series = {}
    for entry in result:
        if entry["workload"] == workload:
            series.setdefault(entry["device"], []).append(
                (entry["jobs"], entry["iops"]))
    return {device: sorted(points) for device, points in series.items()}


def nice_top(value):
    step = 10 ** (len(str(int(value))) - 1)
    return (int(value / step) + 1) * step


def panel(result, workload, left):
    series = panel_points(result, workload)
    if not series:
        return []
    jobs = sorted({x for points in series.values() for x, _ in points})
    top = nice_top(max(y for points in series.values() for _, y in points))
    place = {x: left + i * (WIDTH - 110) / max(len(jobs) - 1, 1)
             for i, x in enumerate(jobs)}
    floor = TOP + HEIGHT - 90

    def height(y):
        return floor - (floor - TOP) * y / top
    out = [f'<text x="{left}" y="{TOP - 14}" font-weight="bold">{workload}</text>']
    for i in range(5):
        y = top * i / 4
        out.append(f'<line x1="{left}" x2="{left + WIDTH - 110}" y1="{height(y):.1f}" '
                   f'y2="{height(y):.1f}" stroke="#dddddd"/>'
                   f'<text x="{left - 6}" y="{height(y) + 4:.1f}" '
                   f'text-anchor="end">{y / 1000:.0f}k</text>')
    for x in jobs:
        out.append(f'<text x="{place[x]:.1f}" y="{floor + 16}" '
                   f'text-anchor="middle">{x}</text>')
    for device in DEVICES:
        points = series.get(device)
        if not points:
            continue
        colour = COLOURS[DEVICES.index(device)]
        line = " ".join(f"{place[x]:.1f},{height(y):.1f}" for x, y in points)
        out.append(f'<polyline points="{line}" fill="none" stroke="{colour}" '
                   'stroke-width="2"/>')
        out += [f'<circle cx="{place[x]:.1f}" cy="{height(y):.1f}" r="3" '
                f'fill="{colour}"/>' for x, y in points]
    return out


def plot(result, path):
    workloads = ["randwrite-4k", "randwrite-4k-fsync", "randread-4k-hit"]
    width = LEFT + len(workloads) * WIDTH
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" '
           f'height="{HEIGHT + 50}" font-family="sans-serif" font-size="11">',
           f'<rect width="{width}" height="{HEIGHT + 50}" fill="white"/>',
           f'<text x="{LEFT}" y="20">operations per second over jobs; one '
           'guest, medians of interleaved rounds</text>']
    for i, workload in enumerate(workloads):
        out += panel(result, workload, LEFT + i * WIDTH)
    for i, device in enumerate(DEVICES):
        x = LEFT + i * (width - LEFT) / len(DEVICES)
        out.append(f'<rect x="{x:.0f}" y="{HEIGHT}" width="10" height="10" '
                   f'fill="{COLOURS[i]}"/>'
                   f'<text x="{x + 14:.0f}" y="{HEIGHT + 9}">{device}</text>')
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(out + ["</svg>", ""]))


def main():
    directory, json_path, svg_path = sys.argv[1:4]
    timed = [line for name in ("rounds", "full", "restart")
             for line in read_lines(f"{directory}/{name}")]
    counted = grouped(read_lines(f"{directory}/insn"))
    result, spread = entries(timed, counted)
    with open(json_path, "w", encoding="utf-8") as file:
        file.write("[\n" + ",\n".join(json.dumps(e) for e in result) + "\n]\n")
    table(result, spread)
    counted_result, _ = entries(read_lines(f"{directory}/insn"), {})
    with open(f"{directory}/insn.json", "w", encoding="utf-8") as file:
        json.dump(counted_result, file)
    counted_table(counted_result)
    plot(result, svg_path)


main()
