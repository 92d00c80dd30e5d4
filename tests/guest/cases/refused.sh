# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# desc: sectors that a disk refuses are named, given up and overwritten; a flush that fails, and a read, harm nothing else
# time: 240
source "$TREE/tests/guest/lib.sh"
VARIANT=debug load_module
small_cache "$(pmem 0)"
DISK0=$(disk disk0)
SIZE=$(sectors "$DISK0")
GOOD="0 $SIZE linear $DISK0 0"
# Sector 2056 and its seven neighbours.
BAD="0 2056 linear $DISK0 0
2056 8 error
2064 $((SIZE - 2064)) linear $DISK0 2064"
# A flush goes to all parts, and fails with the last one.
NO_FLUSH="0 $((SIZE - 8)) linear $DISK0 0
$((SIZE - 8)) 8 flakey $DISK0 $((SIZE - 8)) 0 1 1 error_writes"
modprobe -a dm-flakey
dm disk "$GOOD"
DISK=$DM_NODE

# read_at SECTOR: eight sectors from there.
read_at() {
	dd if="$LOGIC" of=/dev/null bs=512 skip="$1" count=8 iflag=direct
}

give_up() {
	control "$CACHE/adm" "op=backing-give-up,backing_id=$BACKING_ID,$1"
}

drain() {
	control "$CACHE/adm" "op=backing-stop,backing_id=$BACKING_ID"
}

# narrowed RANGE: is that all that is refused?  Asking shortens the pauses.
narrowed() {
	control "$BACKING/condition" retry
	attribute "$BACKING/refused" "$1"
}

is_drained() {
	[[ $(<"$BACKING/dirty_bytes") == 0 ]]
}

for mode in mq bio; do
	backing_start "$DISK" ",cache_size=32,queue_mode=$mode"
	defer dm_table disk "$GOOD"
	echo 0 >"$BACKING/writeback_delay_ms"

	step "queue_mode=$mode: a read of the disk fails"
	dm_table disk "$BAD"
	expect_fail EIO - read_at 2056
	(($(stat_of read_errors) == 1))
	[[ $(<"$BACKING/condition") == ok ]]
	expect_fail EINVAL 'only "retry"' control "$BACKING/condition" ok
	read_at 2048 2>/dev/null

	step "queue_mode=$mode: a write is refused, hits go on"
	dd if=/dev/urandom of=/tmp/data bs=1M count=2 status=none
	dd if=/tmp/data of="$LOGIC" bs=64k oflag=direct status=none
	wait_for 60 attribute "$BACKING/condition" failing
	wait_for 60 narrowed '2056 1'
	[[ $(<"$BACKING/mode") == running && ! $(<"$BACKING/lost_ranges") ]]
	cmp -n $((2 << 20)) /tmp/data "$LOGIC"

	step "queue_mode=$mode: it is given up"
	expect_fail EINVAL 'not on the device' give_up "sector=$SIZE,sectors=1"
	expect_fail EINVAL 'sectors= is missing' give_up sector=0
	expect_fail ENODATA - give_up sector=1000000,sectors=8
	give_up sector=2056,sectors=8
	wait_for 60 attribute "$BACKING/condition" ok
	wait_for 60 is_drained
	[[ ! $(<"$BACKING/refused") && $(<"$BACKING/lost") == 4096 ]]
	[[ $(<"$BACKING/lost_ranges") == '2056 8' ]]
	expect_fail EIO - read_at 2056
	expect_fail EUCLEAN '8 lost sectors' drain

	step "queue_mode=$mode: a restart forgets nothing"
	backing_stop "$CACHE" "$BACKING_ID" keep
	backing_start "$DISK" ",queue_mode=$mode"
	[[ $(<"$BACKING/lost_ranges") == '2056 8' ]]
	expect_fail EIO - read_at 2056

	step "queue_mode=$mode: it is overwritten, and the disk takes it again"
	dd if=/tmp/data of="$LOGIC" bs=4k skip=257 seek=257 count=1 \
		oflag=direct status=none
	[[ $(<"$BACKING/lost") == 0 && ! $(<"$BACKING/lost_ranges") ]]
	echo 0 >"$BACKING/writeback_delay_ms"
	wait_for 60 attribute "$BACKING/condition" failing
	dm_table disk "$GOOD"
	control "$BACKING/condition" retry
	wait_for 60 attribute "$BACKING/condition" ok

	step "queue_mode=$mode: a flush fails"
	dm_table disk "$NO_FLUSH"
	dd if=/tmp/data of="$LOGIC" bs=64k count=4 oflag=direct status=none
	wait_for 60 attribute "$BACKING/condition" failing
	[[ ! $(<"$BACKING/refused") ]]
	(($(<"$BACKING/dirty_bytes") > 0))
	cmp -n $((2 << 20)) /tmp/data "$LOGIC"
	dm_table disk "$GOOD"
	drain
	[[ ! -e $BACKING ]]
	cmp -n $((2 << 20)) /tmp/data "$DISK"
done
