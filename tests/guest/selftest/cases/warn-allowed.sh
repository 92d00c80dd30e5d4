# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# desc: a line that is expected does not fail the case
# allow-klog: blocked for more than|expected here
source "$TREE/tests/guest/lib.sh"
echo "BUG: expected here" >/dev/kmsg
