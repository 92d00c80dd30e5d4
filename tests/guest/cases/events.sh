# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# desc: uevents tell what becomes of a backing, and attributes wake who polls them; statistics add up
# time: 120
# debug: yes
source "$TREE/tests/guest/lib.sh"
VARIANT=debug load_module
PMEM=$(pmem 0)
TABLE="0 $(sectors "$(disk disk1)") linear $(disk disk1) 0"
dm disk "$TABLE"
DISK=$DM_NODE
EVENTS=/tmp/events

stdbuf -oL udevadm monitor --kernel --property --subsystem-match=pcache \
	>$EVENTS 2>&1 &
MONITOR=$!
defer kill $MONITOR
wait_for 20 grep -q KERNEL $EVENTS

# An event is a paragraph; as a line it can be looked for.
events() {
	awk -v RS= '/PCACHE_EVENT=/ { gsub("\n", " "); print $0 " " }' $EVENTS
}

# event WORD...: the last one that came has all of these.
event() {
	local last word
	last=$(events | tail -n 1)
	for word; do
		[[ $last == *" $word "* ]] || return 1
	done
}

# told WORD...: one with all of these has come.
told() {
	local line word
	while read -r line; do
		for word; do
			[[ "$line " == *" $word "* ]] || continue 2
		done
		return 0
	done < <(events)
	return 1
}

forget_events() {
	: >$EVENTS
}

step 'attached, dirty, clean'
small_cache "$PMEM"
backing_start "$DISK" ,cache_size=64
K=${LOGIC#/dev/}
STATE="BACKING_ID=$BACKING_ID LOGIC_DEV=$K MODE=running CONDITION=ok"
# shellcheck disable=SC2086 # words
wait_for 20 event ACTION=change SUBSYSTEM=pcache PCACHE_EVENT=attached $STATE DIRTY=0
[[ $(events) == *"DEVPATH=/devices/pcache/${CACHE##*/} "* ]] || fail "$(events)"
dd if=/dev/zero of="$LOGIC" bs=64k count=16 oflag=direct status=none
# shellcheck disable=SC2086 # words
wait_for 20 event PCACHE_EVENT=dirty $STATE DIRTY=1
(($(stat_of lag_ms) < 10000000))
echo 0 >"$BACKING/writeback_delay_ms"
wait_for 20 attribute "$BACKING/dirty_bytes" 0
# shellcheck disable=SC2086 # words
wait_for 20 event PCACHE_EVENT=clean $STATE DIRTY=0
[[ $(stat_of lag_ms) == 0 ]]

step 'a storm of changes is told calmly'
forget_events
SECONDS=0 BATCHES=$(stat_of writeback_batches)
dd if=/dev/zero of="$LOGIC" bs=4k count=500 oflag=direct status=none
wait_for 20 attribute "$BACKING/dirty_bytes" 0
echo "$(($(stat_of writeback_batches) - BATCHES)) batches in $SECONDS s"
sleep 2
(($(events | wc -l) <= SECONDS + 1)) || fail "$(events | wc -l) events"
# What was dirty for less than a second need not have been told at all.
[[ -z $(events) ]] || event DIRTY=0

step 'the condition'
forget_events
defer dm_table disk "$TABLE"
dm_table disk "${TABLE/linear*/error}"
dd if=/dev/zero of="$LOGIC" bs=64k count=1 oflag=direct status=none
wait_for 60 told PCACHE_EVENT=condition CONDITION=failing DIRTY=1
forget_events
python3 - "$BACKING/condition" <<-'POLL' &
	import select, sys
	f = open(sys.argv[1])
	f.read()
	p = select.poll()
	p.register(f, select.POLLPRI | select.POLLERR)
	open("/tmp/polling", "w").close()
	assert p.poll(60000), "nobody called"
	f.seek(0)
	assert f.read() == "ok\n"
POLL
POLLER=$!
wait_for 30 test -e /tmp/polling
dm_table disk "$TABLE"
wait_for 60 told PCACHE_EVENT=condition CONDITION=ok
wait_for 60 event PCACHE_EVENT=clean DIRTY=0
wait $POLLER

step 'waiting, attached, detached'
forget_events
backing_stop "$CACHE" "$BACKING_ID" keep
wait_for 20 event PCACHE_EVENT=waiting "BACKING_ID=$BACKING_ID"
[[ $(events) != *MODE=* ]]
backing_start "$DISK"
wait_for 20 event PCACHE_EVENT=attached DIRTY=0
backing_stop "$CACHE" "$BACKING_ID"
wait_for 20 event PCACHE_EVENT=detached "BACKING_ID=$BACKING_ID"

step 'statistics add up'
backing_start "$DISK" ,cache_size=64
direct() {
	dd "$@" bs=4k count=10 status=none
}
READS=$(stat_of reads) HITS=$(stat_of hits) MISSES=$(stat_of misses)
direct if="$LOGIC" of=/dev/null skip=20000 iflag=direct
(($(stat_of misses) == MISSES + 10 && $(stat_of reads) == READS + 10))
direct if=/dev/zero of="$LOGIC" seek=20000 oflag=direct
direct if="$LOGIC" of=/dev/null skip=20000 iflag=direct
(($(stat_of misses) == MISSES + 10 && $(stat_of hits) == HITS + 10))
(($(stat_of errors) == 0 && $(stat_of read_errors) == 0))
# Write-back is not to find the disk broken.
echo 0 >"$BACKING/writeback_delay_ms"
wait_for 20 attribute "$BACKING/dirty_bytes" 0
dm_table disk "${TABLE/linear*/error}"
expect_fail EIO - dd if="$LOGIC" of=/dev/null bs=4k count=1 skip=30000 iflag=direct
(($(stat_of errors) > 0 && $(stat_of read_errors) > 0))
dm_table disk "$TABLE"
