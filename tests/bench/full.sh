# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Runs in a guest: the workloads that are not in the table; arguments as for
# workloads.sh, which this goes on from.
source "$TREE/tests/bench/workloads.sh" 0 "$2" "$3"
ROUNDS=$1

# other ROUND WORKLOAD FIO-OPTION...: one job on all devices; with its block size,
# dm-writecache takes no 512 bytes.
other() {
	local device
	# shellcheck disable=SC2046 # lists are meant
	for device in $(turn "$1" "${PEERS[@]}"); do
		[[ $device != dm-writecache || $2 != *-512* ]] || continue
		measure "$2" 1 "$device" "$1" "${@:3}" $(per_job 1)
	done
}

# misses ROUND: reads of what no cache holds; filled where reads are cached.
misses() {
	local device
	# shellcheck disable=SC2046 # a list is meant
	for device in $(turn "$1" "${CACHING[@]}"); do
		measure randread-4k-miss 1 "$device" "$1" --bs=4k --rw=randread \
			--offset=$((64 * ($1 + 1)))M --norandommap=0 --io_size=24M \
			--runtime=3
	done
}

special_setup
for ((round = 0; round < ROUNDS; round++)); do
	step "round $round"
	other $round randwrite-512 --bs=512 --rw=randwrite
	other $round randread-512-hit --bs=512 --rw=randread
	other $round randwrite-64k --bs=64k --rw=randwrite
	other $round randread-64k-hit --bs=64k --rw=randread
	other $round write-1m --bs=1m --rw=write
	other $round read-1m-hit --bs=1m --rw=read
	other $round mix-70-30-4k --bs=4k --rw=randrw --rwmixread=70
	other $round randwrite-4k-uring32 --bs=4k --rw=randwrite \
		--ioengine=io_uring --iodepth=32 --iodepth_batch=8
	other $round randread-4k-hit-uring32 --bs=4k --rw=randread \
		--ioengine=io_uring --iodepth=32 --iodepth_batch=8
	misses $round
	bare writeback-strict-fsync32 $round "$(disk disk0)" --fsync=32
	writeback writeback-strict-fsync32 $round "$(disk disk0)" '' --fsync=32
done
