#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# desc: the ABI file lists every control file of the driver, with its mode, and no other
# level: quick
# time: 30
"""The attributes are read off the sources: DEVICE_ATTR_*, BUS_ATTR_* and the
driver's own initialisers, each in the file of its directory."""
import pathlib
import re
import sys

TREE = pathlib.Path(__file__).resolve().parents[2]
ABI = TREE / "Documentation" / "ABI" / "testing" / "sysfs-bus-pcache"
CACHE = "/sys/bus/pcache/devices/cache_devN/"
WHERE = {
    "main.c": "/sys/bus/pcache/",
    "cache_node.c": CACHE,
    "backing_node.c": CACHE + "backing_devM/",
    "backing_fault.c": CACHE + "backing_devM/",
    "backing_stats.c": CACHE + "backing_devM/stats/",
}
MODES = {
    "DEVICE_ATTR_RO": "0444", "DEVICE_ATTR_WO": "0200", "DEVICE_ATTR_RW": "0644",
    "DEVICE_ATTR_ADMIN_RO": "0400", "DEVICE_ATTR_ADMIN_RW": "0600",
    "BUS_ATTR_WO": "0200",
}


def in_code():
    """{path: mode} of every attribute."""
    files = {}
    for name, where in WHERE.items():
        text = (TREE / name).read_text()
        for macro, attr in re.findall(r"^static (\w+_ATTR_\w+)\((\w+)\);", text, re.M):
            files[where + attr] = MODES[macro]
        for attr, mode in re.findall(r"^static CACHE_ATTR\((\w+), (0\d+),", text, re.M):
            files[where + attr] = mode
        for attr in re.findall(r"^static TUNABLE\((\w+),", text, re.M):
            files[where + attr] = "0644"
        for attr in re.findall(r"^static (?:STAT|VALUE)_ATTR\((\w+),", text, re.M):
            files[where + attr] = "0444"
    return files


def in_abi():
    """{path: mode} of every entry; a link has none."""
    files = {}
    for entry in ABI.read_text().split("\n\nWhat:"):
        what = re.search(r"(/sys/\S+)", entry).group(1)
        mode = re.search(r"Description:\n\t\t\((\d+)\)", entry)
        files[what] = mode.group(1) if mode else None
    return files


def main():
    code, abi = in_code(), in_abi()
    bad = [f"not documented: {what}" for what in sorted(code.keys() - abi.keys())]
    for what, mode in sorted(abi.items()):
        if mode and what not in code:
            bad.append(f"documented, but not there: {what}")
        elif mode and code[what] != mode:
            bad.append(f"{what}: mode is {code[what]}, the document says {mode}")
    print("\n".join(bad) or f"{len(code)} control files: equal")
    return 1 if bad or not code else 0


sys.exit(main())
