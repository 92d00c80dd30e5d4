# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Runs in a guest: the workloads of the table.  $1 rounds; a measurement ends
# after $2 MiB, or 3 s where that takes longer; $3 s for those that have no
# end; only workloads that fit the pattern $4.  Every round takes all devices in turn, and starts with another one than
# the last.
#
# In a guest where a nanosecond is an instruction (and there is one CPU) the
# latency of one job is the number of instructions from the call to its return,
# and rates are operations per 10^9 instructions, whatever else the host does.
source "$TREE/tests/bench/guest.sh"
source "$TREE/tests/bench/special.sh"
ROUNDS=$1 TOTAL_MIB=$2 SECONDS_LONG=$3 WANTED=${4:-*}
SMALL_MIB=128

per_job() {
	echo "--io_size=$((TOTAL_MIB * 1024 / $1))k --runtime=3"
}

# turn ROUND DEVICE...: the devices, rotated.
turn() {
	local n=$(($1 * 3 % ($# - 1)))
	shift
	echo "${@:n+1}" "${@:1:n}"
}

# row ROUND WORKLOAD JOBS FIO-OPTION...
row() {
	local device
	# shellcheck disable=SC2053 # a pattern is meant
	[[ $2 == $WANTED ]] || return 0
	# shellcheck disable=SC2046 # lists are meant
	for device in $(turn "$1" "${PEERS[@]}"); do
		measure "$2" "$3" "$device" "$1" --bs=4k "${@:4}" $(per_job "$3")
	done
}

# full ROUND: random writes of 1.8 times the cache, when it has been full for a
# while.
full() {
	local device SET_MIB=1
	# shellcheck disable=SC2053 # a pattern is meant
	[[ full-1.8x == $WANTED ]] || return 0
	# shellcheck disable=SC2046 # a list is meant
	for device in $(turn "$1" "${CACHING[@]}"); do
		NODE[$device]=${NODE[$device-small]}
		DIR[$device]=
		measure full-1.8x 2 "$device" "$1" --bs=4k --rw=randwrite \
			--size=$((SMALL_MIB * 18 / 10))M --time_based \
			--ramp_time="$SECONDS_LONG" --runtime="$SECONDS_LONG"
	done
}

bench_big 768
DISK_MIB=256 bench_small $SMALL_MIB
for ((round = 0; round < ROUNDS; round++)); do
	step "round $round"
	for jobs in 1 4 32; do
		row $round randwrite-4k $jobs --rw=randwrite
		row $round randread-4k-hit $jobs --rw=randread
	done
	for jobs in 1 4; do
		row $round randwrite-4k-fsync $jobs --rw=randwrite --fsync=1
	done
	# What is small takes the place of what is large in a subshell only.
	(full $round)
	special $round
done
