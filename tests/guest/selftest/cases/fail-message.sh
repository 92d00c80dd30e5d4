# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# desc: a refusal that says nothing fitting is noticed
source "$TREE/tests/guest/lib.sh"
load_module
expect_fail EINVAL "something else" control $BUS/cache_dev_register rubbish
