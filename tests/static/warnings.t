#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# level: quick
# time: 300
# needs: build
# The driver compiles without a warning at W=1, with and without assertions.
source "$(dirname "$0")/lib.sh"

compile() {
	rm -rf "$BUILD/static/$1"
	scripts/build-module "static/$1" -j2 W=1 "${@:2}" 2>&1 ||
		die "it does not compile ($1)"
}

for kind in release debug; do
	flags=()
	[[ $kind == release ]] || flags=(CONFIG_BLK_DEV_PCACHE_DEBUG=y
		KCFLAGS=-DCONFIG_BLK_DEV_PCACHE_DEBUG=1)
	said=$(compile "w1-$kind" "${flags[@]}") || die "$said"
	none "warnings ($kind)" "$(grep -iE 'warning|error' <<<"$said" || true)"
	[[ -e $BUILD/static/w1-$kind/pcache.ko ]] || die "no module was made"
done
