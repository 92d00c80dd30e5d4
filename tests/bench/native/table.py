#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Interleaved rounds of the native benchmark, and a table of their medians.

Each round measures one thread, two threads, and two processes of one thread that
start together, for writes and hits, with and without data_crc.  What counts is
the CPU time per operation: it contains what threads lose to each other, in locks
and in shared cache lines, and little of what else runs on the machine.
"""
import argparse
import collections
import os
import statistics
import subprocess
import tempfile

REPLAYS = {
    "replay": "pages all over a disk as large as the cache",
    "replay-sectors": "sectors, with an index that a processor's cache holds",
}


def figures(line):
    """The last two values of a line of the benchmark: CPU and clock."""
    words = line.split()
    return float(words[-3]), float(words[-1])


def start(program, words, ops):
    """One process, as far as it goes before it measures."""
    return subprocess.Popen([program, *words, "--ops", str(ops)],
                            stdout=subprocess.PIPE, text=True)


def alone(program, words, ops):
    """Figures of one process."""
    with start(program, words, ops) as process:
        return figures(process.stdout.read())


def together(program, words, ops):
    """Mean figures of two processes that measure at the same time."""
    with tempfile.TemporaryDirectory() as directory:
        gate = os.path.join(directory, "go")
        both = [start(program, [*words, "--start", gate], ops)
                for _ in range(2)]
        for process in both:
            process.stdout.readline()
        with open(gate, "w", encoding="ascii"):
            pass
        got = [figures(process.stdout.read()) for process in both]
        for process in both:
            process.wait()
    return tuple(statistics.mean(pair) for pair in zip(*got))


def main():
    """Prints the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--ops", type=int, default=120000)
    args = parser.parse_args()
    kinds = [[what, *crc] for what in ("write", "hit")
             for crc in ([], ["--crc"])]
    got = collections.defaultdict(list)
    replays = collections.defaultdict(list)
    for _ in range(args.rounds):
        for words in kinds:
            name = " ".join(words)
            got[name, 1].append(alone(args.program, words, args.ops))
            got[name, 2].append(alone(
                args.program, [*words, "--threads", "2"], args.ops))
            got[name, 0].append(together(args.program, words, args.ops))
        for what in REPLAYS:
            replays[what].append(subprocess.run(
                [args.program, what], check=True, capture_output=True,
                text=True).stdout.split())

    def median(key):
        return statistics.median(cpu for cpu, _ in got[key])

    print("CPU ns per 4 KiB operation, medians of", args.rounds, "rounds")
    print(f"{'':12} {'1 thread':>10} {'2 threads':>10} {'2 processes':>12}"
          f" {'threads/processes':>18}")
    for words in kinds:
        name = " ".join(words)
        one, two, apart = (median((name, n)) for n in (1, 2, 0))
        print(f"{name:12} {one:10.0f} {two:10.0f} {apart:12.0f}"
              f" {apart / two:18.2f}")
    for what, name in REPLAYS.items():
        middle = [statistics.median(float(words[i]) for words in replays[what])
                  for i in (4, 6, 8, 10, 12, 14)]
        for clock, at in (("a second of CPU time", 0), ("a second", 3)):
            print(f"replay of {name}: {middle[at]:.0f} records in {clock}, "
                  f"bulk build {middle[at + 1]:.0f} extents, "
                  f"ratio {middle[at + 2]:.2f}")


if __name__ == "__main__":
    main()
