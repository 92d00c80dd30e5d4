# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# desc: commands that run while the module is being unloaded are done or refused, never half done
# machine: small
# time: 90
# debug: yes
source "$TREE/tests/guest/lib.sh"
VARIANT=debug load_module
PMEM=$(pmem 0)
DISK=$(disk disk0)
small_cache "$PMEM"
# In vain, mostly: a backing that runs pins the module.
touch /tmp/go
defer rm -f /tmp/go

unloader() {
	while [[ -e /tmp/go ]]; do
		rmmod pcache 2>/dev/null || true
	done
}

# come_and_go: register and attach, detach and keep, and count what worked.
come_and_go() {
	local round started=0
	for ((round = 0; round < 60; round++)); do
		[[ -e $BUS ]] || insmod "$MODULES/module-debug/pcache.ko" ||
			continue
		control $BUS/cache_dev_register "path=$PMEM" || continue
		control $BUS/devices/cache_dev0/adm \
			"op=backing-start,path=$DISK,cache_size=16" || continue
		started=$((started + 1))
		control $BUS/devices/cache_dev0/adm \
			"op=backing-stop,backing_id=0,mode=drain"
	done 2>/dev/null
	echo "$started rounds got as far as an attached backing"
	((started > 0))
}

step 'a command in a loop against rmmod in a loop'
unloader &
unloader=$!
come_and_go
rm /tmp/go
wait $unloader

step 'and what is left is whole'
[[ -e $BUS ]] || insmod "$MODULES/module-debug/pcache.ko"
cache_start "$PMEM" ''
backing_start "$DISK" ,cache_size=16
helper iomodel random "$LOGIC" --seed=17 --size=16M --ops=50 --save=/tmp/model
helper iomodel check "$LOGIC" --model=/tmp/model
