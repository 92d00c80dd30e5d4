/* SPDX-License-Identifier: GPL-2.0 */
/* Devices, as far as the core names and logs them. */
#ifndef SHIM_LINUX_DEVICE_H
#define SHIM_LINUX_DEVICE_H

#include <linux/dev_printk.h>
#include <linux/kobject.h>
#include <linux/types.h>

struct device_driver;
struct bus_type;
struct attribute_group;

struct device_type {
	const char *name;
};

struct device {
	struct kobject kobj;
	struct device *parent;
	const char *init_name;
	const struct device_type *type;
	const struct bus_type *bus;
	const struct attribute_group **groups;
	void (*release)(struct device *dev);
	void *driver_data;
	dev_t devt;
	u32 id;
};

static inline const char *dev_name(const struct device *dev)
{
	return dev->init_name ? dev->init_name : kobject_name(&dev->kobj);
}

static inline void *dev_get_drvdata(const struct device *dev)
{
	return dev->driver_data;
}

static inline void dev_set_drvdata(struct device *dev, void *data)
{
	dev->driver_data = data;
}

#endif /* SHIM_LINUX_DEVICE_H */
