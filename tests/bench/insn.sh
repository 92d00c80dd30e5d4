#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Instructions per 4 KiB operation: the pmem itself, and pcache on it with
# either front end; writes overwrite what is cached, reads hit.
#
#   tests/bench/insn.sh [ROUNDS=3]
#
# In this guest a nanosecond is an instruction (QEMU -icount, one CPU, no string
# and CRC instructions, whose emulation costs out of proportion), so the latency
# that fio reports is the number of instructions from the system call to its
# return.  The backing is null_blk; write-back waits.  Medians of rounds, which
# agree to a few in a thousand.  What they are spent on: profile/run.
#
# Prints a table, and writes it to build/insn.json.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
"$here/../lib/deps.sh" build guest
source "$here/../lib/guest.sh"
ROUNDS=${1:-3}
OUT=$BUILD/insn.json

# The operations, and how much of the raw device's count each front end may need.
LOADS=(randwrite fsync randread)
declare -A TITLE=([randwrite]='overwrite' [fsync]='overwrite + fsync' [randread]='read hit')
declare -A BAR=([randwrite,bio]=1.25 [randwrite,mq]=1.55 [randread,bio]=1.10 [randread,mq]=1.35)

job() {
	cat <<-JOB
	source tests/guest/lib.sh
	cat >/tmp/jobs <<-'FIO'
	[global]
	direct=1
	ioengine=psync
	thread=1
	size=32M
	filename=\${DEVICE}
	[fill]
	rw=write
	bs=128k
	[randwrite]
	stonewall
	rw=randwrite
	bs=4k
	number_ios=6000
	[fsync]
	stonewall
	rw=randwrite
	bs=4k
	fsync=1
	number_ios=2000
	[randread]
	stonewall
	rw=randread
	bs=4k
	number_ios=6000
	FIO
	# measure NAME DEVICE
	measure() {
		[[ -b \$2 ]] || fail "\$2 is no block device"
		DEVICE=\$2 fio --output-format=json --output=/tmp/fio.json /tmp/jobs
		jq -r --arg name \$1 '.jobs[] | select(.jobname != "fill") |
			[\$name, .jobname, (if .jobname == "randread" then .read.lat_ns.mean
			 elif .jobname == "fsync" then .write.lat_ns.mean + .sync.lat_ns.mean
			 else .write.lat_ns.mean end)] | join(" ")' /tmp/fio.json >>\$SHARE/figures
	}
	modprobe null_blk nr_devices=1 gb=1 memory_backed=1 queue_mode=2 submit_queues=1 bs=512
	load_module
	PMEM=\$(pmem 0)
	for ((round = 0; round < $ROUNDS; round++)); do
		measure raw \$PMEM
		cache_start \$PMEM
		for mode in bio mq; do
			backing_start /dev/nullb0 ,cache_size=640,queues=1,queue_mode=\$mode
			echo 86400000 >"\$BACKING/writeback_delay_ms"
			echo 100 >"\$BACKING/writeback_percent"
			measure \$mode \$LOGIC
			backing_stop "\$CACHE" "\$BACKING_ID" discard-dirty
		done
		cache_stop "\$CACHE_ID"
	done
	JOB
}

# median NAME LOAD
median() {
	awk -v name="$1" -v load="$2" '$1 == name && $2 == load { print $3 }' \
		"$GUEST_SHARE/figures" | sort -n |
		sed -n "$(((ROUNDS + 1) / 2))p"
}

# cell FRONT-END LOAD RAW: instructions and ratio, with a mark if above the bar.
cell() {
	awk -v n="$(median "$1" "$2")" -v raw="$3" -v bar="${BAR[$2,$1]:-}" 'BEGIN {
		printf " %9.0f %5.2f %-9s", n, n / raw,
			bar ? (n / raw <= bar ? "<= " bar : "ABOVE " bar) : "" }'
}

table() {
	local load raw
	printf '%-18s %9s  %-25s %-25s\n' 'instructions' 'raw pmem' \
		'      bio  / raw' '       mq  / raw'
	for load in "${LOADS[@]}"; do
		raw=$(median raw "$load")
		printf '%-18s %9.0f ' "${TITLE[$load]}" "$raw"
		cell bio "$load" "$raw"
		cell mq "$load" "$raw"
		printf '\n'
	done
}

# json: {"randwrite": {"raw": 1, "bio": 2, "mq": 3}, ...}
json() {
	local load name
	for load in "${LOADS[@]}"; do
		for name in raw bio mq; do
			echo "$load $name $(median $name "$load")"
		done
	done | jq -nR '[inputs / " "] | reduce .[] as [$load, $name, $n]
		({}; .[$load][$name] = ($n | tonumber | round))'
}

make -s -C "$TREE" module
guest_new bench-insn
machine_set icount=1 memory=2G
machine_nvdimm nv0 768M
guest_job "$(job)"
guest_boot 1800 || die "the guest failed: $(tail -n 5 "$(guest_console)")"
guest_gate
table
json >"$OUT"
guest_end 0
