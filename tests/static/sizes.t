#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# level: quick
# needs: static
# Nothing is too long to read: functions 80 lines, files 1000, headers 350.
source "$(dirname "$0")/lib.sh"
FUNCTION=80 FILE=1000 HEADER=350

# too_long LIMIT FILE...
too_long() {
	wc -l "${@:2}" | awk -v limit="$1" \
		'$2 != "total" && $1 > limit { print $2 ": " $1 " lines" }'
}

# From ctags for C and Python; a shell function ends at its closing brace.
long_functions() {
	ctags --quiet -x --languages=C,Python --kinds-C=f --kinds-Python=fm \
		--fields=+ne --_xformat='%{end} %{line} %N %F' "${c[@]}" "${py[@]}" |
		awk -v limit=$FUNCTION '$1 - $2 + 1 > limit {
			print $4 ":" $2 ": " $3 " has " $1 - $2 + 1 " lines" }'
	awk -v limit=$FUNCTION '
		/^[a-z_]+\(\) *[{(]/ { name = $1; start = FNR }
		/^[})]/ && name { if (FNR - start + 1 > limit)
			print FILENAME ":" start ": " name " has " FNR - start + 1 " lines"
			name = "" }' "${sh[@]}"
}

mapfile -t c < <(c_files)
mapfile -t py < <(python_files)
mapfile -t sh < <(shell_files)
mapfile -t headers < <(c_files | grep '\.h$')
mapfile -t rest < <(c_files | grep '\.c$')
ctags --version | grep -q Universal || die 'this is not Universal Ctags'
none 'too long' "$(too_long $HEADER "${headers[@]}"
	too_long $FILE "${rest[@]}" "${py[@]}" "${sh[@]}"
	long_functions)"
