#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# desc: usage errors: status 2, one line that names the value, nothing written
# level: quick
# time: 120
# needs: build sim
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
lib_init
tree_cache 0 /dev/pmem0
tree_backing 0 0 /dev/vdh 0

# refused MESSAGE ARGS...
refused() {
	local message=$1
	shift
	tool "$@"
	status_is 2
	out_is ""
	err_one_line
	err_has "$message"
	written_is ""
}

refused "no command given"
refused "unknown command 'cache'" cache
refused "unknown command 'cache-startx'" cache-startx -p /dev/pmem0
refused "unknown command '--bogus'" --bogus

refused "--path is missing" cache-start
refused "--path is missing" cache-start -f -F
refused "--path: an empty path" cache-start --path=
refused "--path needs a value" cache-start -f -p
refused "'/dev/a,b': the driver takes no comma" cache-start -p /dev/a,b
refused "comma or newline" cache-start -p $'/dev/a\nb'
refused "is longer than 255 bytes" cache-start -p "/dev/$(printf 'x%.0s' {1..300})"
refused "--path is given twice" cache-start -p /dev/pmem0 -p /dev/pmem1
refused "--format takes no value" cache-start -p /dev/pmem0 --format=1
refused "--force takes no value" cache-start -p /dev/pmem0 -f --force=1
refused "unexpected argument '1'" cache-start -p /dev/pmem0 -f 1
refused "--force is for --format only" cache-start -p /dev/pmem0 -F
refused "--label is for --format only" cache-start -p /dev/pmem0 --label=x
refused "--segment-size is for --format only" cache-start -p /dev/pmem0 --segment-size=1M
refused "'a,b': no comma" cache-start -p /dev/pmem0 -f --label a,b
refused "is not 1 to 31 bytes long" cache-start -p /dev/pmem0 -f --label ""
refused "is not 1 to 31 bytes long" cache-start -p /dev/pmem0 -f --label 12345678901234567890123456789012
refused "'3M' is not a power of two" cache-start -p /dev/pmem0 -f --segment-size=3M
refused "'512K' is out of range" cache-start -p /dev/pmem0 -f --segment-size=512K
refused "'2G' is out of range" cache-start -p /dev/pmem0 -f --segment-size=2G
refused "unknown option '-x'" cache-start -p /dev/pmem0 -x
refused "unknown or ambiguous option '--fo'" cache-start -p /dev/pmem0 --fo
refused "unknown or ambiguous option '--bogus=1'" cache-start -p /dev/pmem0 --bogus=1

refused "--cache: 'x' is neither" cache-stop -c x
refused "--cache: '-1' is neither" cache-stop --cache=-1
refused "--cache: '4294967296' is neither" cache-stop --cache=4294967296
refused "--cache: 'backing_dev0' is neither" cache-stop -c backing_dev0
refused "unexpected argument '0'" cache-stop 0

refused "--json and --table exclude" cache-list --json --table
refused "unexpected argument 'x'" cache-list x
refused "--json takes no value" backing-list --json=1

refused "--path is missing" backing-start -s 1G
refused "--cache-size: '1GB' is not a size" backing-start -p /dev/vdh -s 1GB
refused "--cache-size: '0' is out of range" backing-start -p /dev/vdh -s 0
refused "--cache-size: '-1' is not a size" backing-start -p /dev/vdh -s -1
refused "--cache-size: '16384P' is too large" backing-start -p /dev/vdh -s 16384P
refused "--queues: '0' is not a number from 1 to 128" backing-start -p /dev/vdh -q 0
refused "--queues: '129' is not a number from 1 to 128" backing-start -p /dev/vdh -q 129
refused "--queues: '1x' is not a number" backing-start -p /dev/vdh -q 1x
refused "--queue-mode: 'm' is none of mq|bio" backing-start -p /dev/vdh -m m
refused "--queue-mode: 'mq|bio' is none of" backing-start -p /dev/vdh -m "mq|bio"
refused "--writeback-order: '' is none of strict|relaxed" backing-start -p /dev/vdh -o ""
refused "--data-crc takes no value" backing-start -p /dev/vdh --data-crc=1
refused "-F: say what to force: --force=discard-clean|discard-dirty|accept-damage" backing-start -p /dev/vdh -F
refused "--force needs a value: discard-clean|discard-dirty|accept-damage" backing-start -p /dev/vdh --force
refused "--force: '--cache' is none of" backing-start -p /dev/vdh --force --cache 1
refused "--force: '1' is none of" backing-start -p /dev/vdh --force=1

refused "--backing is missing" backing-stop
refused "--backing: '' is none of" backing-stop -b ""
refused "--backing: '/dev/vdh' is none of" backing-stop -b /dev/vdh
refused "--mode: 'force' is none of drain|keep|discard-dirty" backing-stop -b 0 --mode force
refused "--mode is given twice" backing-stop -b 0 --mode keep --mode drain
refused "pcache0 belongs to cache_dev0, not to cache_dev1" backing-stop -b /dev/pcache0 -c 1

# Help and version are no errors, and touch nothing.
for args in --help -h --version -V "cache-start --help" "cache-start -V" \
	"backing-stop -h" "cache-list -h"; do
	# shellcheck disable=SC2086 # words
	tool $args
	status_is 0
	err_is ""
	has stdout "$out" pcache
	written_is ""
done

lib_done
