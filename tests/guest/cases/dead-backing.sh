# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# desc: while the disk fails everything stays dirty and hits go on; when it is back, all of it gets there
# time: 120
# debug: yes
source "$TREE/tests/guest/lib.sh"
VARIANT=debug load_module
small_cache "$(pmem 0)"
TABLE="0 $(sectors "$(disk disk0)") linear $(disk disk0) 0"
dm disk "$TABLE"
DISK=$DM_NODE

for mode in mq bio; do
	step "queue_mode=$mode: it fails"
	backing_start "$DISK" ",cache_size=64,queue_mode=$mode"
	defer dm_table disk "$TABLE"
	dd if=/dev/zero of="$LOGIC" bs=1M count=16 oflag=direct status=none
	dm_table disk "${TABLE/linear*/error}"
	helper iomodel random "$LOGIC" --seed=95 --size=16M --ops=50 \
		--max=64K --no-discard --save=/tmp/model
	wait_for 60 attribute "$BACKING/condition" failing
	[[ $(<"$BACKING/mode") == running ]]
	(($(stat_of writeback_errors) > 0 && $(<"$BACKING/dirty_bytes") > 0))
	expect_fail EIO - dd if="$LOGIC" of=/dev/null bs=4k count=1 skip=16384 \
		iflag=direct
	helper iomodel check "$LOGIC" --model=/tmp/model

	step "queue_mode=$mode: it is back"
	dm_table disk "$TABLE"
	wait_for 60 attribute "$BACKING/condition" ok
	backing_stop "$CACHE" "$BACKING_ID"
	helper iomodel check "$DISK" --model=/tmp/model
done
