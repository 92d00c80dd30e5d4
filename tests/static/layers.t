#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# level: quick
# time: 300
# needs: build static
# Calls in the driver go down only.  What an object needs and what it offers is
# read from the objects themselves, the layer of each from layers.txt.
source "$(dirname "$0")/lib.sh"
TABLE=tests/static/layers.txt

# symbols FLAG DIR: "object symbol" lines of what is undefined (-u) or offered.
symbols() {
	local object
	for object in "$2"/*.o; do
		case ${object##*/} in
		pcache.o | *.mod.o | .*) continue ;;
		esac
		nm -P "$1" -g "$object" | awk -v o="$(basename "$object" .o)" \
			'{ print o, $1 }'
	done
}

# unlisted: sources without a layer, and layers without a source.
unlisted() {
	diff <(driver_files '*.c') <(awk '!/^#/ && NF { print $1 }' "$TABLE" | sort) |
		sed -n 's/^< /no layer in the table: /p; s/^> /no such file: /p'
}

# upward: uses whose definition lies in a higher layer.
upward() {
	awk -v table="$TABLE" '
		BEGIN { while ((getline line < table) > 0)
			if (line !~ /^#/ && split(line, f, " ") == 2) {
				sub(/\.c$/, "", f[1]); layer[f[1]] = f[2] } }
		FNR == NR { home[$2] = $1; next }
		($2 in home) && layer[home[$2]] > layer[$1] {
			print $1 ".c (layer " layer[$1] ") uses " $2 " of " \
				home[$2] ".c (layer " layer[home[$2]] ")" }' \
		<(symbols --defined-only "$1") <(symbols -u "$1")
}

driver_files '*.c' >/dev/null
none 'the table of layers' "$(unlisted)"
scripts/build-module static/layers -j2 >/dev/null
[[ $(symbols --defined-only "$BUILD/static/layers" | wc -l) -gt 10 ]] ||
	die 'the objects offer no symbols: was the driver built?'
none 'calls that go up' "$(upward "$BUILD/static/layers")"
