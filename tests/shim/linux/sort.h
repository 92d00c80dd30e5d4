/* SPDX-License-Identifier: GPL-2.0 */
/* Sorting of arrays. */
#ifndef SHIM_LINUX_SORT_H
#define SHIM_LINUX_SORT_H

#include <linux/types.h>

void sort(void *base, size_t num, size_t size, cmp_func_t cmp, swap_func_t swap);
void sort_r(void *base, size_t num, size_t size, cmp_r_func_t cmp,
	    swap_func_t swap, const void *priv);

#endif /* SHIM_LINUX_SORT_H */
