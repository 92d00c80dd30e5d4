#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# time: 1200
# needs: intree
# The driver builds inside a kernel source tree, =m and =y, without a warning.
set -euo pipefail
exec "$(dirname "$0")/../../scripts/check-intree"
