# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# desc: a running backing pins the module, an idle cache device goes with it
# time: 60
# debug: yes
source "$TREE/tests/guest/lib.sh"
VARIANT=debug load_module
PMEM=$(pmem 0)
DISK=$(disk disk0)

step 'never used'
rmmod pcache
load_module

step 'running'
small_cache "$PMEM"
backing_start "$DISK" ,cache_size=16
! rmmod pcache 2>/tmp/said || fail 'the module went away under a backing'
grep -q 'is in use' /tmp/said
dd if=/dev/urandom of="$LOGIC" bs=1M count=4 oflag=direct status=none

step 'a waiting backing and an idle cache device go with the module'
backing_stop "$CACHE" "$BACKING_ID" keep
rmmod pcache
[[ ! -e $BUS ]]
load_module
cache_start "$PMEM" ''
backing_start "$DISK"
backing_stop "$CACHE" "$BACKING_ID"
rmmod pcache
[[ ! -e $BUS ]]
load_module
cache_start "$PMEM" ''
[[ ! -e $CACHE/backing_dev0 ]]
