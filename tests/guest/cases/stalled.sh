# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# desc: a disk that is dead, or does not answer, can be let go of, and holds up no other
# time: 120
# debug: yes
source "$TREE/tests/guest/lib.sh"
VARIANT=debug load_module
small_cache "$(pmem 0)"
TABLE="0 $(sectors "$(disk disk0)") linear $(disk disk0) 0"
dm disk "$TABLE"
DISK=$DM_NODE
OTHER=$(disk disk1)

# stop_it MODE
stop_it() {
	control "$CACHE/adm" "op=backing-stop,backing_id=$BACKING_ID,mode=$1"
}

some_wait() {
	(($(stat_of waits) > 0))
}

for mode in mq bio; do
	step "queue_mode=$mode: dead, and a full cache that is open"
	backing_start "$DISK" ",cache_size=16,queue_mode=$mode"
	exec {held}<"$LOGIC" # for longer than the writer, who gives up in between
	dm_table disk "${TABLE/linear*/error}"
	dd if=/dev/urandom of="$LOGIC" bs=1M count=32 oflag=direct \
		2>/tmp/said &
	writer=$!
	wait_for 60 attribute "$BACKING/condition" failing
	wait_for 60 some_wait
	for how in drain keep; do
		expect_fail EBUSY "$LOGIC is open" stop_it $how
	done
	[[ $(<"$BACKING/mode") == running ]]
	! stop_it discard-dirty 2>/dev/null || fail 'it was stopped while open'
	[[ $(<"$BACKING/mode") == failed ]]
	! wait $writer || fail 'a write went on'
	grep -q 'Input/output error' /tmp/said
	exec {held}<&-
	stop_it discard-dirty
	[[ ! -e $BACKING && ! -e $LOGIC ]]
	dm_table disk "$TABLE"

	step "queue_mode=$mode: it does not answer"
	backing_start "$DISK" ",cache_size=16,queue_mode=$mode"
	dm_stall disk
	echo 0 >"$BACKING/writeback_delay_ms"
	dd if=/dev/urandom of="$LOGIC" bs=1M count=1 oflag=direct status=none
	stalled=$BACKING
	stop_it discard-dirty &
	stopper=$!
	wait_for 30 attribute "$stalled/state" stopping
	expect_fail EBUSY 'is being stopped already' stop_it drain
	backing_start "$OTHER" ",cache_size=16,queue_mode=$mode"
	helper iomodel random "$LOGIC" --seed=73 --size=16M --ops=50 \
		--save=/tmp/model
	helper iomodel check "$LOGIC" --model=/tmp/model
	backing_stop "$CACHE" "$BACKING_ID"
	[[ $(<"$stalled/state") == stopping ]]
	kill -0 $stopper
	dm_resume disk
	wait $stopper
	[[ ! -e $stalled ]]
done
