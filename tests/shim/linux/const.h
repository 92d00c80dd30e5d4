/* SPDX-License-Identifier: GPL-2.0 */
/* Constants for C and assembly. */
#ifndef SHIM_LINUX_CONST_H
#define SHIM_LINUX_CONST_H

#include_next <linux/const.h>

#define UL(x)	(_UL(x))
#define ULL(x)	(_ULL(x))

#endif /* SHIM_LINUX_CONST_H */
