# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# desc: a raw namespace, an ordinary disk, a device that is taken: no cache devices, each with its reason
# machine: small
# time: 90
source "$TREE/tests/guest/lib.sh"
VARIANT=debug load_module
PMEM=$(pmem 1)

# namespace MODE...: make the one below /dev/pmem1 anew.
namespace() {
	ndctl create-namespace -f -e "$NAMESPACE" "$@" >/tmp/ndctl 2>&1 ||
		fail "$(</tmp/ndctl)"
	wait_node "$PMEM"
}

# refused ERRNO REGEX DEVICE
refused() {
	expect_fail "$1" "$2" \
		control $BUS/cache_dev_register "path=$3,format=1,force=1"
	[[ ! -e $BUS/devices/cache_dev0 ]]
}

NAMESPACE=$(realpath "/sys/block/${PMEM#/dev/}/device")
NAMESPACE=${NAMESPACE%/*}
NAMESPACE=namespace${NAMESPACE##*region}.0

step 'raw'
namespace -m raw
defer namespace -m fsdax -M mem
[[ $(<"/sys/block/${PMEM#/dev/}/queue/dax") == 0 ]]
remember "$PMEM"
refused EOPNOTSUPP "$PMEM: no DAX" "$PMEM"
unchanged

step 'a disk'
remember "$(disk disk0)"
refused EOPNOTSUPP "$(disk disk0): no DAX" "$(disk disk0)"
unchanged

step 'claimed by somebody else, and read-only'
PMEM=$(pmem 0)
remember "$PMEM"
dm taken "0 2048 linear $PMEM 0"
refused EBUSY "$PMEM: cannot be opened: -EBUSY" "$PMEM"
dmsetup remove --noudevsync taken
DEFERRED=()
blockdev --setro "$PMEM"
refused EROFS "$PMEM: cannot be opened: -EROFS" "$PMEM"
blockdev --setrw "$PMEM"
unchanged
