#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# desc: backing-start, backing-stop, backing-list against a fake sysfs tree
# level: quick
# time: 120
# needs: build sim
# shellcheck disable=SC2016 # code for the driver's program is in single quotes
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
lib_init

adm=devices/cache_dev0/adm
fresh() {
	tree_new
	tree_cache 0 /dev/pmem0
}

# ---- what is written, in every form ----

# started TEXT ARGS...
started() {
	local expected=$1
	shift
	fresh
	tool backing-start "$@"
	status_is 0
	out_is /dev/pcache5
	err_is ""
	written_is "$adm <- op=backing-start,$expected"
}
driver_does 'tree_backing 0 0 /dev/vdh 5'
started path=/dev/vdh -p /dev/vdh
started path=/dev/vdh,queues=16,cache_size=51200 \
	--path /dev/vdh --cache-size 50G --queues 16
started path=/dev/vdh,queues=16,cache_size=51200,data_crc=1 \
	-p /dev/vdh -s 50GiB -q 16 -x -c 0
started path=/dev/vdh,cache_size=400 -p /dev/vdh -s 400M
started path=/dev/vdh,cache_size=1 -p /dev/vdh -s 1
started path=/dev/vdh,cache_size=1 -p /dev/vdh -s 1M
started path=/dev/vdh,cache_size=2 -p /dev/vdh -s 1048577
started path=/dev/vdh,cache_size=17592186044416 -p /dev/vdh -s 18446744073709551615
started path=/dev/vdh,queue_mode=bio,writeback_order=relaxed \
	-p /dev/vdh -m bio -o relaxed
started path=/dev/vdh,queue_mode=mq,writeback_order=strict \
	-p /dev/vdh --queue-mode=mq --writeback-order=strict
for what in discard-clean discard-dirty accept-damage; do
	started "path=/dev/vdh,force=$what" -p /dev/vdh --force=$what
	started "path=/dev/vdh,force=$what" -p /dev/vdh --force $what
done

# Another cache, by number and by name.
for id in 3 cache_dev3; do
	tree_new
	tree_cache 3 /dev/pmem3
	driver_does 'tree_backing 3 4 /dev/vdh 1'
	tool backing-start -v -p /dev/vdh -c $id
	status_is 0
	out_is /dev/pcache1
	err_is "pcache: backing-start: bus/pcache/devices/cache_dev3/adm <- op=backing-start,path=/dev/vdh"
	written_is "devices/cache_dev3/adm <- op=backing-start,path=/dev/vdh"
done
tool backing-start -p /dev/vdh
status_is 3
err_has "there is no cache_dev0"
written_is ""

# ---- the name of the disk ----

# /dev/null stands for a disk: its number leads to the tree. named ID: what the
# driver is told as id=, "" for nothing.
disk=$sys/dev/block/1:3
driver_does 'tree_backing 0 0 /dev/null 5'
named() {
	tool backing-start -p /dev/null
	status_is 0
	written_is "$adm <- op=backing-start,path=/dev/null${1:+,id=$1}"
	rm -r "$sys/bus/pcache/devices/cache_dev0/backing_dev0" "$sys/block/pcache5" "$tmp/dev/pcache5"
}
fresh
named ""
mkdir -p "$disk/device" "$disk/dm" "$disk/md"
named ""
echo 2d5ea6c1:0001 >"$disk/md/uuid"
named 2d5ea6c1:0001
echo LVM-abc >"$disk/dm/uuid"
named LVM-abc
echo 0350 >"$disk/device/cid"
named 0350
echo bk0 >"$disk/serial"
named bk0
echo "t10.ATA     DISK  one,two " >"$disk/device/wwid"
named t10.ATA_DISK_one_two
echo eui.0025385c >"$disk/wwid"
named eui.0025385c
echo >"$disk/wwid"
named t10.ATA_DISK_one_two
printf 'nvme.%0140d\n' 7 >"$disk/wwid"
tool backing-start -p /dev/null
id=$(sed 's/.*,id=//' "$written")
is "length of a long name" "${#id}" 127
rm -r "$sys/bus/pcache/devices/cache_dev0/backing_dev0" "$sys/block/pcache5" "$tmp/dev/pcache5"

