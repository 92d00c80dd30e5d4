#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# desc: backing-stop while it drains: progress, and signals that interrupt it
# level: quick
# time: 120
# needs: build sim
# shellcheck disable=SC2016 # code for the driver's program is in single quotes
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
lib_init
tree_cache 0 /dev/pmem0
tree_backing 0 0 /dev/vdh 0
dirty=$sys/bus/pcache/devices/cache_dev0/backing_dev0/dirty_bytes

# The driver goes on only when the tool has shown what there is to see.
driver_does 'dirty=$sys/bus/pcache/devices/cache_dev0/backing_dev0/dirty_bytes
for left in 1572864:1.5M 524288:512K 0:0; do
	echo ${left%:*} >$dirty
	wait_until grep -q "draining: ${left#*:} of 1.5M left" $tmp/err
done'
tool backing-stop -b 0 --progress
status_is 0
out_is ""
err_has "draining: 512K of 1.5M left"
is "progress on one line each" "$(grep -cv '^draining: .* left$' "$tmp/err")" 0

# Not on a terminal, and not asked for: none.
driver_does 'sleep 0.2'
tool backing-stop -b 0
status_is 0
err_is ""

# On a terminal: in place, and wiped at the end.
if command -v script >/dev/null; then
	echo 1048576 >"$dirty"
	driver_does 'wait_until grep -q "1M of 1M left" $tmp/typescript'
	last="pcache backing-stop -b 0, on a terminal"
	: >"$tmp/typescript"
	status=0
	script -qfec "LD_PRELOAD=$top/build/fakedriver.so $binary backing-stop -b 0" \
		"$tmp/typescript" >/dev/null </dev/null || status=$?
	err=$(<"$tmp/typescript")
	status_is 0
	err_has $'\rdraining: 1M of 1M left\e[K'
	err_has $'\r\e[K'
fi

# interrupted SIGNAL: sent once the driver is at work; the write is cut short
# and the answer is the kernel's.
interrupted() {
	driver_does ': >$tmp/busy; exec sleep 1000'
	rm -f "$tmp/busy"
	last="pcache backing-stop -b 0, then SIG$1"
	status=0
	env --default-signal=INT,TERM,HUP LD_PRELOAD="$top/build/fakedriver.so" \
		"$binary" backing-stop -b 0 >"$tmp/out" 2>"$tmp/err" </dev/null &
	wait_until test -e "$tmp/busy"
	kill -s "$1" $!
	wait $! || status=$?
	out=$(<"$tmp/out")
	err=$(<"$tmp/err")
	status_is 1
	out_is ""
	err_is "pcache: backing-stop: interrupted: backing_dev0 of cache_dev0 runs on"
	written_is "$adm"
}
adm="devices/cache_dev0/adm <- op=backing-stop,backing_id=0,mode=drain"
interrupted INT
interrupted TERM
interrupted HUP

# nohup means what it says: an ignored signal stays ignored.
driver_does ': >$tmp/busy; wait_until test -e $tmp/go'
rm -f "$tmp/busy"
last="pcache backing-stop -b 0, SIGHUP ignored"
status=0
env --ignore-signal=HUP LD_PRELOAD="$top/build/fakedriver.so" \
	"$binary" backing-stop -b 0 >"$tmp/out" 2>"$tmp/err" </dev/null &
wait_until test -e "$tmp/busy"
kill -s HUP $!
: >"$tmp/go"
wait $! || status=$?
err=$(<"$tmp/err")
status_is 0
err_is ""

# A signal that comes when all is done changes nothing: the answer counts.
driver_does 'kill -s TERM $PPID; exit 0'
tool backing-stop -b 0
checks=$((checks + 1))
case $status in
0) [[ -z $err ]] || fail "stderr: $err" ;;
1) err_has "runs on" ;;
*) fail "status $status" ;;
esac

lib_done
