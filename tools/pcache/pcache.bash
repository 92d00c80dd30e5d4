# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Completion of pcache(8) for bash.  Owns no knowledge of its own: words and
# options are those of "pcache COMMAND --help", and a test compares them.

_pcache_options() {
	case $1 in
	cache-start)
		echo "-p --path -f --format -F --force --label --segment-size" ;;
	cache-stop)
		echo "-c --cache" ;;
	cache-list)
		echo "--json --table" ;;
	backing-start)
		echo "-p --path -c --cache -s --cache-size -q --queues" \
			"-m --queue-mode -x --data-crc" \
			"-o --writeback-order --force --known" ;;
	backing-stop)
		echo "-b --backing -c --cache --mode --progress" ;;
	backing-give-up)
		echo "-b --backing -c --cache --sector --sectors" ;;
	backing-list)
		echo "-c --cache --json --table" ;;
	probe)
		echo "-p --path --udev" ;;
	esac
	echo "-v --verbose -h --help -V --version"
}

# Names in a directory that begin like the second argument.
_pcache_names() {
	local entry
	for entry in "$1/$2"*; do
		[[ -e $entry ]] && echo "${entry##*/}"
	done
}

# What can stand behind an option: command, option, word so far.
_pcache_values() {
	local sys=${PCACHE_SYSFS_ROOT:-/sys}

	case $1:$2 in
	cache-start:-p | cache-start:--path | probe:-p | probe:--path)
		compgen -f -- "${3:-/dev/pmem}" ;;
	backing-start:-p | backing-start:--path)
		compgen -f -- "${3:-/dev/}" ;;
	*:-c | *:--cache)
		compgen -W "$(_pcache_names "$sys/bus/pcache/devices" cache_dev)" -- "$3" ;;
	*:-b | *:--backing)
		compgen -P /dev/ -W "$(_pcache_names "$sys/block" pcache)" -- "${3#/dev/}" ;;
	*:-m | *:--queue-mode)
		compgen -W "mq bio" -- "$3" ;;
	*:-o | *:--writeback-order)
		compgen -W "strict relaxed" -- "$3" ;;
	backing-start:--force)
		compgen -W "discard-clean discard-dirty accept-damage" -- "$3" ;;
	*:--mode)
		compgen -W "drain keep discard-dirty" -- "$3" ;;
	*:--sector | *:--sectors | *:-s | *:--cache-size | *:--segment-size | *:-q | *:--queues | *:--label)
		;;
	*)
		return 1 ;;
	esac
	return 0
}

_pcache() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	local found

	COMPREPLY=()
	if ((COMP_CWORD == 1)); then
		mapfile -t COMPREPLY < <(compgen -W \
			"cache-start cache-stop cache-list
			backing-start backing-stop backing-give-up
			backing-list probe
			-h --help -V --version" -- "$cur")
		return
	fi
	# bash breaks --option=value into three words.
	[[ $cur == = ]] && cur=
	[[ $prev == = ]] && prev=${COMP_WORDS[COMP_CWORD - 2]}
	if ! found=$(_pcache_values "${COMP_WORDS[1]}" "$prev" "$cur"); then
		found=$(compgen -W "$(_pcache_options "${COMP_WORDS[1]}")" \
			-- "$cur") || found=
	fi
	[[ -n $found ]] && mapfile -t COMPREPLY <<<"$found"
	return 0
}

complete -F _pcache pcache
