# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Boots, watches, cuts and puts away one QEMU guest at a time.  Sourced.
#
# A guest is the kernel of kernel.sh on the host's own root file system,
# read-only over 9p below a tmpfs overlay: what is installed on the host is
# there, nothing it writes is kept, except in its share, /run/guest inside,
# $GUEST_SHARE outside.  The share is not cached: a write() to it that has
# returned is on the host and outlives a SIGKILL, so a guest keeps its
# witnesses there.  NVDIMM and disk images live on tmpfs and are kept from
# boot to boot until guest_end.
#
#   source tests/lib/guest.sh
#   guest_new powercut                   # names the artefacts
#   machine_nvdimm nv0 256M              # qemu.sh describes the machine
#   machine_disk disk0 1G block=4096
#   guest_job 'source tests/guest/lib.sh; ...'   # run by bash in the tree
#   guest_start 120                      # at most 120 s (scaled)
#   guest_cut                            # power goes off, or:
#   guest_wait                           # until it powers off; what it returned
#   guest_end $?                         # keeps the evidence if not 0
#
# guest_boot LIMIT = guest_start + guest_wait.  guest_wait returns the status
# of the job, or 124 (time limit), 125 (died: panic, reset), 137 (guest_cut).
# guest_qmp COMMAND [JSON]: quit, stop, cont, block_set_io_throttle ...
# guest_throttle DISK BYTES_PER_S: 1 = stalled, 0 = free again.
# guest_console: the file with the console of the current boot.

source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
source "$TREE/tests/lib/kernel.sh"
source "$TREE/tests/lib/qemu.sh"
source "$TREE/tests/lib/klog.sh"
source "$TREE/tests/lib/throttle.sh"

# Images larger than this (allocated) are not worth keeping after a failure.
GUEST_KEEP_BYTES=$((96 << 20))

# guest_tmp: a directory for images; tmpfs with room if there is any, since an
# NVDIMM on a disk file is three times slower.
guest_tmp() {
	local dir
	for dir in /dev/shm /tmp "/run/user/$EUID"; do
		if [[ -w $dir && $(stat -f -c %T "$dir") == tmpfs ]] &&
			(($(df --output=avail -B1 "$dir" | tail -n 1) > 1 << 30)); then
			echo "$dir"
			return
		fi
	done
	note "no tmpfs with 1 GiB to spare: images go to ${TMPDIR:-/tmp}"
	echo "${TMPDIR:-/tmp}"
}

