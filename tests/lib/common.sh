# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# What every script of the project shares: where things are, how to stop, how
# to keep two of us from building the same thing at once.  Sourced, sets no
# options, starts nothing, knows nothing about guests, kernels or tests.
#
#   TREE    top of the working tree      BUILD   everything made in the tree
#   CACHE   what outlives the tree: unpacked kernels, initramfs, verdicts

TREE=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
# shellcheck disable=SC2034 # read by those who source this
BUILD=${PCACHE_BUILD:-$TREE/build}
# shellcheck disable=SC2034 # likewise
CACHE=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/pcache
# Where modprobe, mkfs and the like are for people who are not root.
PATH=$PATH:/usr/sbin:/sbin

die() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

note() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
}

# locked FILE COMMAND...: run COMMAND while holding an exclusive lock on FILE.
# COMMAND may be a shell function; its locks end with it, however it ends.
locked() {
	local file=$1
	shift
	mkdir -p "$(dirname "$file")"
	(
		flock 9
		"$@" 9>&-
	) 9>"$file"
}

# scaled SECONDS: a time limit, stretched for slow or busy machines.
# PCACHE_TIME_SCALE is a whole number, 1 by default.
scaled() {
	echo $(($1 * ${PCACHE_TIME_SCALE:-1}))
}

# header FILE KEY: the values of "# KEY: value" lines at the head of a test, in
# any comment style; nothing if there are none.
header() {
	sed -nE "1,40s@^([#/* ]|//)+ *$2: *(.*[^ ]) *\$@\2@p" "$1"
}
