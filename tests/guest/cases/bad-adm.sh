# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# desc: what adm and cache_gc_percent refuse: errno, one line that names it, nothing changed
# machine: small
# time: 120
# debug: yes
source "$TREE/tests/guest/lib.sh"
VARIANT=debug load_module
PMEM=$(pmem 0)
DISK=$(disk disk0)
small_cache "$PMEM"

# refused ERRNO REGEX TEXT
refused() {
	expect_fail "$1" "$2" control "$CACHE/adm" "$3"
}

# no_start ERRNO REGEX OPTIONS
no_start() {
	refused "$1" "$2" "op=backing-start,path=$DISK,$3"
}

null_disk strange zoned=1 size=512
ZONED=$NULL_NODE
remember "$PMEM" "$DISK" "$(disk disk1)"

step 'malformed'
refused EINVAL 'option "" has no value' ''
refused EINVAL 'op= is missing' "path=$DISK,cache_size=16"
refused EINVAL 'op=rubbish: unknown word' op=rubbish
refused EINVAL 'unknown option "format"' "op=backing-start,path=$DISK,format=1"
refused EINVAL 'option "op" is given twice' op=backing-start,op=backing-stop
refused EINVAL 'backing-start: path= is missing' op=backing-start
refused EINVAL 'path=/a*: too long' \
	"op=backing-start,path=/$(printf 'a%.0s' {1..255})"

step 'values'
for queues in 0 129; do
	no_start EINVAL "queues=$queues: out of range" \
		"cache_size=16,queues=$queues"
done
no_start EINVAL 'queues=many: not a number' cache_size=16,queues=many
no_start EINVAL 'queue_mode=sq: unknown word' cache_size=16,queue_mode=sq
no_start EINVAL 'data_crc=2: out of range' cache_size=16,data_crc=2
no_start EINVAL 'writeback_order=any: unknown word' \
	cache_size=16,writeback_order=any
no_start EINVAL 'id=a*: too long' "cache_size=16,id=$(printf 'a%.0s' {1..128})"
no_start EINVAL 'cache_size=0: out of range' cache_size=0
no_start EINVAL 'cache_size=16M: not a number' cache_size=16M
no_start EINVAL 'cache_size=[0-9]*: out of range' cache_size=17592186044416
no_start EINVAL 'cache_size 0 is too small' queues=1
no_start EINVAL 'cache_size 3145728 is too small' cache_size=3
no_start ENOSPC 'cache_size needs 100 segments' cache_size=100
no_start EINVAL 'unknown option "rubbish"' rubbish=1

step 'devices'
refused ENOENT '/dev/nosuch: cannot be opened: -ENOENT' \
	op=backing-start,path=/dev/nosuch,cache_size=16
refused ENOTBLK '/etc/passwd: cannot be opened: -ENOTBLK' \
	op=backing-start,path=/etc/passwd,cache_size=16
refused EBUSY "$PMEM: cannot be opened: -EBUSY" \
	"op=backing-start,path=$PMEM,cache_size=16"
refused EOPNOTSUPP "$ZONED: zoned" \
	"op=backing-start,path=$ZONED,cache_size=16"
blockdev --setro "$DISK"
no_start EROFS "$DISK: cannot be opened: -EROFS" cache_size=16
blockdev --setrw "$DISK"
dm taken "0 2048 linear $DISK 0"
no_start EBUSY "$DISK: cannot be opened: -EBUSY" cache_size=16
dm_remove taken
DEFERRED=("${DEFERRED[@]:0:${#DEFERRED[@]}-1}")

step 'stops'
refused EINVAL 'backing-stop: backing_id= is missing' op=backing-stop
refused EINVAL 'backing_id=64: out of range' op=backing-stop,backing_id=64
refused ENODEV 'backing_id=5: no such backing' op=backing-stop,backing_id=5
refused EINVAL 'mode=maybe: unknown word' \
	op=backing-stop,backing_id=0,mode=maybe
expect_fail EPERM - setpriv --bounding-set=-sys_admin --inh-caps=-sys_admin \
	bash -c "printf %s op=backing-start,path=$DISK,cache_size=16 >$CACHE/adm"
[[ $(stat -c %a "$CACHE/adm" "$CACHE/path") == $'200\n400' ]]

step 'options of another command'
no_start EINVAL 'backing-start: takes no mode=' cache_size=16,mode=keep
refused EINVAL 'backing-stop: takes no force=' \
	op=backing-stop,backing_id=0,force=discard-dirty
refused EINVAL 'backing-stop: takes no sector=' \
	op=backing-stop,backing_id=0,sector=0
refused EINVAL 'backing-give-up: takes no mode=' \
	op=backing-give-up,backing_id=0,sector=0,sectors=8,mode=drain
unchanged
[[ ! -e $CACHE/backing_dev0 ]]

step 'of one that runs'
backing_start "$DISK" ,cache_size=16,data_crc=1
no_start EEXIST "$DISK: attached already" cache_size=16
for percent in 91 -1 many ''; do
	expect_fail EINVAL "cache_gc_percent $percent is not" \
		control "$BACKING/cache_gc_percent" "$percent"
done
[[ $(<"$BACKING/cache_gc_percent") == 70 ]]
control "$BACKING/cache_gc_percent" 90
[[ $(<"$BACKING/cache_gc_percent") == 90 ]]
refused ENOSPC 'cache_size needs 60 segments, 16 of' \
	"op=backing-start,path=$(disk disk1),cache_size=60"

step 'of one that waits'
backing_stop "$CACHE" "$BACKING_ID" keep
refused ENODEV 'backing_dev0: is waiting, not attached' \
	op=backing-stop,backing_id=0
remember "$PMEM" "$DISK"
no_start EINVAL 'is known with another cache_size' cache_size=17
no_start EINVAL 'is known with another data_crc' data_crc=0
no_start EINVAL 'is known with another writeback_order' writeback_order=relaxed
unchanged
[[ $(<"$BACKING/state") == waiting ]]
backing_start "$DISK" ,cache_size=16,data_crc=1,writeback_order=strict
[[ $(<"$BACKING/cache_gc_percent") == 90 ]]