# guest_sweep DIR: remove what a killed runner left there half a day ago.
guest_sweep() {
	local old owner
	while read -r old; do
		owner=${old#"$1"/pcache-guest.}
		[[ -e /proc/${owner%%.*} ]] || rm -rf "$old"
	done < <(find "$1" -maxdepth 1 -name 'pcache-guest.*' -mmin +720)
}

# guest_new NAME: a fresh guest.  The EXIT trap is ours from here on: a script
# that fails leaves evidence.  Its own files go well into $GUEST_DIR.
guest_new() {
	local tmp
	[[ ! ${GUEST_DIR:-} ]] || die "guest $GUEST_NAME is still there"
	tmp=$(guest_tmp)
	guest_sweep "$tmp"
	GUEST_NAME=$1
	GUEST_DIR=$(mktemp -d "$tmp/pcache-guest.$$.XXXXXX")
	GUEST_SHARE=$GUEST_DIR/share
	GUEST_BOOTS=0
	GUEST_PID=
	mkdir "$GUEST_SHARE"
	trap 'guest_end $?' EXIT
	trap 'exit 143' TERM
	trap 'exit 130' INT
	machine_new
}

# guest_job TEXT: what the next boot runs.
guest_job() {
	printf '%s\n' "$1" >"$GUEST_SHARE/job"
}

# guest_start_file: the first thing that runs below the real root, as PID 1.
guest_start_file() {
	local -a modules
	mapfile -t modules < <(machine_modules | sort -u)
	printf 'export TREE=%q GUEST_MODULES=%q PCACHE_TIME_SCALE=%q\n' \
		"$TREE" "${modules[*]}" "${PCACHE_TIME_SCALE:-1}"
	printf 'export PCACHE_GUEST_KERNEL=%q GUEST_KERNEL_MODULES=%q\n' \
		"${PCACHE_GUEST_KERNEL:-stock}" "$(kernel_modules)"
	printf 'export PCACHE_BUILD=%q\n' "$BUILD"
	printf 'exec /bin/bash %q %q\n' \
		"$TREE/tests/guest/boot" "${MACHINE[console]:-}"
}

# qemu_run LIMIT: QEMU in the foreground.  The shell that runs this stays, and
# so swallows what it has to say about a child that was killed.
qemu_run() {
	if [[ ${MACHINE[console]:-} == stdio ]]; then
		timeout --foreground -s KILL "$1" "${QEMU[@]}" <&"$TERMINAL" ||
			exit
	else
		exec </dev/null 2>"$GUEST_DIR/qemu.err"
		timeout --foreground -s KILL "$1" "${QEMU[@]}" || exit
	fi
}

# guest_launch LIMIT: QEMU in the background, for LIMIT seconds at most.
guest_launch() {
	GUEST_BOOTS=$((GUEST_BOOTS + 1))
	GUEST_CUT=
	GUEST_CONSOLE=$GUEST_DIR/console.$GUEST_BOOTS.log
	machine_images
	qemu_command
	printf '%q ' "${QEMU[@]}" >"$GUEST_DIR/command"
	guest_start_file >"$GUEST_SHARE/start"
	rm -f "$GUEST_SHARE/status" "$GUEST_SHARE/booted" "$GUEST_DIR/qemu.pid"
	GUEST_T0=$EPOCHREALTIME
	exec {TERMINAL}<&0 # a background job would get /dev/null
	qemu_run "$1" &
	GUEST_PID=$!
	exec {TERMINAL}<&-
}

# guest_stumbled: did it die on the way up of what only emulation does?  With
# several CPUs, QEMU now and then runs code that the kernel has just patched; once in
# some thousand boots it dies itself.
guest_stumbled() {
	[[ ${MACHINE[console]:-} != stdio ]] || return 1
	while guest_running && [[ ! -e $GUEST_SHARE/booted ]]; do
		sleep 0.05
	done
	[[ ! -e $GUEST_SHARE/booted ]] &&
		{ grep -aqs 'Oops: int3' "$GUEST_CONSOLE" ||
			grep -q 'Segmentation fault' "$GUEST_DIR/qemu.err"; }
}

# guest_start LIMIT: boot in the background, for LIMIT seconds at most; returns
# when the job is about to start, or the guest is gone.
guest_start() {
	local limit try
	limit=$(scaled "$1")
	for try in 1 2 3; do
		guest_launch "$limit"
		guest_stumbled || return 0
		note "boot $try died in emulation, once more"
		guest_wait || true
	done
}

guest_running() {
	[[ $GUEST_PID ]] && kill -0 "$GUEST_PID" 2>/dev/null
}

guest_wait() {
	local rc=0
	wait "$GUEST_PID" 2>/dev/null || rc=$?
	GUEST_PID=
	# shellcheck disable=SC2034 # for those who measure
	GUEST_SECONDS=$(awk "BEGIN { print $EPOCHREALTIME - $GUEST_T0 }")
	if [[ $GUEST_CUT ]]; then
		return 137
	elif ((rc == 137)); then
		return 124
	elif ((rc)); then
		note "qemu failed: $(tail -n 3 "$GUEST_DIR/qemu.err")"
		return 125
	elif [[ ! -s $GUEST_SHARE/status ]]; then
		return 125
	fi
	return "$(<"$GUEST_SHARE/status")"
}

guest_boot() {
	guest_start "$1"
	guest_wait
}

# guest_kill: SIGKILL to our own qemu, by the pid that it wrote itself.
guest_kill() {
	GUEST_CUT=1
	while guest_running && [[ ! -s $GUEST_DIR/qemu.pid ]]; do
		sleep 0.05
	done
	guest_running && kill -KILL "$(<"$GUEST_DIR/qemu.pid")" 2>/dev/null
	return 0
}

# guest_cut: the power goes off.
guest_cut() {
	guest_kill
	guest_wait || true
}

# guest_await FILE SECONDS: wait for a file in the share; 1 if it doesn't come.
guest_await() {
	local i
	for ((i = 0; i < $(scaled "$2") * 10; i++)); do
		[[ -e $GUEST_SHARE/$1 ]] && return
		guest_running || return 1
		sleep 0.1
	done
	return 1
}

guest_qmp() {
	"$TREE/tests/lib/qmp.py" "$GUEST_DIR/qmp" "$@"
}

guest_throttle() {
	guest_qmp block_set_io_throttle \
		"$(throttle_request "$1" "${DISK[$1,bus]}" "$2")" >/dev/null
}

guest_console() {
	echo "$GUEST_CONSOLE"
}

# guest_gate [ALLOWED-REGEX...]: 1 and the lines, if the kernel complained on
# the console of the current boot.
guest_gate() {
	klog_gate "$GUEST_CONSOLE" "$@"
}

# guest_keep: copy the evidence to build/artifacts/NAME, say where it is.
guest_keep() {
	local to=$BUILD/artifacts/$GUEST_NAME image
	rm -rf "$to"
	mkdir -p "$to"
	cp -r "$GUEST_SHARE" "$GUEST_DIR/command" "$to/"
	cp "$GUEST_DIR"/console.*.log "$GUEST_DIR/qemu.err" "$to/" 2>/dev/null ||
		true
	for image in "$GUEST_DIR"/*.img; do
		[[ -e $image ]] || continue
		if (($(du -B1 "$image" | cut -f 1) <= GUEST_KEEP_BYTES)); then
			cp --sparse=always "$image" "$to/"
		else
			echo "$image was too large to keep" >>"$to/left-out"
		fi
	done
	echo "artefacts: $to"
}

# guest_end STATUS: no guest and no state are left; 0 = nobody will ask for
# them, else the evidence is kept.  Once is enough.
guest_end() {
	[[ ${GUEST_DIR:-} ]] || return 0
	if guest_running; then
		guest_cut
	fi
	(($1 == 0)) || guest_keep
	rm -rf "$GUEST_DIR"
	GUEST_DIR=
}
