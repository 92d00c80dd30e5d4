#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# How often pcache's spinlocks are waited for: 4 KiB writes of 8 jobs on 8 CPUs,
# each in a 64 MiB region of its own, and reads of one hot segment by as many.
#
#   tests/bench/locks.sh [OPERATIONS-PER-JOB=125000]
#
# More operations than that do not fit into the cache: then writers wait for
# write-back, and share what segments are open.
#
# On the stock kernel: a probe on the slow path of spinlocks, which is entered
# only by who finds a lock taken, with the function that wanted it.  Prints those
# functions, and writes build/bench/locks.json.  The CPUs are emulated by
# fewer: one that is stopped with a lock in hand lets the others wait, so what is
# counted is more than real CPUs would see.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
source "$here/lib.sh"
OPS=${1:-125000} JOBS=8

# shellcheck disable=SC2016 # for the guest
count='mount -t tracefs tracefs /sys/kernel/tracing
	cd /sys/kernel/tracing
	echo "p:slow native_queued_spin_lock_slowpath" >kprobe_events
	count() {
		echo "hist:keys=common_stacktrace:size=4096" >events/kprobes/slow/trigger
		"${@:2}"
		cat events/kprobes/slow/hist >"$SHARE/$1"
		echo "!hist:keys=common_stacktrace:size=4096" >events/kprobes/slow/trigger
	}'

# callers FILE: "COUNT FUNCTION" of who wanted a lock and had to wait, once per
# function; "[pcache]" behind those of the driver.  The lock of a per-CPU
# counter is its owner's.
callers() {
	awk '/common_stacktrace:/ { stack = 1; caller = ""; next }
		stack && !caller && !/_raw_spin_lock|slowpath|kprobe_| 0x|percpu_counter/ {
			caller = $1; sub(/[+].*/, "", caller)
			if (/\[pcache\]/) caller = caller " [pcache]" }
		/hitcount:/ { sub(/.*hitcount: */, ""); sum[caller] += $1; stack = 0 }
		END { for (c in sum) print sum[c], c }' "$1" | sort -rn
}

# waits FILE: how often in all for a lock of the driver.
waits() {
	callers "$1" | awk '/\[pcache\]$/ { n += $1 } END { print n + 0 }'
}

bench_parallel locks 1800 "$count"
for what in writes reads; do
	echo "$((OPS * JOBS)) $what by $JOBS jobs, waited for a spinlock:"
	callers "$OUT/locks.$what" | head -n 20
done
jq -n --argjson writes "$(waits "$OUT/locks.writes")" \
	--argjson reads "$(waits "$OUT/locks.reads")" --argjson n $((OPS * JOBS)) '
	{operations: $n, contended_per_million: ($writes / $n * 1000000 | round),
	 contended_per_million_reads: ($reads / $n * 1000000 | round)}' |
	tee "$OUT/locks.json"
