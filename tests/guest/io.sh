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

# io_kinds FRONT-END: data_crc and order, all four; two of them on the debug
# kernel, so that each goes with each front end, and with each other.
io_kinds() {
	case $(on_debug_kernel && echo "$1") in
	mq) echo 0,strict 1,relaxed ;;
	bio) echo 0,relaxed 1,strict ;;
	*) echo 0,strict 0,relaxed 1,strict 1,relaxed ;;
	esac
}

# io_all FRONT-END DISK
io_all() {
	local kind seed=100
	[[ -e /sys/module/pcache ]] || VARIANT=debug load_module
	[[ -v CACHE_ID ]] || small_cache "$(pmem 0)"
	for kind in $(io_kinds "$1"); do
		step "queue_mode=$1 data_crc=${kind/,/ }"
		io_one "$2" \
			"queue_mode=$1,data_crc=${kind/,/,writeback_order=}" \
			$((seed += 10))
	done
}
