# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# desc: a cache that was kept comes back, dirty and warm, over reloads of the module
# time: 180
# debug: yes
source "$TREE/tests/guest/lib.sh"
VARIANT=debug load_module
PMEM=$(pmem 0)
small_cache "$PMEM"

# again: everything but the pmem contents goes and comes back.  The disk has no
# identity, so it waits until it is named.
again() {
	backing_stop "$CACHE" "$BACKING_ID" keep
	[[ $(<"$BACKING/state") == waiting && ! -e $LOGIC ]]
	cache_stop "$CACHE_ID"
	rmmod pcache
	load_module
	cache_start "$PMEM" ''
	[[ $(<"$BACKING/state") == waiting ]]
	backing_start "$DISK"
	[[ $(<"$BACKING/state") == running ]]
}

# The disk is one that can be made to fail, so that what is dirty stays so.
table="0 $(sectors "$(disk disk0)") linear $(disk disk0) 0"
dm disk "$table"
DISK=$DM_NODE

step 'dirty: what only the cache has'
backing_start "$DISK" ,cache_size=64,queue_mode=bio,data_crc=1
dd if=/dev/zero of="$LOGIC" bs=1M count=16 oflag=direct status=none
dm_table disk "${table/linear*/error}"
helper iomodel random "$LOGIC" --seed=31 --size=16M --ops=100 --max=256K \
	--no-discard --save=/tmp/model
(($(<"$BACKING/dirty_bytes") > 0)) || fail 'nothing is dirty'
backing_stop "$CACHE" "$BACKING_ID" keep
dm_table disk "$table"
! helper iomodel check "$DISK" --model=/tmp/model 2>/tmp/why ||
	fail 'the disk had it all the time'
backing_start "$DISK"
again
[[ $(<"$BACKING/queue_mode") == bio && $(<"$BACKING/data_crc") == 1 ]]
helper iomodel check "$LOGIC" --model=/tmp/model

step 'module reloads do no harm'
for ((i = 0; i < 4; i++)); do
	again
done
helper iomodel check "$LOGIC" --model=/tmp/model

step 'warm: what the disk has, too'
dd if=/dev/urandom of="$LOGIC" bs=1M count=16 oflag=direct status=none
helper iomodel random "$LOGIC" --seed=32 --size=16M --ops=50 --no-discard \
	--save=/tmp/model
wait_for 60 attribute "$BACKING/dirty_bytes" 0
helper iomodel check "$DISK" --model=/tmp/model
again
helper iomodel check "$LOGIC" --model=/tmp/model
(($(stat_of hit_bytes) >= 16 << 20)) || fail 'it came back cold'
(($(stat_of miss_bytes) == 0)) || fail 'part of it is gone'

step 'and leaves no trace when it is drained'
helper iomodel random "$LOGIC" --seed=33 --size=16M --ops=50 --save=/tmp/model
again
backing_stop "$CACHE" "$BACKING_ID"
helper iomodel check "$DISK" --model=/tmp/model
