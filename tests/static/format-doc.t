#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# desc: the offset tables of on-media-format.rst are those of pcache_format.h
# level: quick
# time: 60
# needs: build
"""Compares each table of the document with what the compiler makes of the
structure that the text before the table names: every field, its offset and its
size, in order, and nothing missing on either side."""
import pathlib
import re
import subprocess
import sys
import tempfile

TREE = pathlib.Path(__file__).resolve().parents[2]
HEADER = TREE / "pcache_format.h"
DOC = TREE / "Documentation" / "on-media-format.rst"


def fields_of(name):
    """Field names of a structure, in order, from the header's text."""
    text = re.sub(r"/\*.*?\*/", "", HEADER.read_text(), flags=re.S)
    body = re.search(r"struct %s \{(.*?)\n\};" % name, text, re.S).group(1)
    return re.findall(r"(\w+)(?:\[[^;]*\])?;", body)


def compiled(structs):
    """{struct: [(offset, size, field)]} as the compiler sees it."""
    lines = ['#include <stdio.h>', f'#include "{HEADER}"', "int main(void) {"]
    for name in structs:
        for field in fields_of(name):
            member = f"((struct {name} *)0)->{field}"
            lines.append(f'printf("{name} %zu %zu {field}\\n", '
                         f"offsetof(struct {name}, {field}), sizeof({member}));")
    lines.append("return 0; }")
    with tempfile.TemporaryDirectory() as tmp:
        source, binary = pathlib.Path(tmp, "x.c"), pathlib.Path(tmp, "x")
        source.write_text("\n".join(lines))
        subprocess.run(["gcc", "-o", binary, source], check=True)
        out = subprocess.run([binary], check=True, capture_output=True, text=True)
    rows = {name: [] for name in structs}
    for line in out.stdout.splitlines():
        name, offset, size, field = line.split()
        rows[name].append((int(offset), int(size), field))
    return rows


def documented():
    """{struct: [(offset, size, field)]} from the document's tables."""
    rows, name = {}, None
    for line in DOC.read_text().splitlines():
        named = re.match(r"``struct (\w+)``", line)
        if named:
            name = named.group(1)
            rows[name] = []
        row = re.match(r"(\d+)\s+(\d+)\s+(\w+)\s", line)
        if row and name:
            rows[name].append((int(row[1]), int(row[2]), row[3]))
    return rows


def main():
    in_header = set(re.findall(r"^struct (pcache_\w+_ondisk) \{",
                               HEADER.read_text(), re.M))
    doc = documented()
    bad = [f"no table for struct {name}" for name in in_header - doc.keys()]
    bad += [f"no such struct: {name}" for name in doc.keys() - in_header]
    code = compiled(sorted(in_header & doc.keys()))
    for name, rows in code.items():
        for want, got in zip(rows + [None] * len(doc[name]), doc[name] + [None] * len(rows)):
            if want != got:
                bad.append(f"struct {name}: header has {want}, document has {got}")
                break
    print("\n".join(bad) or f"{len(code)} structures, "
          f"{sum(map(len, code.values()))} fields: equal")
    return 1 if bad else 0


sys.exit(main())
