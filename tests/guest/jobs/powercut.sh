# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Guest side of host/powercut.sh: powercut.sh first|next|last
#
# Brings the cache back as an administrator would, checks what the last power
# cut left, and writes until the next one (first, next), or drains and checks
# the plain disks (last).  The report in the share has a line "checked DISK: ..."
# for everything that was found good, and "bad DISK: ..." for what was not.
source "$TREE/tests/guest/lib.sh"
WITNESS=$SHARE/witness
MNT=/tmp/mnt
REPORT=$SHARE/report
declare -A OPTIONS=([disk0]='mq' [disk1]='bio' [disk2]='bio')

# writers run|check DISK PLACE: who writes there; PLACE is where the disk is
# mounted, or a device.
writers() {
	case $2 in
	disk0)
		helper ackwrite "$1" file "$3" "$WITNESS/ext4" --writers=2 &&
			helper ackwrite "$1" names "$3" "$WITNESS/ext4" --writers=2
		;;
	disk1) helper ackwrite "$1" file "$3" "$WITNESS/xfs" --writers=2 ;;
	disk2) helper ackwrite "$1" device "$3" "$WITNESS/raw" --writers=3 ;;
	esac
}

# run_writers: all of them at once, until the power goes off.
run_writers() {
	helper ackwrite run file $MNT/disk0 "$WITNESS/ext4" --writers=2 &
	helper ackwrite run names $MNT/disk0 "$WITNESS/ext4" --writers=2 &
	helper ackwrite run file $MNT/disk1 "$WITNESS/xfs" --writers=2 &
	helper ackwrite run device "${NODE[disk2]}" "$WITNESS/raw" --writers=3 &
	: >"$SHARE/ready"
	# None of them ends by itself.
	wait -n
	fail 'a writer gave up'
}

# replayed DISK DEVICE: the file system is clean once its journal was replayed.
replayed() {
	local -a fsck=(e2fsck -fn)
	[[ $1 == disk0 ]] || fsck=(xfs_repair -n)
	mount "$2" $MNT/"$1" && umount $MNT/"$1" && "${fsck[@]}" "$2"
}

# verify DISK DEVICE: file system and acknowledged writes.  Called where a
# failure does not end the script.
verify() {
	if [[ $1 == disk2 ]]; then
		writers check "$1" "$2"
	else
		replayed "$1" "$2" >/tmp/fsck 2>&1 || {
			cat /tmp/fsck
			return 1
		}
		mount -o ro "$2" $MNT/"$1" && writers check "$1" $MNT/"$1" &&
			umount $MNT/"$1"
	fi
}

# checked DISK DEVICE: what was found goes to the report.
checked() {
	uncached "$2"
	if verify "$@" >/tmp/found 2>&1; then
		sed "s/^/checked $1: /" /tmp/found >>"$REPORT"
	else
		sed "s/^/bad $1: /" /tmp/found >>"$REPORT"
		fail "$1: $(head -n 1 /tmp/found)"
	fi
}

# The nodes that backing-list names, by our names of the disks.
find_nodes() {
	local id path
	for id in disk0 disk1 disk2; do
		path=$(disk $id)
		NODE[$id]=$(pcache backing-list | jq -r \
			".[] | select(.backing_path == \"$path\") | .logic_dev")
		[[ -b ${NODE[$id]} ]] || fail "$path did not come back"
	done
}

first() {
	local id
	mkdir -p "$WITNESS"/{ext4,xfs,raw}
	mkfs.ext4 -q "$(disk disk0)"
	mkfs.xfs -q "$(disk disk1)"
	pcache cache-start --path "$(pmem 0)" --format --force --segment-size 1M
	for id in disk0 disk1 disk2; do
		pcache backing-start --path "$(disk $id)" --cache-size 16M \
			--queue-mode "${OPTIONS[$id]}"
	done
}

again() {
	local id
	pcache cache-start --path "$(pmem 0)"
	find_nodes
	for id in disk0 disk1 disk2; do
		checked $id "${NODE[$id]}"
	done
}

last() {
	local id
	again
	for id in disk0 disk1 disk2; do
		pcache backing-stop --backing "${NODE[$id]}"
		checked $id "$(disk $id)"
	done
	pcache cache-stop
	rmmod pcache
}

declare -A NODE
modprobe -a ext4 xfs
mkdir -p $MNT/disk0 $MNT/disk1
: >"$REPORT"
load_module
case $1 in
last) last ;;
next | first)
	if [[ $1 == first ]]; then
		first
	else
		again
	fi
	find_nodes
	mount "${NODE[disk0]}" $MNT/disk0
	mount "${NODE[disk1]}" $MNT/disk1
	run_writers
	;;
esac
