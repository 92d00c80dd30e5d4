# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2054 # QEMU's options have commas in them
# Describes one machine and turns the description into a QEMU command line.
# Sourced by guest.sh, which owns $GUEST_DIR and runs the command; knows
# nothing about what happens inside a guest or when it ends.
#
#   machine_new                        an empty machine: 1 GiB (2 if the kernel
#                                      keeps books on it), 2 CPUs
#   machine_set KEY=VALUE...           memory= cpus= append= icount=1 cpu= image=
#                                      (a bzImage) version= (its modules) console=stdio
#                                      plugin=FILE,ARG=... (TCG only)
#   machine_nvdimm ID SIZE [unarmed]   SIZE a multiple of 16 MiB; unarmed = read-only
#   machine_disk ID SIZE [KEY=VALUE...]
#       bus=virtio|nvme|scsi   block=512|4096   serial=S (default pcache-ID)
#       wce=on|off             volatile write cache
#       wwn=N                  world-wide name of a scsi disk; default none
#       blkdebug=FILE          rules of QEMU's blkdebug driver below the disk
#       writelog=FILE          every write and flush, logged by blklogwrites
#
# Images are $GUEST_DIR/ID.img, made sparse at the first boot, kept until
# guest_end.  IDs are also the names QMP knows the devices by.

declare -A MACHINE NVDIMM DISK
declare -a NVDIMM_IDS DISK_IDS

machine_new() {
	MACHINE=([memory]=1G [cpus]=2)
	! kernel_is_debug || MACHINE[memory]=2G
	NVDIMM=() DISK=() NVDIMM_IDS=() DISK_IDS=()
}

