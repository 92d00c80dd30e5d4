# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# desc: a format spares what is there, a load refuses what it can't understand; one bad superblock is no loss
# machine: small
# time: 150
# debug: yes
source "$TREE/tests/guest/lib.sh"
VARIANT=debug load_module
PMEM=$(pmem 0)
DISK=$(disk disk0)
MIB=$((1 << 20))

# refused ERRNO REGEX OPTIONS: nothing changes, and nothing is registered.
refused() {
	remember "$PMEM"
	expect_fail "$1" "$2" control $BUS/cache_dev_register "path=$3"
	unchanged
	[[ ! -e $BUS/devices/cache_dev0 ]]
}

step 'data at either end, a file system, a cache: not formatted without force'
blkdiscard -z "$PMEM"
printf x | dd of="$PMEM" bs=1 seek=$((100 << 10)) conv=notrunc status=none
refused EEXIST 'holds data at byte 1' "$PMEM,format=1,segment_size=$MIB"
blkdiscard -z "$PMEM"
printf x | dd of="$PMEM" bs=1 seek=$(($(bytes "$PMEM") - 1)) conv=notrunc \
	status=none
refused EEXIST 'holds data at byte [0-9]+' "$PMEM,format=1,segment_size=$MIB"
mkfs.ext4 -q "$PMEM"
refused EEXIST 'holds data at byte [0-9]+' "$PMEM,format=1,segment_size=$MIB"
status=0
pcache cache-start --path "$PMEM" --format --segment-size 1M \
	2>/tmp/said || status=$?
grep -q 'it holds .*ext4' /tmp/said || fail "$(</tmp/said)"
((status == 5))

step 'blank, or by force: formatted'
blkdiscard -z "$PMEM"
control $BUS/cache_dev_register "path=$PMEM,format=1,label=first,segment_size=$((4 * MIB))"
cache_find "$PMEM"
[[ $(<"$CACHE/label") == first && $(<"$CACHE/segment_size") == $((4 * MIB)) ]]
cache_stop "$CACHE_ID"
refused EEXIST 'holds data at byte 4096' "$PMEM,format=1,segment_size=$MIB"
small_cache "$PMEM" ,label=second
[[ $(<"$CACHE/label") == second && $(<"$CACHE/segment_size") == "$MIB" ]]
backing_start "$DISK" ,cache_size=16
helper iomodel random "$LOGIC" --seed=81 --size=16M --ops=50 --save=/tmp/model
backing_stop "$CACHE" "$BACKING_ID" keep
cache_stop "$CACHE_ID"

step 'from the future'
helper media "$PMEM" version=2
refused EOPNOTSUPP 'format version 2 is not supported' "$PMEM"
helper media "$PMEM" version=1 incompat=1
refused EOPNOTSUPP 'unknown features incompat 0x1 ' "$PMEM"
helper media "$PMEM" incompat=0 ro_compat=4
refused EOPNOTSUPP 'unknown features .*ro_compat 0x4' "$PMEM"
helper media "$PMEM" ro_compat=0

step 'shrunk'
addpart "$PMEM" 1 0 $((32 << 11))
wait_node "${PMEM}p1"
remember "$PMEM"
expect_fail EFBIG 'formatted for [0-9]+ bytes, the device has 33554432' \
	control $BUS/cache_dev_register "path=${PMEM}p1"
unchanged
delpart "$PMEM" 1

step 'superblocks'
helper media "$PMEM" break=both
refused EUCLEAN 'both superblocks damaged' "$PMEM"
for copy in first second; do
	helper media "$PMEM" restore break=$copy
	cache_start "$PMEM" ''
	backing_start "$DISK"
	helper iomodel check "$LOGIC" --model=/tmp/model
	backing_stop "$CACHE" "$BACKING_ID" keep
	cache_stop "$CACHE_ID"
done
