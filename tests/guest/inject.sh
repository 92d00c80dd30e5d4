# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034 # for those who source this
# For cases that make allocations or a disk fail, on the debug kernel.  Sourced.
#
#	inject_setup		after load_module: only what happens on behalf of the
#				driver is concerned: its text is on the stack
#	inject_rate PERCENT	of all allocations, from now on; 0 = none
#	inject_anybody		no filter any more, for a module that is not loaded
#	nth N ARGUMENTS...	helper failnth; NTH_ERRNO and NTH_LEFT say what came
#				of it
#	nth_some COMMAND...	COMMAND N for some N, up to what NTH_ALL says
#	disk_fails DISK PERCENT	of all requests to it; 0 = none
source "$TREE/tests/guest/lib.sh"
FAULTS=/sys/kernel/debug
ENOMEM=12

inject_set() {
	local dir
	for dir in failslab fail_page_alloc; do
		echo "$2" >"$FAULTS/$dir/$1"
	done
}

# inject_range START END
inject_range() {
	inject_set require-start "$1"
	inject_set require-end "$2"
}

inject_setup() {
	local range
	range=$(awk '$4 == "[pcache]" && tolower($2) == "t" { print $1 }' \
		/proc/kallsyms | sort)
	[[ $range ]] || fail 'the driver has no text'
	inject_range "0x$(head -n 1 <<<"$range")" "0x$(tail -n 1 <<<"$range")"
	inject_set verbose 0
	inject_set interval 1
	inject_set times -1
	inject_set ignore-gfp-wait N
	echo 0 >$FAULTS/fail_page_alloc/min-order
	echo N >$FAULTS/fail_page_alloc/ignore-gfp-highmem
	inject_rate 0
	defer inject_rate 0
}

inject_rate() {
	inject_set probability "$1"
}

inject_anybody() {
	inject_range 0 0xffffffffffffffff
}

nth() {
	read -r NTH_ERRNO NTH_LEFT < <(helper failnth "$@")
}

# nth_count ARGUMENTS...: NTH_ALL = how many allocations could fail.
nth_count() {
	nth 1000000 "$@"
	((NTH_ERRNO == 0)) || fail "errno $NTH_ERRNO without a fault: $*"
	NTH_ALL=$((1000000 - NTH_LEFT))
	((NTH_ALL > 0)) || fail "nothing to fail in: $*"
}

# All of the first few, then evenly spread ones, from a random start.
nth_some() {
	local n stride=$((NTH_ALL / ${NTH_TRIES:-24} + 1)) failed=0
	step "$NTH_ALL allocations, the first 8 and one in $stride"
	for ((n = 1; n <= NTH_ALL; n += n < 8 ? 1 : stride)); do
		"$@" $((n <= 8 ? n : n + RANDOM % stride))
		((NTH_LEFT)) || failed=$((failed + 1))
	done
	((failed > 0)) || fail 'nothing has failed'
}

# disk_fails DISK PERCENT
disk_fails() {
	echo 1 >"/sys/block/${1#/dev/}/make-it-fail"
	echo 0 >$FAULTS/fail_make_request/verbose
	echo -1 >$FAULTS/fail_make_request/times
	echo "$2" >$FAULTS/fail_make_request/probability
}
