#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# desc: the names of real block devices: partition tables, udev, sysfs
# level: quick
# time: 120
# needs: build sim
#
# Needs root and loop devices. In a mount namespace of its own, /sys is the
# real one, except that /sys/bus is the fake tree's, and /run/udev says what the
# test wants.
# shellcheck disable=SC2016 # code for the driver's program is in single quotes
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

if [[ -z ${PCACHE_TEST_INSIDE:-} ]]; then
	((EUID == 0)) || skip "needs root"
	unshare -m true 2>/dev/null || skip "needs mount namespaces"
	PCACHE_TEST_INSIDE=1 exec unshare -m --propagation private "$0"
fi

lib_init
truncate -s 64M "$tmp/image"
loop=$(losetup -f --show "$tmp/image" 2>/dev/null) || skip "needs loop devices"
trap 'partx -d "$loop" 2>/dev/null || :; losetup -d "$loop"; rm -rf "$tmp"' EXIT
number=$(stat -c '%Hr:%Lr' "$loop")

tree_cache 0 /dev/pmem0
mount --bind "$sys/bus" /sys/bus
mount -t tmpfs none /run
mkdir -p /run/udev/data
unset PCACHE_SYSFS_ROOT
adm=devices/cache_dev0/adm

# named NODE ID: what the driver is told as id=, "" for nothing.
named() {
	driver_says "$(errno_number EROFS)"
	tool backing-start -p "$1"
	status_is 1
	is "what was written" "$(<"$written")" \
		"/sys/bus/pcache/$adm <- op=backing-start,path=$1${2:+,id=$2}"
}

# A loop device has neither WWID nor serial number; udev may have one.
named "$loop" ""
echo "E:ID_SERIAL=Some Disk, 17" >"/run/udev/data/b$number"
named "$loop" "Some_Disk__17"
echo "E:ID_MODEL=else" >"/run/udev/data/b$number"
named "$loop" ""

# An MBR with two partitions: disk signature, two entries, end mark.
mbr='\xcd\xab\x34\x12\0\0'
mbr+='\0\0\0\0\x83\0\0\0\0\x08\0\0\0\x80\0\0'
mbr+='\0\0\0\0\x83\0\0\0\0\x88\0\0\0\x80\0\0'
printf '%b' "$mbr" | dd of="$loop" bs=1 seek=440 conv=notrunc status=none
printf '\x55\xaa' | dd of="$loop" bs=1 seek=510 conv=notrunc status=none
if partx -a "$loop" 2>/dev/null && [[ -b ${loop}p2 ]]; then
	named "${loop}p1" "partuuid=1234abcd-01"
	named "${loop}p2" "partuuid=1234abcd-02"
	echo "E:ID_SERIAL=Disk" >"/run/udev/data/b$number"
	named "${loop}p2" "Disk+partuuid=1234abcd-02"
	# Without a partition table its uuid is gone, and the number is left.
	dd if=/dev/zero of="$loop" bs=512 count=1 conv=notrunc,fsync status=none
	named "${loop}p2" "Disk+part=2"
	rm "/run/udev/data/b$number"
	named "${loop}p2" ""
else
	echo "note: no partitions on loop devices here; that part was left out"
fi

lib_done
