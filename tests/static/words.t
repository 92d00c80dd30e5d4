#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# level: quick
# Words that must not be in the tree: work left for later, numbers of a tracker,
# paths of somebody's machine, ways to crash the kernel; and every source has
# its licence in the first or second line.
source "$(dirname "$0")/lib.sh"
SELF=tests/static/words.t

# forbid WHAT REGEX FILE...
forbid() {
	local found
	found=$(grep -nEI -- "$2" "${@:3}" | grep -v "^$SELF:" || true)
	none "$1" "$found"
}

mapfile -t all < <(every_file)
mapfile -t driver < <(driver_files '*.[ch]')
mapfile -t sources < <(every_file \( -name '*.[ch]' -o -name '*.sh' -o \
	-name '*.py' -o -name '*.t' -o -name 'Makefile' -o -name '*.rst' \))

forbid 'left for later' '\b(TODO|FIXME|XXX|HACK|WIP)\b' "${all[@]}"
forbid 'numbers of a tracker' '\b([Ii]ssue|[Tt]icket|[Bb]ug|PR) ?#?[0-9]+\b' \
	"${all[@]}"
forbid "paths of somebody's machine" \
	'(^|[[:space:]"'\''=(:])/(home|work|workspace|Users)/' "${all[@]}"
forbid 'crashes the kernel' '\b(BUG|BUG_ON|panic)\(' "${driver[@]}"
forbid 'conflict markers' '^(<<<<<<<|=======|>>>>>>>)( |$)' "${sources[@]}"
for file in "${sources[@]}"; do
	head -n 3 "$file" | grep -q 'SPDX-License-Identifier: ' ||
		die "$file: no SPDX line"
done
