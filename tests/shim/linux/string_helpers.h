/* SPDX-License-Identifier: GPL-2.0 */
/* Sizes in words. */
#ifndef SHIM_LINUX_STRING_HELPERS_H
#define SHIM_LINUX_STRING_HELPERS_H

#include <linux/ctype.h>
#include <linux/string.h>
#include <linux/string_choices.h>
#include <linux/types.h>

enum string_size_units {
	STRING_UNITS_10,
	STRING_UNITS_2,
};

int string_get_size(u64 size, u64 blk_size, enum string_size_units units,
		    char *buf, int len);

#endif /* SHIM_LINUX_STRING_HELPERS_H */
