#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# desc: cache-start attaches the backings that wait and whose disk is there
# level: quick
# time: 60
# needs: build sim
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
lib_init

# A disk of the fake tree: /dev/null, whose identity is a serial number of ours.
null_serial() {
	attrs "$sys/dev/block/1:3" "serial=$1"
	attrs "$sys/block/null" "serial=$1" dev=1:3
}

# waiting N PATH ID: backing_devN of cache_dev0 waits.
waiting() {
	local dir=$sys/bus/pcache/devices/cache_dev0/backing_dev$1

	tree_backing 0 "$1" "$2" none
	attrs "$dir" state=waiting "id=$3"
}

tool_identity() {
	local text

	text=$(sed -n 's/.*,id=\([^,]*\).*/\1/p' "$written" | tail -n 1)
	echo "$text"
}

# What identity the tool gives this disk, by its own word.
tree_new
tree_cache 0 /dev/pmem0
null_serial one
driver_does 'tree_backing 0 0 /dev/null 7'
tool backing-start -p /dev/null
identity=$(tool_identity)
if [[ -z $identity ]]; then
	skip "/dev/null of the fake tree has no identity"
fi

# A waiting backing whose disk is there is attached, with its identity.
tree_new
# shellcheck disable=SC2016 # for the stand-in
driver_does 'case $1 in
*register) tree_cache 0 /dev/pmem0;;
esac'
tree_cache 0 /dev/pmem0
null_serial one
waiting 0 /dev/null "$identity"
tool cache-start -p /dev/pmem0
status_is 0
out_is cache_dev0
err_is ""
written_is "cache_dev_register <- path=/dev/pmem0,format=0,force=0
bus/pcache/devices/cache_dev0/adm <- op=backing-start,path=/dev/null,id=$identity"

# Another disk under its path, no disk, no identity: it goes on waiting.
for wrong in "/dev/null other" "/dev/missing $identity" "/dev/null "; do
	tree_new
	tree_cache 0 /dev/pmem0
	null_serial one
	waiting 0 "${wrong% *}" "${wrong#* }"
	driver_says 0
	tool cache-start -p /dev/pmem0
	status_is 0
	out_is cache_dev0
	err_has "backing_dev0 waits for its disk: ${wrong% *}"
	written_is "cache_dev_register <- path=/dev/pmem0,format=0,force=0"
done

# What runs is left alone.
tree_new
tree_cache 0 /dev/pmem0
tree_backing 0 0 /dev/null 7
driver_says 0
tool cache-start -p /dev/pmem0
status_is 0
err_is ""
written_is "cache_dev_register <- path=/dev/pmem0,format=0,force=0"

# The driver's refusal is the exit status; the others are tried all the same.
tree_new
tree_cache 0 /dev/pmem0
null_serial one
waiting 0 /dev/null "$identity"
waiting 1 /dev/null "$identity"
# shellcheck disable=SC2016 # for the stand-in
driver_does 'case $1 in
*adm) exit 117;;
esac'
tool cache-start -p /dev/pmem0
status_is 5
out_is cache_dev0
[[ $(grep -c adm "$written") == 2 ]] || {
	echo "both should have been tried: $(<"$written")"
	exit 1
}

# Its disk has another name now: it is looked for.
tree_new
tree_cache 0 /dev/pmem0
null_serial one
mkdir -p "$sys/class/block/null" "$tmp/dev"
ln -s /dev/null "$tmp/dev/null"
waiting 0 /dev/missing "$identity"
driver_says 0
tool cache-start -p /dev/pmem0
status_is 0
err_is ""
written_is "cache_dev_register <- path=/dev/pmem0,format=0,force=0
bus/pcache/devices/cache_dev0/adm <- op=backing-start,path=$tmp/dev/null,id=$identity"

# Two that have it: who knows which is meant.
mkdir -p "$sys/class/block/zero"
ln -s /dev/null "$tmp/dev/zero"
tool cache-start -p /dev/pmem0
err_has "backing_dev0 waits for its disk: /dev/missing"
written_is "cache_dev_register <- path=/dev/pmem0,format=0,force=0"

# --known: the same for all that waits, without the pmem device.
rm "$tmp/dev/zero"
tool backing-start --known
status_is 0
out_is ""
written_is "devices/cache_dev0/adm <- op=backing-start,path=$tmp/dev/null,id=$identity"
tool backing-start --known -c 1
status_is 3
written_is ""

# --known --path: this disk, in whatever pool it is waited for.
for path in /dev/missing /dev/null; do
	tree_new
	tree_cache 0 /dev/pmem0
	tree_cache 1 /dev/pmem1
	null_serial one
	waiting 0 /dev/other other
	attrs "$sys/bus/pcache/devices/cache_dev1/backing_dev3" state=waiting \
		"path=$path" "id=$identity"
	ln -s /dev/null "$tmp/dev/link"
	driver_says 0
	tool backing-start --known -p "$tmp/dev/link"
	status_is 0
	out_is ""
	err_is ""
	written_is "devices/cache_dev1/adm <- op=backing-start,path=$tmp/dev/link,id=$identity"
done

# Nobody waits for it, it has no identity, it runs, there is no driver: no error.
for what in other '' running; do
	tree_new
	tree_cache 0 /dev/pmem0
	null_serial one
	waiting 0 /dev/null "${what:-}"
	[[ $what != running ]] ||
		attrs "$sys/bus/pcache/devices/cache_dev0/backing_dev0" state=running "id=$identity"
	tool backing-start --known --path /dev/null
	status_is 0
	err_is ""
	written_is ""
done
rm -r "$sys/bus/pcache"
tool backing-start --known --path /dev/null
status_is 0
tool backing-start --known
status_is 0

# It is attached as it was, or not at all.
tool backing-start --known -p /dev/null -q 4
status_is 2
err_has "--known attaches as before: no --queues"
tool backing-start
status_is 2
err_has "--path is missing"

lib_done
