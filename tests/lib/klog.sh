# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The kernel-log gate: which lines of a kernel log mean that something is
# wrong, whatever a test itself says.  Sourced, on the host and in guests.

KLOG_BAD='WARNING: |BUG: |BUG at |kernel BUG|Oops|Kernel panic'
KLOG_BAD+='|general protection fault|Unable to handle|unable to handle'
KLOG_BAD+='|divide error|stack segment:|invalid opcode|double fault'
KLOG_BAD+='|KASAN: |KFENCE: |KCSAN: |UBSAN: |kmemleak: [0-9]|ODEBUG: '
KLOG_BAD+='|possible (recursive|circular|irq|deadlock)|inconsistent lock state'
KLOG_BAD+='|suspicious RCU usage|INFO: possible|INFO: suspicious'
KLOG_BAD+='|sleeping function called|scheduling while atomic|bad unlock balance'
KLOG_BAD+='|held lock freed|lock held when returning'
KLOG_BAD+='|rcu.*(detected|self-detected).*stall|rcu.*detected expedited stalls'
KLOG_BAD+='|soft lockup|hard LOCKUP|blocked for more than|workqueue lockup'
KLOG_BAD+='|refcount_t: |list_(add|del) corruption|Bad page|bad page|page dumped'
KLOG_BAD+='|Objects remaining|still has objects|sysfs: cannot create duplicate'
KLOG_BAD+='|Out of memory|page allocation failure|Call Trace:|---\[ cut here'
KLOG_BAD+='|scheduling from the idle|RCU used illegally'

# klog_bad FILE [ALLOWED-REGEX...]: print the lines of FILE that are bad and
# not allowed; 0 if there are any.
klog_bad() {
	local file=$1 pattern
	local -a allowed=()
	shift
	for pattern; do
		allowed+=(-e "$pattern")
	done
	if ((${#allowed[@]})); then
		grep -aE "$KLOG_BAD" "$file" | grep -avE "${allowed[@]}"
	else
		grep -aE "$KLOG_BAD" "$file"
	fi
}

# klog_gate FILE [ALLOWED-REGEX...]: 0 if the log is clean, else say why not.
klog_gate() {
	local lines
	if lines=$(klog_bad "$@"); then
		printf 'the kernel log has:\n%s\n' "$(head -n 20 <<<"$lines")"
		return 1
	fi
}
