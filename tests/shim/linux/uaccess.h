/* SPDX-License-Identifier: GPL-2.0 */
/* Copies that survive media errors. */
#ifndef SHIM_LINUX_UACCESS_H
#define SHIM_LINUX_UACCESS_H

#include <linux/sched.h>
#include <linux/types.h>

/* Returns the number of bytes that were not copied: from the poison on. */
unsigned long __must_check copy_mc_to_kernel(void *dst, const void *src,
					     size_t n);

#endif /* SHIM_LINUX_UACCESS_H */
