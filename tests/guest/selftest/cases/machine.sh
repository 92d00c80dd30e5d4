# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# desc: a case of another machine gets that machine
# machine: 4kn
source "$TREE/tests/guest/lib.sh"
[[ $(blockdev --getss "$(disk disk0)") == 4096 ]]
[[ $(blockdev --getss "$(disk disk1)") == 4096 ]]
