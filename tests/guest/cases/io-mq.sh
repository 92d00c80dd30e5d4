# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# desc: every size at every alignment, and random I/O against a model, queue_mode=mq
# time: 300
# debug: yes
source "$TREE/tests/guest/io.sh"
io_all mq "$(disk disk0)"
