/* SPDX-License-Identifier: GPL-2.0 */
/* Limits. */
#ifndef SHIM_LINUX_THREADS_H
#define SHIM_LINUX_THREADS_H

#ifdef SHIM_THREADS
#define NR_CPUS		32	/* one for each thread */
#else
#define NR_CPUS		8
#endif

#endif /* SHIM_LINUX_THREADS_H */
