# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# desc: a disk with contents goes behind a cache and comes back, by the tool
# time: 60
# debug: yes
source "$TREE/tests/guest/lib.sh"
VARIANT=debug load_module
PMEM=$(pmem 0)
DISK=$(disk disk0)

[[ $(pcache cache-list) == '[]' ]]
[[ $(pcache backing-list) == '[]' ]]
head -c 4M /dev/urandom >/tmp/old
dd if=/tmp/old of="$DISK" bs=1M oflag=direct status=none

step 'format and attach; both may be said twice'
[[ $(pcache cache-start --path "$PMEM" --format --force) == cache_dev0 ]]
[[ $(pcache cache-start --path "$PMEM") == cache_dev0 ]]
start=(backing-start --path "$DISK" --cache-size 64M --queues 16)
[[ $(pcache "${start[@]}") == /dev/pcache0 ]]
[[ $(pcache "${start[@]}") == /dev/pcache0 ]]
cache_find "$PMEM"
backing_find "$DISK"

step 'what it looks like'
[[ $(bytes /dev/pcache0) == $(bytes "$DISK") ]]
same /tmp/old /dev/pcache0
[[ $(pcache backing-list | jq -c '.[0] | keys_unsorted[:6]') == \
	'["backing_id","backing_path","cache_segs","cache_gc_percent","cache_used_segs","logic_dev"]' ]]
[[ $(pcache backing-list | jq -c "map([.backing_id, .backing_path, .cache_segs,
	.cache_gc_percent, .logic_dev])") == \
	"[[0,\"$DISK\",4,70,\"/dev/pcache0\"]]" ]]
[[ $(pcache cache-list | jq -c '.[0] | keys_unsorted[:6]') == \
	'["magic","version","flags","segment_num","cache_id","path"]' ]]
[[ $(pcache cache-list | jq -r '.[0].path') == "$PMEM" ]]
[[ $(lsblk -rnso NAME /dev/pcache0 | sort | tr '\n' ' ') == \
	"pcache0 ${PMEM#/dev/} ${DISK#/dev/} " ]]
[[ $(realpath /sys/block/pcache0/pcache) == "$(realpath "$BACKING")" ]]
[[ -L /sys/block/${PMEM#/dev/}/holders/pcache0 ]]
[[ -L /sys/block/${DISK#/dev/}/holders/pcache0 ]]
[[ $(<"$BACKING/state") == running && $(<"$BACKING/mode") == running ]]

step 'write, detach, and the disk has it'
head -c 4M /dev/urandom >/tmp/new
dd if=/tmp/new of=/dev/pcache0 bs=64k oflag=direct status=none
same /tmp/new /dev/pcache0
(($(stat_of written_bytes) == 4 << 20))
pcache backing-stop --backing 0
[[ ! -e /dev/pcache0 && ! -e $BACKING ]]
[[ ! -e /sys/block/${DISK#/dev/}/holders/pcache0 ]]
[[ $(pcache backing-list --cache 0) == '[]' ]]
same /tmp/new "$DISK"

step 'attach again; a partition table shows'
{
	head -c 446 /tmp/new
	printf '\0\0\0\0\203\0\0\0\0\10\0\0\0\40\0\0' # 8192 sectors
	head -c 48 /dev/zero
	printf '\125\252'
} >/tmp/table
dd if=/tmp/table of="$DISK" oflag=direct status=none
[[ $(pcache "${start[@]}") == /dev/pcache0 ]]
wait_node /dev/pcache0p1
[[ $(<"$(realpath /sys/block/pcache0)/pcache0p1/size") == 8192 ]]
cmp -i 512 -n $((4000 << 10)) /tmp/new /dev/pcache0
pcache backing-stop --backing /dev/pcache0
pcache cache-stop
[[ $(pcache cache-list) == '[]' ]]
