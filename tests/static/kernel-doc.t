#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# level: quick
# needs: static
# The kernel-doc comments of the driver are complete: every parameter, every
# member, every return value.
source "$(dirname "$0")/lib.sh"
mapfile -t files < <(driver_files '*.[ch]')
said=$(perl "$(tests/lib/kernel.sh scripts)/kernel-doc" -none -Wall \
	"${files[@]}" 2>&1) || true
none 'kernel-doc' "$said"
