/* SPDX-License-Identifier: GPL-2.0 */
/* Words for truth values. */
#ifndef SHIM_LINUX_STRING_CHOICES_H
#define SHIM_LINUX_STRING_CHOICES_H

#include <linux/types.h>

#define SHIM_CHOICE(name, yes, no)			\
static inline const char *str_##name(bool v)		\
{							\
	return v ? (yes) : (no);			\
}

SHIM_CHOICE(yes_no, "yes", "no")
SHIM_CHOICE(on_off, "on", "off")
SHIM_CHOICE(true_false, "true", "false")
SHIM_CHOICE(enable_disable, "enable", "disable")
SHIM_CHOICE(enabled_disabled, "enabled", "disabled")
SHIM_CHOICE(read_write, "read", "write")

static inline const char *str_plural(size_t n)
{
	return n == 1 ? "" : "s";
}

#endif /* SHIM_LINUX_STRING_CHOICES_H */
