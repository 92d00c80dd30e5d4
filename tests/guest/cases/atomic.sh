# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# desc: untorn writes are advertised and accepted, up to 512 KiB or what a segment allows
# time: 60
source "$TREE/tests/guest/lib.sh"
VARIANT=debug load_module
DISK=$(disk disk0)

# untorn SEGMENT-SIZE UNIT-MAX
untorn() {
	local mode
	cache_start "$(pmem 0)" ",format=1,force=1,segment_size=$1"
	for mode in mq bio; do
		step "segments of $1, queue_mode=$mode"
		backing_start "$DISK" ",cache_size=64,queue_mode=$mode"
		helper atomic "$LOGIC" 512 "$2"
		[[ $(<"/sys/block/${LOGIC#/dev/}/queue/atomic_write_unit_max_bytes") == "$2" ]]
		[[ $(<"/sys/block/${LOGIC#/dev/}/queue/atomic_write_boundary_bytes") == 0 ]]
		backing_stop "$CACHE" "$BACKING_ID"
	done
	cache_stop "$CACHE_ID"
}

untorn $((16 << 20)) $((512 << 10))
untorn $((1 << 20)) $((256 << 10))
