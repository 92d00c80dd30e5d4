# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# desc: power cuts in a row: every acknowledged write is there, file systems are clean, nothing is torn
# time: 900
# powercut.sh [CUTS]: 5 by default.  PCACHE_SEED chooses the moments.
#
# ext4 (mq) and xfs (bio) with writers that fsync, and a raw logic device (bio)
# with writers that don't, on small caches that write back and reclaim all the
# time.  What was acknowledged is on record outside the guest.  After each cut
# the next boot starts the cache without a format; at the end the plain disks
# must hold everything.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../../lib/guest.sh"
CUTS=${1:-5}
RANDOM=${PCACHE_SEED:=$((SRANDOM % 32768))}
WRITERS=(ext4/file.0 ext4/file.1 ext4/names.0 ext4/names.1
	xfs/file.0 xfs/file.1 raw/device.0 raw/device.1 raw/device.2)

# boot first|next|last LIMIT
boot() {
	rm -f "$GUEST_SHARE/ready"
	guest_job "export PCACHE_MODULES=${PCACHE_MODULES:-$BUILD}
		exec bash tests/guest/jobs/powercut.sh $1"
	guest_start "$2"
}

# failed TEXT: what the guest has to say about it.
failed() {
	tail -n 30 "$(guest_console)"
	cat "$GUEST_SHARE/report" 2>/dev/null || true
	die "cut $cut, seed $PCACHE_SEED: $1"
}

# acknowledged: how many writes are on record.
acknowledged() {
	cat "$GUEST_SHARE"/witness/*/* 2>/dev/null | wc -l
}

# all_write: has every writer got another one acknowledged since the boot?
all_write() {
	local name size
	for name in "${WRITERS[@]}"; do
		size=$(stat -c %s "$GUEST_SHARE/witness/$name" 2>/dev/null ||
			echo 0)
		((size > ${SIZE[$name]:-0})) || return 1
	done
}

remember_sizes() {
	local name
	for name in "${WRITERS[@]}"; do
		SIZE[$name]=$(stat -c %s "$GUEST_SHARE/witness/$name")
	done
}

# cut_power: when all of them write, at a moment that nobody chose.
cut_power() {
	local i before
	guest_await ready 240 || failed 'it does not come up'
	for ((i = 0; i < $(scaled 120) * 5; i++)); do
		all_write && break
		guest_running || failed 'it died'
		sleep 0.2
	done
	all_write || failed 'not every writer gets anywhere'
	sleep $((RANDOM % 4)).$((RANDOM % 10))
	guest_running || failed 'it died'
	before=$(acknowledged)
	guest_cut
	guest_gate || failed 'the kernel complained'
	remember_sizes
	echo "cut $cut: $(acknowledged) writes acknowledged, $(($(acknowledged) - before)) of them in the last instant"
}

declare -A SIZE
guest_new host/powercut
machine_nvdimm nv0 128M
machine_disk disk0 64M
machine_disk disk1 512M
machine_disk disk2 64M wce=off
cut=1
boot first 600
cut_power
for ((cut = 2; cut <= CUTS; cut++)); do
	boot next 600
	cut_power
	cat "$GUEST_SHARE/report"
done
boot last 600
guest_wait || failed 'the last boot found something'
guest_gate || failed 'the kernel complained'
cat "$GUEST_SHARE/report"
(($(grep -c '^checked .* 0 bad$' "$GUEST_SHARE/report") == 8)) ||
	failed 'not everything was checked'
guest_end 0
echo "$CUTS cuts, seed $PCACHE_SEED: nothing was lost"
