/* SPDX-License-Identifier: GPL-2.0 */
/* Kept for its name; see linux/compiler.h. */
#ifndef SHIM_LINUX_COMPILER_TYPES_H
#define SHIM_LINUX_COMPILER_TYPES_H

#include <linux/compiler.h>

#endif /* SHIM_LINUX_COMPILER_TYPES_H */
