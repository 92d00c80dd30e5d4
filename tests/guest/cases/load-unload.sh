# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# desc: a hundred times loaded and unloaded, alone and with a cache device and a waiting backing
# debug: only
# machine: small
# time: 60
source "$TREE/tests/guest/lib.sh"
VARIANT=debug load_module
PMEM=$(pmem 0)
small_cache "$PMEM"
backing_start "$(disk disk0)" ,cache_size=16
dd if=/dev/urandom of="$LOGIC" bs=1M count=4 oflag=direct status=none
backing_stop "$CACHE" "$BACKING_ID" keep

for ((i = 0; i < 50; i++)); do
	rmmod pcache
	insmod "$MODULES/module-debug/pcache.ko"
done
step 'with a cache device'
for ((i = 0; i < 50; i++)); do
	control $BUS/cache_dev_register "path=$PMEM"
	rmmod pcache
	insmod "$MODULES/module-debug/pcache.ko"
done
cache_start "$PMEM" ''
backing_start "$(disk disk0)"
cmp -n $((4 << 20)) "$LOGIC" /dev/zero >/dev/null && fail 'what was written is gone'
backing_stop "$CACHE" "$BACKING_ID"
