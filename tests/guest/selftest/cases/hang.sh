# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# desc: a case that is stuck in the kernel is ended with its guest
# time: 5
source "$TREE/tests/guest/lib.sh"
load_module
control $BUS/cache_dev_register hang
