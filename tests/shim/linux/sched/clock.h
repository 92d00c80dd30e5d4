/* SPDX-License-Identifier: GPL-2.0 */
/* Clocks. */
#ifndef SHIM_LINUX_SCHED_CLOCK_H
#define SHIM_LINUX_SCHED_CLOCK_H

#include <linux/sched.h>

#endif /* SHIM_LINUX_SCHED_CLOCK_H */
