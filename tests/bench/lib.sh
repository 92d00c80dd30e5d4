# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Host side of the measurements: what must be built, and the machine they run
# on.  Sourced by bench/run and its relatives.
source "$(dirname "${BASH_SOURCE[0]}")/../lib/guest.sh"
OUT=$BUILD/bench

# bench_build: the driver, and the empty one.
bench_build() {
	local dir=$OUT/empty
	"$TREE/tests/lib/deps.sh" build guest bench
	make -s -C "$TREE" module
	mkdir -p "$dir"
	ln -sf "$TREE"/tests/bench/empty/{Makefile,pcache_empty.c} "$dir/"
	make -s -C "$(kernel_headers)" M="$dir" modules
}

# bench_machine: seven NVDIMMs, see guest.sh; the same for time and instructions.
bench_machine() {
	machine_set memory=3G
	machine_nvdimm nv0 256M
	machine_nvdimm nv1 2560M
	machine_nvdimm nv2 768M
	machine_nvdimm nv3 768M
	machine_nvdimm nv4 640M
	machine_nvdimm nv5 144M
	machine_nvdimm nv6 144M
	machine_disk disk0 512M
}
