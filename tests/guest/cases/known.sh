# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# desc: a disk that says who it is comes back by itself, and no other in its place
# machine: small
# time: 90
# debug: yes
source "$TREE/tests/guest/lib.sh"
VARIANT=debug load_module
PMEM=$(pmem 0)
DISK=$(disk disk2)
OTHER=$(disk disk0)
ID=naa.5000000000000a11
NODE=/tmp/node

# node_is DISK: $NODE is another name of it from now on.
node_is() {
	rm -f $NODE
	mknod $NODE b $((0x$(stat -c %t "$1"))) $((0x$(stat -c %T "$1")))
}

defer rm -f $NODE
small_cache "$PMEM"
backing_start "$DISK" ,cache_size=16,id=ignored
[[ $(<"$BACKING/id") == "$ID" ]] || fail "its identity is $(<"$BACKING/id")"
helper iomodel random "$LOGIC" --seed=92 --size=16M --ops=50 --save=/tmp/model

step 'it comes back with the pool'
backing_stop "$CACHE" "$BACKING_ID" keep
cache_stop "$CACHE_ID"
cache_start "$PMEM" ''
backing_find "$DISK"
[[ $(<"$BACKING/state") == running ]]
helper iomodel check "$LOGIC" --model=/tmp/model

step 'it is known under any path'
backing_stop "$CACHE" "$BACKING_ID" keep
node_is "$DISK"
backing_start $NODE
helper iomodel check "$LOGIC" --model=/tmp/model
backing_stop "$CACHE" "$BACKING_ID" keep

step 'it is not there, and comes back when the pool is registered again'
cache_stop "$CACHE_ID"
rm $NODE
cache_start "$PMEM" ''
[[ $(<"$BACKING/state") == waiting ]]
control $BUS/cache_dev_register "path=$PMEM"
[[ $(<"$BACKING/state") == waiting ]]
node_is "$DISK"
control $BUS/cache_dev_register "path=$PMEM"
backing_find $NODE
[[ $(<"$BACKING/state") == running ]]
helper iomodel check "$LOGIC" --model=/tmp/model
backing_stop "$CACHE" "$BACKING_ID" keep

step 'the disk that has its path now is not taken for it'
node_is "$OTHER"
remember "$PMEM" "$OTHER"
control $BUS/cache_dev_register "path=$PMEM"
[[ $(<"$BACKING/state") == waiting ]]
expect_fail ESTALE "$NODE: not the same device: identity none; was $ID" \
	control "$CACHE/adm" op=backing-start,path=$NODE
unchanged

step 'a partition of it is another device'
addpart "$DISK" 1 2048 $((32 << 11))
defer delpart "$DISK" 1
wait_node "${DISK}1"
backing_start "${DISK}1" ,cache_size=16
[[ $(<"$BACKING/id") == "$ID+part=1" ]] ||
	fail "its identity is $(<"$BACKING/id")"
backing_stop "$CACHE" "$BACKING_ID"
