# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034 # results are left in variables
# What a test inside a guest may use.  A case sources this first; it runs with
# set -euo pipefail, so any command that fails fails the case, and what was
# registered with defer is undone in reverse order however the case ends.
# Needs the environment of guest/boot (TREE, the share); knows the control
# files of the driver, not how the guest was made.
set -euo pipefail
source "$TREE/tests/lib/common.sh"
source "$TREE/tests/lib/throttle.sh"
SHARE=/run/guest
BUS=/sys/bus/pcache
MODULES=${PCACHE_MODULES:-$BUILD}
DEFERRED=()

# --- how a case ends

fail() {
	echo "FAILED: $*" >&2
	exit 1
}

skip() {
	echo "skipped: $*" >&2
	exit 77
}

step() {
	printf '[%s] %s\n' "$(cut -d ' ' -f 1 /proc/uptime)" "$*"
}

# defer COMMAND...: run it when the case ends; the last one registered first.
defer() {
	DEFERRED+=("$(printf '%q ' "$@")")
}

run_deferred() {
	local status=$? i
	trap - EXIT ERR
	set +e
	for ((i = ${#DEFERRED[@]} - 1; i >= 0; i--)); do
		eval "${DEFERRED[i]}" || {
			echo "FAILED at the end: ${DEFERRED[i]}" >&2
			((status)) || status=1
		}
	done
	exit "$status"
}
trap run_deferred EXIT
trap 'echo "FAILED: ${BASH_SOURCE[0]##*/}:$LINENO: $BASH_COMMAND" >&2' ERR
set -E

# wait_for SECONDS COMMAND...: until it succeeds; fails the case if it doesn't.
wait_for() {
	local deadline=$((SECONDS + $(scaled "$1")))
	shift
	until "$@"; do
		((SECONDS < deadline)) || fail "in vain waited for: $*"
		sleep 0.1
	done
}

on_debug_kernel() {
	[[ ${PCACHE_GUEST_KERNEL:-stock} == debug ]]
}

# sized NUMBER: how much of something, an eighth of it on the debug kernel, which
# is several times slower.
sized() {
	if on_debug_kernel; then
		echo $((($1 + 7) / 8))
	else
		echo "$1"
	fi
}

# --- devices; names come from devtmpfs, there is no udev

wait_node() {
	wait_for 20 test -b "$1"
}

# pmem N: /dev/pmemN, which must be a block device with DAX.
pmem() {
	[[ -b /dev/pmem$1 ]] || fail "no /dev/pmem$1"
	[[ $(<"/sys/block/pmem$1/queue/dax") == 1 ]] ||
		fail "/dev/pmem$1 has no DAX"
	echo "/dev/pmem$1"
}

# disk_serial SYSFS-DIR: the serial number, wherever this kind of disk has it.
disk_serial() {
	if [[ -e $1/serial ]]; then
		cat "$1/serial"
	elif [[ -e $1/device/serial ]]; then
		tr -d ' ' <"$1/device/serial"
	elif [[ -e $1/device/vpd_pg80 ]]; then
		tail -c +5 "$1/device/vpd_pg80" | tr -d '\0'
	fi
}

# disk ID: the device node of the disk that machine_disk called so.
disk() {
	local dir
	for dir in /sys/block/*; do
		if [[ $(disk_serial "$dir") == "pcache-$1" ]]; then
			wait_node "/dev/${dir##*/}"
			echo "/dev/${dir##*/}"
			return
		fi
	done
	fail "no disk $1"
}

# null_disk NAME [KEY=VALUE...]: a disk in memory, 128 MiB unless size= says
# otherwise; keys are attributes of null_blk in configfs.  Its node goes to
# NULL_NODE.
null_disk() {
	local dir=/sys/kernel/config/nullb/$1 pair
	modprobe null_blk nr_devices=0
	mountpoint -q /sys/kernel/config ||
		mount -t configfs configfs /sys/kernel/config
	mkdir "$dir"
	defer null_remove "$1"
	for pair in size=128 memory_backed=1 "${@:2}" power=1; do
		echo "${pair#*=}" >"$dir/${pair%%=*}"
	done
	NULL_NODE=/dev/$1
	[[ -b $NULL_NODE ]] || NULL_NODE=/dev/nullb$(<"$dir/index")
	wait_node "$NULL_NODE"
}

null_remove() {
	echo 0 >"/sys/kernel/config/nullb/$1/power"
	rmdir "/sys/kernel/config/nullb/$1"
}

# dm NAME TABLE-LINE: a device-mapper device; its node goes to DM_NODE.  It is
# removed at the end.  dm_stall NAME and dm_resume NAME hold and release all
# its I/O, flushes too; dm_table NAME TABLE-LINE gives it another table.
dm() {
	printf '%s\n' "$2" | dmsetup create --noudevsync "$1"
	defer dm_remove "$1"
	DM_NODE=/dev/$(dmsetup info -c --noheadings -o blkdevname "$1")
	wait_node "$DM_NODE"
}

dm_remove() {
	dmsetup resume --noudevsync "$1"
	dmsetup remove --noudevsync "$1"
}

dm_stall() {
	dmsetup suspend --noflush --nolockfs --noudevsync "$1"
}

dm_resume() {
	dmsetup resume --noudevsync "$1"
}

dm_table() {
	dm_stall "$1"
	printf '%s\n' "$2" | dmsetup load "$1"
	dm_resume "$1"
}

sectors() {
	blockdev --getsz "$1"
}

# --- the machine's own monitor

# qmp COMMAND [JSON]: ask QEMU; prints the line with the answer.
qmp() {
	local dir port line
	for dir in /sys/class/virtio-ports/*; do
		[[ $(<"$dir/name") == qmp ]] && port=/dev/${dir##*/}
	done
	exec {QMP}<>"${port:?no monitor port}"
	printf '{"execute": "qmp_capabilities", "id": "cap"}\n' >&"$QMP"
	printf '{"execute": "%s", "id": "ask"%s}\n' "$1" \
		"${2:+, \"arguments\": $2}" >&"$QMP"
	while read -rt 30 -u "$QMP" line && [[ $line != *'"id": "ask"'* ]]; do
		:
	done
	exec {QMP}>&-
	[[ $line == *'"return"'* ]] || fail "qmp $1: $line"
	printf '%s\n' "$line"
}

# throttle DISK-ID BYTES_PER_S: 0 = free; 1 = stalled (one more request may
# pass; QEMU never delays flushes, dm_stall does).
throttle() {
	local bus=other
	[[ $(disk "$1") != /dev/vd* ]] || bus=virtio
	qmp block_set_io_throttle "$(throttle_request "$1" $bus "$2")" >/dev/null
}

# --- the kernel log

kmark() {
	KMARK="pcache-test: mark $EPOCHREALTIME"
	echo "$KMARK" >/dev/kmsg
}

# klog_since_mark [REGEX]: the kernel log since the last kmark, as far as it
# matches.
klog_since_mark() {
	dmesg --color=never | sed -n "1,/${KMARK//./\\.}/d; /${1:-^}/p"
}

declare -A ERRNO=(
	[EPERM]='Operation not permitted' [ENOENT]='No such file or directory'
	[EINTR]='Interrupted system call' [EIO]='Input/output error'
	[ENXIO]='No such device or address' [E2BIG]='Argument list too long'
	[ENOMEM]='Cannot allocate memory' [EACCES]='Permission denied'
	[ENOTBLK]='Block device required' [EBUSY]='Device or resource busy'
	[EEXIST]='File exists' [ENODEV]='No such device'
	[EINVAL]='Invalid argument' [EFBIG]='File too large'
	[ENOSPC]='No space left on device' [EROFS]='Read-only file system'
	[ERANGE]='Numerical result out of range'
	[EUCLEAN]='Structure needs cleaning' [ESTALE]='Stale file handle'
	[EOPNOTSUPP]='Operation not supported' [ENODATA]='No data available'
	[EOVERFLOW]='Value too large for defined data type'
	[ETIMEDOUT]='Connection timed out' [ENOTEMPTY]='Directory not empty'
)

# expect_fail ERRNO REGEX COMMAND...: it must fail with that errno (by its text
# on stderr), and the driver must log exactly one line meanwhile,
# which matches REGEX.  REGEX "-" = no line at all.
expect_fail() {
	local errno=$1 regex=$2 said lines
	shift 2
	kmark
	if said=$(LC_ALL=C "$@" 2>&1 >/dev/null); then
		fail "it should have failed with $errno: $*"
	fi
	[[ $said == *"${ERRNO[$errno]:?unknown errno}"* ]] ||
		fail "wanted $errno, got '$said' from: $*"
	lines=$(klog_since_mark 'pcache: ')
	if [[ $regex == - ]]; then
		[[ ! $lines ]] || fail "unwanted kernel message: $lines"
		return 0
	fi
	[[ $lines && $lines != *$'\n'* ]] ||
		fail "wanted one kernel message, got '$lines' from: $*"
	[[ $lines =~ $regex ]] ||
		fail "the message '$lines' does not match '$regex'"
}

# --- the module and its control files

# load_module [PARAMETER=VALUE...]: the release build, or with VARIANT=debug
# the one with assertions.  It is unloaded when the case ends.
load_module() {
	local file=$MODULES/module/pcache.ko
	local -a depends
	[[ ${VARIANT:-release} == release ]] ||
		file=$MODULES/module-$VARIANT/pcache.ko
	IFS=, read -ra depends < <(modinfo -F depends "$file")
	((${#depends[@]} == 0)) || modprobe -a "${depends[@]}"
	insmod "$file" "$@"
	defer unload_module
}

unload_module() {
	[[ ! -e /sys/module/pcache ]] || rmmod pcache
}

# control FILE TEXT: one write() of TEXT to a control file.
control() {
	printf '%s\n' "$2" >"$1"
}

# cache_start PMEM [,OPTION=VALUE...]: register a cache device; CACHE is then
# its directory and CACHE_ID its number.  Formats by force unless options say
# otherwise.  Stopped when the case ends.
cache_start() {
	control $BUS/cache_dev_register "path=$1${2-,format=1,force=1}"
	cache_find "$1"
	defer cache_stop "$CACHE_ID"
}

cache_find() {
	local dir
	for dir in "$BUS"/devices/cache_dev*; do
		if [[ -e $dir/path && $(<"$dir/path") == "$1" ]]; then
			CACHE=$dir
			CACHE_ID=${dir##*cache_dev}
			return
		fi
	done
	fail "$1 is not registered"
}

# cache_stop ID: fine if it is stopped already.
cache_stop() {
	[[ ! -e $BUS/devices/cache_dev$1 ]] ||
		control $BUS/cache_dev_unregister "cache_dev_id=$1"
}

# backing_start DISK [,OPTION=VALUE...]: attach to $CACHE.  BACKING is then its
# directory, BACKING_ID its number, LOGIC the node.  Drained at the end.
backing_start() {
	control "$CACHE/adm" "op=backing-start,path=$1${2-}"
	backing_find "$1"
	defer backing_stop "$CACHE" "$BACKING_ID"
}

backing_find() {
	local dir
	for dir in "$CACHE"/backing_dev*; do
		if [[ -e $dir/path && $(<"$dir/path") == "$1" ]]; then
			BACKING=$dir
			BACKING_ID=${dir##*backing_dev}
			LOGIC=/dev/pcache$(<"$dir/mapped_id")
			wait_node "$LOGIC"
			return
		fi
	done
	fail "$1 is not attached to $CACHE"
}

# backing_stop CACHE-DIR ID [drain|keep|discard-dirty]: fine if it is gone.
backing_stop() {
	[[ ! -e $1/backing_dev$2 ]] ||
		control "$1/adm" "op=backing-stop,backing_id=$2,mode=${3:-drain}"
}

# pcache ARGUMENTS...: the tool.
pcache() {
	"$TREE/tools/pcache/pcache" "$@"
}

# small_cache PMEM [,OPTION=VALUE...]: cache_start with small segments, so that
# even a short test fills them, reclaims them and uses them again.
small_cache() {
	cache_start "$1" ",format=1,force=1,segment_size=$((1 << 20))${2-}"
}

# stat_of NAME: a counter of $BACKING.
stat_of() {
	cat "$BACKING/stats/$1"
}

# attribute FILE VALUE: does it say so?  For wait_for.
attribute() {
	[[ $(<"$1") == "$2" ]]
}

# --- data

# uncached DEVICE: forget what the page cache holds of it; the driver below may
# have written since.
uncached() {
	[[ ! -b $1 ]] || blockdev --flushbufs "$1"
}

checksum() {
	uncached "$1"
	sha256sum <"$1" | cut -d ' ' -f 1
}

# same A B: two devices or files have the same contents (A may be shorter).
same() {
	uncached "$1"
	uncached "$2"
	cmp -n "$(bytes "$1")" "$1" "$2" || fail "$1 and $2 differ"
}

bytes() {
	if [[ -b $1 ]]; then
		blockdev --getsize64 "$1"
	else
		stat -c %s "$1"
	fi
}

# mounted DEVICE DIR [OPTIONS...]: mount it, unmount it at the end.
mounted() {
	mkdir -p "$2"
	mount "${@:3}" "$1" "$2"
	defer umount_if "$2"
}

umount_if() {
	! mountpoint -q "$1" || umount "$1"
}

# fio_on DEVICE OPTIONS...: fio by its command line, which must see a device:
# on anything else it would quietly measure a file.  Output if it fails.
fio_on() {
	local device=$1 log
	shift
	[[ -b $device ]] || fail "fio: $device is no block device"
	log=$(mktemp)
	fio --name=job --filename="$device" --direct=1 --randrepeat=1 \
		--allrandrepeat=1 --group_reporting "$@" >"$log" 2>&1 || {
		cat "$log"
		fail "fio $* on $device"
	}
	rm "$log"
}

# helper NAME ARGUMENTS...: a program of helpers/; see the head of its source.
helper() {
	"$BUILD/guest-helpers/$1" "${@:2}"
}

# remember DEVICE...: what they hold now, as copies in memory.  unchanged: they
# hold it still.  Only for small devices that nobody else writes to.
remember() {
	local device
	rm -f /dev/shm/remembered.*
	REMEMBERED=("$@")
	for device; do
		uncached "$device"
		dd if="$device" of="/dev/shm/remembered.${device##*/}" bs=1M \
			iflag=direct conv=sparse status=none
	done
}

unchanged() {
	local device
	for device in "${REMEMBERED[@]}"; do
		uncached "$device"
		cmp "/dev/shm/remembered.${device##*/}" "$device" ||
			fail "$device has changed"
	done
}

# fio_verify DEVICE OPTIONS...: what was written must read back, now and after
# all of it is written.
fio_verify() {
	fio_on "$@" --verify=crc32c --verify_fatal=1 --do_verify=1
}

# witness NAME LINE: to a file of the host that outlives a power cut.  When it
# returns, the line is there.  3 ms each under emulation; a writer that needs
# more keeps a descriptor of the file open, and pays 0.7.
witness() {
	[[ -d $SHARE/witness ]] || mkdir -p "$SHARE/witness"
	printf '%s\n' "$2" >>"$SHARE/witness/$1"
}
