#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# level: quick
# needs: static
# codespell finds no misspelt word anywhere; spelling.txt has what it takes for
# one and is none.
source "$(dirname "$0")/lib.sh"
mapfile -t files < <(every_file -not -name '*.img' -not -name '*.gz')
codespell --ignore-words tests/static/spelling.txt "${files[@]}"
