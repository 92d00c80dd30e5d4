# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# desc: a command whose n-th allocation fails says ENOMEM and has changed nothing, or succeeds
# debug: only
# machine: small
# time: 120
# allow-klog: (Call Trace:|---\[ cut here \]------------)$
# allow-klog: kernel/locking/lockdep.c:[0-9]+ lockdep_unregister_key
# What the kernel has to say of its own failures: a vmalloc() or a slab cache that
# fails is traced; a bus that cannot be registered lets go of a lock key that it has
# not got.  All else that is bad has a line of its own.
source "$TREE/tests/guest/inject.sh"
VARIANT=debug load_module
PMEM=$(pmem 0)
DISK=$(disk disk0)
inject_setup

# judge: the last command did one or the other.
judge() {
	((NTH_ERRNO == 0 || NTH_ERRNO == ENOMEM)) ||
		fail "errno $NTH_ERRNO at allocation $1"
	((NTH_LEFT == 0 || NTH_ERRNO == 0)) ||
		fail "errno $NTH_ERRNO although nothing has failed"
}

# meta: the part of the pmem that any command would change first.
meta() {
	dd if="$PMEM" bs=1M count=1 iflag=direct status=none | sha256sum
}

step 'a cache device comes and goes'
cache_start "$PMEM" ",format=1,force=1,segment_size=$((1 << 20))"
backing_start "$DISK" ,cache_size=16,id=known
dd if=/dev/urandom of="$LOGIC" bs=1M count=4 oflag=direct status=none
head=$(dd if="$LOGIC" bs=1M count=4 iflag=direct status=none | sha256sum)
backing_stop "$CACHE" "$BACKING_ID" keep
cache_stop "$CACHE_ID"
register=(write "$BUS/cache_dev_register" "path=$PMEM")
nth_count "${register[@]}"
cache_find "$PMEM"
cache_stop "$CACHE_ID"
try_register() {
	local before
	before=$(meta)
	nth "$1" "${register[@]}"
	judge "$1"
	[[ $(meta) == "$before" ]] || fail "the pmem has changed at $1"
	if ((NTH_ERRNO)); then
		[[ ! $(ls $BUS/devices) ]] || fail "something is left at $1"
	else
		cache_find "$PMEM"
		cache_stop "$CACHE_ID"
	fi
}
nth_some try_register

step 'a backing that is known comes and goes'
cache_start "$PMEM" ''
start=(write "$CACHE/adm" "op=backing-start,path=$DISK,id=known")
nth_count "${start[@]}"
backing_find "$DISK"
backing_stop "$CACHE" "$BACKING_ID" keep
try_start() {
	local before
	before=$(meta)
	nth "$1" "${start[@]}"
	judge "$1"
	if ((NTH_ERRNO)); then
		[[ $(<"$BACKING/state") == waiting ]]
		[[ $(meta) == "$before" ]] || fail "the pmem has changed at $1"
		return
	fi
	backing_find "$DISK"
	backing_stop "$CACHE" "$BACKING_ID" keep
}
nth_some try_start

step 'a stop'
backing_start "$DISK" ,id=known
stop=(write "$CACHE/adm" "op=backing-stop,backing_id=$BACKING_ID,mode=keep")
nth_count "${stop[@]}"
try_stop() {
	[[ $(<"$BACKING/state") != waiting ]] || backing_start "$DISK" ,id=known
	nth "$1" "${stop[@]}"
	judge "$1"
}
NTH_TRIES=12 nth_some try_stop
[[ $(<"$BACKING/state") != waiting ]] || backing_start "$DISK" ,id=known
[[ $(dd if="$LOGIC" bs=1M count=4 iflag=direct status=none | sha256sum) == "$head" ]] ||
	fail 'what was written is gone'
backing_stop "$CACHE" "$BACKING_ID"
[[ $(dd if="$DISK" bs=1M count=4 iflag=direct status=none | sha256sum) == "$head" ]] ||
	fail 'the disk has something else'
cache_stop "$CACHE_ID"

step 'the module'
rmmod pcache
inject_init
load=(load "$MODULES/module-debug/pcache.ko")
nth_count "${load[@]}"
rmmod pcache
try_load() {
	nth "$1" "${load[@]}"
	judge "$1"
	if ((NTH_ERRNO)); then
		[[ ! -e $BUS && ! -e /sys/devices/pcache ]] ||
			fail "something is left at $1"
	else
		rmmod pcache
	fi
}
nth_some try_load