machine_set() {
	local pair
	for pair; do
		[[ $pair =~ ^(memory|cpus|append|icount|cpu|image|version|console|plugin)= ]] ||
			die "machine_set: unknown setting: $pair"
		MACHINE[${pair%%=*}]=${pair#*=}
	done
}

# bytes_of SIZE: 512M -> 536870912
bytes_of() {
	numfmt --from=iec "$1"
}

machine_nvdimm() {
	local id=$1 bytes
	bytes=$(bytes_of "$2")
	((bytes % (16 << 20) == 0)) || die "nvdimm $id: $2 is no multiple of 16M"
	[[ ${3:-unarmed} == unarmed ]] || die "nvdimm $id: what is '$3'?"
	[[ -v NVDIMM[$id] ]] || NVDIMM_IDS+=("$id")
	NVDIMM[$id]="$bytes ${3:-}"
}

machine_disk() {
	local id=$1 pair
	local -a given=("${@:3}")
	for pair in "${given[@]}"; do
		[[ $pair =~ ^(bus|block|serial|wce|wwn|blkdebug|writelog)= ]] ||
			die "disk $id: unknown setting: $pair"
	done
	[[ -v DISK[$id,bytes] ]] || DISK_IDS+=("$id")
	DISK[$id,bytes]=$(bytes_of "$2")
	for pair in bus=virtio block=512 "serial=pcache-$id" wce=on \
		wwn= blkdebug= writelog= "${given[@]}"; do
		DISK[$id,${pair%%=*}]=${pair#*=}
	done
}

# machine_images: make the image files that are not there yet.
machine_images() {
	local id file
	for id in "${NVDIMM_IDS[@]}"; do
		file=$GUEST_DIR/$id.img
		[[ -e $file ]] || truncate -s "${NVDIMM[$id]% *}" "$file"
	done
	for id in "${DISK_IDS[@]}"; do
		file=$GUEST_DIR/$id.img
		[[ -e $file ]] || truncate -s "${DISK[$id,bytes]}" "$file"
	done
}

# machine_modules: what a guest without udev must load by hand for its devices.
machine_modules() {
	local id
	((${#NVDIMM_IDS[@]})) && printf '%s\n' nfit nd_pmem
	[[ ${MACHINE[append]:-} != *memmap=* ]] || printf '%s\n' nd_e820 nd_pmem
	for id in "${DISK_IDS[@]}"; do
		case ${DISK[$id,bus]} in
		virtio) echo virtio_blk ;;
		nvme) echo nvme ;;
		scsi) printf '%s\n' virtio_scsi sd_mod ;;
		esac
	done
}

# The functions below append to the array QEMU.

qemu_base() {
	local accel cpu=max,la57=off smp=${MACHINE[cpus]}
	accel=$(accelerator)
	[[ $accel == kvm ]] && cpu=host || accel=tcg,thread=multi
	if [[ ${MACHINE[icount]:-} ]]; then
		# One instruction is one nanosecond; no string or CRC
		# instructions, whose emulation costs out of proportion.
		accel=tcg,thread=single cpu=max,la57=off,-erms,-sse4.2 smp=1
		QEMU+=(-icount shift=0,sleep=off)
	fi
	[[ ! ${MACHINE[plugin]:-} ]] || QEMU+=(-plugin "${MACHINE[plugin]}")
	QEMU+=(-no-user-config -nodefaults -display none -no-reboot
		-machine q35,nvdimm=on,nvdimm-persistence=mem-ctrl
		-accel "$accel" -cpu "${MACHINE[cpu]:-$cpu}" -smp "$smp")
}

qemu_kernel() {
	local image version
	local append='quiet panic=-1 oops=panic nokaslr mitigations=off'
	# A kernel log that loses nothing, KFENCE on, and watchdogs that an
	# emulated machine on a busy host does not trip over.
	append+=' log_buf_len=8M printk.devkmsg=on kfence.sample_interval=100'
	append+=' watchdog_thresh=60 rcupdate.rcu_cpu_stall_timeout=120'
	append+=' workqueue.watchdog_thresh=120'
	image=${MACHINE[image]:-$(kernel_image)}
	version=${MACHINE[version]:-$(kernel_version)}
	QEMU+=(-kernel "$image"
		-initrd "$("$TREE/tests/guest/mkinitrd" "$version")"
		-append "console=ttyS0 $append ${MACHINE[append]:-}")
}

qemu_memory() {
	local id n=0 extra=0 backend unarmed
	for id in "${NVDIMM_IDS[@]}"; do
		extra=$((extra + ${NVDIMM[$id]% *}))
		[[ ${NVDIMM[$id]#* } ]] && unarmed=on || unarmed=off
		backend=memory-backend-file,id=mem-$id,share=on
		backend+=,mem-path=$GUEST_DIR/$id.img,size=${NVDIMM[$id]% *}
		QEMU+=(-object "$backend" -device
			"nvdimm,id=$id,memdev=mem-$id,unarmed=$unarmed")
		n=$((n + 1))
	done
	extra=$((extra + $(bytes_of "${MACHINE[memory]}") + (1 << 30)))
	QEMU+=(-m "${MACHINE[memory]},slots=$((n + 1)),maxmem=$((extra >> 20))M")
}

# qemu_disk_nodes ID: the block graph of a disk, bottom up; its top in NODE.
qemu_disk_nodes() {
	local id=$1 common=discard=unmap,cache.direct=off
	QEMU+=(-blockdev "driver=file,node-name=$id-file,$common,filename=$GUEST_DIR/$id.img")
	NODE=$id-file
	if [[ ${DISK[$id,blkdebug]} ]]; then
		QEMU+=(-blockdev "driver=blkdebug,node-name=$id-debug,$common,image=$NODE,config=${DISK[$id,blkdebug]}")
		NODE=$id-debug
	fi
	QEMU+=(-blockdev "driver=raw,node-name=$id-raw,$common,file=$NODE")
	NODE=$id-raw
	if [[ ${DISK[$id,writelog]} ]]; then
		: >>"${DISK[$id,writelog]}"
		QEMU+=(-blockdev "driver=file,node-name=$id-logfile,filename=${DISK[$id,writelog]}"
			-blockdev "driver=blklogwrites,node-name=$id-log,$common,log-sector-size=512,file=$NODE,log=$id-logfile")
		NODE=$id-log
	fi
}

qemu_disk() {
	local id=$1 common NODE
	local block=${DISK[$id,block]}
	qemu_disk_nodes "$id"
	common=id=$id,drive=$NODE,serial=${DISK[$id,serial]}
	common+=,logical_block_size=$block,physical_block_size=$block
	common+=,write-cache=${DISK[$id,wce]}
	case ${DISK[$id,bus]} in
	virtio) QEMU+=(-device "virtio-blk-pci,$common") ;;
	nvme) QEMU+=(-device "nvme,$common") ;;
	scsi) QEMU+=(-device "virtio-scsi-pci,id=$id-hba" -device
		"scsi-hd,bus=$id-hba.0,$common${DISK[$id,wwn]:+,wwn=${DISK[$id,wwn]}}") ;;
	*) die "disk $id: no such bus: ${DISK[$id,bus]}" ;;
	esac
}

# The guest gets a monitor of its own (port "qmp"), so that a test can stall a
# disk by itself: QEMU connects one of its sockets to the other.
qemu_channels() {
	local qmp=$GUEST_DIR/qmp
	QEMU+=(-chardev "socket,id=qmp,path=$qmp,server=on,wait=off"
		-mon chardev=qmp,mode=control
		-chardev "socket,id=qmp-guest,path=$qmp-guest,server=on,wait=off"
		-mon chardev=qmp-guest,mode=control
		-device virtio-serial-pci
		-chardev "socket,id=qmp-port,path=$qmp-guest"
		-device virtserialport,chardev=qmp-port,name=qmp)
	if [[ ${MACHINE[console]:-} == stdio ]]; then
		QEMU+=(-chardev stdio,id=console,mux=on,signal=off
			-mon chardev=console)
	else
		QEMU+=(-chardev "file,id=console,path=$GUEST_CONSOLE")
	fi
	QEMU+=(-serial chardev:console)
}

qemu_shares() {
	QEMU+=(-fsdev local,id=root,path=/,security_model=none,readonly=on,multidevs=remap
		-device virtio-9p-pci,fsdev=root,mount_tag=root
		-fsdev "local,id=share,path=$GUEST_DIR/share,security_model=none"
		-device virtio-9p-pci,fsdev=share,mount_tag=guest)
}

# qemu_command: the whole command line, in the array QEMU.
qemu_command() {
	local id
	QEMU=(qemu-system-x86_64)
	qemu_base
	qemu_kernel
	qemu_memory
	qemu_shares
	for id in "${DISK_IDS[@]}"; do
		qemu_disk "$id"
	done
	qemu_channels
	QEMU+=(-pidfile "$GUEST_DIR/qemu.pid")
}

# accelerator: kvm where it really boots a guest, else tcg.  /dev/kvm may be
# there and still not run one, so it is tried once per boot of the host.
# PCACHE_ACCEL=kvm|tcg overrides.
accelerator() {
	local verdict
	verdict=$CACHE/accelerator-$(tr -d - </proc/sys/kernel/random/boot_id)
	if [[ ${PCACHE_ACCEL:-} ]]; then
		echo "$PCACHE_ACCEL"
	elif [[ ! -w /dev/kvm ]]; then
		echo tcg
	else
		[[ -s $verdict ]] || locked "$CACHE/.accelerator.lock" \
			accelerator_try "$verdict"
		cat "$verdict"
	fi
}

accelerator_try() {
	local initrd said
	[[ -s $1 ]] && return
	initrd=$("$TREE/tests/guest/mkinitrd" "$(kernel_version)")
	said=$(timeout -s KILL 20 qemu-system-x86_64 -no-user-config \
		-nodefaults -display none -no-reboot -machine q35 -accel kvm \
		-cpu host -smp 2 -m 512M -serial stdio -kernel "$(kernel_image)" \
		-initrd "$initrd" -append 'console=ttyS0 panic=-1 pcache.probe' \
		</dev/null 2>&1 || true)
	if [[ $said == *'guest: it boots'* ]]; then
		echo kvm >"$1"
	else
		echo tcg >"$1"
	fi
}
