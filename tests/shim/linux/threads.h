/* SPDX-License-Identifier: GPL-2.0 */
/* Limits. */
#ifndef SHIM_LINUX_THREADS_H
#define SHIM_LINUX_THREADS_H

#define NR_CPUS		8

#endif /* SHIM_LINUX_THREADS_H */
