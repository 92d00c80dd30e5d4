# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# In a guest: measurements that need a disk of their own.  Sourced behind
# guest.sh, after bench_small.
#
#	special ROUND	both of them, pcache with either front end
#
# randread-4k-hit-idle, -waiting: read hits, before and while 256 writes wait for
# space in a full cache over a disk that takes 5 ms for everything.
#
# writeback-relaxed, -strict-fsync32: what is written back of 4 KiB extents all
# over the disk; "raw" is fio on the disk alone, random writes of the same range at a
# queue depth of 32.

HOT_MIB=8
SLOW_MIB=128
SCATTER_MIB=64

# wait_attach DISK OPTIONS
wait_attach() {
	CACHE=/sys/bus/pcache/devices/cache_dev$SMALL_ID
	backing_start "$1" "$2"
	echo 86400000 >"$BACKING/writeback_delay_ms"
	echo 100 >"$BACKING/writeback_percent"
}

# --- read hits while writes wait

# hits NAME DEVICE ROUND: one reader of what is cached for 2 s.  What missed all
# the same took 5 ms or longer, and is left out: the slowest of all reads, as
# many as there were misses.
hits() {
	local missed
	missed=$(stat_of miss_bytes)
	fio --output-format=json+ --output=/tmp/fio.json --name=measure \
		--filename="$LOGIC" --direct=1 --rw=randread --bs=4k --ioengine=psync \
		--thread --size=${HOT_MIB}M --time_based --runtime=2
	missed=$((($(stat_of miss_bytes) - missed) / 4096))
	jq -c --arg workload "$1" --arg device "$2" --argjson round "$3" \
		--argjson missed $missed '
		.jobs[0].read as $io | ($io.total_ios - $missed) as $hits |
		def part($p): [$io.clat_ns.bins | to_entries[] |
			{ns: (.key | tonumber), n: .value}] | sort_by(.ns) |
			reduce .[] as $b ({seen: 0, ns: 0};
				if .seen >= $p * $hits then .
				else {seen: (.seen + $b.n), ns: $b.ns} end) | .ns / 1000;
		{ workload: $workload, jobs: 1, device: $device, round: $round,
		  iops: $io.iops, lat_us: ($io.lat_ns.mean / 1000),
		  p99_us: part(0.99), p99_99_us: part(0.9999), missed: $missed }' \
		/tmp/fio.json >>"$SHARE/figures"
}

all_wait() {
	(($(stat_of waits) - WAITS >= 256))
}

# The cache is full of what nobody reads, then comes what is read: that is
# written back last, after thousands of flushes of the disk, and stays.
waiting_fill() {
	fio_on "$LOGIC" --rw=randwrite --bs=4k --offset=128M --size=128M \
		--io_size=$((SLOW_MIB - HOT_MIB - 24))M --fsync=8 --ioengine=psync \
		--thread
	fio_on "$LOGIC" --rw=write --bs=4k --size=${HOT_MIB}M --ioengine=psync --thread
}

# waiting ROUND MODE DISK
waiting() {
	local writers WAITS
	wait_attach "$3" ",cache_size=$SLOW_MIB,queue_mode=$2"
	waiting_fill
	hits randread-4k-hit-idle "pcache-$2" "$1"
	WAITS=$(stat_of waits)
	fio --name=writers --filename="$LOGIC" --direct=1 --rw=randwrite --bs=4k \
		--offset=128M --size=128M --ioengine=libaio --iodepth=128 \
		--numjobs=2 --thread --time_based --runtime=120 >/dev/null 2>&1 &
	writers=$!
	wait_for 60 all_wait
	hits randread-4k-hit-waiting "pcache-$2" "$1"
	# What waits is still written: fio submits no more.
	kill $writers
	wait $writers || true
	backing_stop "$CACHE" "$BACKING_ID" discard-dirty
}

# --- write-back

# drained DEVICE-DIR: seconds until nothing is dirty.
drained() {
	local from=$EPOCHREALTIME
	echo 0 >"$1/writeback_delay_ms"
	until clean "$1"; do
		read -rt 0.01 <>/tmp/never || true
	done
	awk "BEGIN { print $EPOCHREALTIME - $from }"
}

# writeback WORKLOAD ROUND DISK OPTIONS FIO-OPTION...
writeback() {
	local before seconds
	wait_attach "$3" ",cache_size=192,queue_mode=bio$4"
	fio_on "$LOGIC" --rw=randwrite --bs=4k --size=256M \
		--io_size=${SCATTER_MIB}M --ioengine=psync --thread "${@:5}"
	before=$(stat_of writeback_bytes)
	seconds=$(drained "$BACKING")
	jq -nc --arg workload "$1" --argjson round "$2" --argjson seconds "$seconds" \
		--argjson bytes $(($(stat_of writeback_bytes) - before)) '
		{ workload: $workload, jobs: 1, device: "pcache-bio",
		  round: $round, iops: ($bytes / 4096 / $seconds) }' >>"$SHARE/figures"
	backing_stop "$CACHE" "$BACKING_ID"
}

# bare WORKLOAD ROUND DISK FIO-OPTION...
bare() {
	fio --output-format=json --output=/tmp/fio.json --name=measure \
		--filename="$3" --direct=1 --rw=randwrite --bs=4k --size=256M \
		--io_size=${SCATTER_MIB}M --ioengine=libaio --iodepth=32 --thread \
		"${@:4}" >/dev/null
	figures "$1" 1 raw "$2"
}

special_setup() {
	[[ -p /tmp/never ]] || mkfifo /tmp/never
	null_disk slow size=512
	dm slow "0 $(sectors "$NULL_NODE") delay $NULL_NODE 0 5"
	SLOW_DISK=$DM_NODE
}

# shellcheck disable=SC2053 # patterns are meant
special() {
	local mode disk
	[[ ${SLOW_DISK:-} ]] || special_setup
	for mode in mq bio; do
		[[ randread-4k-hit-waiting != $WANTED ]] ||
			waiting "$1" $mode "$SLOW_DISK"
	done
	[[ writeback-relaxed == $WANTED ]] || return 0
	disk=$(disk disk0)
	bare writeback-relaxed "$1" "$disk"
	writeback writeback-relaxed "$1" "$disk" ,writeback_order=relaxed
}
