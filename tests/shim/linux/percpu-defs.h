/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Per-CPU variables.
 *
 * A per-CPU pointer is that of CPU 0's copy; the runtime knows how far away the
 * copies of the others are, also for a pointer into the middle of an object.
 */
#ifndef SHIM_LINUX_PERCPU_DEFS_H
#define SHIM_LINUX_PERCPU_DEFS_H

#include <linux/compiler.h>
#include <linux/preempt.h>
#include <linux/smp.h>
#include <linux/threads.h>

#define DECLARE_PER_CPU(type, name)	\
	extern __section("shim_percpu") typeof(type) name
#define DEFINE_PER_CPU(type, name)	\
	__section("shim_percpu") typeof(type) name
#define DEFINE_PER_CPU_ALIGNED(type, name)	\
	DEFINE_PER_CPU(type, name) ____cacheline_aligned
#define DEFINE_PER_CPU_SHARED_ALIGNED(type, name)	\
	DEFINE_PER_CPU_ALIGNED(type, name)

void *shim_percpu_addr(const volatile void *ptr, unsigned int cpu);

#define per_cpu_ptr(ptr, cpu)	\
	((typeof(*(ptr)) *)shim_percpu_addr((ptr), (cpu)))
#define raw_cpu_ptr(ptr)	per_cpu_ptr(ptr, raw_smp_processor_id())
#define this_cpu_ptr(ptr)	per_cpu_ptr(ptr, smp_processor_id())
#define per_cpu(var, cpu)	(*per_cpu_ptr(&(var), cpu))

#define get_cpu_ptr(ptr) ({	\
	preempt_disable();	\
	this_cpu_ptr(ptr); })
#define put_cpu_ptr(ptr)	\
do {				\
	(void)(ptr);		\
	preempt_enable();	\
} while (0)
#define get_cpu_var(var)	(*get_cpu_ptr(&(var)))
#define put_cpu_var(var)	put_cpu_ptr(&(var))

/* Single operations cannot be interrupted, wherever the task runs. */
#define this_cpu_read(var)	READ_ONCE(*raw_cpu_ptr(&(var)))
#define this_cpu_write(var, v)	WRITE_ONCE(*raw_cpu_ptr(&(var)), v)
#define this_cpu_add(var, v)	\
	this_cpu_write(var, this_cpu_read(var) + (v))
#define this_cpu_sub(var, v)	(*raw_cpu_ptr(&(var)) -= (v))
#define this_cpu_inc(var)	this_cpu_add(var, 1)
#define this_cpu_dec(var)	this_cpu_sub(var, 1)
#define this_cpu_add_return(var, v)	(*raw_cpu_ptr(&(var)) += (v))
#define this_cpu_inc_return(var)	this_cpu_add_return(var, 1)
#define this_cpu_xchg(var, v) ({		\
	typeof(var) *__slot = raw_cpu_ptr(&(var));	\
	typeof(var) __was = *__slot;		\
	*__slot = (v);				\
	__was; })
#define this_cpu_cmpxchg(var, old, new) ({	\
	typeof(var) *__slot = raw_cpu_ptr(&(var));	\
	typeof(var) __was = *__slot;		\
	if (__was == (old))			\
		*__slot = (new);		\
	__was; })
#define __this_cpu_read(var)	this_cpu_read(var)
#define __this_cpu_write(var, v)	this_cpu_write(var, v)
#define __this_cpu_add(var, v)	this_cpu_add(var, v)
#define __this_cpu_inc(var)	this_cpu_inc(var)
#define __this_cpu_dec(var)	this_cpu_dec(var)

#endif /* SHIM_LINUX_PERCPU_DEFS_H */
