/* SPDX-License-Identifier: GPL-2.0 */
/* Signals; tests inject them with sim_signal(). */
#ifndef SHIM_LINUX_SCHED_SIGNAL_H
#define SHIM_LINUX_SCHED_SIGNAL_H

#include <linux/sched.h>

#endif /* SHIM_LINUX_SCHED_SIGNAL_H */
