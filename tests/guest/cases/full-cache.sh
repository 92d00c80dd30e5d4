# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# desc: a load that is much larger than the cache goes on and stays right
# time: 180
# debug: yes
source "$TREE/tests/guest/lib.sh"
VARIANT=debug load_module
small_cache "$(pmem 0)"
DISK=$(disk disk0)

# overload OPTIONS SEED: eight threads on a range that is many times larger.
overload() {
	step "cache of $1"
	backing_start "$DISK" ",cache_size=$1"
	helper iomodel random "$LOGIC" --seed="$2" --threads=8 --ops="$(sized 250)" \
		--size=64M --save=/tmp/model
	(($(stat_of waits) > 0)) || fail 'no write ever waited'
	(($(stat_of gc_segments) > 0)) || fail 'nothing was reclaimed'
	backing_stop "$CACHE" "$BACKING_ID"
	helper iomodel check "$DISK" --model=/tmp/model
}

overload 8,queue_mode=mq 21
overload 8,queue_mode=bio 22
# The smallest there is.
overload 4,queue_mode=mq,data_crc=1 23
overload 4,queue_mode=bio,writeback_order=relaxed 24
