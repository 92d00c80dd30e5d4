#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# level: quick
# time: 300
# needs: build
# The driver compiles without a warning at W=1, with and without assertions.
source "$(dirname "$0")/lib.sh"

# compile DIR [-d]
compile() {
	local said
	rm -rf "$BUILD/static/$1"
	said=$(scripts/build-module "${@:2}" "static/$1" -j2 W=1 2>&1) ||
		die "it does not compile: $said"
	none "warnings in $1" "$(grep -iE 'warning|error' <<<"$said" || true)"
	[[ -e $BUILD/static/$1/pcache.ko ]] || die "no module was made in $1"
}

compile w1-release
compile w1-debug -d
