# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# desc: a disk that fails requests now and then costs a reader that misses an error, and nothing else
# debug: only
# machine: small
# time: 90
# allow-klog: ^\[[^]]*\] I/O error, dev
source "$TREE/tests/guest/inject.sh"
VARIANT=debug load_module
small_cache "$(pmem 0)"
DISK=$(disk disk0)
defer disk_fails "$DISK" 0

for mode in mq bio; do
	step "queue_mode=$mode: all fail"
	backing_start "$DISK" ",cache_size=32,queue_mode=$mode"
	echo 0 >"$BACKING/writeback_delay_ms"
	disk_fails "$DISK" 100
	# The whole range that is read later, so that nothing of it misses.
	dd if=/dev/zero of="$LOGIC" bs=1M count=8 oflag=direct status=none
	wait_for 60 attribute "$BACKING/condition" failing
	expect_fail EIO - dd if="$LOGIC" of=/dev/null bs=4k count=1 skip=4096 \
		iflag=direct
	cmp -n $((8 << 20)) "$LOGIC" /dev/zero || fail 'a hit is wrong'
	disk_fails "$DISK" 0
	wait_for 60 attribute "$BACKING/condition" ok
	wait_for 60 attribute "$BACKING/dirty_bytes" 0

	step 'a third of them'
	disk_fails "$DISK" 33
	helper iomodel random "$LOGIC" --seed=221 --size=8M --ops=60 \
		--max=32K --no-discard --save=/tmp/model
	disk_fails "$DISK" 0
	helper iomodel check "$LOGIC" --model=/tmp/model
	(($(stat_of writeback_errors) > 0)) || fail 'nothing has failed'
	backing_stop "$CACHE" "$BACKING_ID"
	helper iomodel check "$DISK" --model=/tmp/model
done
