/* SPDX-License-Identifier: GPL-2.0 */
/* Kept for its name; see linux/preempt.h. */
#ifndef SHIM_LINUX_HARDIRQ_H
#define SHIM_LINUX_HARDIRQ_H

#include <linux/preempt.h>

#endif /* SHIM_LINUX_HARDIRQ_H */
