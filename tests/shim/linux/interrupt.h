/* SPDX-License-Identifier: GPL-2.0 */
/* Kept for its name; see linux/irqflags.h. */
#ifndef SHIM_LINUX_INTERRUPT_H
#define SHIM_LINUX_INTERRUPT_H

#include <linux/irqflags.h>

#endif /* SHIM_LINUX_INTERRUPT_H */
