# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# desc: a panic fails the case
source "$TREE/tests/guest/lib.sh"
load_module
control $BUS/cache_dev_register die
