# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# desc: ext4 with a tree of files lives through a cache, a restart and the drain
# time: 600
# debug: yes
source "$TREE/tests/guest/tree.sh"
VARIANT=debug load_module
mkfs.ext4 -q "$(disk disk0)"
OPTIONS=queue_mode=mq
tree_case "$(disk disk0)" e2fsck -fn
