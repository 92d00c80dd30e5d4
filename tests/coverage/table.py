#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Line coverage by file: table.py [--least PERCENT] [--lines] TREE GCNO...

Asks gcov for what ran, sums over all objects that were made of the same file, and
prints a table of the files of the driver in TREE.  --lines adds the lines that did
not run, with their text.  Exits 1 if the whole is below PERCENT.
"""
import argparse
import collections
import json
import pathlib
import subprocess
import sys


def counts_of(gcno):
    """Yields (file, line, times) for each line of code of an object."""
    out = subprocess.run(
        ["gcov", "--json-format", "--stdout", str(gcno)],
        check=True, capture_output=True, text=True, cwd=gcno.parent).stdout
    for text in out.splitlines():
        for file in json.loads(text)["files"]:
            for line in file["lines"]:
                yield file["file"], line["line_number"], line["count"]


def collect(tree, gcnos):
    """Per file of the driver, a dict from line to times."""
    lines = collections.defaultdict(collections.Counter)
    for gcno in gcnos:
        for file, line, times in counts_of(gcno):
            path = pathlib.Path(file)
            if path.parent == tree and path.suffix == ".c":
                lines[path.name][line] += times
    return lines


def print_missed(path, counts):
    """The lines that never ran."""
    text = path.read_text().splitlines()
    for line in sorted(n for n, times in counts.items() if not times):
        print(f"{path.name}:{line}: {text[line - 1].strip()}")


def main():
    """Prints the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--least", type=float, default=0)
    parser.add_argument("--lines", action="store_true")
    parser.add_argument("tree", type=pathlib.Path)
    parser.add_argument("gcno", type=pathlib.Path, nargs="+")
    args = parser.parse_args()
    tree = args.tree.resolve()
    lines = collect(tree, args.gcno)
    if args.lines:
        for name in sorted(lines):
            print_missed(tree / name, lines[name])
    total = ran = 0
    print(f"{'file':24} {'lines':>6} {'ran':>6} {'%':>6}")
    for name in sorted(lines):
        here, hit = len(lines[name]), sum(map(bool, lines[name].values()))
        total, ran = total + here, ran + hit
        print(f"{name:24} {here:6} {hit:6} {100 * hit / here:6.1f}")
    percent = 100 * ran / max(total, 1)
    print(f"{'all':24} {total:6} {ran:6} {percent:6.1f}")
    return 0 if total and percent >= args.least else 1


if __name__ == "__main__":
    sys.exit(main())
