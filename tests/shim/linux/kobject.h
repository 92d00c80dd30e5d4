/* SPDX-License-Identifier: GPL-2.0 */
/* Names and references of kernel objects; there is no sysfs here. */
#ifndef SHIM_LINUX_KOBJECT_H
#define SHIM_LINUX_KOBJECT_H

#include <linux/kref.h>
#include <linux/types.h>

struct kobject {
	const char *name;
	struct kref kref;
};

enum kobject_action {
	KOBJ_ADD,
	KOBJ_REMOVE,
	KOBJ_CHANGE,
};

static inline const char *kobject_name(const struct kobject *kobj)
{
	return kobj->name;
}

/* Events are written to the log, where tests find them. */
int kobject_uevent(struct kobject *kobj, enum kobject_action action);
int kobject_uevent_env(struct kobject *kobj, enum kobject_action action,
		       char *envp[]);

#endif /* SHIM_LINUX_KOBJECT_H */
