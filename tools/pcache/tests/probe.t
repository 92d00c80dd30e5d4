#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# desc: probe knows a superblock of ours by either copy, and nothing else
# level: quick
# time: 60
# needs: build sim
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
lib_init
UUID=00112233-4455-6677-8899-aabbccddeeff

# image FILE LABEL [COPY...]: a cache device with segments of 64 KiB, of which
# these copies of the superblock (1, 2) are good.
image() {
	python3 - "$@" <<-'PY'
	import os, struct, sys
	def crc32c(data):
	    crc = 0xffffffff
	    for byte in data:
	        crc ^= byte
	        for _ in range(8):
	            crc = crc >> 1 ^ (0x82f63b78 if crc & 1 else 0)
	    return crc
	name, label, copies = sys.argv[1], os.fsencode(sys.argv[2]), sys.argv[3:]
	places = {"1": 4096, "2": 0x50000 - 4096}
	image = bytearray(0x100000)
	for copy, place in places.items():
	    body = struct.pack("<IQQ16sIIQQQ16s32sII128x", 0x62735f70, 1, place,
	        b"\x89pcache\r\n\x1a\npmem\x01", 1, 16, 0, 0, 0,
	        bytes.fromhex("00112233445566778899aabbccddeeff"), label, 16, 5)
	    crc = crc32c(body) ^ (copy not in copies)
	    image[place:place + 4 + len(body)] = struct.pack("<I", crc) + body
	open(name, "wb").write(image)
	PY
}

properties="ID_FS_TYPE=pcache
ID_FS_USAGE=other
ID_FS_VERSION=1
ID_FS_UUID=$UUID"
for copies in '1 2' 1 2; do
	# shellcheck disable=SC2086 # words
	image "$tmp/image" fast $copies
	tool probe --udev -p "$tmp/image"
	status_is 0
	err_is ""
	out_is "$properties
ID_FS_LABEL=fast"
done
tool probe -p "$tmp/image"
status_is 0
is "the JSON object" "$(python3 -c 'import json, sys; print(*json.load(sys.stdin).values())' <<<"$out")" \
	"$UUID fast 1 65536 16"

# A label is anybody's text.
image "$tmp/image" $'a b"\n\xc3$(reboot)' 1
tool probe --udev -p "$tmp/image"
out_is "$properties
ID_FS_LABEL=a_b_____reboot_"
image "$tmp/image" '' 1
tool probe --udev -p "$tmp/image"
out_is "$properties"

# Both copies are bad, nothing is there, it ends too early, it is not there.
image "$tmp/image" fast
head -c 1048576 /dev/zero >"$tmp/zeroes"
head -c 4100 "$tmp/image" >"$tmp/short"
for file in image zeroes short; do
	tool probe --udev -p "$tmp/$file"
	status_is 1
	out_is ""
	err_is ""
	tool probe -p "$tmp/$file"
	status_is 1
	out_is ""
	err_has "$tmp/$file is not a cache device"
done
tool probe -p "$tmp/missing"
status_is 3
err_one_line

lib_done
