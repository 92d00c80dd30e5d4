# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# What the static tests share: which files there are, and how to fail.  Lists
# come from the working tree, not from git, so that a tarball is checked too and
# a file that is not yet added can't hide.  Sourced.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../lib/common.sh"
cd "$TREE"

# What a build leaves beside the sources, as in .gitignore.
BUILT=(-name '*.o' -o -name '*.o.d' -o -name '*.a' -o -name '*.ko'
	-o -name '*.mod' -o -name '*.mod.c' -o -name '*.cmd'
	-o -name modules.order -o -name Module.symvers
	-o -name '.checkpatch-camelcase.*' -o -path ./tools/pcache/pcache)

# every_file [FIND-EXPRESSION...]: files of the project, without what was built.
every_file() {
	find . \( -name .git -o -name build -o -name __pycache__ \) -prune -o \
		-type f -not \( "${BUILT[@]}" \) "$@" -printf '%P\n' | sort
}

# driver_files PATTERN: the driver's own sources; there must be some.
driver_files() {
	find . -maxdepth 1 -name "$1" -not -name '*.mod.c' -printf '%P\n' |
		sort | grep . || die "there are no driver sources ($1)"
}

c_files() {
	driver_files '*.c' >/dev/null
	every_file -name '*.[ch]'
}

# scripts_of INTERPRETER-REGEX EXTENSION: by their first line or their name.
scripts_of() {
	{
		every_file -name "*.$2"
		every_file -perm /111 | while read -r file; do
			head -n 1 "$file" | grep -aqE "^#!.*($1)" && echo "$file"
		done
	} | sort -u
}

shell_files() {
	scripts_of '/(ba)?sh|busybox sh' sh
}

python_files() {
	scripts_of python3 py
}

# none TEXT OUTPUT: fail with OUTPUT unless it is empty.
none() {
	[[ ! $2 ]] || {
		printf '%s\n' "$2"
		die "$1: $(wc -l <<<"$2") lines above"
	}
}
