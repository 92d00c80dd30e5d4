# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034 # for those who source this
# For cases that make allocations or a disk fail, on the debug kernel.  Sourced.
#
#	inject_setup		after load_module: only what the driver asks for is
#				concerned, below
#	inject_rate PERCENT	of all allocations, from now on; 0 = none
#	inject_init		the same for the init function of a module that is
#				not loaded yet
#	nth N ARGUMENTS...	helper failnth; NTH_ERRNO and NTH_LEFT say what came
#				of it
#	nth_some COMMAND...	COMMAND N for some N, up to what NTH_ALL says
#	disk_fails DISK PERCENT	of all requests to it; 0 = none
#
# What the driver asks for has the driver's text among the innermost frames of the
# stack: it allocates itself, or calls a function of the kernel that does.  So
# whatever the driver calls that may run short does run short.  What happens deeper
# down, such as the names of directories in sysfs below add_disk(), says nothing
# about the driver: to it the call has failed either way.  But the kernel's own
# ways out leak there (sysfs_slab_add() its name, blk_mq_register_hctx() a queue).
source "$TREE/tests/guest/lib.sh"
FAULTS=/sys/kernel/debug
ENOMEM=12
# The fault, the hook, the allocator in three layers, and a function or two.
DEPTH=8

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

# inject_within START END: calls from this range of text.
inject_within() {
	inject_range "0x$1" "0x$2"
	inject_set stacktrace-depth "$DEPTH"
	inject_set verbose 0
	inject_set interval 1
	inject_set times -1
	inject_set ignore-gfp-wait N
	echo 0 >$FAULTS/fail_page_alloc/min-order
	echo N >$FAULTS/fail_page_alloc/ignore-gfp-highmem
	inject_rate 0
}

inject_setup() {
	local range
	range=$(awk '$4 == "[pcache]" && tolower($2) == "t" { print $1 }' \
		/proc/kallsyms | sort)
	[[ $range ]] || fail 'the driver has no text'
	inject_within "$(head -n 1 <<<"$range")" "$(tail -n 1 <<<"$range")"
	defer inject_rate 0
}

# What calls the init function stands for the module, whose place nobody knows.
inject_init() {
	local range
	range=$(awk 'tolower($2) == "t" { print $1, $3 }' /proc/kallsyms | sort |
		awk 'last == "do_one_initcall" { print at, $1 }
			{ at = $1; last = $2 }')
	[[ $range ]] || fail 'nothing calls the init function'
	# shellcheck disable=SC2086 # two words
	DEPTH=$((DEPTH + 1)) inject_within $range
}

inject_rate() {
	inject_set probability "$1"
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
