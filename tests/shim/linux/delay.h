/* SPDX-License-Identifier: GPL-2.0 */
/* Delays in virtual time. */
#ifndef SHIM_LINUX_DELAY_H
#define SHIM_LINUX_DELAY_H

#include <linux/types.h>

void msleep(unsigned int ms);
unsigned long msleep_interruptible(unsigned int ms);
void usleep_range(unsigned long min_us, unsigned long max_us);
void shim_delay(u64 ns);

#define ssleep(s)	msleep((s) * 1000)
#define fsleep(us)	usleep_range(us, 2 * (us))
#define udelay(us)	shim_delay((us) * 1000ull)
#define mdelay(ms)	shim_delay((ms) * 1000000ull)
#define ndelay(ns)	shim_delay(ns)

#endif /* SHIM_LINUX_DELAY_H */
