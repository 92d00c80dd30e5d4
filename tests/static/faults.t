#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# desc: every row of the table of faults is filled in, every test that it names exists, and one asserts all of it
# level: quick
# time: 60
"""Rows of the list-tables are entries that begin with "   * - ", columns of a row
with "     - ".  A test is TIER/NAME, or TIER/NAME:FUNCTION of a unit test.  The one of
unit/fault_* has to look at all that a row has columns for, by itself or by what it
calls; that hits go on, unless the row says that there are none, and why."""
import pathlib
import re
import subprocess
import sys

TREE = pathlib.Path(__file__).resolve().parents[2]
PAGE = TREE / "Documentation" / "faults.rst"
COLUMNS = 5
LEAST_ROWS = 45
UNIT = TREE / "tests" / "unit"
# Of each kind, one at least is called.
SEEN = {
    "what is read or written": ("core_expect", "core_read", "core_finish", "core_try_write",
                                "expect_eio", "expect_no_device", "sim_device_find"),
    "an attribute": ("expect_attr", "front_attr", "front_number"),
    "a uevent, or that there is none": ("expect_told", "expect_told_nothing",
                                        "expect_no_trouble"),
    "that hits go on": ("expect_hits",),
}
# What the last row says of all the others.
SUMMARY = "one of the above"
ABI = TREE / "Documentation" / "ABI" / "testing" / "sysfs-bus-pcache"


def rows():
    """Each row as a list of its columns' text."""
    found = []
    for entry in re.split(r"^   \* - ", PAGE.read_text(), flags=re.M)[1:]:
        entry = re.split(r"\n\n", entry)[0]
        found.append([" ".join(cell.split()) for cell in re.split(r"^     - ", entry, flags=re.M)])
    return [row for row in found if row[0] != "Fault"]


def exists(test, tests):
    """Is there such a test?"""
    name, _, function = test.partition(":")
    if name not in tests:
        return False
    source = TREE / "tests" / (name + ".c")
    return not function or f"cmocka_unit_test({function})" in source.read_text()


def is_logged(text, sources):
    """Does the driver say so?  A number is an N in the table."""
    pattern = re.escape(text).replace(r"\ N\ ", r" %l*[du] ")
    return re.search(pattern, sources)


def functions(path):
    """The text of each function of a file."""
    pattern = r"^\w[\w \t*]*?(\w+)\([^;{}]*\)\n(\{\n.*?^\})"
    return dict(re.findall(pattern, path.read_text(), flags=re.M | re.S))


def called(name, known, found):
    """All that a function calls, as far as its own file and front.c know it, but for
    what the calls of SEEN do: each stands for itself."""
    for word in set(re.findall(r"\b\w+(?=\()", known.get(name, ""))) - found:
        found.add(word)
        if not any(word in calls for calls in SEEN.values()):
            called(word, known, found)
    return found


def check_seen(row):
    """What the row's own test does not look at."""
    own = re.findall(r"unit/(fault_\w+):(\w+)", row[-1])
    if SUMMARY in row[2]:
        return []
    if len(own) != 1:
        return [f"{len(own)} tests of unit/fault_*, not one"]
    known = functions(UNIT / "front.c") | functions(UNIT / f"{own[0][0]}.c")
    seen = called(own[0][1], known, set())
    return [f"{own[0][1]} does not assert {what}" for what, calls in SEEN.items()
            if not seen.intersection(calls) and not (
                "expect_hits" in calls and "no hits" in row[1])]


def check_row(row, tests, sources):
    """What is wrong with a row."""
    if len(row) != COLUMNS or not all(row):
        return [f"{row[0]}: {len(row)} columns, or an empty one"]
    bad = [f"no such test: {t}" for t in row[-1].split(", ") if not exists(t, tests)]
    for text in re.findall(r'log: "([^"]*)"', row[2]):
        if not is_logged(text, sources):
            bad.append(f"the driver does not say: {text}")
    return [f"{row[0]}: {what}" for what in bad + check_seen(row)]


def main():
    listed = subprocess.run([TREE / "tests" / "run", "-l", "-n"], check=True,
                            capture_output=True, text=True).stdout
    tests = set(re.findall(r"\b([a-z]+/[\w/-]+)", listed))
    table = rows()
    sources = "".join(file.read_text() for file in TREE.glob("*.c"))
    bad = [text for row in table for text in check_row(row, tests, sources)]
    attributes = re.findall(r"\bstats/\w+", PAGE.read_text())
    bad += [f"no such attribute: {a}" for a in set(attributes) if a not in ABI.read_text()]
    if len(table) < LEAST_ROWS:
        bad.append(f"only {len(table)} rows")
    print("\n".join(bad) or f"{len(table)} faults")
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
