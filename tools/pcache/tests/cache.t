#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# desc: cache-start, cache-stop, cache-list against a fake sysfs tree
# level: quick
# time: 120
# needs: build sim
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
lib_init

# ---- what is written, in every form ----

driver_does 'tree_cache 0 /dev/pmem0'
started() {
	local expected=$1
	shift
	tree_new
	tool cache-start "$@"
	status_is 0
	out_is cache_dev0
	err_is ""
	written_is "cache_dev_register <- $expected"
}
started path=/dev/pmem0,format=0,force=0 -p /dev/pmem0
started path=/dev/pmem0,format=0,force=0 --path=/dev/pmem0
started path=/dev/pmem0,format=1,force=1 -p /dev/pmem0 -f -F
started path=/dev/pmem0,format=1,force=1 --path /dev/pmem0 --format --force
started path=/dev/pmem0,format=1,force=0 -fp /dev/pmem0
started path=/dev/pmem0,format=1,force=0,label=fast,segment_size=1048576 \
	-p /dev/pmem0 -f --label=fast --segment-size 1MiB

# The path goes to the driver as it was given, but never a relative one.
ln -s /dev/null "$tmp/by-id"
driver_does "tree_cache 0 $tmp/by-id"
started "path=$tmp/by-id,format=0,force=0" -p "$tmp/by-id"
driver_does 'tree_cache 0 /dev/null'
cd /dev
started path=/dev/null,format=0,force=0 -p null
cd - >/dev/null
tool cache-start -p no/such/file
status_is 3
err_has "no/such/file: no such device"
written_is ""

# The new one is found among others, whatever its number.
tree_new
tree_cache 3 /dev/pmem3
driver_does 'tree_cache 12 /dev/pmem0'
tool cache-start -v -p /dev/pmem0
status_is 0
out_is cache_dev12
err_is "pcache: cache-start: bus/pcache/cache_dev_register <- path=/dev/pmem0,format=0,force=0"

# A driver that says yes and shows nothing is not believed.
driver_says 0
tool cache-start -p /dev/pmem1
status_is 1
out_is ""
err_has "/dev/pmem1 was registered, but"

# ---- what runs already ----

for errno in EEXIST EBUSY; do
	driver_says "$(errno_number $errno)"
	tool cache-start -p /dev/pmem0
	status_is 0
	out_is cache_dev12
	err_is "pcache: cache-start: /dev/pmem0 is running already"
	tool cache-start -p /dev/pmem0 -f -F
	status_is 4
	out_is ""
	err_has "/dev/pmem0 was not formatted: it is running as cache_dev12"
done

# ---- what the driver refuses: errno, status, words ----

# refused ERRNO STATUS WORDS ARGS...
refused() {
	local wanted=$2 words=$3
	driver_says "$(errno_number "$1")"
	shift 3
	tool "$@"
	status_is "$wanted"
	out_is ""
	err_one_line
	err_has "$words"
}
tree_new
refused EEXIST 5 "/dev/pmem0 was not formatted, for it is not empty" cache-start -fp /dev/pmem0
refused EBUSY 4 "/dev/pmem0 is in use" cache-start -p /dev/pmem0
refused ENODEV 3 "/dev/pmem0: no such device" cache-start -p /dev/pmem0
refused ENOENT 3 "/dev/pmem0: no such device" cache-start -p /dev/pmem0
refused ENXIO 3 "/dev/pmem0: no such device" cache-start -p /dev/pmem0
refused ENOTBLK 1 "/dev/pmem0 is not a block device" cache-start -p /dev/pmem0
refused EOPNOTSUPP 1 "no synchronous DAX" cache-start -p /dev/pmem0
refused EROFS 1 "/dev/pmem0 is read-only" cache-start -p /dev/pmem0
refused EUCLEAN 5 "/dev/pmem0 was a cache device, but its superblocks are damaged" cache-start -p /dev/pmem0
refused ENOSPC 1 "/dev/pmem0 is too small" cache-start -p /dev/pmem0
refused EFBIG 1 "/dev/pmem0 is smaller than it was" cache-start -p /dev/pmem0
refused EINVAL 1 'refused "path=/dev/pmem0,format=0,force=0"' cache-start -p /dev/pmem0
refused EINTR 1 "interrupted: /dev/pmem0 was not started" cache-start -p /dev/pmem0
refused EIO 1 "/dev/pmem0 can't be read" cache-start -p /dev/pmem0
refused EACCES 1 "needs root" cache-start -p /dev/pmem0
refused EPERM 1 "needs root" cache-start -p /dev/pmem0
refused ENOTTY 1 "/dev/pmem0: Inappropriate ioctl for device (details: dmesg)" cache-start -p /dev/pmem0

