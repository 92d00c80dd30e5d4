# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# desc: the helpers work, so this passes
# time: 60
source "$TREE/tests/guest/lib.sh"
load_module
expect_fail EINVAL "what is 'rubbish'" control $BUS/cache_dev_register rubbish
expect_fail ENOENT - cat /no/such/file
device=$(disk disk1)
[[ $(pmem 0) == /dev/pmem0 ]]
[[ $(bytes "$device") == $((512 << 20)) ]]
fio_verify "$device" --rw=randwrite --bs=4k --size=2M
throttle disk1 1
throttle disk1 0
dm held "0 $(sectors "$device") linear $device 0"
dm_stall held
dm_resume held
head -c 1M "$device" >/tmp/start
same /tmp/start "$DM_NODE"
