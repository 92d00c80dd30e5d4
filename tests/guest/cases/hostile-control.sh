# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# desc: without the right, no control file does anything
# time: 90
# debug: yes
source "$TREE/tests/guest/lib.sh"
VARIANT=debug load_module
PMEM=$(pmem 0)
small_cache "$PMEM"
backing_start "$(disk disk0)" ,cache_size=16
dd if=/dev/urandom of="$LOGIC" bs=1M count=2 oflag=direct status=none

# control_files: all that somebody may write to, but for the driver core's own.
control_files() {
	find $BUS/ "$CACHE/" -maxdepth 3 -type f -perm /222 \
		! -name uevent ! -name 'drivers_*' ! -path '*/power/*' | sort
}

# text_for FILE: what would do harm there.
text_for() {
	case ${1##*/} in
	cache_dev_register) echo "path=$PMEM,format=1,force=1" ;;
	cache_dev_unregister) echo "cache_dev_id=$CACHE_ID" ;;
	adm) echo "op=backing-stop,backing_id=$BACKING_ID,mode=discard-dirty" ;;
	*) echo 7 ;;
	esac
}

# state: everything that the control files could change.
state() {
	grep -r . "$CACHE/" --exclude-dir=stats --exclude-dir=power \
		--exclude=adm 2>/dev/null | sort
	echo "$BUS"/devices/* "$CACHE"/backing_dev*
}

nobody() {
	setpriv --reuid 65534 --regid 65534 --clear-groups bash -c "$@"
}

# Root, but without the capability.
lesser_root() {
	setpriv --inh-caps=-sys_admin --bounding-set=-sys_admin bash -c "$@"
}

# refused ERRNO WHO FILE
refused() {
	# shellcheck disable=SC2016 # expanded there
	expect_fail "$1" - "$2" 'printf "%s\n" "$1" >"$0"' "$3" "$(text_for "$3")"
}

mapfile -t files < <(control_files)
step "${#files[@]} files: ${files[*]##*/}"
((${#files[@]} >= 6)) || fail 'these cannot be all of them'
# Nothing moves of itself meanwhile.
wait_for 30 attribute "$BACKING/dirty_bytes" 0
state >/tmp/before
for file in "${files[@]}"; do
	refused EACCES nobody "$file"
	refused EPERM lesser_root "$file"
done
state >/tmp/after
diff /tmp/before /tmp/after || fail 'something has changed'

step 'nobody sees where things are, or what is on them'
for file in "$CACHE/path" "$BACKING/path" "$LOGIC" "$PMEM"; do
	# shellcheck disable=SC2016 # expanded there
	expect_fail EACCES - nobody 'cat "$0"' "$file"
done
