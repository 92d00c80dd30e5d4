# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# desc: fio on something that is no block device is refused
source "$TREE/tests/guest/lib.sh"
fio_verify /dev/nosuch --rw=write --size=1M
