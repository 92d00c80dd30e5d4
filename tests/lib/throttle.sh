# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The one QMP request that host scripts and cases both make.  Sourced.

# throttle_request DISK-ID BUS BYTES_PER_S: arguments of block_set_io_throttle,
# which wants the part of a virtio disk that owns the image, not the disk.
throttle_request() {
	local path=/machine/peripheral/$1
	[[ $2 != virtio ]] || path+=/virtio-backend
	printf '{"id": "%s", "bps": %d, "bps_rd": 0, "bps_wr": 0,' "$path" "$3"
	printf ' "iops": 0, "iops_rd": 0, "iops_wr": 0}'
}
