#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# desc: every option, key, status and variable is in --help, man page, completion
# level: quick
# time: 120
# needs: build sim static
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
lib_init
# shellcheck source-path=SCRIPTDIR source=../pcache.bash
. "$top/pcache.bash"

commands="cache-start cache-stop cache-list backing-start backing-stop backing-give-up backing-list probe"
common="--help --verbose --version -V -h -v"

# ---- the man page is well formed ----

last="man page"
formatters=0
if command -v mandoc >/dev/null; then
	formatters=1
	is "mandoc's complaints" "$(mandoc -T lint -W warning "$top/pcache.8" 2>&1)" ""
	mandoc -T ascii "$top/pcache.8" 2>/dev/null | sed 's/.\x08//g' >"$tmp/man"
fi
if command -v groff >/dev/null; then
	formatters=1
	is "groff's complaints" "$(groff -mdoc -ww -z -T ascii "$top/pcache.8" 2>&1)" ""
	[[ -s $tmp/man ]] || groff -mdoc -T ascii -P-c "$top/pcache.8" | sed 's/.\x08//g' >"$tmp/man"
fi
((formatters)) || skip "neither mandoc nor groff is installed"

# The part of the page that is headed so: by a command, or by a section.
man_part() {
	awk -v head="$1" '
		/^[^ ]/ || /^   [^ ]/ { on = 0 }
		{ line = $0; sub(/^ +/, "", line) }
		line == head { on = 1; next }
		on' "$tmp/man"
}

# Words on lines of their own, and back.
words() { tr -s ' \n' '\n' | grep .; }
joined() { tr '\n' ' ' | sed 's/ $//'; }

# The options that a text shows at the start of its lines: "-x, --name".
options_in() {
	grep -E '^ +-' | grep -oE '^ +(-[A-Za-z], )?--[a-z-]+' | tr -d , |
		words | sort -u
}

# ---- options ----

is "the commands in --help" \
	"$("$binary" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z-]*\) .*/\1/p' | joined)" "$commands"
COMP_WORDS=(pcache "") COMP_CWORD=1
_pcache
is "the commands in the completion" \
	"$(printf '%s\n' "${COMPREPLY[@]}" | grep -v ^- | joined)" "$commands"

for command in $commands; do
	last="pcache $command"
	help=$("$binary" "$command" --help | options_in)
	manual=$({ man_part "$command" | options_in; words <<<"$common"; } | sort -u)
	completion=$(_pcache_options "$command" | words | sort -u)
	is "the options in the man page" "$(joined <<<"$manual")" "$(joined <<<"$help")"
	is "the options in the completion" "$(joined <<<"$completion")" "$(joined <<<"$help")"
	# The words of an option that takes one of several.
	while IFS='=' read -r option words; do
		COMP_WORDS=(pcache "$command" "$option" "") COMP_CWORD=3
		_pcache
		is "the words of $option in the completion" "${COMPREPLY[*]}" "${words//|/ }"
		for word in ${words//|/ }; do
			has "the man page" "$(man_part "$command")" "$word"
		done
	done < <("$binary" "$command" --help | grep -oE -- '--[a-z-]+=[a-z-]+(\|[a-z-]+)+')
done
has "the man page on the common options" "$(man_part DESCRIPTION | options_in | joined)" "$common"

# ---- exit statuses, variables, keys ----

last="man page"
statuses=$(sed -n 's/.*STATUS_[A-Z]*[[:space:]]*= \([0-9]\),.*/\1/p' "$top/pcache.h" | joined)
is "the exit statuses" "$(man_part "EXIT STATUS" | sed -n 's/^ \+\([0-9]\) .*/\1/p' | joined)" "$statuses"
while read -r variable; do
	has "the man page" "$(man_part ENVIRONMENT)" "$variable"
done < <(grep -hoE 'getenv\("[A-Z_]+"' "$top"/*.c | grep -oE '[A-Z_]{2,}')
tree_cache 0 /dev/pmem0
tree_backing 0 0 /dev/vdh 0
keys=$({ "$binary" cache-list | rows keys; "$binary" backing-list | rows keys; } | joined)
is "the keys of the lists" "$(man_part OUTPUT | sed -n 's/^ \{5\}\([a-z_]\+\)  .*/\1/p' | joined)" "$keys"

# ---- what the completion offers ----

# offers EXPECTED WORDS...: the last one is being typed.
offers() {
	local expected=$1
	shift
	last="completion of: $*"
	COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
	_pcache
	is "the offer" "${COMPREPLY[*]}" "$expected"
}
tree_cache 2 /dev/pmem2
offers "cache-start cache-stop cache-list" pcache cache
offers "--mode" pcache backing-stop --m
offers "drain discard-dirty" pcache backing-stop --mode d
offers "drain keep discard-dirty" pcache backing-stop --mode =
offers "keep" pcache backing-stop --mode = k
offers "cache_dev0 cache_dev2" pcache backing-list -c ""
offers "/dev/pcache0" pcache backing-stop -b ""
offers "/dev/pcache0" pcache backing-stop --backing /dev/p
offers "" pcache backing-start --cache-size 4
offers "" pcache backing-start --bogus-

lib_done
