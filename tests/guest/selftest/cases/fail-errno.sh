# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# desc: the wrong errno is noticed
source "$TREE/tests/guest/lib.sh"
load_module
expect_fail EBUSY "what is" control $BUS/cache_dev_register rubbish
