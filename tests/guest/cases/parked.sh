# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# desc: while 256 writes wait for space and the disk has stopped answering, reads that hit go on
# time: 180
# debug: yes
source "$TREE/tests/guest/parked.sh"
VARIANT=debug load_module
parked_setup

for mode in mq bio; do
	step "queue_mode=$mode"
	parked_attach $mode
	parked_begin
	missed=$(stat_of miss_bytes)
	checksum=$(hot_sum "$LOGIC")
	# More reads at once than there are tags for writes on one CPU.
	fio_on "$LOGIC" --rw=randread --bs=4k --size=${HOT_MIB}M \
		--ioengine=libaio --iodepth=64 --numjobs=4 --thread
	[[ $(stat_of miss_bytes) == "$missed" ]] || fail 'that was no hit'
	parked_still || fail 'the writes did not wait meanwhile'
	parked_end
	[[ $(hot_sum "$LOGIC") == "$checksum" ]]
	parked_detach
	[[ $(hot_sum "$PARKED_DISK") == "$checksum" ]]
done
