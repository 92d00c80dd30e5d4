/* SPDX-License-Identifier: GPL-2.0 */
/* Reader-writer semaphores with cheap readers; here ordinary ones. */
#ifndef SHIM_LINUX_PERCPU_RWSEM_H
#define SHIM_LINUX_PERCPU_RWSEM_H

#include <linux/rwsem.h>

struct percpu_rw_semaphore {
	struct rw_semaphore sem;
};

#define percpu_init_rwsem(s) ({ init_rwsem(&(s)->sem); 0; })
#define percpu_free_rwsem(s)	do { } while (0)
#define percpu_down_read(s)	down_read(&(s)->sem)
#define percpu_up_read(s)	up_read(&(s)->sem)
#define percpu_down_write(s)	down_write(&(s)->sem)
#define percpu_up_write(s)	up_write(&(s)->sem)

#endif /* SHIM_LINUX_PERCPU_RWSEM_H */
