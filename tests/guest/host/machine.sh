#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# desc: the machines that tests rely on are what their description says
# level: full
# module: none
# time: 600
# One boot each for what a machine can be asked for, without the driver: kinds
# of persistent memory, disks, faults, a stalled disk, a power cut with its
# witness.  Also the shortest example of a host script.
set -euo pipefail
source "$(dirname "$0")/../../lib/guest.sh"
HELPERS='source tests/guest/lib.sh'

# boots LIMIT: the boot must end well and its kernel log be clean.
boots() {
	local status=0
	guest_boot "$1" || status=$?
	if ((status)) || ! guest_gate; then
		tail -n 40 "$(guest_console)"
		die "boot failed with status $status"
	fi
	echo "$GUEST_NAME: booted and powered off in $GUEST_SECONDS s"
}

# The plainest machine; its figure is what a boot costs.
test_plain() {
	guest_new host/machine-plain
	machine_nvdimm nv0 256M
	machine_disk disk0 1G
	guest_job "$HELPERS
		device=\$(pmem 0)
		[[ \$(disk disk0) == /dev/vda ]]"
	boots 120
	guest_end 0
}

# Sectors, buses, serial numbers, write caches; and images outlive a boot.
test_disks() {
	guest_new host/machine-disks
	machine_disk v4k 64M block=4096
	machine_disk n4k 64M block=4096 bus=nvme
	machine_disk s512 64M bus=scsi serial=pcache-other wce=off
	guest_job "$HELPERS
		[[ \$(blockdev --getss \$(disk v4k)) == 4096 ]]
		[[ \$(blockdev --getss \$(disk n4k)) == 4096 ]]
		device=\$(disk other)
		[[ \$(blockdev --getss \$device) == 512 ]]
		[[ \$(</sys/block/\${device#/dev/}/queue/write_cache) == 'write through' ]]
		echo kept | dd of=\$(disk n4k) bs=4096 conv=sync oflag=direct"
	boots 120
	guest_job "$HELPERS
		[[ \$(head -c 4 \$(disk n4k)) == kept ]]"
	boots 120
	guest_end 0
}

# A read-only NVDIMM (prepared in an earlier boot), two of them, and memory
# that the firmware's map declares persistent.
test_pmem() {
	guest_new host/machine-pmem
	machine_nvdimm nv0 128M
	machine_nvdimm nv1 64M
	guest_job "$HELPERS
		pmem 0; pmem 1
		(( \$(bytes /dev/pmem0) > \$(bytes /dev/pmem1) ))"
	boots 120
	machine_nvdimm nv0 128M unarmed
	guest_job "$HELPERS
		device=\$(pmem 0)
		[[ \$(blockdev --getro \$device) == 1 ]]"
	boots 120
	guest_end 0

	guest_new host/machine-memmap
	machine_set 'append=memmap=128M!512M'
	guest_job "$HELPERS
		pmem 0
		[[ \$(bytes /dev/pmem0) == \$((128 << 20)) ]]"
	boots 120
	guest_end 0
}

# A bad sector, and a log of everything that was written.
test_faults() {
	guest_new host/machine-faults
	printf '[inject-error]\nevent = "read_aio"\nerrno = "5"\nsector = "2048"\n' \
		>"$GUEST_DIR/rules"
	machine_disk bad 64M "blkdebug=$GUEST_DIR/rules"
	machine_disk logged 64M "writelog=$GUEST_DIR/writes"
	guest_job "$HELPERS
		expect_fail EIO - dd if=\$(disk bad) skip=2048 count=8 iflag=direct
		dd if=\$(disk bad) count=8 iflag=direct of=/dev/null
		echo written-to-logged | dd of=\$(disk logged) bs=4096 conv=sync oflag=direct"
	boots 120
	grep -aq written-to-logged "$GUEST_DIR/writes" || die 'nothing in the log of writes'
	guest_end 0
}

# A disk that stops answering while the machine goes on.
test_stall() {
	guest_new host/machine-stall
	machine_disk disk0 64M
	guest_job "$HELPERS
		device=\$(disk disk0)
		touch \$SHARE/ready
		wait_for 60 test -e \$SHARE/stalled
		dd if=/dev/zero of=\$device bs=64k count=4 oflag=direct &
		sleep 3
		kill -0 \$!
		touch \$SHARE/seen
		wait \$!"
	guest_start 180
	guest_await ready 120 || die 'it does not come up'
	guest_throttle disk0 1
	touch "$GUEST_SHARE/stalled"
	guest_await seen 120 || die 'the write was not held up'
	guest_qmp stop >/dev/null
	guest_qmp query-status | grep -q '"running": false' || die 'it runs on'
	guest_qmp cont >/dev/null
	guest_throttle disk0 0
	guest_wait || die 'the write did not go on'
	guest_end 0
}

# After a power cut the host knows every write that was acknowledged.
test_cut() {
	local last
	guest_new host/machine-cut
	machine_disk disk0 64M
	guest_job "$HELPERS
		device=\$(disk disk0)
		for ((i = 0; ; i++)); do
			printf '%-511d\n' \$i | dd of=\$device seek=\$i oflag=direct,sync status=none
			witness writer \$i
		done"
	guest_start 180
	guest_await witness/writer 120 || die 'no writer'
	sleep 2
	guest_cut
	last=$(tail -n 1 "$GUEST_SHARE/witness/writer")
	((last > 2)) || die "only $last writes"
	guest_job "$HELPERS
		device=\$(disk disk0)
		for ((i = 0; i <= $last; i++)); do
			read -r found < <(dd if=\$device skip=\$i count=1 status=none)
			[[ \$found == \$i ]] || fail \"write \$i was acknowledged and is lost\"
		done"
	boots 120
	guest_end 0
}

# One instruction a nanosecond: the same work takes the same guest time.
test_icount() {
	guest_new host/machine-icount
	machine_set icount=1
	machine_nvdimm nv0 64M
	guest_job "$HELPERS
		[[ \$(nproc) == 1 ]]
		! grep -qw erms /proc/cpuinfo"
	boots 240
	guest_end 0
}

(($#)) || set -- plain disks pmem faults stall cut icount
for part; do
	"test_$part"
	echo "$part: good"
done
