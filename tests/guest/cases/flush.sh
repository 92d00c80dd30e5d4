# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# desc: FLUSH and FUA arrive in strict order, cost nothing in relaxed order, and may be turned off
# time: 90
# debug: yes
source "$TREE/tests/guest/lib.sh"
VARIANT=debug load_module
small_cache "$(pmem 0)"
DISK=$(disk disk0)

# flushed: how many flushes one fsync()ed write adds.
flushed() {
	local before
	before=$(stat_of flushes)
	dd if=/dev/urandom of="$LOGIC" bs=4k count=1 oflag=direct conv=fsync \
		status=none
	echo $(($(stat_of flushes) - before))
}

# queue_is FILE VALUE: an attribute of the logic device's queue.
queue_is() {
	attribute "/sys/block/${LOGIC#/dev/}/queue/$1" "$2" ||
		fail "queue/$1 is $(<"/sys/block/${LOGIC#/dev/}/queue/$1")"
}

# disk_flushes: how many flushes the disk has seen.
disk_flushes() {
	awk '{ print $16 }' "/sys/block/${DISK#/dev/}/stat"
}

# drained: one write, as far as the disk.
drained() {
	dd if=/dev/urandom of="$LOGIC" bs=4k count=1 oflag=direct status=none
	echo 0 >"$BACKING/writeback_delay_ms"
	wait_for 30 attribute "$BACKING/dirty_bytes" 0
}

step 'the disk gets a volatile cache while it is in use'
echo 'write through' >"/sys/block/${DISK#/dev/}/queue/write_cache"
backing_start "$DISK" ,cache_size=32
before=$(disk_flushes)
drained
(($(disk_flushes) == before)) || fail 'flushes without a cache to flush'
echo 'write back' >"/sys/block/${DISK#/dev/}/queue/write_cache"
drained
(($(disk_flushes) > before)) || fail 'nothing was flushed'
backing_stop "$CACHE" "$BACKING_ID"

for mode in mq bio; do
	step "queue_mode=$mode, strict"
	backing_start "$DISK" ",cache_size=32,queue_mode=$mode"
	queue_is write_cache 'write back'
	queue_is fua 1
	(($(flushed) == 1))

	step "queue_mode=$mode, strict, the write cache is switched off"
	echo 'write through' >"/sys/block/${LOGIC#/dev/}/queue/write_cache"
	(($(flushed) == 0))
	helper iomodel random "$LOGIC" --seed=61 --size=48M --ops="$(sized 200)" \
		--save=/tmp/model
	backing_stop "$CACHE" "$BACKING_ID"
	helper iomodel check "$DISK" --model=/tmp/model

	step "queue_mode=$mode, relaxed"
	backing_start "$DISK" ",cache_size=32,queue_mode=$mode,writeback_order=relaxed"
	queue_is write_cache 'write through'
	(($(flushed) == 0))
	backing_stop "$CACHE" "$BACKING_ID"
done
