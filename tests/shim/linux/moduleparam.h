/* SPDX-License-Identifier: GPL-2.0 */
/* Module parameters are plain variables. */
#ifndef SHIM_LINUX_MODULEPARAM_H
#define SHIM_LINUX_MODULEPARAM_H

#define module_param(name, type, perm)
#define module_param_named(name, value, type, perm)
#define module_param_string(name, string, len, perm)
#define MODULE_PARM_DESC(name, desc)

#endif /* SHIM_LINUX_MODULEPARAM_H */
