# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# desc: persistent memory that the firmware's memory map declares
# machine: memmap
# time: 90
source "$TREE/tests/guest/lib.sh"
VARIANT=debug load_module
PMEM=$(pmem 0)
DISK=$(disk disk0)
small_cache "$PMEM"
backing_start "$DISK" ,cache_size=32
helper iomodel random "$LOGIC" --seed=41 --size=32M --ops=200 --save=/tmp/model
backing_stop "$CACHE" "$BACKING_ID" keep
cache_stop "$CACHE_ID"
cache_start "$PMEM" ''
backing_start "$DISK"
helper iomodel check "$LOGIC" --model=/tmp/model
backing_stop "$CACHE" "$BACKING_ID"
helper iomodel check "$DISK" --model=/tmp/model
