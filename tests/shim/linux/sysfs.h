/* SPDX-License-Identifier: GPL-2.0 */
/* Text of attributes. */
#ifndef SHIM_LINUX_SYSFS_H
#define SHIM_LINUX_SYSFS_H

#include <linux/kobject.h>
#include <linux/types.h>

struct attribute {
	const char *name;
	umode_t mode;
};

struct attribute_group {
	const char *name;
	struct attribute **attrs;
};

int sysfs_emit(char *buf, const char *fmt, ...) __printf(2, 3);
int sysfs_emit_at(char *buf, int at, const char *fmt, ...) __printf(3, 4);

static inline void sysfs_notify(struct kobject *kobj, const char *dir,
				const char *attr)
{
}

#endif /* SHIM_LINUX_SYSFS_H */
