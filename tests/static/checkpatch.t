#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# level: quick
# time: 600
# needs: static
# checkpatch --strict finds nothing in any C file, except what checkpatch.conf
# says and why.
source "$(dirname "$0")/lib.sh"
CHECKPATCH=$(tests/lib/kernel.sh scripts)/checkpatch.pl

# option FILE: --types or --ignore, by the lines of checkpatch.conf that fit.
option() {
	local glob types ignore=FILE_PATH_CHANGES
	while read -r glob types; do
		# shellcheck disable=SC2053 # a pattern is meant
		[[ $glob && $1 == $glob ]] || continue
		if [[ $types == =* ]]; then
			echo "--types=${types#=}"
			return
		fi
		ignore+=,${types#-}
	done < <(grep -v '^#' tests/static/checkpatch.conf)
	echo "--ignore=$ignore"
}

# check OPTION FILE...: on all CPUs; perl starts slowly, so several files go
# together.
check() {
	printf '%s\n' "${@:2}" | xargs -P "$(nproc)" -n 16 \
		perl "$CHECKPATCH" --strict --no-tree --terse --show-types \
		--no-summary --typedefsfile=tests/static/checkpatch.types \
		"$1" -f || true
}

files=$(c_files)
declare -A with
while read -r file; do
	with[$(option "$file")]+="$file "
done <<<"$files"
found=$(for option in "${!with[@]}"; do
	read -ra group <<<"${with[$option]}"
	check "$option" "${group[@]}"
done)
rm -f .checkpatch-camelcase.*
none 'checkpatch' "$found"
