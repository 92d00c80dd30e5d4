#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Lock statistics of the driver's own lock classes: 4 KiB writes of 8 jobs on 8 CPUs,
# each in a 64 MiB region of its own, and reads of one hot segment by as many; on a
# kernel with LOCK_STAT and without KASAN (tests/kernel/build lockstat), which is
# built if need be, in some 20 minutes.
#
#   tests/bench/lockstat.sh [OPERATIONS-PER-JOB=125000]
#
# What /proc/lock_stat counts as contention is an acquisition that had to wait.  The
# CPUs are emulated by fewer: one that is stopped with a lock in hand lets the others
# wait, so what is counted is more than real CPUs would see.  Prints the classes, and
# writes build/lockstat/bench/lockstat.json.  On the stock kernel: locks.sh.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
source "$here/../lib/common.sh"
export PCACHE_GUEST_KERNEL=lockstat PCACHE_BUILD=$BUILD/lockstat
"$here/../kernel/build" lockstat >/dev/null
source "$here/lib.sh"
OPS=${1:-125000} JOBS=8

job() {
	cat <<-JOB
	source tests/guest/lib.sh
	modprobe null_blk nr_devices=1 gb=2 memory_backed=1
	load_module
	cache_start "\$(pmem 0)"
	backing_start /dev/nullb0 ",cache_size=5376,queues=$JOBS,queue_mode=bio"
	echo 86400000 >"\$BACKING/writeback_delay_ms"
	echo 100 >"\$BACKING/writeback_percent"
	echo 90 >"\$BACKING/cache_gc_percent"
	# count NAME FIO-OPTION...
	count() {
		echo 0 >/proc/lock_stat
		echo 1 >/proc/sys/kernel/lock_stat
		fio_on "\$LOGIC" --bs=4k --numjobs=$JOBS --ioengine=psync --thread \\
			--norandommap "\${@:2}"
		echo 0 >/proc/sys/kernel/lock_stat
		cat /proc/lock_stat >"\$SHARE/\$1"
	}
	fio_on "\$LOGIC" --rw=write --bs=128k --size=512M --ioengine=psync --thread
	count writes --rw=randwrite --size=64M --offset_increment=64M \\
		--io_size=$((OPS * 4))k
	fio_on "\$LOGIC" --rw=write --bs=128k --size=16M --ioengine=psync --thread
	count reads --rw=randread --size=16M --io_size=$((OPS * 4))k
	JOB
}

# classes: the driver's, as lockdep calls them: what its locks are initialised as.
classes() {
	grep -ohP '(spin_lock_init|mutex_init|init_rwsem)\(\K[^)]+' "$TREE"/*.c |
		sort -u
}

# table FILE: class, contentions, acquisitions of the driver's classes; most first.
table() {
	classes | awk -v lines="$1" '
		{ ours[$0] = 1 }
		END {
			while ((getline line < lines) > 0) {
				if (line !~ /^ +&?[a-z].*: +[0-9]/) continue
				name = line; sub(/:  +[0-9].*/, "", name); sub(/^ +/, "", name)
				class = name; sub(/(-[RW]|\/[0-9]+|#[0-9]+)+$/, "", class)
				if (!(class in ours)) continue
				sub(/^.*:  +/, "", line)
				n = split(line, field, / +/)
				printf "%s\t%d\t%d\n", name, field[2], field[8]
			}
		}' | sort -t $'\t' -k 2,2nr -k 3,3nr
}

bench_build
guest_new bench-lockstat
machine_set cpus=$JOBS memory=3G cpu=max,la57=off,-erms,-sse4.2
machine_nvdimm nv0 5632M
guest_job "$(job)"
guest_boot 3600 || die "the guest failed: $(tail -n 5 "$(guest_console)")"
guest_gate
for what in writes reads; do
	cp "$GUEST_SHARE/$what" "$OUT/lockstat.$what"
done
guest_end 0
for what in writes reads; do
	echo "$((OPS * JOBS)) $what by $JOBS jobs: class, contentions, acquisitions"
	table "$OUT/lockstat.$what"
done
for what in writes reads; do
	table "$OUT/lockstat.$what" |
		jq -R --arg what "$what" '. / "\t" | {operation: $what, class: .[0],
			contentions: (.[1] | tonumber), acquisitions: (.[2] | tonumber)}'
done | jq -s . >"$OUT/lockstat.json"
