#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Installs what a part of the project needs: deps.sh GROUP...
#
# As root the missing packages are installed with apt; anybody else is told the
# one apt line to run.  With everything there it costs one dpkg-query.  Needs
# nothing but the base system, so that it can be the first thing that runs.
#
#   deps.sh --groups   names the groups
#   deps.sh --list GROUP...   prints the packages, installs nothing
set -euo pipefail

declare -A GROUP=(
	[build]='make gcc libc6-dev linux-headers-6.12-amd64 kmod
		pkg-config libjson-c-dev libsmartcols-dev libblkid-dev
		libudev-dev'
	[sim]='make gcc g++ clang libclang-rt-14-dev libc6-dev libcmocka-dev
		python3 xxd'
	[guest]='linux-image-6.12-amd64 qemu-system-x86 qemu-utils
		busybox-static cpio xz-utils kmod util-linux dmsetup ndctl
		e2fsprogs xfsprogs fio jq python3 procps udev'
	[static]='linux-source-6.12 xz-utils perl python3 sparse shellcheck
		codespell universal-ctags binutils groff-base mandoc'
	[bench]='bcache-tools'
	[intree]='linux-source-6.12 xz-utils make gcc bc bison flex
		libelf-dev libssl-dev'
)

packages() {
	local group words
	for group; do
		[[ -v GROUP[$group] ]] || {
			echo "deps.sh: no such group: $group" \
				"(there are: ${!GROUP[*]})" >&2
			return 2
		}
		read -r -d '' -a words <<<"${GROUP[$group]}" || true
		printf '%s\n' "${words[@]}"
	done | sort -u
}

# missing_of LINES: those of the packages in LINES that are not installed.
missing_of() {
	local have names
	mapfile -t names <<<"$1"
	have=$(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' \
		"${names[@]}" 2>/dev/null || true)
	grep -vxF -f <(sed -n 's/^.i  *//p' <<<"$have") <<<"$1" || true
}

apt() {
	DEBIAN_FRONTEND=noninteractive apt-get -qq -y \
		-o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 "$@" </dev/null
}

install() {
	apt install --no-install-recommends "$@" && return
	echo 'deps.sh: refreshing the package lists' >&2
	apt update
	apt install --no-install-recommends "$@"
}

main() {
	local wanted lacking line
	case ${1:---groups} in
	--groups) printf '%s\n' "${!GROUP[@]}" | sort && return ;;
	--list) shift && packages "$@" && return ;;
	esac
	wanted=$(packages "$@")
	mapfile -t lacking < <(missing_of "$wanted")
	((${#lacking[@]})) || return 0
	line="apt-get install -y --no-install-recommends ${lacking[*]}"
	if ((EUID)) || ! command -v apt-get >/dev/null; then
		printf 'deps.sh: packages are missing; as root, run:\n%s\n' \
			"$line" >&2
		return 1
	fi
	echo "deps.sh: installing ${lacking[*]}" >&2
	install "${lacking[@]}" >&2
}

main "$@"
