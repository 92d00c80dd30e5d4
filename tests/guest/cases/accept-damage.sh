# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# desc: a damaged cache that is attached on request is a read-only disk: what is good is read, what is bad is EIO, nothing is stored
# machine: small
# time: 300
source "$TREE/tests/guest/lib.sh"
source "$TREE/tests/guest/images.sh"
VARIANT=debug load_module
PMEM=$(pmem 0)
SIZE=$((24 << 11))
dm disk "0 $SIZE linear $(disk disk0) 0"
DISK=$DM_NODE
SEG=$((1 << 20))

# block TEXT: 4 KiB that begin with it.
block() {
	printf '%s' "$1"
	head -c $((4096 - ${#1})) /dev/zero
}

# put DEVICE TEXT SECTOR
put() {
	block "$2" | dd of="$1" bs=4k seek=$(($3 / 8)) oflag=direct \
		iflag=fullblock status=none
}

# holds TEXT SECTOR: is it what an application reads?
holds() {
	dd if="$LOGIC" of=/dev/shm/got bs=4k skip=$(($2 / 8)) count=1 \
		iflag=direct status=none
	cmp <(block "$1") /dev/shm/got ||
		fail "sector $2 is not $1 but $(head -c 20 /dev/shm/got | od -An -c)"
}

# read_at SECTOR
read_at() {
	dd if="$LOGIC" of=/dev/null bs=4k skip=$(($1 / 8)) count=1 iflag=direct
}

# spoil_record SECTOR: the only one that begins there; prints the number of its line.
spoil_record() {
	python3 - "$PMEM" "$SEG" "$1" <<-'END'
		import os, struct, sys
		size, sector = int(sys.argv[2]), int(sys.argv[3])
		fd = os.open(sys.argv[1], os.O_RDWR)
		found = []
		for seg in range(1, os.lseek(fd, 0, os.SEEK_END) // size):
		    for line in range(20):
		        at = (seg + 1) * size - 4096 - 64 * (line + 1)
		        record = os.pread(fd, 64, at)
		        if struct.unpack_from("<Q", record, 16)[0] == sector:
		            found.append((line, at))
		(line, at), = found
		os.pwrite(fd, bytes([0xAA]) * 64, at)
		os.fsync(fd)
		print(line)
	END
}

start() {
	control "$CACHE/adm" "op=backing-start,path=$DISK,id=one$1"
}

step 'two that are clean, and four that are dirty'
small_cache "$PMEM"
# One queue has one open segment, so the records lie in order.
put "$DISK" below-it@ 1616
backing_start "$DISK" ",cache_size=32,id=one,data_crc=1,queues=1"
control "$BACKING/writeback_delay_ms" 0
put "$LOGIC" clean-data@ 0
put "$LOGIC" also-clean@ 800
wait_for 60 attribute "$BACKING/dirty_bytes" 0
control "$BACKING/writeback_delay_ms" 86400000
put "$LOGIC" to-be-missed@ 1616
put "$LOGIC" dirty-data@ 1600
put "$LOGIC" spoiled-data@ 1608
put "$LOGIC" also-dirty@ 1624
[[ $(<"$BACKING/dirty_bytes") == 16384 ]]
away

step 'a record is damaged, and a page'
uncached "$PMEM"
at=$(LC_ALL=C grep -abo spoiled-data@ "$PMEM" | cut -d : -f 1)
[[ $at =~ ^[0-9]+$ ]] || fail "it is at '$at'"
junk "$PMEM" "$at" 4
line=$(spoil_record 1616)
before=$(hashes)

for mode in mq bio; do
	step "queue_mode=$mode: only on request"
	register
	[[ $(<"$BACKING/state") == waiting ]]
	expect_fail EUCLEAN 'slot 0 is damaged: invalid record line; not attached' \
		start ''
	[[ $(hashes) == "$before" ]]
	kmark
	start ",queue_mode=$mode,force=accept-damage"
	klog_since_mark >/dev/shm/klog
	grep -qE "segment [0-9]+: record lines $line to $line are missing" \
		/dev/shm/klog
	grep -qF 'backing 0 is read-only: invalid record line' /dev/shm/klog
	backing_find "$DISK"
	[[ $(<"$BACKING/mode") == read-only && $(<"$BACKING/state") == running ]]
	[[ $(<"$BACKING/queue_mode") == "$mode" ]]

	step "queue_mode=$mode: what is good is read, from the cache"
	# The block layer has looked for partitions.
	hits=$(stat_of hits) misses=$(stat_of misses)
	holds clean-data@ 0
	holds also-clean@ 800
	holds dirty-data@ 1600
	holds also-dirty@ 1624
	(($(stat_of misses) == misses && $(stat_of hits) == hits + 4))

	step "queue_mode=$mode: what is bad is EIO, what is missing the disk's"
	expect_fail EIO 'sector 1608 is lost: wrong checksum' read_at 1608
	(($(stat_of crc_errors) > 0))
	holds below-it@ 1616
	(($(stat_of misses) == misses + 1))
	# Nothing is filled, so it is one again.
	holds below-it@ 1616
	(($(stat_of misses) == misses + 2 && $(stat_of fill_bytes) == 0))

	step "queue_mode=$mode: it cannot be written"
	for how in --getro --setrw; do
		blockdev $how "$LOGIC"
		[[ $(blockdev --getro "$LOGIC") == 1 ]]
		expect_fail EPERM - put "$LOGIC" new-data@ 0
		expect_fail EPERM - blkdiscard -f -o 0 -l 4096 "$LOGIC"
		expect_fail EPERM - blkdiscard -f -z -o 0 -l 4096 "$LOGIC"
	done
	holds clean-data@ 0
	(($(stat_of writes) == 0))
	expect_fail EROFS - control "$BACKING/cache_gc_percent" 0
	expect_fail ENODEV 'is not running' control "$CACHE/adm" \
		op=backing-give-up,backing_id=0,sector=1608,sectors=8
	expect_fail EUCLEAN 'is damaged, so it cannot be drained' \
		control "$CACHE/adm" op=backing-stop,backing_id=0
	[[ $(<"$BACKING/state") == running ]]
	holds dirty-data@ 1600

	step "queue_mode=$mode: it is let go of, and nothing was stored"
	away
	[[ $(hashes) == "$before" ]]
done

step 'what is dirty is given up by name'
register
kmark
start ,force=discard-dirty
klog_since_mark | grep -qF 'how much of it was dirty nobody knows'
backing_find "$DISK"
[[ $(<"$BACKING/mode") == running && $(blockdev --getro "$LOGIC") == 0 ]]
holds clean-data@ 0
holds below-it@ 1616
put "$LOGIC" new-data@ 1608
backing_stop "$CACHE" 0
cmp <(block new-data@) <(dd if="$DISK" bs=4k skip=201 count=1 iflag=direct \
	status=none)
