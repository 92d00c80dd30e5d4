#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Compares the places in the driver's source that store to pmem with those at
which power cuts were tried.

    sites.py PROGRAM HITS SOURCE...

HITS is what PROGRAM wrote with --sites: lines "return-address count".  A place is
a call of a storing function of another file.  Prints a table; fails if a place
was never cut at, or if a "persist:" comment is not about any place.  Knows C only
as far as the kernel's style makes that easy.
"""
import re
import subprocess
import sys
from pathlib import Path

STORES = {
    "pcache_pmem_write": "segment.c",
    "pcache_pmem_zero": "segment.c",
    "pcache_pmem_store64": "segment.c",
    "pcache_meta_store": "meta_segment.c",
    "pcache_meta_repair": "meta_segment.c",
    "pcache_cursor_store": "meta_segment.c",
}
CALL = re.compile(r"\b(" + "|".join(STORES) + r")\(")
FUNCTION = re.compile(r"^[a-z].*?\b(\w+)\(", re.ASCII)


class Source:
    """A file: its functions, its calls that store, its persist: comments."""

    def __init__(self, path):
        self.name = Path(path).name
        self.lines = Path(path).read_text(encoding="utf-8").splitlines()
        self.functions = self._functions()
        self.calls = [n for n, text in enumerate(self.lines, 1)
                      if self._stores(text)]
        self.comments = [n for n, text in enumerate(self.lines, 1)
                         if "persist:" in text and self.function_at(n)]

    def _stores(self, text):
        found = CALL.search(text)
        return (found and text.startswith("\t")
                and STORES[found.group(1)] != self.name)

    def _functions(self):
        """Name and first and last line of each."""
        found = []
        for n, text in enumerate(self.lines, 1):
            if text == "{":
                found.append([self._name_above(n), n, n])
            elif text == "}" and found:
                found[-1][2] = n
        return found

    def _name_above(self, n):
        while n > 1:
            n -= 1
            match = FUNCTION.match(self.lines[n - 1])
            if match:
                return match.group(1)
        return "?"

    def function_at(self, n):
        for name, first, last in self.functions:
            if first <= n <= last:
                return name
        return None

    def has_stores(self, n):
        """Does what follows line n in its function store, or call what does?"""
        last = next(end for _, first, end in self.functions
                    if first <= n <= end)
        if any(n < call <= last for call in self.calls):
            return True
        storing = {self.function_at(call) for call in self.calls}
        text = "\n".join(self.lines[n:last])
        return any(re.search(rf"\b{name}\(", text) for name in storing)


def read_hits(program, hits):
    """Count of each (file, line), inlined or not."""
    rows = [row.split() for row in Path(hits).read_text().splitlines()]
    counts = {}
    # The call itself, not what comes after it.
    asked = [hex(int(address, 16) - 1) for address, _ in rows]
    out = subprocess.run(["addr2line", "-a", "-i", "-e", program, *asked],
                         check=True, capture_output=True, text=True).stdout
    count = 0
    for text in out.splitlines():
        if text.startswith("0x"):
            count = int(rows[asked.index(hex(int(text, 16)))][1])
            continue
        path, line = text.split(" ")[0].rsplit(":", 1)
        if line.isdigit():
            key = (Path(path).name, int(line))
            counts[key] = counts.get(key, 0) + count
    return counts


def statement_hits(source, call, counts):
    """A call may be attributed to any line of its statement."""
    total, n = 0, call
    while n <= len(source.lines):
        total += counts.get((source.name, n), 0)
        if source.lines[n - 1].rstrip().endswith((";", "{")):
            break
        n += 1
    return total


def main(program, hits, *paths):
    counts = read_hits(program, hits)
    failed = places = 0
    for source in map(Source, paths):
        for call in source.calls:
            places += 1
            total = statement_hits(source, call, counts)
            failed += not total
            print(f"  {source.name + ':' + str(call):24}"
                  f"{source.function_at(call):28}{total:9}"
                  f"{'' if total else '  NEVER CUT AT'}")
        for n in source.comments:
            if not source.has_stores(n):
                failed += 1
                print(f"  {source.name}:{n}: persist: but nothing is stored")
    print(f"{places} places that store, {failed} failed")
    return 1 if failed or not places else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
