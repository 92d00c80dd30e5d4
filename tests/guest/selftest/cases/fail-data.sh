# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# desc: data that differs is noticed
source "$TREE/tests/guest/lib.sh"
head -c 4096 /dev/urandom >/tmp/a
head -c 4096 /dev/zero >/tmp/b
same /tmp/a /tmp/b
