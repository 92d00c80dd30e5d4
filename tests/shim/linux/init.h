/* SPDX-License-Identifier: GPL-2.0 */
/* Init and exit functions are called by tests, by name. */
#ifndef SHIM_LINUX_INIT_H
#define SHIM_LINUX_INIT_H

#define __init
#define __exit
#define __initdata
#define __initconst
#define __exitdata
#define module_init(fn)
#define module_exit(fn)

#endif /* SHIM_LINUX_INIT_H */
