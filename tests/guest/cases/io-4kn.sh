# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# desc: disks with 4 KiB sectors, virtio and nvme, both front ends
# machine: 4kn
# time: 600
source "$TREE/tests/guest/io.sh"
io_all mq "$(disk disk0)"
io_all bio "$(disk disk1)"
