# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# desc: a reader that changes its buffer during a miss changes nothing for anybody else
# time: 120
# debug: yes
source "$TREE/tests/guest/lib.sh"
VARIANT=debug load_module
small_cache "$(pmem 0)"
DISK=$(disk disk0)
SIZE=$(sized $((8 << 20)))
head -c "$SIZE" /dev/urandom >/tmp/truth
dd if=/tmp/truth of="$DISK" bs=1M oflag=direct status=none

# shown DEVICE: what it reads as.
shown() {
	dd if="$1" bs=64k count=$((SIZE >> 16)) iflag=direct status=none
}

for options in queue_mode=mq,data_crc=0 queue_mode=bio,data_crc=0 \
	queue_mode=mq,data_crc=1; do
	step "$options"
	backing_start "$DISK" ",cache_size=32,$options"
	chmod o+r "$LOGIC"
	# What the partition scan read is cached already.
	before=$(stat_of miss_bytes)
	helper racer "$LOGIC" "$SIZE"
	missed=$(($(stat_of miss_bytes) - before))
	step "$((missed >> 12)) misses, $(($(stat_of fill_bytes) >> 12)) fills"
	((missed > SIZE * 9 / 10)) || fail 'those were no misses'
	(($(stat_of fill_bytes) > SIZE / 2)) || fail 'nothing was filled'
	before=$(stat_of hit_bytes)
	shown "$LOGIC" | cmp - /tmp/truth || fail 'others see other data'
	(($(stat_of hit_bytes) - before > SIZE / 2)) ||
		fail 'that was not read from the cache'
	(($(stat_of crc_errors) == 0)) || fail 'a checksum is wrong'
	backing_stop "$CACHE" "$BACKING_ID"
	shown "$DISK" | cmp - /tmp/truth || fail 'the disk has changed'
done
