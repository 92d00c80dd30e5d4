#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Which kernel we build against and boot: the newest installed 6.12, never the
# running one.  Sourced for its functions, or run:
#
#   kernel.sh version   6.12.N+debNN-amd64     (PCACHE_KVER= overrides)
#   kernel.sh headers   its build directory
#   kernel.sh image     its bzImage
#   kernel.sh scripts   a directory with checkpatch.pl, kernel-doc and friends
#   kernel.sh source    the unpacked source tree (1.6 GB, made when asked for)
#
# With PCACHE_GUEST_KERNEL=debug or =lockstat the first three name a kernel of our
# own instead, which is built if need be (tests/kernel/build).
#
# Unpacked sources live outside the tree, keyed by package version, are made
# once under a lock and never changed by anybody.
[[ ${BASH_SOURCE[0]} == "$0" ]] && set -euo pipefail
# shellcheck source=tests/lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

KERNEL_SERIES=6.12
KERNEL_TARBALL=/usr/src/linux-source-$KERNEL_SERIES.tar.xz

kernel_is_own() {
	case ${PCACHE_GUEST_KERNEL:-stock} in
	stock) return 1 ;;
	debug | lockstat) return 0 ;;
	*) die "PCACHE_GUEST_KERNEL is neither stock nor debug nor lockstat" ;;
	esac
}

kernel_is_debug() {
	kernel_is_own && [[ $PCACHE_GUEST_KERNEL == debug ]]
}

# kernel_own_dir: see tests/kernel/build.
kernel_own_dir() {
	"$TREE/tests/kernel/build" "$PCACHE_GUEST_KERNEL"
}

kernel_version() {
	local newest
	if kernel_is_own; then
		cat "$(kernel_own_dir)/version"
		return
	fi
	if [[ ${PCACHE_KVER:-} ]]; then
		echo "$PCACHE_KVER"
		return
	fi
	newest=$(printf '%s\n' "/lib/modules/$KERNEL_SERIES"*/build/Makefile |
		sort -V | tail -n 1)
	[[ -e $newest ]] || die "no $KERNEL_SERIES kernel headers here" \
		"(tests/lib/deps.sh build)"
	newest=${newest#/lib/modules/}
	echo "${newest%/build/Makefile}"
}

kernel_headers() {
	local version
	if kernel_is_own; then
		echo "$(kernel_own_dir)/build"
		return
	fi
	version=$(kernel_version)
	[[ -e /lib/modules/$version/build/Makefile ]] ||
		die "no headers for kernel $version"
	echo "/lib/modules/$version/build"
}

kernel_image() {
	local version
	if kernel_is_own; then
		echo "$(kernel_own_dir)/bzImage"
		return
	fi
	version=$(kernel_version)
	[[ -r /boot/vmlinuz-$version ]] || die "no readable" \
		"/boot/vmlinuz-$version (tests/lib/deps.sh guest)"
	echo "/boot/vmlinuz-$version"
}

# kernel_unpack NAME [MEMBER...]: NAME below the cache with these members of
# the source package (all by default).  Appears complete or not at all.
kernel_unpack() {
	local dir=$CACHE/$1
	shift
	[[ -d $dir ]] && return
	rm -rf "$dir.part"
	mkdir -p "$dir.part"
	note "unpacking ${KERNEL_TARBALL##*/} to $dir"
	tar -C "$dir.part" --strip-components=1 -xJf "$KERNEL_TARBALL" "$@"
	mv "$dir.part" "$dir"
}

# kernel_unpacked KIND [MEMBER...]: print the directory, unpacked if need be.
kernel_unpacked() {
	local kind=$1 stamp name
	shift
	[[ -r $KERNEL_TARBALL ]] || die "no $KERNEL_TARBALL" \
		"(tests/lib/deps.sh static)"
	stamp=$(dpkg-query -W -f '${Version}' "linux-source-$KERNEL_SERIES")
	name=linux-$stamp-$kind
	[[ -d $CACHE/$name ]] ||
		locked "$CACHE/.$name.lock" kernel_unpack "$name" "$@"
	echo "$CACHE/$name"
}

# kernel_modules: the directory that a guest links to from /lib/modules; nothing
# if the host has it there.
kernel_modules() {
	! kernel_is_own ||
		echo "$(kernel_own_dir)/root/lib/modules/$(kernel_version)"
}

kernel_source() {
	kernel_unpacked source
}

kernel_scripts() {
	local dir
	dir=$(kernel_unpacked scripts \
		"linux-source-$KERNEL_SERIES/scripts/checkpatch.pl" \
		"linux-source-$KERNEL_SERIES/scripts/const_structs.checkpatch" \
		"linux-source-$KERNEL_SERIES/scripts/spelling.txt" \
		"linux-source-$KERNEL_SERIES/scripts/kernel-doc")
	echo "$dir/scripts"
}

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
	case ${1:-} in
	version | headers | image | scripts | source) "kernel_$1" ;;
	*) die 'usage: kernel.sh version|headers|image|scripts|source' ;;
	esac
fi
