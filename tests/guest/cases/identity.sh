# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# desc: a cache is attached to its own disk only; any other is refused, and nothing changes
# machine: small
# time: 180
source "$TREE/tests/guest/lib.sh"
VARIANT=debug load_module
PMEM=$(pmem 0)
BELOW=$(disk disk0)
SIZE=$((32 << 11))
null_disk big blocksize=4096 size=64
dm disk "0 $SIZE linear $BELOW 0"
DISK=$DM_NODE
small_cache "$PMEM"

# refused ERRNO REGEX [,OPTION=VALUE...]
refused() {
	expect_fail "$1" "$2" control "$CACHE/adm" \
		"op=backing-start,path=$DISK${3-}"
	unchanged
	[[ $(<"$BACKING/state") == waiting ]]
}

backing_start "$DISK" ,cache_size=16,id=first
helper iomodel random "$LOGIC" --seed=91 --size=16M --ops=50 --save=/tmp/model
backing_stop "$CACHE" "$BACKING_ID" keep
remember "$PMEM" "$BELOW"

step 'another size, another block size, another name'
dm_table disk "0 $((SIZE - 8)) linear $BELOW 0"
refused EFBIG "$DISK: has shrunk from $SIZE to $((SIZE - 8)) sectors" \
	,id=first
dm_table disk "0 $((SIZE + 8)) linear $BELOW 0"
refused ESTALE "$DISK: not the same device: $((SIZE + 8)) sectors" \
	,id=first
dm_remove disk
printf '%s\n' "0 $SIZE linear $NULL_NODE 0" | dmsetup create --noudevsync disk
wait_node "$DISK"
refused ESTALE "$DISK: not the same device: .*block size 4096; was .* 512" \
	,id=first
dm_remove disk
printf '%s\n' "0 $SIZE linear $BELOW 0" | dmsetup create --noudevsync disk
wait_node "$DISK"
refused ESTALE "$DISK: not the same device: identity second; was first" ,id=second
refused ESTALE "$DISK: not the same device: identity none; was first"

step 'a pool that comes back leaves what it cannot tell alone'
cache_stop "$CACHE_ID"
cache_start "$PMEM" ''
BACKING=$CACHE/backing_dev0
[[ $(<"$BACKING/state") == waiting ]]

step 'its own disk, under another name'
dm other "0 $SIZE linear $DISK 0"
backing_start "$DM_NODE" ,id=first
helper iomodel check "$LOGIC" --model=/tmp/model
backing_stop "$CACHE" "$BACKING_ID"
helper iomodel check "$DISK" --model=/tmp/model

step 'one that was attached without an identity has none'
DISK=$DM_NODE
backing_start "$DISK" ,cache_size=16
backing_stop "$CACHE" "$BACKING_ID" keep
remember "$PMEM" "$BELOW"
refused ESTALE "$DISK: not the same device: identity first; was none" ,id=first

step 'by its path alone nothing is attached unasked'
control $BUS/cache_dev_register "path=$PMEM"
[[ $(<"$BACKING/state") == waiting ]]
backing_start "$DISK"
ln -s "$DISK" /tmp/alias
expect_fail EEXIST '/tmp/alias: attached already' control "$CACHE/adm" \
	'op=backing-start,path=/tmp/alias,cache_size=16'
