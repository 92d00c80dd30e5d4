# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# desc: the power-cut test finds what a driver loses that does not replay, or acknowledges too early
# level: full
# time: 1500
# powercut-mutants.sh [MUTANT...]: each is built into a module of its own, and
# power cuts have to end with a report of what was lost; a test that fails for
# another reason (a build, a boot) proves nothing.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/../../lib/common.sh"
source "$here/../../lib/kernel.sh"
LAB=$BUILD/mutants-guest

# build NAME: $LAB/NAME/module/pcache.ko.  A copy, since some of it is changed.
build() {
	local dir=$LAB/$1/module
	rm -rf "$dir"
	mkdir -p "$dir"
	find "$TREE" -maxdepth 1 \( -name '*.[ch]' -o -name Makefile -o \
		-name Kconfig \) ! -name '*.mod.c' -exec cp -t "$dir" {} +
	"$TREE/tests/mutants/apply" "$1" "$dir"
	make -s -C "$(kernel_headers)" M="$dir" CONFIG_BLK_DEV_PCACHE=m modules
}

# killed NAME: the power-cut test fails with it, because something was lost.
killed() {
	local log=$LAB/$1/powercut.log
	if PCACHE_MODULES=$LAB/$1 bash "$here/powercut.sh" 3 >"$log" 2>&1; then
		die "$1: nobody noticed, see $log"
	fi
	grep -q '^bad disk' "$log" || {
		tail -n 40 "$log"
		die "$1: the test failed, but not for what it is there for"
	}
	echo "$1 was noticed: $(grep -m 1 '^bad disk' "$log")"
}

(($#)) || set -- no-replay ack-before-publish
for name; do
	build "$name"
	killed "$name"
done
