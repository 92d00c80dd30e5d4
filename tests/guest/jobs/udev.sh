# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Guest side of host/udev.sh: udev.sh make|comes-back|wrong|right
#
# What a distribution has is set up here: udevd with its rules and ours, modprobe
# that finds the module, and a rule that mounts, which stands in for fstab.  From
# "power_on" on no command for the driver is given by hand.
source "$TREE/tests/guest/lib.sh"
declare -A SIZE=([data]=6 [more]=3)

# install_all: what "make install" has installed, and where modprobe finds the
# module.
install_all() {
	local file=$MODULES/module-debug/pcache.ko depends
	cp -r "$SHARE/root/." /
	depends=$(modinfo -F depends "$file")
	echo "install pcache /sbin/modprobe -a ${depends//,/ }; /sbin/insmod $file" \
		>/etc/modprobe.d/pcache-guest.conf
	mkdir -p /mnt/data /mnt/more
	cat >/etc/udev/rules.d/90-guest-mount.rules <<-'RULES'
	SUBSYSTEM=="block", KERNEL=="pcache*", ENV{ID_FS_LABEL}=="data|more", RUN+="/bin/mount /dev/disk/by-id/pcache-$env{PCACHE_UUID} /mnt/$env{ID_FS_LABEL}"
	RULES
}

# power_on: what systemd does of it.
power_on() {
	/lib/systemd/systemd-udevd --daemon
	cold_plug
}

cold_plug() {
	udevadm trigger --action=add --subsystem-match=block
	udevadm settle --timeout="$(scaled 120)"
}

# found DISK-ID: the backing directory that has this identity.
found() {
	local dir
	for dir in "$BUS"/devices/cache_dev0/backing_dev*; do
		[[ $(<"$dir/id") == *"pcache-$1"* ]] || continue
		echo "$dir"
		return
	done
	fail "nobody knows $1"
}

# attached: which disk is which logic device.
attached() {
	pcache backing-list |
		jq -c '.[] | [.backing_id, .backing_path, .logic_dev, .state]'
}

# contents NAME DISK-ID: the file is there, by the link of udev, and on the cache.
contents() {
	local dir
	dir=$(found "$2")
	wait_for 90 mountpoint -q "/mnt/$1"
	[[ $(findmnt -no SOURCE "/mnt/$1") == "/dev/pcache$(<"$dir/mapped_id")" ]]
	[[ $(readlink -f "/dev/disk/by-label/$1") == "/dev/pcache$(<"$dir/mapped_id")" ]]
	[[ $(readlink -f "/dev/disk/by-id/pcache-$(<"$dir/uuid")") == \
		"/dev/pcache$(<"$dir/mapped_id")" ]]
	[[ $(sha256sum <"/mnt/$1/file") == $(<"$SHARE/sum.$1") ]] ||
		fail "the contents of $1 are not what they were"
}

# make_one LABEL DISK-ID: a file system that the disk has, and a file that it has
# not.
make_one() {
	local node dir
	node=$(pcache backing-start --path "$(disk "$2")" --cache-size 32M)
	dir=$(found "$2")
	# Or what mkfs does goes unseen.
	udevadm settle --timeout="$(scaled 60)"
	mkfs.ext4 -q -L "$1" "$node"
	wait_for 90 mountpoint -q "/mnt/$1"
	sync -f "/mnt/$1"
	echo 0 >"$dir/writeback_delay_ms"
	wait_for 60 attribute "$dir/dirty_bytes" 0
	echo 86400000 >"$dir/writeback_delay_ms"
	echo 100 >"$dir/writeback_percent"
	dd if=/dev/urandom of="/mnt/$1/file" bs=1M count="${SIZE[$1]}" \
		conv=fsync status=none
	sha256sum <"/mnt/$1/file" >"$SHARE/sum.$1"
	(($(<"$dir/dirty_bytes") >= ${SIZE[$1]} << 20))
}

# Nothing is stopped at the end: the power goes off.
job_make() {
	power_on
	[[ $(pcache cache-start --path "$(pmem 0)" --format --force --label fast \
		--segment-size 1M) == cache_dev0 ]]
	make_one data disk0
	make_one more disk1
}

job_comes-back() {
	local dir
	power_on
	contents data disk0
	contents more disk1
	dir=$(found disk0)
	# It was kept, and is written now or soon.
	(($(<"$dir/dirty_bytes") + $(<"$dir/stats/writeback_bytes") >= SIZE[data] << 20))
	step 'once more: nothing happens'
	kmark
	attached >/tmp/before
	cold_plug
	attached | diff /tmp/before -
	[[ ! $(klog_since_mark | grep 'pcache: ' || true) ]]
	contents data disk0
	[[ $(udevadm info --query=property --property=ID_FS_TYPE --value /dev/pmem0) == pcache ]]
	[[ $(udevadm info --query=property --property=ID_FS_LABEL --value /dev/pmem0) == fast ]]
	step 'what was stopped stays so'
	umount /mnt/more
	/usr/sbin/pcache backing-stop --backing "$(found disk1 | sed 's/.*_dev//')" --mode keep
	udevadm trigger --action=change --subsystem-match=block
	udevadm settle --timeout="$(scaled 120)"
	[[ $(<"$(found disk1)/state") == waiting ]]
}

# disk0 is another disk with the same contents; disk1 is not there, and comes.
job_wrong() {
	local node
	node=$(disk disk1)
	qmp device_del '{"id": "disk1"}'
	wait_for 60 test ! -b "$node"
	[[ $(disk other) == /dev/vda ]]
	power_on
	[[ $(<"$BUS/devices/cache_dev0/state") == running ]]
	[[ $(<"$(found disk0)/state") == waiting ]]
	[[ $(<"$(found disk1)/state") == waiting ]]
	# shellcheck disable=SC2012 # it must be empty
	[[ ! $(ls /dev/pcache* 2>/dev/null) ]]
	qmp device_add '{"driver": "scsi-hd", "id": "disk1", "bus": "disk1-hba.0",
		"drive": "disk1-raw", "serial": "pcache-disk1"}'
	contents more disk1
	[[ $(<"$(found disk0)/state") == waiting ]]
}

# Everything is as it should be: let go of it, and the plain disks have it all.
job_right() {
	local label id
	power_on
	contents data disk0
	contents more disk1
	umount /mnt/data /mnt/more
	for id in disk0 disk1; do
		/usr/sbin/pcache backing-stop --backing "$(found $id | sed 's/.*_dev//')"
	done
	mount -o ro "$(disk disk0)" /mnt/data
	mount -o ro "$(disk disk1)" /mnt/more
	for label in data more; do
		[[ $(sha256sum <"/mnt/$label/file") == $(<"$SHARE/sum.$label") ]]
	done
	/usr/sbin/pcache cache-stop
	rmmod pcache
}

install_all
"job_$1"
