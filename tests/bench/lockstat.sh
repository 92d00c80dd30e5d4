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

# shellcheck disable=SC2016 # for the guest
count='count() {
		echo 0 >/proc/lock_stat
		echo 1 >/proc/sys/kernel/lock_stat
		"${@:2}"
		echo 0 >/proc/sys/kernel/lock_stat
		cat /proc/lock_stat >"$SHARE/$1"
	}'

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

bench_parallel lockstat 3600 "$count"
for what in writes reads; do
	echo "$((OPS * JOBS)) $what by $JOBS jobs: class, contentions, acquisitions"
	table "$OUT/lockstat.$what"
done
for what in writes reads; do
	table "$OUT/lockstat.$what" |
		jq -R --arg what "$what" '. / "\t" | {operation: $what, class: .[0],
			contentions: (.[1] | tonumber), acquisitions: (.[2] | tonumber)}'
done | jq -s . >"$OUT/lockstat.json"
