# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# desc: a case that takes too long is stopped
# time: 3
source "$TREE/tests/guest/lib.sh"
sleep 1000
