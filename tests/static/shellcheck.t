#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# level: quick
# needs: static
# No shell script has a fault that shellcheck knows, and every one stops on
# errors.
source "$(dirname "$0")/lib.sh"

# Scripts that must go on after a failure, and say so with "set -u".
careless() {
	local file
	while read -r file; do
		[[ $(head -n 1 "$file") == '#!'*bash ]] || continue
		grep -qE '^set -(euo pipefail|u)$|^source .*lib\.sh"?$' "$file" ||
			[[ $(head -n 40 "$file") == *'set -euo pipefail'* ]] ||
			echo "$file: neither set -euo pipefail nor a library that does"
	done < <(shell_files)
}

mapfile -t files < <(shell_files)
((${#files[@]})) || die 'no scripts found'
printf '%s\n' "${files[@]}" | xargs -P "$(nproc)" -n 8 shellcheck -x
none 'shell options' "$(careless)"
