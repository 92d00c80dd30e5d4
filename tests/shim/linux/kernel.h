/* SPDX-License-Identifier: GPL-2.0 */
/* The grab bag. */
#ifndef SHIM_LINUX_KERNEL_H
#define SHIM_LINUX_KERNEL_H

#include <stdarg.h>
#include <linux/align.h>
#include <linux/array_size.h>
#include <linux/bitops.h>
#include <linux/build_bug.h>
#include <linux/bug.h>
#include <linux/compiler.h>
#include <linux/container_of.h>
#include <linux/err.h>
#include <linux/hex.h>
#include <linux/kstrtox.h>
#include <linux/limits.h>
#include <linux/log2.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/panic.h>
#include <linux/printk.h>
#include <linux/sprintf.h>
#include <linux/stddef.h>
#include <linux/typecheck.h>
#include <linux/types.h>
#include <linux/wordpart.h>
#include <asm/byteorder.h>
#include <shim.h>

#define PTR_IF(cond, ptr)	((cond) ? (ptr) : NULL)
#define u64_to_user_ptr(x)	((void *)(uintptr_t)(x))

#endif /* SHIM_LINUX_KERNEL_H */
