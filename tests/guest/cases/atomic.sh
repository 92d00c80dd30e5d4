# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# desc: untorn writes are advertised and accepted, up to 512 KiB or what a segment allows
# time: 60
source "$TREE/tests/guest/lib.sh"
VARIANT=debug load_module
DISK=$(disk disk0)
# No partition table, whatever ran before.
dd if=/dev/zero of="$DISK" bs=1M count=1 oflag=direct status=none

# partitions UNIT-MAX: an aligned one has the feature, too; one from sector 63
# does not, for a write that is aligned in it could cross a chunk.
partitions() {
	local start
	for start in $(($1 >> 9)) 63; do
		addpart "$LOGIC" 1 "$start" $((64 << 11))
		wait_node "${LOGIC}p1"
		if ((start == 63)); then
			helper atomic "${LOGIC}p1" none
		else
			helper atomic "${LOGIC}p1" 512 "$1"
		fi
		delpart "$LOGIC" 1
	done
}

# untorn SEGMENT-SIZE UNIT-MAX
untorn() {
	local mode
	cache_start "$(pmem 0)" ",format=1,force=1,segment_size=$1"
	for mode in mq bio; do
		step "segments of $1, queue_mode=$mode"
		backing_start "$DISK" ",cache_size=64,queue_mode=$mode"
		helper atomic "$LOGIC" 512 "$2"
		[[ $(<"/sys/block/${LOGIC#/dev/}/queue/atomic_write_unit_max_bytes") == "$2" ]]
		[[ $(<"/sys/block/${LOGIC#/dev/}/queue/atomic_write_boundary_bytes") == "$2" ]]
		partitions "$2"
		backing_stop "$CACHE" "$BACKING_ID"
	done
	cache_stop "$CACHE_ID"
}

untorn $((16 << 20)) $((512 << 10))
untorn $((1 << 20)) $((256 << 10))
