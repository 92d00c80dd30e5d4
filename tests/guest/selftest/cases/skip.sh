# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# desc: a case may say that it can't run here
source "$TREE/tests/guest/lib.sh"
skip "because"
