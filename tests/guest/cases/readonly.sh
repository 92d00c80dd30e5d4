# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# desc: persistent memory that can't be written is refused
# machine: readonly
# time: 30
source "$TREE/tests/guest/lib.sh"
VARIANT=debug load_module
[[ $(blockdev --getro /dev/pmem0) == 1 ]]
expect_fail EROFS '/dev/pmem0: cannot be opened: -EROFS' \
	control $BUS/cache_dev_register path=/dev/pmem0
expect_fail EROFS '/dev/pmem0: cannot be opened: -EROFS' \
	control $BUS/cache_dev_register path=/dev/pmem0,format=1,force=1
