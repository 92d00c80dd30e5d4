#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# How long an attach takes, with 10^6 records of 4 KiB writes at random places of a
# 4 GiB disk in the log:
#
#   tests/bench/restart.sh [ROUNDS=3]
#
# after power cuts of the whole guest, after a stop that kept all of it dirty, and after
# a drain, which left it clean.  The guest has two CPUs.  Writes JSON lines to
# build/bench/restart, "iops" being records per second, and prints their medians.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
source "$here/lib.sh"
ROUNDS=${1:-3} RECORDS=1000000

# job COMMAND: what each boot begins with, and what it is for.
job() {
	cat <<-JOB
	source tests/guest/lib.sh
	trap - EXIT
	load_module
	DISK=\$(disk disk0) OPTIONS=
	settings() {
		echo "\$1" >"\$BACKING/writeback_delay_ms"
		echo 100 >"\$BACKING/writeback_percent"
		echo 90 >"\$BACKING/cache_gc_percent"
	}
	# timed WHAT ROUND
	timed() {
		local before=\$EPOCHREALTIME
		backing_start "\$DISK"
		jq -nc --arg what "\$1" --argjson round "\$2" \\
			--argjson seconds "\$(awk "BEGIN { print \$EPOCHREALTIME - \$before }")" '
			{ workload: "restart-\\(\$what)", jobs: 1, device: "pcache-bio",
			  round: \$round, iops: ($RECORDS / \$seconds),
			  lat_us: (\$seconds * 1000000) }' >>"\$SHARE/figures"
		settings 86400000
	}
	stay() {
		touch "\$SHARE/ready"
		sleep infinity
	}
	$1
	JOB
}

# shellcheck disable=SC2016 # for the guest
fill='cache_start "$(pmem 0)"
	backing_start "$DISK" ,cache_size=5376,queues=2,queue_mode=bio
	settings 86400000
	fio_on "$LOGIC" --rw=randwrite --bs=4k --size=4G --norandommap \
		--io_size='$((RECORDS * 4))'k --ioengine=psync --thread
	stay'
# shellcheck disable=SC2016 # for the guest
last='cache_start "$(pmem 0)" ""
	for round in {1..'$ROUNDS'}; do
		timed dirty $round
		(($round == '$ROUNDS')) || backing_stop "$CACHE" "$BACKING_ID" keep
	done
	settings 0
	wait_for 900 attribute "$BACKING/dirty_bytes" 0
	backing_stop "$CACHE" "$BACKING_ID" keep
	for round in {1..'$ROUNDS'}; do
		timed clean $round
		backing_stop "$CACHE" "$BACKING_ID" keep
	done'

# until_cut COMMAND
until_cut() {
	rm -f "$GUEST_SHARE/ready"
	guest_job "$(job "$1")"
	guest_start 1800
	guest_await ready 1200 || die "the guest failed: $(tail -n 5 "$(guest_console)")"
	guest_cut
	guest_gate
}

bench_build
guest_new bench-restart
machine_set memory=3G cpu=max,la57=off,-erms,-sse4.2
machine_nvdimm nv0 5632M
machine_disk disk0 4G
until_cut "$fill"
for ((round = 1; round <= ROUNDS; round++)); do
	until_cut "cache_start \"\$(pmem 0)\" ''
		timed cut $round
		stay"
done
guest_job "$(job "$last")"
guest_boot 1800 || die "the guest failed: $(tail -n 5 "$(guest_console)")"
guest_gate
cp "$GUEST_SHARE/figures" "$OUT/restart"
guest_end 0
jq -rs 'group_by(.workload)[] | [.[0].workload, (map(.lat_us) | sort |
	.[length / 2 | floor] / 10000 | round / 100)] |
	"\(.[0]): \(.[1]) s per million records"' "$OUT/restart"
