# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# desc: an open device is not stopped; draining that is interrupted changes nothing
# time: 120
# debug: yes
source "$TREE/tests/guest/lib.sh"
VARIANT=debug load_module
small_cache "$(pmem 0)"
dm disk "0 $(sectors "$(disk disk0)") linear $(disk disk0) 0"
DISK=$DM_NODE

# stop_it MODE
stop_it() {
	control "$CACHE/adm" "op=backing-stop,backing_id=$BACKING_ID,mode=$1"
}

for mode in mq bio; do
	backing_start "$DISK" ",cache_size=32,queue_mode=$mode"
	helper iomodel random "$LOGIC" --seed=71 --size=16M --ops=50 \
		--save=/tmp/model

	step "queue_mode=$mode: open"
	exec 8<"$LOGIC"
	for how in drain keep discard-dirty; do
		expect_fail EBUSY "$LOGIC is open" stop_it $how
	done
	exec 8<&-
	[[ $(<"$BACKING/state") == running ]]

	step "queue_mode=$mode: a signal interrupts draining"
	dm_stall disk
	dd if=/dev/urandom of="$LOGIC" bs=1M count=1 seek=40 oflag=direct \
		status=none
	"$TREE/tools/pcache/pcache" backing-stop --backing "$BACKING_ID" \
		2>/tmp/said &
	tool=$!
	wait_for 30 attribute "$BACKING/state" draining
	expect_fail EBUSY 'is being stopped already' stop_it drain
	kill -TERM $tool
	! wait $tool || fail 'it drained to a disk that is stalled'
	grep -q 'Interrupted\|interrupted' /tmp/said || fail "$(</tmp/said)"
	[[ $(<"$BACKING/state") == running ]]
	dm_resume disk

	step "queue_mode=$mode: and it runs on"
	helper iomodel check "$LOGIC" --model=/tmp/model
	helper iomodel random "$LOGIC" --seed=72 --size=16M --ops=50 \
		--save=/tmp/model
	backing_stop "$CACHE" "$BACKING_ID"
	helper iomodel check "$DISK" --model=/tmp/model
done
