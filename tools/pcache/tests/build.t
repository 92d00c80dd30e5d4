#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# desc: no warnings with gcc and clang, install layout, clean; fortified and plain
# level: quick
# time: 120
# needs: build sim
set -euo pipefail

top=$(cd "$(dirname "$0")/.." && pwd)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

failed() {
	echo "FAIL: $*"
	exit 1
}

# build NAME VARIABLE=VALUE...: somewhere else, and in silence.
build() {
	local name=$1
	shift
	echo "building: $name"
	make -s -C "$top" O="$tmp/$name" BIN="$tmp/$name/pcache" "$@" \
		all unit >"$tmp/log" 2>&1 || { cat "$tmp/log"; failed "$name"; }
	[[ ! -s $tmp/log ]] || { cat "$tmp/log"; failed "$name: warnings"; }
	[[ $("$tmp/$name/pcache" --version) == "pcache "[0-9]* ]] || failed "$name: --version"
}
build gcc CC=gcc
build gcc-plain CC=gcc CFLAGS=-O0
compilers=1
if command -v clang >/dev/null; then
	build clang CC=clang
	build clang-san CC=clang SAN=1
	compilers=2
fi

make -s -C "$top" O="$tmp/gcc" BIN="$tmp/gcc/pcache" CC=gcc \
	DESTDIR="$tmp/root" prefix=/usr install
installed=$(cd "$tmp/root" && find . -type f -printf '%m %P\n' | sort | xargs)
[[ $installed == "644 usr/lib/udev/rules.d/69-pcache.rules 644 usr/share/bash-completion/completions/pcache 644 usr/share/man/man8/pcache.8 755 usr/sbin/pcache" ]] ||
	failed "installed: $installed"

cp -r "$top" "$tmp/copy"
make -s -C "$tmp/copy" clean
[[ ! -e $tmp/copy/build && ! -e $tmp/copy/pcache ]] || failed "clean left something"
echo "$compilers compilers"
