/* SPDX-License-Identifier: GPL-2.0 */
/* No modules. */
#ifndef BENCH_LINUX_EXPORT_H
#define BENCH_LINUX_EXPORT_H

#define __init
#define EXPORT_SYMBOL(sym)
#define EXPORT_SYMBOL_GPL(sym)

#endif /* BENCH_LINUX_EXPORT_H */
