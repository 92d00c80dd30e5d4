# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# desc: what cache_dev_register and cache_dev_unregister refuse: errno, one line that names it, nothing changed
# machine: small
# time: 90
source "$TREE/tests/guest/lib.sh"
VARIANT=debug load_module
PMEM=$(pmem 0)
DISK=$(disk disk0)

# refused ERRNO REGEX TEXT
refused() {
	expect_fail "$1" "$2" control $BUS/cache_dev_register "$3"
}

dd if=/dev/urandom of="$PMEM" bs=1M count=8 oflag=direct status=none
remember "$PMEM" "$DISK"

step 'malformed'
refused EINVAL 'option "" has no value' ''
refused EINVAL 'option "rubbish" has no value' rubbish
refused EINVAL 'option "path=" has no value' path=
refused EINVAL 'option "" has no value' "path=$PMEM,"
refused EINVAL 'unknown option "rubbish"' "path=$PMEM,rubbish=1"
refused EINVAL 'unknown option "op"' "path=$PMEM,op=backing-start"
refused EINVAL 'unknown option " path"' " path=$PMEM"
refused EINVAL 'option "format" is given twice' "format=1,path=$PMEM,format=1"
# bash writes line by line, so this needs a hand that doesn't.
printf 'path=%s\nformat=1\n' "$PMEM" >/tmp/lines
expect_fail EINVAL 'a command cannot contain a newline' \
	dd if=/tmp/lines of=$BUS/cache_dev_register bs=4k
refused EINVAL 'path= is missing' format=1

step 'values'
refused EINVAL 'format=2: out of range' "path=$PMEM,format=2"
refused EINVAL 'format=yes: not a number' "path=$PMEM,format=yes"
refused EINVAL 'force=-1: not a number' "path=$PMEM,format=1,force=-1"
for size in 0 524288 2147483648 99999999999; do
	refused EINVAL "segment_size=$size: out of range" \
		"path=$PMEM,format=1,force=1,segment_size=$size"
done
refused EINVAL 'segment_size=1M: not a number' \
	"path=$PMEM,format=1,force=1,segment_size=1M"
refused EINVAL 'segment size 3145728 is not a power of two' \
	"path=$PMEM,format=1,force=1,segment_size=3145728"
refused EINVAL 'label=a{32}: too long' \
	"path=$PMEM,format=1,force=1,label=$(printf 'a%.0s' {1..32})"
refused EINVAL 'path=/a*: too long' "path=/$(printf 'a%.0s' {1..255})"

step 'devices'
refused ENOENT '/dev/nosuch: cannot be opened: -ENOENT' path=/dev/nosuch
refused ENOTBLK '/etc/passwd: cannot be opened: -ENOTBLK' path=/etc/passwd
refused ENOTBLK '/dev/null: cannot be opened: -ENOTBLK' path=/dev/null
refused ENOTBLK '/dev: cannot be opened: -ENOTBLK' path=/dev
refused EINVAL "$PMEM: not formatted for pcache" "path=$PMEM"
refused ENOSPC "$PMEM: [0-9]+ bytes are too small" \
	"path=$PMEM,format=1,force=1,segment_size=$((1 << 30))"

step 'people'
[[ $(stat -c %a $BUS/cache_dev_register $BUS/cache_dev_unregister) == \
	$'200\n200' ]]
expect_fail EPERM - setpriv --bounding-set=-sys_admin --inh-caps=-sys_admin \
	bash -c "printf %s path=$PMEM,format=1,force=1 >$BUS/cache_dev_register"
expect_fail EPERM - setpriv --bounding-set=-sys_admin --inh-caps=-sys_admin \
	bash -c "printf %s cache_dev_id=0 >$BUS/cache_dev_unregister"
unchanged
[[ $(ls $BUS/devices) == '' ]]

step 'unregister'
small_cache "$PMEM"
expect_fail ENODEV 'cache_dev_id=7: no such cache device' \
	control $BUS/cache_dev_unregister cache_dev_id=7
expect_fail EINVAL 'cache_dev_id=x: not a number' \
	control $BUS/cache_dev_unregister cache_dev_id=x
expect_fail EINVAL 'cache_dev_id= is missing|option "" has no value' \
	control $BUS/cache_dev_unregister ''
expect_fail EINVAL 'unknown option "path"' \
	control $BUS/cache_dev_unregister "path=$PMEM"
backing_start "$DISK" ,cache_size=16
expect_fail EBUSY 'cache_dev0: backings are attached' \
	control $BUS/cache_dev_unregister cache_dev_id=0
expect_fail EBUSY "$PMEM: is in use as cache_dev0, not formatted" \
	control $BUS/cache_dev_register "path=$PMEM,format=1,force=1"
[[ $(<"$BACKING/state") == running ]]
