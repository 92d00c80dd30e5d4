#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# desc: the guest runner notices what it is there to notice
# level: full
# module: none
# time: 900
# Runs the cases below selftest/ with a stand-in for the driver, which fails in
# every way we know, and compares the verdicts and the reasons in the logs.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
source "$here/../lib/common.sh"
source "$here/../lib/kernel.sh"
LAB=$BUILD/selftest

build_standin() {
	mkdir -p "$LAB/module"
	cp "$here"/selftest/{Kbuild,standin.c} "$LAB/module/"
	make -s -C "$(kernel_headers)" M="$LAB/module" modules
}

# verdict NAME STATUS [REGEX]: what must have been reported, and said in the log.
verdict() {
	local line
	line=$(grep "^@result $1 " "$LAB/results") || die "$1: no result"
	[[ $line == "@result $1 $2 "* ]] || die "wanted $2, got: $line"
	[[ ! ${3:-} ]] || grep -qE -- "$3" "$LAB/logs/guest/$1.log" ||
		die "$1: its log does not say '$3'"
}

build_standin
mapfile -t names < <(basename -s .sh "$here"/selftest/cases/*.sh)
PCACHE_BUILD=$LAB PCACHE_CASES=$here/selftest/cases PCACHE_MODULES=$LAB \
	"$here/list" "${names[@]}" | tee "$LAB/results"
[[ $(grep -c '^@result' "$LAB/results") == "${#names[@]}" ]] ||
	die 'one result for each case, no more'

verdict pass 0
verdict machine 0
verdict warn-allowed 0
verdict skip 77 'because'
verdict fail 1 'fail.sh:[0-9]+: false'
verdict fail-errno 1 'wanted EBUSY, got .*Invalid argument'
verdict fail-message 1 'does not match'
verdict fail-data 1 'differ'
verdict fail-fio 1 'is no block device'
verdict warn 1 'WARNING: '
verdict pinned 1 'the module does not unload'
verdict slow 124 'stopped after its time limit'
verdict hang 1 'the guest hung.*'
verdict hang 1 'wait_for_nobody|cache_dev_register_store'
verdict die 1 'Kernel panic'
[[ -e $LAB/artifacts/guest/die/console.1.log ]] || die 'no artefacts of "die"'
