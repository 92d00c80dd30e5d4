# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# desc: a backing whose disk does not come back is forgotten on request, and its segments return
# machine: small
# time: 90
# debug: yes
source "$TREE/tests/guest/lib.sh"
VARIANT=debug load_module
PMEM=$(pmem 0)
DISK=$(disk disk0)
OTHER=$(disk disk1)
small_cache "$PMEM"
free=$(<"$CACHE/free_segments")

backing_start "$OTHER" ,cache_size=16,id=stays
helper iomodel random "$LOGIC" --seed=94 --size=16M --ops=50 --save=/tmp/model
backing_stop "$CACHE" "$BACKING_ID" keep
backing_start "$DISK" ,cache_size=24,id=goes
helper iomodel random "$LOGIC" --seed=93 --size=16M --ops=50 --save=/tmp/gone
backing_stop "$CACHE" "$BACKING_ID" keep
(($(<"$CACHE/free_segments") == free - 40))
cache_stop "$CACHE_ID"
cache_start "$PMEM" ''

step 'it can neither be drained nor kept'
for how in drain keep; do
	expect_fail ENODEV 'backing_dev1: is waiting, not attached' \
		control "$CACHE/adm" "op=backing-stop,backing_id=1,mode=$how"
done

step 'it can be forgotten'
kmark
pcache backing-stop --backing 1 --mode discard-dirty
klog_since_mark |
	grep -qF "backing_dev1: $DISK, identity \"goes\", is forgotten; what was not written back to it is lost"
[[ ! -e $CACHE/backing_dev1 ]]
(($(<"$CACHE/free_segments") == free - 16))

step 'and stays forgotten, and its segments are used again'
cache_stop "$CACHE_ID"
cache_start "$PMEM" ''
[[ ! -e $CACHE/backing_dev1 ]]
backing_start "$DISK" ",cache_size=$((free - 16)),id=goes"
dd if=/dev/urandom of="$LOGIC" bs=1M count=48 oflag=direct status=none
checksum "$LOGIC" >/tmp/sum
backing_stop "$CACHE" "$BACKING_ID"
[[ $(checksum "$DISK") == "$(</tmp/sum)" ]]

step 'the other one has lost nothing'
backing_start "$OTHER" ,id=stays
helper iomodel check "$LOGIC" --model=/tmp/model
