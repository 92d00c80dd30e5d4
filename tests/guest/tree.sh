# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# For cases that keep a file system on a logic device: a disk that holds one
# already, a tree of the host's own files copied in, a restart in between, and
# the plain disk at the end; a sha256 manifest says what must be there.  Sourced.
source "$TREE/tests/guest/lib.sh"
MNT=/tmp/mnt

# host_files BYTES: regular files of the host, about that much.
host_files() {
	find /usr/sbin /usr/lib/python3 /usr/share/perl -xdev -type f \
		-printf '%s %p\n' | sort -k 2 |
		awk -v left="$1" '(left -= $1) > 0 { print $2 }'
}

# manifest DIR: of all files below it.
manifest() {
	(cd "$1" && find . -type f -print0 | sort -z | xargs -0 sha256sum)
}

# tree_is DEVICE: it mounts, and holds what /tmp/manifest says.
tree_is() {
	uncached "$1"
	mount "$1" $MNT
	manifest $MNT >/tmp/found
	umount $MNT
	diff /tmp/manifest /tmp/found || fail "the tree on $1 differs"
}

# tree_case DISK CHECK-COMMAND...: the disk has a file system, empty.
tree_case() {
	local disk=$1
	shift
	mkdir -p $MNT
	defer umount_if $MNT
	step 'files that are there before'
	mount "$disk" $MNT
	mkdir $MNT/old
	host_files 2000000 | xargs cp --parents -t $MNT/old
	manifest $MNT >/tmp/manifest
	umount $MNT

	small_cache "$(pmem 0)"
	backing_start "$disk" ",cache_size=24,$OPTIONS"
	defer umount_if $MNT
	tree_is "$LOGIC"

	step 'a tree is copied in, a part replaced'
	mount "$LOGIC" $MNT
	mkdir $MNT/new
	host_files "$(sized 20000000)" | xargs cp --parents -t $MNT/new
	rm -r $MNT/old/usr/lib
	host_files "$(sized 3000000)" | xargs cp --parents -t $MNT/new
	manifest $MNT >/tmp/manifest
	umount $MNT
	(($(wc -l </tmp/manifest) > 100)) || fail 'that is no tree'
	tree_is "$LOGIC"

	step 'over a restart'
	backing_stop "$CACHE" "$BACKING_ID" keep
	cache_stop "$CACHE_ID"
	rmmod pcache
	load_module
	cache_start "$(pmem 0)" ''
	backing_start "$disk"
	tree_is "$LOGIC"
	uncached "$LOGIC"
	"$@" "$LOGIC"

	step 'and on the plain disk'
	backing_stop "$CACHE" "$BACKING_ID"
	"$@" "$disk"
	tree_is "$disk"
}
