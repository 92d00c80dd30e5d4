# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# In a guest: the devices that are compared, and how one measurement is made.
# Sourced by the jobs of bench/run; knows nothing of tables, bars and plots.
#
#	bench_big SIZE		all eight devices, each with room for every set
#	bench_small SIZE	those that cache once more, with a cache of SIZE MiB
#	measure WORKLOAD JOBS DEVICE ROUND [FIO-OPTION...]
#
# A device is a name in NODE.  Each pcache device is a cache of its own in one
# pool; every device that caches has a disk of its own, all of the same kind
# (null_blk, in memory).  What the peers are set to, and why:
# Documentation/performance.rst.
source "$TREE/tests/guest/lib.sh"

# Nothing is taken down: the guest ends with its measurement.
trap - EXIT

SET_MIB=64
# shellcheck disable=SC2034 # both lists are for those who source this
PEERS=(raw empty-mq empty-bio pcache-mq pcache-bio pcache-bio-crc dm-writecache bcache)
# shellcheck disable=SC2034
CACHING=(pcache-mq pcache-bio pcache-bio-crc dm-writecache bcache)
declare -A NODE DIR

# touch_all: the first store to a page of pmem costs the host a fault.
touch_all() {
	local node
	for node in /dev/pmem*; do
		dd if=/dev/zero of="$node" bs=1M oflag=direct status=none 2>/dev/null || true
	done
}

# take_pmem MIB: the next device of that size that nobody took; to PMEM.  Their
# numbers are not in the order in which the machine was told of them.
take_pmem() {
	local node mib
	for node in /dev/pmem*; do
		mib=$(($(bytes "$node") >> 20))
		if ((mib <= $1 && mib > $1 - 16)) && [[ " ${TAKEN:-} " != *" $node "* ]]; then
			TAKEN+=" $node"
			PMEM=$(pmem "${node#/dev/pmem}")
			return
		fi
	done
	fail "no pmem device of $1 MiB"
}

# pcache_cache NAME MIB OPTIONS: a cache in $CACHE over a disk of its own.
# Write-back starts when a share of the cache is dirty, as with dm-writecache
# (its default: half), and not by age.
pcache_cache() {
	null_disk "disk-$1" size="${DISK_MIB:-512}"
	backing_start "$NULL_NODE" ",cache_size=$2$3"
	echo 86400000 >"$BACKING/writeback_delay_ms"
	echo 50 >"$BACKING/writeback_percent"
	NODE[$1]=$LOGIC
	DIR[$1]=$BACKING
}

# pcache_three MIB SUFFIX: one cache for each way to use it.
pcache_three() {
	pcache_cache "pcache-mq$2" "$1" ,queue_mode=mq
	pcache_cache "pcache-bio$2" "$1" ,queue_mode=bio
	pcache_cache "pcache-bio-crc$2" "$1" ,queue_mode=bio,data_crc=1
}

# writecache NAME PMEM
writecache() {
	null_disk "disk-$1" size="${DISK_MIB:-512}"
	dd if=/dev/zero of="$2" bs=1M count=4 oflag=direct status=none
	dm "$1" "0 $(sectors "$NULL_NODE") writecache p $NULL_NODE $2 4096 0"
	NODE[$1]=$DM_NODE
}

# bcache NAME PMEM BUCKET: it wants more than 512 buckets.
bcache() {
	local dir uuid
	null_disk "disk-$1" size="${DISK_MIB:-512}"
	make-bcache --writeback --bucket "$3" -C "$2" -B "$NULL_NODE" >/tmp/bcache
	uuid=$(sed -n 's/^Set UUID:[[:space:]]*//p' /tmp/bcache | head -n 1)
	echo "$2" >/sys/fs/bcache/register
	echo "$NULL_NODE" >/sys/fs/bcache/register
	wait_for 20 test -e "/sys/fs/bcache/$uuid/bdev0/dev"
	dir=/sys/fs/bcache/$uuid
	echo 0 >"$dir/congested_read_threshold_us"
	echo 0 >"$dir/congested_write_threshold_us"
	echo writeback >"$dir/bdev0/cache_mode"
	echo 0 >"$dir/bdev0/sequential_cutoff"
	NODE[$1]=/dev/$(basename "$(readlink -f "$dir/bdev0/dev")")
	wait_node "${NODE[$1]}"
}

# bench_big MIB
bench_big() {
	modprobe -a dm_writecache bcache
	touch_all
	take_pmem 256
	NODE[raw]=$PMEM
	insmod "$BUILD/bench/empty/pcache_empty.ko" path="$PMEM"
	NODE[empty-mq]=/dev/empty-mq
	NODE[empty-bio]=/dev/empty-bio
	load_module
	take_pmem 2560
	cache_start "$PMEM"
	pcache_three "$1" ''
	take_pmem 768
	writecache dm-writecache "$PMEM"
	take_pmem 768
	bcache bcache "$PMEM" 512k
}

# bench_small MIB: segments so small that there are more than a hundred.
bench_small() {
	take_pmem 640
	small_cache "$PMEM"
	# shellcheck disable=SC2034 # for special.sh
	SMALL_ID=$CACHE_ID
	pcache_three "$1" -small
	take_pmem 144
	writecache dm-writecache-small "$PMEM"
	take_pmem 144
	bcache bcache-small "$PMEM" 128k
}

clean() {
	[[ $(<"$1/dirty_bytes") == 0 ]]
}

# settle DEVICE: a log without dirty data, so that no measurement pays for the
# one before it.
settle() {
	local dir=${DIR[$1]:-}
	[[ $dir ]] || return 0
	echo 0 >"$dir/writeback_delay_ms"
	wait_for 60 clean "$dir"
	echo 86400000 >"$dir/writeback_delay_ms"
}

# figures WORKLOAD JOBS DEVICE ROUND: what fio said, as one line of JSON.
# A write with fsync takes the time of both calls.
figures() {
	jq -c --arg workload "$1" --argjson jobs "$2" --arg device "$3" \
		--argjson round "$4" '
		def part($n): .clat_ns.percentile[$n] // 0;
		def sync($n): .sync.lat_ns.percentile[$n] // 0;
		.jobs[] | select(.jobname == "measure") |
		(if .read.total_ios > .write.total_ios then .read else .write end)
			as $io |
		{ workload: $workload, jobs: $jobs, device: $device, round: $round,
		  iops: (.read.iops + .write.iops),
		  lat_us: (($io.lat_ns.mean + (.sync.lat_ns.mean // 0)) / 1000),
		  p99_us: ((($io | part("99.000000")) + sync("99.000000")) / 1000),
		  p99_99_us: ((($io | part("99.990000")) + sync("99.990000")) / 1000)
		}' /tmp/fio.json >>"$SHARE/figures"
}

# measure WORKLOAD JOBS DEVICE ROUND FIO-OPTION...: fill the set, so that all of
# it is cached and mapped, then measure.
measure() {
	local node=${NODE[$3]}
	[[ -b $node ]] || fail "$3: $node is no block device"
	settle "$3"
	fio --output-format=json --output=/tmp/fio.json \
		--percentile_list=99:99.99 --filename="$node" --direct=1 \
		--ioengine=psync --thread --norandommap --randrepeat=1 \
		--name=fill --rw=write --bs=128k --size=${SET_MIB}M \
		--name=measure --stonewall --group_reporting \
		--size=${SET_MIB}M --numjobs="$2" "${@:5}" >/tmp/fio.err 2>&1 ||
		fail "fio $* on $node: $(</tmp/fio.err)"
	figures "$1" "$2" "$3" "$4"
}
