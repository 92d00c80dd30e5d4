# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# desc: from power-on to mounted caches with the dirty data that was kept, by udev alone; not with a wrong disk, and later with a late one
# time: 900
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../../lib/guest.sh"

# boot JOB
boot() {
	local status=0
	guest_job "export PCACHE_MODULES=${PCACHE_MODULES:-$BUILD}
		exec bash -x tests/guest/jobs/udev.sh $1 >/run/guest/$1.log 2>&1"
	guest_boot 300 || status=$?
	if ((status)) || ! guest_gate; then
		tail -n 30 "$GUEST_SHARE/$1.log" || true
		tail -n 30 "$(guest_console)"
		die "boot $1 failed with status $status"
	fi
	echo "$1: good, $GUEST_SECONDS s"
}

guest_new host/udev
machine_nvdimm nv0 128M
machine_disk disk0 64M
machine_disk disk1 64M bus=scsi
make -s -C "$TREE/tools/pcache" install DESTDIR="$GUEST_SHARE/root" prefix=/usr
boot make
boot comes-back
before=$(sha256sum <"$GUEST_DIR/disk0.img")
machine_disk disk0 64M serial=pcache-other
boot wrong
[[ $(sha256sum <"$GUEST_DIR/disk0.img") == "$before" ]] ||
	die 'the wrong disk was written to'
machine_disk disk0 64M
boot right
guest_end 0
