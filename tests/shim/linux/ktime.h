/* SPDX-License-Identifier: GPL-2.0 */
/* Virtual time in nanoseconds. */
#ifndef SHIM_LINUX_KTIME_H
#define SHIM_LINUX_KTIME_H

#include <linux/jiffies.h>
#include <linux/limits.h>
#include <linux/time64.h>
#include <linux/types.h>

typedef s64 ktime_t;

#define KTIME_MAX		S64_MAX

ktime_t ktime_get(void);
time64_t ktime_get_real_seconds(void);

#define ktime_get_ns()		((u64)ktime_get())
#define ktime_get_coarse_ns()	((u64)ktime_get())
#define ktime_get_boottime()	ktime_get()
#define ktime_get_seconds()	((time64_t)(ktime_get() / NSEC_PER_SEC))
#define ktime_get_real()	\
	(ktime_get_real_seconds() * NSEC_PER_SEC)
#define ktime_get_real_ns()	((u64)ktime_get_real())

#define ktime_add(a, b)		((a) + (b))
#define ktime_sub(a, b)		((a) - (b))
#define ktime_add_ns(t, ns)	((t) + (s64)(ns))
#define ktime_add_us(t, us)	((t) + (s64)(us) * NSEC_PER_USEC)
#define ktime_add_ms(t, ms)	((t) + (s64)(ms) * NSEC_PER_MSEC)
#define ktime_to_ns(t)		(t)
#define ktime_to_us(t)		((t) / NSEC_PER_USEC)
#define ktime_to_ms(t)		((t) / NSEC_PER_MSEC)
#define ns_to_ktime(ns)		((ktime_t)(ns))
#define us_to_ktime(us)		((ktime_t)(us) * NSEC_PER_USEC)
#define ms_to_ktime(ms)		((ktime_t)(ms) * NSEC_PER_MSEC)
#define ktime_before(a, b)	((a) < (b))
#define ktime_after(a, b)	((a) > (b))
#define ktime_compare(a, b)	(((a) > (b)) - ((a) < (b)))
#define ktime_us_delta(a, b)	ktime_to_us((a) - (b))
#define ktime_ms_delta(a, b)	ktime_to_ms((a) - (b))

#endif /* SHIM_LINUX_KTIME_H */
