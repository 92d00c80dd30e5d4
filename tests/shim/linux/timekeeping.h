/* SPDX-License-Identifier: GPL-2.0 */
/* Kept for its name; see linux/ktime.h. */
#ifndef SHIM_LINUX_TIMEKEEPING_H
#define SHIM_LINUX_TIMEKEEPING_H

#include <linux/ktime.h>

#endif /* SHIM_LINUX_TIMEKEEPING_H */
