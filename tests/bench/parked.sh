#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The rate of read hits while 256 writes wait for space in a full cache and the
# disk has stopped answering, against the rate just before, on both front ends:
# medians of interleaved rounds in one guest.  At least 0.7 is expected.
#
#   tests/bench/parked.sh [ROUNDS=5]
#
# Prints a table; fails only if the reads don't go on or a write gets through.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
"$here/../lib/deps.sh" build guest
source "$here/../lib/guest.sh"
ROUNDS=${1:-5}

job() {
	cat <<-JOB
	source tests/guest/parked.sh
	# reads WHAT: operations per second, of one reader.
	reads() {
		local rate
		rate=\$(fio --name=reads --filename="\$LOGIC" --direct=1 --rw=randread \\
			--bs=4k --size=\${HOT_MIB}M --ioengine=psync --thread \\
			--time_based=1 --runtime=2 --output-format=json |
			jq '.jobs[0].read.iops')
		echo "\$mode \$1 \$rate" >>\$SHARE/figures
	}
	load_module
	parked_setup
	for ((round = 0; round < $ROUNDS; round++)); do
		for mode in bio mq; do
			parked_attach \$mode
			reads before
			parked_begin
			reads parked
			parked_still
			parked_end
			parked_detach
		done
	done
	JOB
}

# median MODE WHAT
median() {
	awk -v mode="$1" -v what="$2" '$1 == mode && $2 == what { print $3 }' \
		"$GUEST_SHARE/figures" | sort -n |
		sed -n "$(((ROUNDS + 1) / 2))p"
}

make -s -C "$TREE" module
guest_new bench-parked
machine_nvdimm nv0 128M
machine_disk disk0 256M
guest_job "$(job)"
guest_boot 1200 || die "the guest failed: $(tail -n 5 "$(guest_console)")"
guest_gate
printf '%-10s %14s %20s %8s\n' 'read hits' 'undisturbed/s' '256 writes parked/s' ratio
for mode in bio mq; do
	before=$(median $mode before) parked=$(median $mode parked)
	awk -v mode=$mode -v before="$before" -v parked="$parked" 'BEGIN {
		printf "%-10s %14.0f %20.0f %8.2f\n", mode, before, parked, parked / before }'
done
guest_end 0
