#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# level: quick
# tests/run keeps its promises: verdicts, levels, patterns, limits, the last
# line, the exit status.  Tried on a small tree of made-up tests.
source "$(dirname "$0")/lib.sh"
LAB=$(mktemp -d)
trap 'rm -rf "$LAB"' EXIT

# made_up PATH LINE...: an executable script.
made_up() {
	local file=$LAB/tests/$1
	mkdir -p "${file%/*}"
	printf '%s\n' '#!/bin/bash' "${@:2}" >"$file"
	chmod +x "$file"
}

# shellcheck disable=SC2016 # what is quoted is for the made-up scripts
make_tree() {
	mkdir -p "$LAB/tests"
	cp -r tests/run tests/lib "$LAB/tests/"
	made_up alpha/good.t '# level: quick' 'exit 0'
	made_up alpha/bad.t '# level: quick' 'echo reason; exit 3'
	made_up alpha/skip.t '# level: quick' 'echo no hardware; exit 77'
	made_up alpha/slow.t '# level: full' '# time: 1' 'sleep 60'
	made_up alpha/usual.t 'exit 0'
	made_up beta/list '[[ $1 ]] || exec printf "%s\n" "one quick" "two quick"' \
		'[[ $1 == one ]]'
	made_up gamma/list '# batch: yes' \
		'(($#)) || exec printf "%s quick\n" b1 b2 b3' \
		'echo "@result b2 1 0 /dev/null"; echo "@result b1 0 0 /dev/null"'
}

# expect STATUS OUTPUT ARGUMENT...: of tests/run in the lab, without the times,
# and without what explains a failure.
expect() {
	local said status=0 wanted=$2
	said=$(PCACHE_BUILD='' PCACHE_TIME_SCALE=1 "$LAB/tests/run" "${@:3}" 2>&1) ||
		status=$?
	SAID=$said
	said=$(grep -v '^  ' <<<"$said" | sed 's/ ([0-9]*)//')
	[[ $said == "$wanted" ]] || die "tests/run ${*:3} said:
$said
wanted:
$wanted"
	[[ $status == "$1" ]] || die "tests/run ${*:3} exited $status, not $1"
}

make_tree
expect 1 'FAIL alpha/bad
PASS alpha/good
SKIP alpha/skip no hardware
PASS beta/one
FAIL beta/two
FAIL gamma/b2
PASS gamma/b1
FAIL gamma/b3
3 passed, 4 failed, 1 skipped' -q
[[ $SAID == *'  | reason'*'again: tests/run alpha/bad'* ]] ||
	die "a failure is not explained: $SAID"
expect 0 'PASS alpha/good
PASS alpha/usual
2 passed, 0 failed, 0 skipped' good usual
expect 1 'FAIL alpha/slow
0 passed, 1 failed, 0 skipped' alpha/slow
[[ $SAID == *'ran into its time limit'* ]] || die "no time limit: $SAID"
expect 0 'PASS beta/one
1 passed, 0 failed, 0 skipped' one
expect 0 'SKIP alpha/skip no hardware
0 passed, 0 failed, 1 skipped' alpha/skip
expect 1 '0 passed, 0 failed, 0 skipped' no-such-test
expect 0 'alpha/bad
alpha/good
alpha/skip' -q -n alpha
made_up alpha/broken.t '# level: sometimes'
expect 1 "run: $LAB/tests/alpha/broken.t: no such level: sometimes" -q
