# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# desc: changed bits of clean data are healed, those of dirty data are an error and lost; known bad blocks are not used
# machine: two
# time: 150
# debug: yes
source "$TREE/tests/guest/lib.sh"
VARIANT=debug load_module
PMEM=$(pmem 0)
DISK=$(disk disk0)
small_cache "$PMEM"

# block TEXT: 4 KiB that begin with it.
block() {
	head -c 4096 <(printf '%s' "$1"; yes filler)
}

# put TEXT SECTOR
put() {
	block "$1" | dd of="$LOGIC" bs=4k seek=$(($2 / 8)) oflag=direct \
		iflag=fullblock status=none
}

# holds TEXT SECTOR
holds() {
	cmp <(block "$1") <(dd if="$LOGIC" bs=4k skip=$(($2 / 8)) count=1 \
		iflag=direct status=none)
}

is_drained() {
	[[ $(<"$BACKING/dirty_bytes") == 0 ]]
}

# restart_spoiled TEXT: stop it, change a byte of the only place where the pmem
# says that, and start it again.
restart_spoiled() {
	local at
	backing_stop "$CACHE" "$BACKING_ID" keep
	cache_stop "$CACHE_ID"
	uncached "$PMEM"
	at=$(LC_ALL=C grep -abo "$1@" "$PMEM" | cut -d : -f 1)
	[[ $at =~ ^[0-9]+$ ]] || fail "$1 is at '$at'"
	printf '!' | dd of="$PMEM" bs=1 seek="$at" conv=notrunc,fsync status=none
	uncached "$PMEM"
	cache_start "$PMEM" ''
	backing_start "$DISK"
}

step 'clean data is healed'
backing_start "$DISK" ,cache_size=32,data_crc=1
put clean-data@ 0
put other-data@ 800
echo 0 >"$BACKING/writeback_delay_ms"
wait_for 60 is_drained
restart_spoiled clean-data
holds clean-data@ 0
(($(stat_of crc_errors) == 1 && $(stat_of healed) == 1))
holds other-data@ 800

step 'dirty data is an error, and lost'
echo 86400000 >"$BACKING/writeback_delay_ms"
put dirty-data@ 1600
put more-data@ 1608
restart_spoiled dirty-data
# Write-back comes ten seconds after the attach.
expect_fail EIO 'sector 1600 is lost: wrong checksum' \
	dd if="$LOGIC" of=/dev/null bs=4k skip=200 count=1 iflag=direct
holds more-data@ 1608
holds other-data@ 800
echo 0 >"$BACKING/writeback_delay_ms"
wait_for 60 is_drained
[[ $(<"$BACKING/lost") == 4096 && $(<"$BACKING/lost_ranges") == '1600 8' ]]
(($(stat_of lost_bytes) == 4096))
expect_fail EUCLEAN '8 lost sectors' \
	control "$CACHE/adm" "op=backing-stop,backing_id=$BACKING_ID"
put new-data@ 1600
holds new-data@ 1600
[[ $(<"$BACKING/lost") == 0 ]]
backing_stop "$CACHE" "$BACKING_ID"
cache_stop "$CACHE_ID"

step 'known bad blocks'
PMEM=$(pmem 1)
small_cache "$PMEM"
before=$(<"$CACHE/free_segments")
cache_stop "$CACHE_ID"
# Somewhere in segments 20, 21 and 22.
echo "$((20 * 2048 + 100)) 1" >"/sys/block/${PMEM##*/}/badblocks"
echo "$((22 * 2048 - 4)) 8" >"/sys/block/${PMEM##*/}/badblocks"
cache_start "$PMEM" ''
(($(<"$CACHE/free_segments") == before - 3))
backing_start "$DISK" ",cache_size=$(<"$CACHE/free_segments")"
helper iomodel random "$LOGIC" --seed=31 --size=96M --ops="$(sized 200)" --max=1M \
	--save=/tmp/model
helper iomodel check "$LOGIC" --model=/tmp/model
[[ $(<"$BACKING/lost") == 0 ]]
backing_stop "$CACHE" "$BACKING_ID"
helper iomodel check "$DISK" --model=/tmp/model
