# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# desc: a warning in the kernel log fails a case that is content itself
source "$TREE/tests/guest/lib.sh"
load_module
control $BUS/cache_dev_register warn
