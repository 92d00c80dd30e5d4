# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# desc: the same as powercut, 20 times in a row
# level: full
# time: 2400
exec bash "$(dirname "${BASH_SOURCE[0]}")/powercut.sh" 20
