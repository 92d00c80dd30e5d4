# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# desc: memory that the kernel says to have failed is not used again; reads, writes and what is cached go on
# machine: failing
# time: 180
source "$TREE/tests/guest/lib.sh"
VARIANT=debug load_module
PMEM=$(pmem 0)
DISK=$(disk disk0)
FAILED=/sys/kernel/debug/hwpoison/corrupt-pfn
SEG=$((1 << 20))

# first_page: number of the physical page that is byte 0 of $PMEM.
first_page() {
	local parent
	parent=$(readlink -f "/sys/block/${PMEM##*/}/device")
	echo $(($(<"$parent/resource") / 4096))
}

# memory_fails BYTE: a page of $PMEM, as if the machine had noticed.
memory_fails() {
	kmark
	printf '%#x' $(($(first_page) + $1 / 4096)) >$FAILED
	klog_since_mark | grep -qF \
		"pcache: $PMEM: memory failure at byte $1, 4096 bytes"
	klog_since_mark | grep -qE \
		'Memory failure: .*recovery action for dax page: Recovered'
}

[[ -e $FAILED ]] || modprobe hwpoison-inject
mountpoint -q /sys/kernel/debug ||
	mount -t debugfs debugfs /sys/kernel/debug

step 'below data, and where nothing is yet'
small_cache "$PMEM"
backing_start "$DISK" ",cache_size=32"
free=$(<"$CACHE/free_segments")
head -c 4096 <(printf 'here-it-lies@'; head -c 4096 /dev/zero) |
	dd of="$LOGIC" bs=4k seek=20000 iflag=fullblock oflag=direct status=none
uncached "$PMEM"
at=$(LC_ALL=C grep -abo here-it-lies@ "$PMEM" | cut -d : -f 1)
[[ $at =~ ^[0-9]+$ && $((at % 4096)) == 0 ]] || fail "it is at '$at'"
memory_fails "$at"
memory_fails $((100 * SEG + 8192))
dd if="$LOGIC" bs=4k skip=20000 count=1 iflag=direct status=none |
	grep -qa here-it-lies@
[[ $(<"$BACKING/mode") == running && $(<"$BACKING/condition") == ok ]]

step 'the log goes round'
kmark
control "$BACKING/writeback_delay_ms" 0
helper iomodel random "$LOGIC" --seed=57 --size=48M --ops=300 --max=1M \
	--save=/tmp/model
helper iomodel check "$LOGIC" --model=/tmp/model
wait_for 60 attribute "$BACKING/dirty_bytes" 0
control "$BACKING/cache_gc_percent" 0
# retired SEGMENT
retired() {
	klog_since_mark | grep -qF "segment $1 is not used: known bad blocks"
}
wait_for 60 retired $((at / SEG))
wait_for 60 retired 100
(($(<"$CACHE/free_segments") == free - 2))
[[ $(<"$BACKING/mode") == running && $(<"$BACKING/lost") == 0 ]]
(($(stat_of media_errors) == 0))

step 'what is cached is what was written'
helper iomodel check "$LOGIC" --model=/tmp/model
backing_stop "$CACHE" "$BACKING_ID"
helper iomodel check "$DISK" --model=/tmp/model
