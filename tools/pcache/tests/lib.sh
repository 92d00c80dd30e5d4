# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the shell tests of the tool share: building it, a sysfs tree of plain
# files, a stand-in for the driver, and checks that say what they expected.
#
# A test calls lib_init, then "tool ARGS" as often as it likes and checks
# $status, $out and $err; lib_done ends it.  Every check counts; a failed one
# is reported at once and fails the test at its end.

export LC_ALL=C PATH=$PATH:/usr/sbin:/sbin
checks=0
failures=0

skip() {
	echo "SKIP: $*"
	exit 77
}

# Builds the tool with sanitizers and the stand-in. PCACHE_TOOL=/some/pcache
# tests that one instead.
lib_build() {
	local lock

	mkdir -p "$top/build"
	exec {lock}>"$top/build/.lock"
	flock "$lock"
	make -s -C "$top" fake >&2
	[[ -n ${PCACHE_TOOL:-} ]] || make -s -C "$top" SAN=1 >&2
	exec {lock}>&-
	binary=${PCACHE_TOOL:-$top/build/san/pcache}
}

lib_init() {
	top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
	lib_build
	tmp=$(mktemp -d)
	trap 'rm -rf "$tmp"' EXIT
	sys=$tmp/sys
	written=$tmp/written
	export PCACHE_SYSFS_ROOT=$sys PCACHE_DEV_ROOT=$tmp/dev
	export PCACHE_NODE_TIMEOUT=0 FAKE_DRIVER=$tmp/driver
	export ASAN_OPTIONS=verify_asan_link_order=0
	tree_new
	driver_says 0
}

lib_done() {
	echo "$checks checks, $failures failed"
	((failures == 0))
}

# ---- the tree -------------------------------------------------------------

# An empty bus. A name of a logic device leads to /dev/null: its number, 1:3,
# is what "dev" has, so that no block device is needed.
tree_new() {
	rm -rf "$sys" "${tmp:?}/dev"
	mkdir -p "$sys/bus/pcache/devices" "$sys/block" "$sys/dev/block" "$tmp/dev"
	: >"$sys/bus/pcache/cache_dev_register"
	: >"$sys/bus/pcache/cache_dev_unregister"
}

# attrs DIR NAME=VALUE...
attrs() {
	local dir=$1 pair
	shift

	mkdir -p "$dir"
	for pair; do
		echo "${pair#*=}" >"$dir/${pair%%=*}"
	done
}

# tree_cache N PATH
tree_cache() {
	local dir=$sys/bus/pcache/devices/cache_dev$1

	attrs "$dir" "path=$2" magic=0x65b05efa96c596ef version=1 \
		flags=0x00000002 segment_num=32 segment_size=16777216 \
		free_segments=30 state=running label=fast \
		uuid=01234567-89ab-cdef-0123-456789abcdef
	: >"$dir/adm"
}

# tree_backing CACHE N PATH LOGIC
tree_backing() {
	local dir=$sys/bus/pcache/devices/cache_dev$1/backing_dev$2

	attrs "$dir" "path=$3" "mapped_id=$4" cache_segs=3200 \
		cache_gc_percent=70 cache_used_segs=2238 \
		uuid=fedcba98-7654-3210-fedc-ba9876543210 size=536870912000 \
		state=running condition=ok dirty_bytes=1572864 queue_mode=mq \
		queues=16 writeback_order=strict data_crc=1 clean_lsn=77 \
		evict_lsn=12 id=naa.5000 mode=running lost=0 checkpoint_lsn=70
	[[ $4 != none ]] || return 0
	attrs "$sys/block/pcache$4" dev=1:3
	ln -s "$dir" "$sys/block/pcache$4/pcache"
	ln -s /dev/null "$tmp/dev/pcache$4"
}

# ---- the driver -----------------------------------------------------------

# For the driver's program. It must not outlive a test that was killed.
wait_until() {
	until "$@"; do
		[[ -d $tmp ]] || exit 1
		sleep 0.05
	done
}

# driver_does [SHELL CODE]: what happens on a write, after it was noted down.
# $1 is the file, $2 the text; the exit status is the errno.
driver_does() {
	{
		echo '#!/bin/bash'
		printf 'sys=%q tmp=%q written=%q\n' "$sys" "$tmp" "$written"
		declare -f attrs tree_cache tree_backing wait_until
		# shellcheck disable=SC2016,SC2028 # for the program
		echo 'printf "%s <- %s\n" "${1#"$sys"/}" "$2" >>"$written"'
		printf '%s\n' "$@"
	} >"$FAKE_DRIVER"
	chmod +x "$FAKE_DRIVER"
	: >"$written"
}

driver_says() {
	driver_does "exit $1"
}

# The number of an errno, from its name.
errno_number() {
	python3 -c 'import errno, sys; print(getattr(errno, sys.argv[1]))' "$1"
}

# ---- the tool -------------------------------------------------------------

tool() {
	last="pcache $*"
	status=0
	: >"$written"
	LD_PRELOAD=$top/build/fakedriver.so "$binary" "$@" \
		>"$tmp/out" 2>"$tmp/err" </dev/null || status=$?
	out=$(<"$tmp/out")
	err=$(<"$tmp/err")
}

# The rows of the list on stdin, one on each line; the order of the keys stays.
# With an argument: the keys of the first row only.
rows() {
	python3 -c '
import json, sys
rows = json.load(sys.stdin)
if sys.argv[1:]:
    print(*rows[0])
else:
    for row in rows:
        print(json.dumps(row, separators=(",", ":")))' "$@"
}

# ---- checks ---------------------------------------------------------------

fail() {
	failures=$((failures + 1))
	echo "FAIL: ${last:-}"
	printf '      %s\n' "$@"
}

# is WHAT GOT WANTED
is() {
	checks=$((checks + 1))
	[[ $2 == "$3" ]] || fail "$1 is '$2'" "expected '$3'"
}

# has WHAT GOT PART
has() {
	checks=$((checks + 1))
	[[ $2 == *"$3"* ]] || fail "$1 is '$2'" "expected to contain '$3'"
}

status_is() {
	checks=$((checks + 1))
	((status == $1)) || fail "exit status $status, expected $1" "stderr: $err"
}

out_is() { is stdout "$out" "$1"; }
err_is() { is stderr "$err" "$1"; }
err_has() { has stderr "$err" "$1"; }

# One line, no more and no less.
err_one_line() {
	is "lines on stderr" "$(wc -l <"$tmp/err")" 1
}

# What went to the driver, as "FILE <- TEXT" without bus/pcache/.
written_is() {
	local got
	got=$(<"$written")
	is "what was written" "${got#bus/pcache/}" "$1"
}
