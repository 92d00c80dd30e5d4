# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# For cases that push I/O of every shape through a logic device: with and
# without data checksums, in both write-back orders, on a cache that is much
# smaller than what is written; then the plain disk must hold it all.  Sourced.
source "$TREE/tests/guest/lib.sh"

# io_one DISK OPTIONS SEED
io_one() {
	local model=/tmp/model block
	backing_start "$1" ",cache_size=16,$2"
	block=$(blockdev --getss "$1")
	[[ $(blockdev --getss "$LOGIC") == "$block" ]]
	helper iomodel sweep "$LOGIC" --seed="$3" --size=48M
	helper iomodel random "$LOGIC" --seed=$(($3 + 1)) --size=48M \
		--ops="$(sized 300)" --save=$model
	(($(stat_of gc_segments) > 0)) || fail 'nothing was reclaimed'
	(($(stat_of crc_errors) == 0 && $(stat_of media_errors) == 0))
	backing_stop "$CACHE" "$BACKING_ID"
	helper iomodel check "$1" --model=$model
}

# io_all FRONT-END DISK
io_all() {
	local crc order seed=100
	[[ -e /sys/module/pcache ]] || VARIANT=debug load_module
	[[ -v CACHE_ID ]] || small_cache "$(pmem 0)"
	for crc in 0 1; do
		for order in strict relaxed; do
			step "queue_mode=$1 data_crc=$crc $order"
			io_one "$2" \
				"queue_mode=$1,data_crc=$crc,writeback_order=$order" \
				$((seed += 10))
		done
	done
}