# What would be lost by --force is named, if it is known. "\211pcache..." is the
# magic of a superblock; mkfs works on files, too.
holds() {
	refused EEXIST 5 "$tmp/pmem was not formatted, for $1; --force formats over" \
		cache-start -f -p "$tmp/pmem"
}
truncate -s 16M "$tmp/pmem"
holds "it is not empty"
mkfs.ext4 -q -L "a label" "$tmp/pmem"
holds "it holds ext4, labelled a label"
printf '\x89pcache\r\n\x1a\npmem\x01' | dd of="$tmp/pmem" bs=1 seek=4120 conv=notrunc status=none
holds "it holds a pcache cache device"
truncate -s 0 "$tmp/pmem"
truncate -s 16M "$tmp/pmem"
printf '\x55\xaa' | dd of="$tmp/pmem" bs=1 seek=510 conv=notrunc status=none
printf '\x83\0\0\0\0\x08\0\0\0\x10\0\0' | dd of="$tmp/pmem" bs=1 seek=450 conv=notrunc status=none
holds "it holds a partition table (dos)"

# ---- the module ----

# A modprobe that works, one that doesn't, and one that does nothing.
mkdir "$tmp/bin"
modprobe_does() {
	printf '#!/bin/bash\necho "$*" >>%q/modprobe.log\n%s\n' "$tmp" "$1" >"$tmp/bin/modprobe"
	chmod +x "$tmp/bin/modprobe"
	: >"$tmp/modprobe.log"
	rm -rf "$sys/bus/pcache"
}
old_path=$PATH
PATH=$tmp/bin:$PATH
modprobe_does "$(declare -f tree_new); sys=$sys tmp=$tmp; tree_new"
driver_does 'tree_cache 0 /dev/pmem0'
tool cache-start -p /dev/pmem0
status_is 0
out_is cache_dev0
is "modprobe's arguments" "$(<"$tmp/modprobe.log")" pcache
for code in "exit 1" "kill -9 \$\$" ":"; do
	modprobe_does "$code"
	tool cache-start -p /dev/pmem0
	status_is 1
	out_is ""
	err_has "modprobe pcache failed"
	written_is ""
done
# Nothing but cache-start loads it.
modprobe_does ":"
for command in cache-list backing-list; do
	tool $command
	status_is 0
	out_is "[]"
done
tool cache-stop
status_is 3
tool backing-stop -b 0
status_is 3
tool backing-start -p /dev/vdh
status_is 3
is "modprobe's arguments" "$(<"$tmp/modprobe.log")" ""
PATH=$old_path

# ---- cache-stop ----

tree_new
tree_cache 0 /dev/pmem0
driver_says 0
tool cache-stop
status_is 0
out_is ""
err_is ""
written_is "cache_dev_unregister <- cache_dev_id=0"
tool cache-stop -c 7
written_is "cache_dev_unregister <- cache_dev_id=7"
tool cache-stop --cache=cache_dev8
written_is "cache_dev_unregister <- cache_dev_id=8"
refused EBUSY 4 "cache_dev2 still has backing devices" cache-stop -c 2
refused ENODEV 3 "there is no cache_dev2" cache-stop -c 2
refused EINVAL 1 'refused "cache_dev_id=2"' cache-stop -c 2

# ---- cache-list ----

tree_new
tool cache-list
status_is 0
out_is "[]"
tool cache-list --table
status_is 0
out_is ""

tree_cache 10 /dev/pmem1
tree_cache 2 /dev/pmem0
mkdir "$sys/bus/pcache/devices/cache_devX" "$sys/bus/pcache/devices/other0"
tool cache-list
status_is 0
err_is ""
expected=$(
	for device in 2:/dev/pmem0 10:/dev/pmem1; do
		cat <<-END
			{"magic":"0x65b05efa96c596ef","version":1,"flags":"0x00000002","segment_num":32,"cache_id":${device%:*},"path":"${device#*:}","uuid":"01234567-89ab-cdef-0123-456789abcdef","label":"fast","segment_size":16777216,"free_segments":30,"state":"running"}
		END
	done
)
is "the JSON" "$(rows <"$tmp/out")" "$expected"
has "the JSON's text" "$out" '"path": "/dev/pmem0"'
tool cache-list --json
is "the JSON" "$(rows <"$tmp/out")" "$expected"
written_is ""

tool cache-list --table
status_is 0
is "the table's fields" "$(awk 'NR == 2 { print $1, $2, $3, $4, $5, $6, $7 }' "$tmp/out")" \
	"2 /dev/pmem0 fast running 16M 32 30"
is "the table's lines" "$(wc -l <"$tmp/out")" 3

# A key that an older driver lacks is left out; one of the first six is not.
rm "$sys/bus/pcache/devices/cache_dev2/label"
tool cache-list
status_is 0
is "keys" "$(rows keys <"$tmp/out")" \
	"magic version flags segment_num cache_id path uuid segment_size free_segments state"
rm "$sys/bus/pcache/devices/cache_dev2/version"
tool cache-list
status_is 1
out_is ""
err_has "cache_dev2/version: No such file"
echo "1 2" >"$sys/bus/pcache/devices/cache_dev2/version"
tool cache-list
status_is 1
out_is ""
err_has "cache_dev2/version: not what this tool expects"

# Output that can't be written is a failure.
if [[ -c /dev/full ]]; then
	tree_new
	status=0
	"$binary" cache-list >/dev/full 2>"$tmp/err" || status=$?
	err=$(<"$tmp/err")
	last="pcache cache-list >/dev/full"
	status_is 1
	err_has "writing the output failed"
fi

lib_done
