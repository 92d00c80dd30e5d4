#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# level: quick
# needs: static
# Every Python script compiles, without a warning, on the oldest Python we
# support (that of Debian 12).
source "$(dirname "$0")/lib.sh"
mapfile -t files < <(python_files)
((${#files[@]})) || die 'no scripts found'
for file in "${files[@]}"; do
	python3 -W error -c 'import sys
compile(open(sys.argv[1]).read(), sys.argv[1], "exec")' "$file"
done
