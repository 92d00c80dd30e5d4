# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# For cases and measurements with writes that are parked: a full cache over a
# disk that has stopped answering, and a range of which every read hits.  Sourced.
#
#	parked_setup		module, cache device, the disk; once
#	parked_attach MODE	$LOGIC, with that front end
#	parked_begin		the disk stalls, the cache fills, 256 writes park
#	parked_still		1 unless all of them are parked since
#	parked_end		the disk answers, all writes end, good
#	parked_detach		drained
#	hot_sum DEVICE		checksum of the range that hits; reads nothing else
source "$TREE/tests/guest/lib.sh"
PARKED=256
HOT_MIB=8 CACHE_MIB=32

parked_setup() {
	small_cache "$(pmem 0)"
	dm parked "0 $(sectors "$(disk disk0)") linear $(disk disk0) 0"
	PARKED_DISK=$DM_NODE
}

# hot_fill: the range that reads go to, dirty from here on.
hot_fill() {
	dd if=/dev/urandom of="$LOGIC" bs=1M count=$HOT_MIB oflag=direct \
		status=none
}

hot_sum() {
	dd if="$1" bs=1M count=$HOT_MIB iflag=direct status=none | sha256sum
}

parked_attach() {
	backing_start "$PARKED_DISK" ",cache_size=$CACHE_MIB,queue_mode=$1"
	hot_fill
}

# Two writers, each on a CPU of its own and so with tags of its own, want more
# than fits; each has half of the requests under way when there is no space.
parked_writers() {
	exec fio --name=parked --filename="$LOGIC" --direct=1 --rw=randwrite \
		--bs=4k --offset=64M --size=128M --number_ios=$((CACHE_MIB * 200)) \
		--ioengine=libaio --iodepth=$((PARKED / 2)) --numjobs=2 --thread \
		--cpus_allowed=0-1 --cpus_allowed_policy=split \
		--group_reporting >/tmp/parked 2>&1
}

all_parked() {
	(($(stat_of waits) - WAITS >= PARKED))
}

parked_begin() {
	dm_stall parked
	defer dm_resume parked
	hot_fill
	WAITS=$(stat_of waits)
	parked_writers &
	WRITERS=$!
	wait_for 120 all_parked
	WRITTEN=$(stat_of written_bytes)
}

parked_still() {
	kill -0 "$WRITERS" && [[ $(stat_of written_bytes) == "$WRITTEN" ]]
}

parked_end() {
	dm_resume parked
	wait "$WRITERS" || fail "the parked writes: $(</tmp/parked)"
	(($(stat_of written_bytes) > WRITTEN))
}

parked_detach() {
	backing_stop "$CACHE" "$BACKING_ID"
}
