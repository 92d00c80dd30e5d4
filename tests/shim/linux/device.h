/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Devices: names, references, attributes.  There is no sysfs; sim_attr_read() and
 * sim_attr_write() find an attribute of a device that was added, and call it.
 */
#ifndef SHIM_LINUX_DEVICE_H
#define SHIM_LINUX_DEVICE_H

#include <linux/dev_printk.h>
#include <linux/kobject.h>
#include <linux/sysfs.h>
#include <linux/types.h>

struct device;
struct device_driver;

struct device_attribute {
	struct attribute attr;
	ssize_t (*show)(struct device *dev, struct device_attribute *attr,
			char *buf);
	ssize_t (*store)(struct device *dev, struct device_attribute *attr,
			 const char *buf, size_t count);
};

#define DEVICE_ATTR_RO(_name)	\
	struct device_attribute dev_attr_##_name = __ATTR_RO(_name)
#define DEVICE_ATTR_RW(_name)	\
	struct device_attribute dev_attr_##_name = __ATTR_RW(_name)
#define DEVICE_ATTR_WO(_name)	\
	struct device_attribute dev_attr_##_name = __ATTR_WO(_name)
#define DEVICE_ATTR_ADMIN_RO(_name)	\
	struct device_attribute dev_attr_##_name =	\
		__ATTR(_name, 0400, _name##_show, NULL)
#define DEVICE_ATTR_ADMIN_RW(_name)	\
	struct device_attribute dev_attr_##_name =	\
		__ATTR(_name, 0600, _name##_show, _name##_store)

struct bus_type {
	const char *name;
	const struct attribute_group **bus_groups;
};

struct bus_attribute {
	struct attribute attr;
	ssize_t (*show)(const struct bus_type *bus, char *buf);
	ssize_t (*store)(const struct bus_type *bus, const char *buf,
			 size_t count);
};

#define BUS_ATTR_WO(_name)	\
	struct bus_attribute bus_attr_##_name = __ATTR_WO(_name)

int bus_register(const struct bus_type *bus);
void bus_unregister(const struct bus_type *bus);

struct device_type {
	const char *name;
	const struct attribute_group **groups;
	void (*release)(struct device *dev);
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
	struct device *shim_next;	/* of those that were added */
};

void device_initialize(struct device *dev);
int dev_set_name(struct device *dev, const char *fmt, ...) __printf(2, 3);
int device_add(struct device *dev);
void device_unregister(struct device *dev);
struct device *get_device(struct device *dev);
void put_device(struct device *dev);
struct device *root_device_register(const char *name);
void root_device_unregister(struct device *dev);

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
