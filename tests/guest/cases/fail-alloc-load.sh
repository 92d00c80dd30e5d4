# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# desc: while a tenth of its allocations fail, I/O through the driver goes on and stays right
# debug: only
# machine: small
# time: 90
source "$TREE/tests/guest/inject.sh"
VARIANT=debug load_module
small_cache "$(pmem 0)"
DISK=$(disk disk0)
OTHER=$(disk disk1)
inject_setup

# Commands meanwhile: they succeed, or fail for want of memory.
commands() {
	local i slot said done=0
	for ((i = 0; i < 8; i++)); do
		said=$(control "$CACHE/adm" \
			"op=backing-start,path=$OTHER,cache_size=8" 2>&1) || {
			[[ $said == *"${ERRNO[ENOMEM]}"* ]] ||
				fail "a start says: $said"
			continue
		}
		slot=$(grep -lx "$OTHER" "$CACHE"/backing_dev*/path)
		slot=${slot%/path}
		backing_stop "$CACHE" "${slot##*backing_dev}"
		done=$((done + 1))
	done
	step "$done of $i starts succeeded"
}

seed=210
for options in queue_mode=mq,data_crc=1 queue_mode=bio,data_crc=0; do
	step "$options"
	backing_start "$DISK" ",cache_size=16,$options"
	inject_rate 10
	helper iomodel random "$LOGIC" --seed=$((seed += 1)) --size=32M \
		--ops=60 --max=256K --save=/tmp/model &
	load=$!
	commands
	wait $load
	inject_rate 0
	helper iomodel check "$LOGIC" --model=/tmp/model
	backing_stop "$CACHE" "$BACKING_ID"
	helper iomodel check "$DISK" --model=/tmp/model
done
