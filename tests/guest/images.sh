# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034 # results are left in variables
# For cases that damage a small pool while nobody uses it, and want to know that
# nothing else changed: hashes, copies, junk.  Sourced after lib.sh, with PMEM, DISK
# and SEG, the size of a segment, set before any of it is called.

# hashes: of both devices, in one line.
hashes() {
	local device
	for device in "$PMEM" "$DISK"; do
		uncached "$device"
		b2sum -l 64 "$device" | cut -c 1-16
	done | paste -sd ' '
}

# save NAME, load NAME: contents of both devices; the pool is not registered.
save() {
	uncached "$PMEM"
	uncached "$DISK"
	dd if="$PMEM" of="/dev/shm/$1.pmem" bs=1M iflag=direct status=none
	dd if="$DISK" of="/dev/shm/$1.disk" bs=1M iflag=direct status=none
}

load() {
	dd if="/dev/shm/$1.pmem" of="$PMEM" bs=1M oflag=direct status=none
	dd if="/dev/shm/$1.disk" of="$DISK" bs=1M oflag=direct status=none
}

register() {
	cache_start "$PMEM" ''
	BACKING=$CACHE/backing_dev0
}

away() {
	backing_stop "$CACHE" 0 keep
	cache_stop "$CACHE_ID"
}

# junk DEVICE BYTE LENGTH: something else than what is there.
junk() {
	head -c "$3" /dev/zero | tr '\0' '\252' |
		dd of="$1" bs=4k iflag=fullblock seek="$2" oflag=seek_bytes \
			conv=notrunc,fsync status=none
}

# every_segment BYTE: junk there in all of them but the meta area.
every_segment() {
	python3 - "$PMEM" "$SEG" "$1" <<-'END'
		import os, sys
		size, at = int(sys.argv[2]), int(sys.argv[3])
		fd = os.open(sys.argv[1], os.O_RDWR)
		for seg in range(1, os.lseek(fd, 0, os.SEEK_END) // size):
		    os.pwrite(fd, bytes([0xAA]) * 64, seg * size + at)
		os.fsync(fd)
	END
}
