/* SPDX-License-Identifier: GPL-2.0 */
/* Tracepoints that are off cost nothing. */
#ifndef BENCH_TRACE_EVENTS_MAPLE_TREE_H
#define BENCH_TRACE_EVENTS_MAPLE_TREE_H

#define tracepoint_string(str)			(str)
#define trace_ma_op(fn, mas)			do { } while (0)
#define trace_ma_read(fn, mas)			do { } while (0)
#define trace_ma_write(fn, mas, piv, val)	do { } while (0)

#endif /* BENCH_TRACE_EVENTS_MAPLE_TREE_H */
