/* SPDX-License-Identifier: GPL-2.0 */
/* Modules: the annotations vanish, references are not counted. */
#ifndef SHIM_LINUX_MODULE_H
#define SHIM_LINUX_MODULE_H

#include <linux/export.h>
#include <linux/init.h>
#include <linux/kobject.h>
#include <linux/moduleparam.h>
#include <linux/stringify.h>
#include <linux/types.h>

struct module;

#define THIS_MODULE		((struct module *)NULL)
#define MODULE_LICENSE(x)
#define MODULE_AUTHOR(x)
#define MODULE_DESCRIPTION(x)
#define MODULE_VERSION(x)
#define MODULE_ALIAS(x)
#define MODULE_SOFTDEP(x)

static inline bool try_module_get(struct module *module)
{
	return true;
}

static inline void __module_get(struct module *module)
{
}

static inline void module_put(struct module *module)
{
}

#endif /* SHIM_LINUX_MODULE_H */
