# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# desc: two disks share a cache device, and nothing else
# time: 120
# debug: yes
source "$TREE/tests/guest/lib.sh"
VARIANT=debug load_module
small_cache "$(pmem 0)"
A=$(disk disk0)
B=$(disk disk1)
backing_start "$A" ,cache_size=24,queue_mode=mq
A_LOGIC=$LOGIC A_ID=$BACKING_ID
backing_start "$B" ,cache_size=24,queue_mode=bio,data_crc=1
B_LOGIC=$LOGIC B_ID=$BACKING_ID
[[ $A_LOGIC != "$B_LOGIC" && $A_ID != "$B_ID" ]]

# load DEVICE SEED: random I/O, and a model of what it leaves.
load() {
	helper iomodel random "$1" --seed="$2" --ops="$(sized 400)" --size=48M \
		--save="/tmp/model.$2"
}

step 'both at once, the same sectors'
load "$A_LOGIC" 11 &
first=$!
load "$B_LOGIC" 12
wait $first
helper iomodel check "$A_LOGIC" --model=/tmp/model.11
helper iomodel check "$B_LOGIC" --model=/tmp/model.12

step 'one is stopped while the other works'
load "$B_LOGIC" 13 &
second=$!
backing_stop "$CACHE" "$A_ID"
[[ ! -b $A_LOGIC ]]
helper iomodel check "$A" --model=/tmp/model.11
wait $second
helper iomodel check "$B_LOGIC" --model=/tmp/model.13

step 'its place is free for another, with fresh contents'
backing_start "$A" ,cache_size=24
helper iomodel check "$LOGIC" --model=/tmp/model.11
backing_stop "$CACHE" "$BACKING_ID" discard-dirty
backing_stop "$CACHE" "$B_ID"
helper iomodel check "$B" --model=/tmp/model.13
