# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# desc: the block layer's statistics count what was done, hits and misses alike
# time: 60
source "$TREE/tests/guest/lib.sh"
VARIANT=debug load_module
small_cache "$(pmem 0)"
DISK=$(disk disk0)

# counters: reads, their sectors, writes, theirs, under way, discards, theirs.
counters() {
	awk '{ print $1, $3, $5, $7, $9, $12, $14 }' "/sys/block/${LOGIC#/dev/}/stat"
}

# counted COMMAND...: by how much it moves them.
counted() {
	local -a before after
	local i
	read -ra before < <(counters)
	"$@"
	read -ra after < <(counters)
	for i in "${!after[@]}"; do
		printf '%s ' $((after[i] - before[i]))
	done
}

direct() {
	dd "$@" status=none
}

for mode in mq bio; do
	step "queue_mode=$mode"
	backing_start "$DISK" ",cache_size=32,queue_mode=$mode"
	[[ $(<"/sys/block/${LOGIC#/dev/}/queue/iostats") == 1 ]]
	[[ $(counted direct if="$LOGIC" of=/dev/null bs=4k count=10 iflag=direct) == \
		'10 80 0 0 0 0 0 ' ]]
	[[ $(counted direct if=/dev/zero of="$LOGIC" bs=64k count=10 oflag=direct) == \
		'0 0 10 1280 0 0 0 ' ]]
	[[ $(counted direct if="$LOGIC" of=/dev/null bs=4k count=10 iflag=direct) == \
		'10 80 0 0 0 0 0 ' ]]
	[[ $(counted blkdiscard -l 65536 "$LOGIC") == *' 0 1 128 ' ]]
	grep -q " ${LOGIC#/dev/} " /proc/diskstats
	(($(stat_of reads) > 0 && $(stat_of writes) > 0))
	backing_stop "$CACHE" "$BACKING_ID"
done
