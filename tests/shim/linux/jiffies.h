/* SPDX-License-Identifier: GPL-2.0 */
/* Virtual time in ticks of 4 ms. */
#ifndef SHIM_LINUX_JIFFIES_H
#define SHIM_LINUX_JIFFIES_H

#include <linux/limits.h>
#include <linux/math64.h>
#include <linux/time64.h>
#include <linux/typecheck.h>
#include <linux/types.h>

#define HZ			CONFIG_HZ
#define NSEC_PER_JIFFY		(NSEC_PER_SEC / HZ)
#define MAX_JIFFY_OFFSET	((LONG_MAX >> 1) - 1)
#define INITIAL_JIFFIES		((unsigned long)(unsigned int)(-300 * HZ))

unsigned long shim_jiffies(void);

#define jiffies			shim_jiffies()
#define jiffies_64		((u64)shim_jiffies())
#define get_jiffies_64()	((u64)shim_jiffies())

#define time_after(a, b)	((long)((b) - (a)) < 0)
#define time_before(a, b)	time_after(b, a)
#define time_after_eq(a, b)	((long)((a) - (b)) >= 0)
#define time_before_eq(a, b)	time_after_eq(b, a)
#define time_in_range(a, b, c)	(time_after_eq(a, b) && time_before_eq(a, c))
#define time_after64(a, b)	((s64)((b) - (a)) < 0)
#define time_before64(a, b)	time_after64(b, a)
#define time_is_before_jiffies(a)	time_after(jiffies, a)
#define time_is_after_jiffies(a)	time_before(jiffies, a)
#define time_is_before_eq_jiffies(a)	time_after_eq(jiffies, a)
#define time_is_after_eq_jiffies(a)	time_before_eq(jiffies, a)

static inline unsigned long msecs_to_jiffies(unsigned int ms)
{
	if ((int)ms < 0)
		return MAX_JIFFY_OFFSET;
	return DIV_ROUND_UP_ULL((u64)ms * HZ, MSEC_PER_SEC);
}

static inline unsigned long usecs_to_jiffies(unsigned int us)
{
	return DIV_ROUND_UP_ULL((u64)us * HZ, USEC_PER_SEC);
}

static inline unsigned long nsecs_to_jiffies(u64 ns)
{
	return ns / NSEC_PER_JIFFY;
}

static inline unsigned long secs_to_jiffies(unsigned int s)
{
	return (unsigned long)s * HZ;
}

static inline unsigned int jiffies_to_msecs(unsigned long j)
{
	return j * (MSEC_PER_SEC / HZ);
}

static inline unsigned int jiffies_to_usecs(unsigned long j)
{
	return j * (USEC_PER_SEC / HZ);
}

static inline u64 jiffies_to_nsecs(unsigned long j)
{
	return (u64)j * NSEC_PER_JIFFY;
}

#define jiffies64_to_msecs(j)	((u64)(j) * (MSEC_PER_SEC / HZ))
#define jiffies64_to_nsecs(j)	((u64)(j) * NSEC_PER_JIFFY)
#define round_jiffies(j)		(j)
#define round_jiffies_relative(j)	(j)

#endif /* SHIM_LINUX_JIFFIES_H */
