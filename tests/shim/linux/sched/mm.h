/* SPDX-License-Identifier: GPL-2.0 */
/* Scopes that narrow what allocations may do. */
#ifndef SHIM_LINUX_SCHED_MM_H
#define SHIM_LINUX_SCHED_MM_H

#include <linux/gfp.h>
#include <linux/sched.h>

static inline unsigned int shim_task_flags_save(unsigned int bits)
{
	unsigned int old = current->flags & bits;

	current->flags |= bits;
	return ~old & bits;
}

static inline void shim_task_flags_restore(unsigned int bits)
{
	current->flags &= ~bits;
}

static inline unsigned int memalloc_noio_save(void)
{
	return shim_task_flags_save(PF_MEMALLOC_NOIO);
}

static inline void memalloc_noio_restore(unsigned int flags)
{
	shim_task_flags_restore(flags);
}

static inline unsigned int memalloc_nofs_save(void)
{
	return shim_task_flags_save(PF_MEMALLOC_NOFS);
}

static inline void memalloc_nofs_restore(unsigned int flags)
{
	shim_task_flags_restore(flags);
}

static inline unsigned int memalloc_noreclaim_save(void)
{
	return shim_task_flags_save(PF_MEMALLOC);
}

static inline void memalloc_noreclaim_restore(unsigned int flags)
{
	shim_task_flags_restore(flags);
}

static inline void might_alloc(gfp_t gfp)
{
	might_sleep_if(gfpflags_allow_blocking(gfp));
}

#endif /* SHIM_LINUX_SCHED_MM_H */
