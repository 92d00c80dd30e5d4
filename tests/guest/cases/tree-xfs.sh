# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# desc: xfs with a tree of files lives through a cache, a restart and the drain
# time: 600
source "$TREE/tests/guest/tree.sh"
VARIANT=debug load_module
modprobe xfs
mkfs.xfs -q -f "$(disk disk1)"
OPTIONS=queue_mode=bio,data_crc=1
tree_case "$(disk disk1)" xfs_repair -n
