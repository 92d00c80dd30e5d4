/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The configuration that the simulated build pretends to have; included ahead
 * of every source file, as in a kernel build.
 */
#ifndef SHIM_LINUX_KCONFIG_H
#define SHIM_LINUX_KCONFIG_H

#define CONFIG_64BIT 1
#define CONFIG_SMP 1
#define CONFIG_BLOCK 1
#define CONFIG_DAX 1
#define CONFIG_FS_DAX 1
#define CONFIG_ARCH_HAS_PMEM_API 1
#define CONFIG_LIBCRC32C 1
#define CONFIG_PREEMPT_RCU 1
#define CONFIG_LOCKDEP 1
#define CONFIG_PROVE_LOCKING 1
#define CONFIG_HZ 250
#define CONFIG_SYSFS 1

/* IS_ENABLED(X): 1 if X or X_MODULE is defined to 1, else 0, as an int. */
#define SHIM_PROBE_1		0,
#define SHIM_SECOND(a, b, ...)	b
#define SHIM_IS_DEFINED(x)	SHIM_IS_DEFINED2(x)
#define SHIM_IS_DEFINED2(x)	SHIM_IS_DEFINED3(SHIM_PROBE_##x)
#define SHIM_IS_DEFINED3(x)	SHIM_SECOND(x 1, 0)

#define IS_BUILTIN(option)	SHIM_IS_DEFINED(option)
#define IS_MODULE(option)	SHIM_IS_DEFINED(option##_MODULE)
#define IS_REACHABLE(option)	IS_ENABLED(option)
#define IS_ENABLED(option)	(IS_BUILTIN(option) || IS_MODULE(option))

#endif /* SHIM_LINUX_KCONFIG_H */
