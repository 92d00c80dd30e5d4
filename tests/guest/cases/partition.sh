# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# desc: a partition of a pmem disk: nothing outside it is touched, and no second one is taken
# machine: small
# time: 90
source "$TREE/tests/guest/lib.sh"
VARIANT=debug load_module
PMEM=$(pmem 0)
DISK=$(disk disk0)
START=$((3 << 11)) # 3 MiB: no multiple of the segment size below
LENGTH=$((40 << 11))

# outside: a checksum of what does not belong to the first partition.
outside() {
	uncached "$PMEM"
	{
		head -c $((START * 512)) "$PMEM"
		tail -c +$(((START + LENGTH) * 512 + 1)) "$PMEM"
	} | sha256sum
}

dd if=/dev/urandom of="$PMEM" bs=1M oflag=direct status=none || true
addpart "$PMEM" 1 $START $LENGTH
addpart "$PMEM" 2 $((START + LENGTH)) $((8 << 11))
addpart "$PMEM" 3 $((START + LENGTH + (8 << 11) + 1)) 4096
addpart "$PMEM" 4 $((START + LENGTH + (12 << 11))) 4095
defer delpart "$PMEM" 1
defer delpart "$PMEM" 2
defer delpart "$PMEM" 3
defer delpart "$PMEM" 4
wait_node "${PMEM}p4"
BEFORE=$(outside)

step 'one partition, as a whole device would be'
cache_start "${PMEM}p1" ,format=1,force=1,segment_size=$((2 << 20))
backing_start "$DISK" ,cache_size=16
[[ -L /sys/class/block/${PMEM#/dev/}p1/holders/${LOGIC#/dev/} ]]
helper iomodel random "$LOGIC" --seed=51 --size=32M --ops=200 --save=/tmp/model

step 'the DAX device is taken, for the other partitions too'
expect_fail EBUSY "${PMEM}p2: the DAX device is in use" \
	control $BUS/cache_dev_register "path=${PMEM}p2,format=1,force=1"
expect_fail EINVAL "${PMEM}p3: start [0-9]+ or size" \
	control $BUS/cache_dev_register "path=${PMEM}p3,format=1,force=1"
expect_fail EINVAL "${PMEM}p4: start [0-9]+ or size" \
	control $BUS/cache_dev_register "path=${PMEM}p4,format=1,force=1"

step 'it comes back from its partition'
backing_stop "$CACHE" "$BACKING_ID" keep
cache_stop "$CACHE_ID"
cache_start "${PMEM}p1" ''
backing_start "$DISK"
helper iomodel check "$LOGIC" --model=/tmp/model
backing_stop "$CACHE" "$BACKING_ID"
cache_stop "$CACHE_ID"
helper iomodel check "$DISK" --model=/tmp/model
[[ $(outside) == "$BEFORE" ]] || fail 'it wrote outside its partition'

step 'then the other one is free'
cache_start "${PMEM}p2" ,format=1,force=1,segment_size=$((1 << 20))
