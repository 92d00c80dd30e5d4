#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# level: default
# time: 600
# needs: build guest
# The paths of a 4 KiB write and of a read hit have not grown: instructions per
# operation, on both front ends, are at most 3 % above what insn.recorded.json
# says.  Another kernel may change what the block layer needs, so the figures
# are taken in proportion to those of the pmem device itself.
#
# A path that has become shorter, or has to be longer, is recorded anew, with
# its reason in the commit:  tests/bench/insn.sh && cp build/insn.json
# tests/bench/insn.recorded.json
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
source "$here/../lib/common.sh"
RECORDED=$here/insn.recorded.json MEASURED=$BUILD/insn.json

"$here/insn.sh" 1
jq -rn --slurpfile recorded "$RECORDED" --slurpfile measured "$MEASURED" '
	("randwrite", "fsync", "randread") as $load | ("bio", "mq") as $device |
	$recorded[0][$load] as $was | $measured[0][$load] as $now |
	($was[$device] * $now.raw / $was.raw) as $expected |
	($now[$device] / $expected * 100 - 100) as $more |
	[(if $more > 3 then "SLOWER" elif $more < -3 then "faster: record it"
	  else "as recorded" end), $load, $device,
	 "\($now[$device]) instructions, \($expected | round) expected"] |
	join(" ")' | tee "$BUILD/insn.guard"
(($(wc -l <"$BUILD/insn.guard") == 6))
! grep -q '^SLOWER' "$BUILD/insn.guard"
