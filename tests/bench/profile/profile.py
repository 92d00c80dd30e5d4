#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Instructions per operation and function: profile.py SHORT LONG KALLSYMS OPS [LINES]

SHORT and LONG are outputs of insn-count for two runs that differ by OPS operations;
what both have in common (boot, set-up) cancels out."""
import bisect
import collections
import sys


def read_symbols(path):
    symbols = []
    for line in open(path, encoding="ascii", errors="replace"):
        address, kind, name, *module = line.split()
        if kind in "tTwW":
            symbols.append((int(address, 16), name + (" " + module[0] if module else "")))
    symbols.sort()
    return [s[0] for s in symbols], [s[1] for s in symbols]


def read_counts(path, addresses, names):
    counts = collections.Counter()
    for line in open(path, encoding="ascii"):
        vaddr, insns, runs = line.split()
        address, total = int(vaddr, 16), int(insns) * int(runs)
        i = bisect.bisect_right(addresses, address) - 1
        counts[names[i] if address >> 63 and i >= 0 else "(user space)"] += total
    return counts


def main():
    short, long, kallsyms, ops = sys.argv[1:5]
    lines = int(sys.argv[5]) if len(sys.argv) > 5 else 40
    addresses, names = read_symbols(kallsyms)
    diff = read_counts(long, addresses, names)
    diff.subtract(read_counts(short, addresses, names))
    total = sum(diff.values()) / float(ops)
    ours = sum(v for k, v in diff.items() if "[pcache]" in k) / float(ops)
    print(f"{total:9.1f}  instructions per operation, {ours:.1f} of them in pcache")
    for name, value in diff.most_common(lines):
        print(f"{value / float(ops):9.1f}  {name}")


main()
