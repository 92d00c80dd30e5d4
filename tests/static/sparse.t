#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# level: quick
# time: 300
# needs: build static
# sparse finds nothing in the driver: types of each endianness, locks, RCU and
# the __pmem address space, which only the primitives may store to.
source "$(dirname "$0")/lib.sh"

check() {
	rm -rf "$BUILD/static/sparse"
	scripts/build-module static/sparse -j2 C=2 W=1 \
		CF='-D__CHECK_ENDIAN__' 2>&1 || die 'it does not compile'
}

said=$(check) || die "$said"
grep -q '  CHECK  ' <<<"$said" || die "sparse did not run: $said"
none 'sparse' "$(grep -iE 'warning|error' <<<"$said" || true)"
