#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# desc: unit tests of the tool's parsers and values, under ASan and UBSan
# level: quick
# time: 120
# needs: build sim
set -euo pipefail

top=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "$top/build"
exec {lock}>"$top/build/.lock"
flock "$lock"
make -s -C "$top" SAN=1 unit >&2
exec {lock}>&-
exec "$top/build/san/unit"
