/* SPDX-License-Identifier: GPL-2.0 */
/* Init and exit functions are called by tests, by these names. */
#ifndef SHIM_LINUX_INIT_H
#define SHIM_LINUX_INIT_H

#define __init
#define __exit
#define __initdata
#define __initconst
#define __exitdata

int init_module(void);
void cleanup_module(void);

#define module_init(fn)	\
int init_module(void)	\
{	\
	return fn();	\
}	\
typedef int shim_module_init_t
#define module_exit(fn)	\
void cleanup_module(void)	\
{	\
	fn();	\
}	\
typedef int shim_module_exit_t

#endif /* SHIM_LINUX_INIT_H */
