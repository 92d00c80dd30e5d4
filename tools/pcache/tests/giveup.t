#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# desc: backing-give-up names exactly what is given up, and says what became of it
# level: quick
# time: 60
# needs: build sim
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
lib_init

tree_cache 1 /dev/pmem0
tree_backing 1 3 /dev/vdh 7
for backing in "-b 3 -c 1" "-b /dev/pcache7" "--backing backing_dev3 --cache cache_dev1"; do
	driver_says 0
	# shellcheck disable=SC2086 # words
	tool backing-give-up $backing --sector 4096 --sectors=8
	status_is 0
	out_is ""
	err_is ""
	written_is "devices/cache_dev1/adm <- op=backing-give-up,backing_id=3,sector=4096,sectors=8"
done

# refused ERRNO STATUS WORDS
refused() {
	driver_says "$(errno_number "$1")"
	tool backing-give-up -b 3 -c 1 --sector 1 --sectors 1
	status_is "$2"
	err_one_line
	err_has "$3"
}
refused ENODATA 1 'nothing was given up'
refused EINVAL 1 'whole blocks of the device'
refused ENODEV 3 'backing_dev3 of cache_dev1 is not running'
refused ENOSPC 1 'no room'
refused EPERM 1 'this needs root'

# Nothing may be given up by a slip.
for words in "-b 3" "-b 3 --sector 1" "-b 3 --sectors 1" "--sector 1 --sectors 1" \
	"-b 3 --sector 1 --sectors 0" "-b 3 --sector -1 --sectors 1" "-b 3 --sector x --sectors 1"; do
	driver_says 0
	# shellcheck disable=SC2086 # words
	tool backing-give-up $words
	status_is 2
	err_one_line
	written_is ""
done
tool backing-give-up -b 4 -c 1 --sector 1 --sectors 1
status_is 3
written_is ""

lib_done
