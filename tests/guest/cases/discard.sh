# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# desc: discard and write-zeroes, on disks that can and disks that can't
# time: 300
# debug: yes
source "$TREE/tests/guest/lib.sh"
VARIANT=debug load_module
small_cache "$(pmem 0)"
MIB=$((1 << 20))
head -c 8M /dev/urandom >/tmp/data

# zeroes DEVICE OFFSET LENGTH: it holds zeroes there.
zeroes() {
	uncached "$1"
	cmp -n "$3" -i "$2:0" "$1" /dev/zero || fail "$1 has no zeroes at $2"
}

# fill: the first 8 MiB are known.
fill() {
	dd if=/tmp/data of="$LOGIC" bs=1M oflag=direct status=none
}

# discards DISK: how many it has completed.
discards() {
	awk '{ print $12 }' "/sys/block/${1#/dev/}/stat"
}

# zeroing DISK: with and without leave to unmap; aligned and not.
zeroing() {
	fill
	blkdiscard -z -o $MIB -l $((2 * MIB)) "$LOGIC"
	fallocate -z -n -o $((4 * MIB + 512)) -l 1536 "$LOGIC"
	fallocate -p -o $((5 * MIB - 4096)) -l 8192 "$LOGIC"
	zeroes "$LOGIC" $MIB $((2 * MIB))
	zeroes "$LOGIC" $((4 * MIB + 512)) 1536
	zeroes "$LOGIC" $((5 * MIB - 4096)) 8192
	cmp -n $MIB /tmp/data "$LOGIC"
	cmp -n 512 -i $((4 * MIB)) /tmp/data "$LOGIC"
	cmp -i $((4 * MIB + 2048)) -n $((MIB - 8192)) /tmp/data "$LOGIC"
	backing_stop "$CACHE" "$BACKING_ID"
	zeroes "$1" $MIB $((2 * MIB))
	zeroes "$1" $((4 * MIB + 512)) 1536
	zeroes "$1" $((5 * MIB - 4096)) 8192
	cmp -n $MIB /tmp/data "$1"
	cmp -i $((6 * MIB)) -n $((2 * MIB)) /tmp/data "$1"
}

# discarding DISK: zeroes while it is cached; what is written later stays; the
# disk gets to know.
discarding() {
	local before
	before=$(discards "$1")
	fill
	blkdiscard -o $MIB -l $((4 * MIB)) "$LOGIC"
	zeroes "$LOGIC" $MIB $((4 * MIB))
	dd if=/tmp/data of="$LOGIC" bs=64k skip=40 seek=40 count=2 \
		oflag=direct status=none
	backing_stop "$CACHE" "$BACKING_ID"
	cmp -n $MIB /tmp/data "$1"
	cmp -n $((128 << 10)) -i $((40 * 64 << 10)) /tmp/data "$1"
	cmp -i $((5 * MIB)) -n $((3 * MIB)) /tmp/data "$1"
	(($(discards "$1") > before)) || fail 'no discard reached the disk'
}

# trimming DISK: of a file system that lives on the logic device.
trimming() {
	mkfs.ext4 -q "$LOGIC"
	mounted "$LOGIC" /tmp/mnt
	cp /tmp/data /tmp/mnt/keep
	cp /tmp/data /tmp/mnt/drop
	sync
	rm /tmp/mnt/drop
	fstrim -v /tmp/mnt | grep -E '[1-9][0-9]* bytes'
	cmp /tmp/data /tmp/mnt/keep
	umount /tmp/mnt
	backing_stop "$CACHE" "$BACKING_ID"
	e2fsck -fn "$1"
	mounted "$1" /tmp/mnt -o ro
	cmp /tmp/data /tmp/mnt/keep
	umount /tmp/mnt
}

null_disk plain discard=0
for mode in mq bio; do
	step "queue_mode=$mode, a disk that can"
	DISK=$(disk disk0)
	backing_start "$DISK" ",cache_size=32,queue_mode=$mode"
	zeroing "$DISK"
	backing_start "$DISK" ",cache_size=32,queue_mode=$mode"
	discarding "$DISK"
	backing_start "$DISK" ",cache_size=32,queue_mode=$mode"
	trimming "$DISK"

	step "queue_mode=$mode, a disk that can't"
	DISK=$NULL_NODE
	[[ $(<"/sys/block/${DISK#/dev/}/queue/discard_max_bytes") == 0 ]]
	backing_start "$DISK" ",cache_size=32,queue_mode=$mode"
	expect_fail EOPNOTSUPP - blkdiscard -l $MIB "$LOGIC"
	zeroing "$DISK"
done
