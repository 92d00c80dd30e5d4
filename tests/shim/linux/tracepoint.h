/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tracepoints that look at all that they would record, as if each were on, and
 * record nothing.  Not under a thread sanitizer: what they say need not be exact.
 */
#ifndef SHIM_LINUX_TRACEPOINT_H
#define SHIM_LINUX_TRACEPOINT_H

#include <linux/types.h>

#define TP_PROTO(args...)	args
#define TP_ARGS(args...)	args
#define TP_STRUCT__entry(args...)	args
#define TP_fast_assign(args...)		args
#define __field(type, item)		type item;
#define TP_printk(args...)
#define TP_CONDITION(args...)
#define TRACE_DEFINE_ENUM(x)

#define SHIM_TRACE(name, proto...)				\
static inline void trace_##name(proto)				\
{								\
}								\
static inline bool trace_##name##_enabled(void)			\
{								\
	return false;						\
}

#ifdef __SANITIZE_THREAD__
#define TRACE_EVENT(name, proto, args...)	SHIM_TRACE(name, proto)
#else
#define TRACE_EVENT(name, proto, args, tstruct, assign, print)	\
static inline void trace_##name(proto)				\
{								\
	struct { tstruct } entry, *__entry = &entry;		\
								\
	assign							\
	/* Keeps the loads: they may be what is wrong. */	\
	asm volatile("" : : "r" (__entry) : "memory");		\
}								\
static inline bool trace_##name##_enabled(void)			\
{								\
	return true;						\
}
#endif
#define TRACE_EVENT_CONDITION(name, proto, args...)	SHIM_TRACE(name, proto)
#define DECLARE_TRACE(name, proto, args...)	SHIM_TRACE(name, proto)
#define DECLARE_EVENT_CLASS(name, args...)
#define DEFINE_EVENT(class, name, proto, args...)	SHIM_TRACE(name, proto)
#define DEFINE_EVENT_PRINT(class, name, proto, args...)	\
	SHIM_TRACE(name, proto)

#endif /* SHIM_LINUX_TRACEPOINT_H */
