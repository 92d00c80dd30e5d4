#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# time: 900
# needs: sim
# Every mutant is killed, and the core as it is passes the same tests.
set -euo pipefail
exec "$(dirname "$0")/run" -v
