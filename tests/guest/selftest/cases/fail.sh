# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# desc: a command that fails fails the case
source "$TREE/tests/guest/lib.sh"
false
