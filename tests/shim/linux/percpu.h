/* SPDX-License-Identifier: GPL-2.0 */
/* Per-CPU memory. */
#ifndef SHIM_LINUX_PERCPU_H
#define SHIM_LINUX_PERCPU_H

#include <linux/cpumask.h>
#include <linux/gfp.h>
#include <linux/percpu-defs.h>

void *shim_alloc_percpu(size_t size, size_t align, gfp_t gfp);
void free_percpu(void *ptr);

#define __alloc_percpu(size, align)	shim_alloc_percpu(size, align, GFP_KERNEL)
#define __alloc_percpu_gfp(size, align, gfp)	\
	shim_alloc_percpu(size, align, gfp)
#define alloc_percpu_gfp(type, gfp)	\
	((typeof(type) *)shim_alloc_percpu(sizeof(type), __alignof__(type), gfp))
#define alloc_percpu(type)		alloc_percpu_gfp(type, GFP_KERNEL)

#endif /* SHIM_LINUX_PERCPU_H */
