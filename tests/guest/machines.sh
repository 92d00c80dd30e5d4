# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The machines that cases run on; a case names one in "# machine:" (default: default).  Cases of
# one machine share a boot, so a new machine costs a boot: add one only for
# hardware that no other has.  Sizes are small on purpose: a log that wraps is
# the interesting one.

# One NVDIMM, two disks that differ in everything a driver can see.
profile_default() {
	machine_nvdimm nv0 256M
	machine_disk disk0 1G
	machine_disk disk1 512M wce=off
}

# Disks with 4 KiB logical blocks, on two buses.
profile_4kn() {
	machine_nvdimm nv0 256M
	machine_disk disk0 512M block=4096
	machine_disk disk1 512M block=4096 bus=nvme
}

# Two cache devices, and a disk of each bus.
profile_two() {
	machine_nvdimm nv0 128M
	machine_nvdimm nv1 128M
	machine_disk disk0 512M
	machine_disk disk1 512M bus=scsi
	machine_disk disk2 512M bus=nvme
}

# Devices that are small enough to be looked at as a whole, again and again; the
# last disk has a name that is unique in the world.
profile_small() {
	machine_nvdimm nv0 64M
	machine_nvdimm nv1 64M
	machine_disk disk0 64M
	machine_disk disk1 64M
	machine_disk disk2 64M bus=scsi wwn=0x5000000000000a11
}

# Persistent memory that the firmware's memory map declares.
profile_memmap() {
	machine_set memory=1G 'append=memmap=128M!512M'
	machine_disk disk0 512M
}

# Persistent memory that fails, and stays failed as long as the machine is up.
profile_failing() {
	machine_nvdimm nv0 128M
	machine_disk disk0 512M
}

# Persistent memory that can't be written.
profile_readonly() {
	machine_nvdimm nv0 128M unarmed
	machine_disk disk0 512M
}
