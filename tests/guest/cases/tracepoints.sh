# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# desc: every tracepoint can be switched on, and tells of what was done, in words
# time: 90
# debug: yes
source "$TREE/tests/guest/lib.sh"
TRACEFS=/sys/kernel/tracing
load_module
DISK=$(disk disk0)
mountpoint -q $TRACEFS || {
	mount -t tracefs tracefs $TRACEFS
	defer umount $TRACEFS
}
POINTS=("$TRACEFS"/events/pcache/pcache_*)
[[ "${POINTS[*]##*_}" == 'batch gc health hit miss publish recovery request' ]] ||
	fail "${POINTS[*]}"

# trace_off: off again before the module goes.
trace_off() {
	echo 0 >$TRACEFS/events/pcache/enable
	echo >$TRACEFS/trace
}
defer trace_off
echo 1 >$TRACEFS/events/pcache/enable

# traced EVENT REGEX: is there such a line?
traced() {
	grep -qE "pcache_$1: $DEV slot 0 $2\$" $TRACEFS/trace
}

step 'requests, records, hits and misses'
small_cache "$(pmem 0)"
backing_start "$DISK" ,cache_size=8
DEV=$((0x$(stat -c %t "$DISK"))),$((0x$(stat -c %T "$DISK")))
dd if=/dev/zero of="$LOGIC" bs=4k seek=2 count=1 oflag=direct conv=fsync status=none
dd if="$LOGIC" of=/dev/null bs=4k skip=2 count=1 iflag=direct status=none
dd if="$LOGIC" of=/dev/null bs=4k skip=1000 count=1 iflag=direct status=none
traced request 'write 16 \+ 8' || fail 'no write'
traced request 'flush preflush 0 \+ 0' || fail 'no flush'
traced publish 'write 16 \+ 8 lsn [0-9]+ segment [0-9]+ line [0-9]+'
traced hit '16 \+ 8'
traced miss '8000 \+ 8 fill [1-9][0-9]*'
traced health 'running, ok, dirty'
wait_for 20 traced publish 'clean 8000 \+ 8 lsn [0-9]+ segment [0-9]+ line [0-9]+'

step 'write-back and reclaim'
dd if=/dev/zero of="$LOGIC" bs=1M count=16 oflag=direct status=none
wait_for 20 traced batch 'lsn [0-9]+ to [0-9]+: [1-9][0-9]* records, [1-9][0-9]* sectors: 0'
wait_for 20 traced gc '[1-9][0-9]* segments, lsn [0-9]+; [0-9]+ of 8 in use'

step 'recovery'
backing_stop "$CACHE" "$BACKING_ID" keep
backing_start "$DISK"
traced recovery 'lsn [1-9][0-9]* clean [0-9]+ evict [0-9]+, [0-9]+ segments: 0'

step 'off: nothing is told'
trace_off
dd if=/dev/zero of="$LOGIC" bs=4k count=1 oflag=direct status=none
! grep -q pcache_ $TRACEFS/trace
