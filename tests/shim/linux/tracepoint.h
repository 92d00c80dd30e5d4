/* SPDX-License-Identifier: GPL-2.0 */
/* Tracepoints that do nothing; arguments are still type-checked. */
#ifndef SHIM_LINUX_TRACEPOINT_H
#define SHIM_LINUX_TRACEPOINT_H

#include <linux/types.h>

#define TP_PROTO(args...)	args
#define TP_ARGS(args...)	args
#define TP_STRUCT__entry(args...)
#define TP_fast_assign(args...)
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

#define TRACE_EVENT(name, proto, args...)	SHIM_TRACE(name, proto)
#define TRACE_EVENT_CONDITION(name, proto, args...)	SHIM_TRACE(name, proto)
#define DECLARE_TRACE(name, proto, args...)	SHIM_TRACE(name, proto)
#define DECLARE_EVENT_CLASS(name, args...)
#define DEFINE_EVENT(class, name, proto, args...)	SHIM_TRACE(name, proto)
#define DEFINE_EVENT_PRINT(class, name, proto, args...)	\
	SHIM_TRACE(name, proto)

#endif /* SHIM_LINUX_TRACEPOINT_H */