# A partition has its disk's name and its number, but never the number alone.
rm "$disk/wwid"
mkdir "$sys/dev/block/disk"
mv "$disk"/* "$sys/dev/block/disk"
mv "$disk" "$sys/dev/block/disk/part"
ln -s disk/part "$disk"
echo 2 >"$disk/partition"
named t10.ATA_DISK_one_two+part=2
rm -r "$sys/dev/block/disk/device" "$sys/dev/block/disk/"{dm,md,serial}
named ""

# ---- the node ----

# No logic device, no node, a foreign node, a plain file in its place.
driver_does 'tree_backing 0 0 /dev/vdh none'
fresh
tool backing-start -p /dev/vdh
status_is 1
out_is ""
err_has "/dev/vdh has no logic device: see backing_dev0"
for code in 'rm $tmp/dev/pcache5' 'ln -sf /dev/zero $tmp/dev/pcache5' \
	'rm $tmp/dev/pcache5; : >$tmp/dev/pcache5' 'rm $sys/block/pcache5/dev'; do
	driver_does 'tree_backing 0 0 /dev/vdh 5' "$code"
	fresh
	tool backing-start -p /dev/vdh
	status_is 1
	out_is ""
	err_has "/dev/vdh is attached, but the node /dev/pcache5 did not appear"
done
# A node that comes late is waited for.
driver_does 'tree_backing 0 0 /dev/vdh none' \
	'd=$sys/bus/pcache/devices/cache_dev0/backing_dev0' \
	'(sleep 0.3; echo 5 >$d/mapped_id; sleep 0.3
	  attrs $sys/block/pcache5 dev=1:3; ln -s /dev/null $tmp/dev/pcache5) \
	 >/dev/null 2>&1 </dev/null &'
fresh
PCACHE_NODE_TIMEOUT=60 tool backing-start -p /dev/vdh
status_is 0
out_is /dev/pcache5
driver_says 0
tool backing-start -p /dev/vdz
status_is 1
err_has "/dev/vdz was attached, but"

# ---- attached already ----

fresh
tree_backing 0 6 /dev/vdh 5
tree_cache 1 /dev/pmem1
tree_backing 1 0 /dev/vdi 2
driver_says "$(errno_number EEXIST)"
tool backing-start -p /dev/vdh -s 1G
status_is 0
out_is /dev/pcache5
err_has "/dev/vdh is attached already; its options stay"
# By another cache it is an error, which names that one.
for errno in EEXIST EBUSY; do
	driver_says "$(errno_number $errno)"
	tool backing-start -p /dev/vdi
	status_is 4
	out_is ""
	err_is "pcache: backing-start: /dev/vdi is attached to cache_dev1"
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
start() { refused "$@" backing-start -p /dev/vdj -s 1G; }
start EEXIST 4 "/dev/vdj is attached already"
start EBUSY 4 "/dev/vdj is in use"
start ENODEV 3 "/dev/vdj: no such device"
start ENOENT 3 "/dev/vdj: no such device"
start ENXIO 3 "/dev/vdj: no such device"
start ENOTBLK 1 "/dev/vdj is not a block device"
start EOPNOTSUPP 1 "/dev/vdj can't be a backing device"
start EROFS 1 "/dev/vdj is read-only"
start EUCLEAN 5 "is damaged, the kernel log says how"
start ESTALE 5 "/dev/vdj is not the disk that cache_dev0 knows"
start ENOTEMPTY 5 "holds data for /dev/vdj that was never written back"
start EFBIG 5 "/dev/vdj is smaller than it was"
start ENOSPC 1 "cache_dev0 has no room for /dev/vdj"
start EINVAL 1 'refused "op=backing-start,path=/dev/vdj,cache_size=1024"'
start EINTR 1 "interrupted: /dev/vdj was not started"
start EIO 1 "/dev/vdj can't be read"
start EPERM 1 "needs root"
start ENOMEM 1 "/dev/vdj: Cannot allocate memory (details: dmesg)"

# ---- backing-stop ----

fresh
tree_backing 0 6 /dev/vdh 5
tree_cache 1 /dev/pmem1
tree_backing 1 2 /dev/vdi 7
driver_says 0
# stopped TEXT ARGS...
stopped() {
	local expected=$1
	shift
	tool backing-stop "$@"
	status_is 0
	out_is ""
	err_is ""
	written_is "$expected"
}
stopped "$adm <- op=backing-stop,backing_id=6,mode=drain" -b 6
stopped "$adm <- op=backing-stop,backing_id=6,mode=drain" --backing=backing_dev6 --mode=drain
stopped "$adm <- op=backing-stop,backing_id=6,mode=keep" -b 6 --mode keep -c 0
stopped "$adm <- op=backing-stop,backing_id=6,mode=discard-dirty" -b 6 --mode=discard-dirty
stopped "$adm <- op=backing-stop,backing_id=6,mode=drain" -b /dev/pcache5
stopped "devices/cache_dev1/adm <- op=backing-stop,backing_id=2,mode=drain" -b /dev/pcache7
stopped "devices/cache_dev1/adm <- op=backing-stop,backing_id=2,mode=drain" -b pcache7 -c 1
stopped "devices/cache_dev1/adm <- op=backing-stop,backing_id=2,mode=drain" -b 2 -c cache_dev1

tool backing-stop -b 5
status_is 3
err_is "pcache: backing-stop: there is no backing_dev5 of cache_dev0"
tool backing-stop -b 6 -c 1
status_is 3
tool backing-stop -b 0 -c 9
status_is 3
tool backing-stop -b /dev/pcache9
status_is 3
err_has "there is no logic device pcache9"
written_is ""
stop() { refused "$@" backing-stop -b 6; }
stop EBUSY 4 "backing_dev6 of cache_dev0 is open"
stop ENODEV 3 "backing_dev6 of cache_dev0 is not attached"
stop EINTR 1 "interrupted: backing_dev6 of cache_dev0 runs on"
stop EIO 5 "--mode=keep"
stop EUCLEAN 5 "--mode=discard-dirty"
stop EINVAL 1 'refused "op=backing-stop,backing_id=6,mode=drain"'

# ---- backing-list ----

tree_new
tool backing-list
status_is 0
out_is "[]"
tool backing-list -c 0
status_is 3
out_is ""
err_has "there is no cache_dev0"
fresh
tool backing-list -c 0
status_is 0
out_is "[]"

tree_backing 0 10 /dev/vdi none
tree_backing 0 2 /dev/vdh 0
tool backing-list
status_is 0
err_is ""
expected=$(
	for device in 2:/dev/vdh:/dev/pcache0 10:/dev/vdi:; do
		IFS=: read -r id path node <<<"$device"
		cat <<-END
			{"backing_id":$id,"backing_path":"$path","cache_segs":3200,"cache_gc_percent":70,"cache_used_segs":2238,"logic_dev":"$node","uuid":"fedcba98-7654-3210-fedc-ba9876543210","size":536870912000,"state":"running","condition":"ok","dirty_bytes":1572864,"queue_mode":"mq","queues":16,"writeback_order":"strict","data_crc":true,"clean_lsn":77,"evict_lsn":12,"id":"naa.5000","mode":"running","lost":0,"checkpoint_lsn":70}
		END
	done
)
is "the JSON" "$(rows <"$tmp/out")" "$expected"
tool backing-list --json -c cache_dev0
is "the JSON" "$(rows <"$tmp/out")" "$expected"
written_is ""

tool backing-list --table
status_is 0
is "the table's fields" "$(awk 'NR == 2 { print $1, $2, $3, $4, $5, $6, $7, $8, $9, $10 }' "$tmp/out")" \
	"2 /dev/pcache0 /dev/vdh 500G running running ok 3200 2238 1.5M"
is "the table's lines" "$(wc -l <"$tmp/out")" 3

rm "$sys/bus/pcache/devices/cache_dev0/backing_dev2/queues"
tool backing-list
status_is 0
has "keys" "$(rows keys <"$tmp/out")" "queue_mode writeback_order"
rm "$sys/bus/pcache/devices/cache_dev0/backing_dev2/mapped_id"
tool backing-list
status_is 1
out_is ""
err_has "backing_dev2/mapped_id: No such file"

lib_done
