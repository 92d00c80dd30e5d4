# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# desc: what an attach refuses, and force= gives up by name; hashes of pmem and disk before and after
# machine: small
# time: 400
source "$TREE/tests/guest/lib.sh"
source "$TREE/tests/guest/images.sh"
VARIANT=debug load_module
PMEM=$(pmem 0)
SIZE=$((24 << 11))
dm disk "0 $SIZE linear $(disk disk0) 0"
DISK=$DM_NODE
SEG=$((1 << 20))

# refused WHAT ERRNO REGEX [,OPTION=VALUE...]: one row of the table.
refused() {
	local before after
	before=$(hashes)
	expect_fail "$2" "$3" control "$CACHE/adm" \
		"op=backing-start,path=$DISK,id=one${4-}"
	after=$(hashes)
	printf '%-40s %-10s %s  %s\n' "$1${4+ $4}" "$2" "$before" "$after"
	[[ $before == "$after" ]] || fail "$1: something has changed"
}

step 'what is clean'
small_cache "$PMEM"
backing_start "$DISK" ",cache_size=48,id=one"
control "$BACKING/writeback_delay_ms" 0
dd if=/dev/urandom of="$LOGIC" bs=64k count=64 oflag=direct status=none
dd if=/dev/urandom of="$LOGIC" bs=64k count=64 seek=320 oflag=direct \
	status=none
wait_for 60 attribute "$BACKING/dirty_bytes" 0
away
save clean

step 'a disk that was changed behind the cache'
for place in 4096 $((2 << 20)) $((20 << 20)) $(((24 << 20) - 4096)); do
	load clean
	# The sample takes one block of each part, so all of a part changes.
	length=4096
	((place % SEG)) || length=$((256 << 10))
	junk "$DISK" "$place" "$length"
	register
	refused "changed at byte $place" ESTALE \
		'slot 0: the disk was changed behind the cache: sector [0-9]+ is not'
	[[ $(<"$BACKING/state") == waiting ]]
	cache_stop "$CACHE_ID"
done

step 'it begins anew with the disk as it is'
register
kmark
control "$CACHE/adm" "op=backing-start,path=$DISK,id=one,force=discard-clean"
klog_since_mark | grep -qF 'is given up: 0 dirty bytes, 0 lost ones'
backing_find "$DISK"
same "$LOGIC" "$DISK"
away

step 'what is dirty'
load clean
register
backing_start "$DISK" ,id=one
control "$BACKING/writeback_delay_ms" 86400000
dd if=/dev/urandom of="$LOGIC" bs=64k count=16 seek=128 oflag=direct \
	status=none
(($(<"$BACKING/dirty_bytes") == SEG))
checksum "$LOGIC" >/dev/shm/sum.dirty
away
save dirty
register
refused 'clean, but something is dirty' ENOTEMPTY \
	"$SEG dirty and 0 lost bytes" ,force=discard-clean
refused 'another cache_size' EINVAL 'another cache_size' ,cache_size=49
refused 'no such force' EINVAL 'force=all: unknown word' ,force=all
cache_stop "$CACHE_ID"

step 'damage'
SLOT=8192
CURSOR=$((SLOT + (128 << 10)))
COPY=$((64 << 10))
LINE=$((SEG - 4096 - 64))
damage() {
	local what=$1 errno=$2 regex=$3
	shift 3
	load dirty
	"$@"
	register
	refused "$what" "$errno" "$regex"
	cache_stop "$CACHE_ID"
}
both() {
	junk "$PMEM" "$1" 64
	junk "$PMEM" "$2" 64
}
both_cursors() {
	junk "$PMEM" "$CURSOR" 1024
	junk "$PMEM" $((CURSOR + COPY)) 1024
}
damage 'the first record' EUCLEAN 'slot 0 is damaged: .*; not attached' \
	every_segment "$LINE"
damage 'the third record' EUCLEAN 'slot 0 is damaged: .*; not attached' \
	every_segment $((LINE - 128))
damage 'both headers of a segment' EUCLEAN 'a segment has no valid header' \
	both $((2 * SEG)) $((3 * SEG - 4096))
damage 'both copies of the cursor' EUCLEAN 'no valid cursor' both_cursors
damage 'both copies of the slot' EINVAL 'cache_size 0 is too small' \
	both $SLOT $((SLOT + COPY))

step 'both superblocks'
load dirty
helper media "$PMEM" break=both
before=$(hashes)
expect_fail EUCLEAN "$PMEM: both superblocks damaged" \
	control $BUS/cache_dev_register "path=$PMEM"
[[ $(hashes) == "$before" ]]
