# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Guest side of host/powercut.sh: powercut.sh first|next|last
#
# Brings the cache back as an administrator would, checks what the last power
# cut left, and writes until the next one (first, next), or drains and checks
# the plain disks (last).  A line "checked ..." in the share for everything that
# was found good.
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
		helper ackwrite "$1" file "$3" "$WITNESS/ext4" --writers=2
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

# checked DISK DEVICE: mount, which replays the journal; fsck; acknowledged
# writes.
checked() {
	local place=$2
	uncached "$2"
	if [[ $1 != disk2 ]]; then
		mount "$2" $MNT/"$1"
		umount $MNT/"$1"
		if [[ $1 == disk0 ]]; then
			e2fsck -fn "$2"
		else
			xfs_repair -n "$2"
		fi
		mount -o ro "$2" $MNT/"$1"
		place=$MNT/$1
	fi >/tmp/fsck 2>&1 || fail "$1: $(</tmp/fsck)"
	writers check "$1" "$place" | sed "s/^/checked $1: /" >>"$REPORT"
	[[ $place == "$2" ]] || umount "$place"
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
	[[ $1 == first ]] && first || again
	find_nodes
	mount "${NODE[disk0]}" $MNT/disk0
	mount "${NODE[disk1]}" $MNT/disk1
	run_writers
	;;
esac
