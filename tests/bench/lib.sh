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

# parallel_job COUNT
parallel_job() {
	cat <<-JOB
	source tests/guest/lib.sh
	trap - EXIT
	modprobe null_blk nr_devices=1 gb=2 memory_backed=1
	load_module
	cache_start "\$(pmem 0)"
	backing_start /dev/nullb0 ",cache_size=5376,queues=$JOBS,queue_mode=bio"
	echo 86400000 >"\$BACKING/writeback_delay_ms"
	echo 100 >"\$BACKING/writeback_percent"
	echo 90 >"\$BACKING/cache_gc_percent"
	parallel() {
		fio_on "\$LOGIC" --bs=4k --numjobs=$JOBS --ioengine=psync --thread \\
			--norandommap "\$@"
	}
	$1
	fio_on "\$LOGIC" --rw=write --bs=128k --size=512M --ioengine=psync --thread
	count writes parallel --rw=randwrite --size=64M --offset_increment=64M \\
		--io_size=$((OPS * 4))k
	fio_on "\$LOGIC" --rw=write --bs=128k --size=16M --ioengine=psync --thread
	count reads parallel --rw=randread --size=16M --io_size=$((OPS * 4))k
	JOB
}

# bench_parallel NAME SECONDS COUNT: OPS writes of 4 KiB by each of JOBS jobs on as
# many CPUs, in a region of its own; then as many reads of one hot segment.  COUNT
# is shell code for the guest with a function "count FILE COMMAND...", which leaves
# in $SHARE/FILE what it counted; that is then in $OUT/NAME.writes and NAME.reads.
bench_parallel() {
	local what
	bench_build
	guest_new "bench-$1"
	machine_set cpus="$JOBS" memory=3G cpu=max,la57=off,-erms,-sse4.2
	machine_nvdimm nv0 5632M
	guest_job "$(parallel_job "$3")"
	guest_boot "$2" ||
		die "the guest failed: $(tail -n 5 "$(guest_console)")"
	guest_gate
	for what in writes reads; do
		cp "$GUEST_SHARE/$what" "$OUT/$1.$what"
	done
	guest_end 0
}
