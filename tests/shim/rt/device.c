// SPDX-License-Identifier: GPL-2.0
/*
 * Devices of a world, and the way to their attributes that sysfs would be.
 *
 * A device that is unregistered is found no more at once.  That sysfs would wait
 * for whoever is inside an attribute is not modelled.
 */
#include "rt.h"

#include <linux/device.h>
#include <linux/slab.h>

/* ---- life of a device ---- */

void device_initialize(struct device *dev)
{
	kref_init(&dev->kobj.kref);
}

int dev_set_name(struct device *dev, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	dev->kobj.name = kvasprintf(GFP_KERNEL, fmt, args);
	va_end(args);
	return dev->kobj.name ? 0 : -ENOMEM;
}

int device_add(struct device *dev)
{
	if (sim_device_find(dev_name(dev)))
		return -EEXIST;
	get_device(dev);
	dev->shim_next = sim_world->devices;
	sim_world->devices = dev;
	return 0;
}

static void device_del(struct device *dev)
{
	struct device **at = &sim_world->devices;

	while (*at != dev) {
		sim_check(*at);
		at = &(*at)->shim_next;
	}
	*at = dev->shim_next;
	put_device(dev);
}

void device_unregister(struct device *dev)
{
	device_del(dev);
	put_device(dev);
}

struct device *get_device(struct device *dev)
{
	kref_get(&dev->kobj.kref);
	return dev;
}

static void device_release(struct kref *kref)
{
	struct device *dev = container_of(kref, struct device, kobj.kref);
	const char *name = dev->kobj.name;

	if (dev->release)
		dev->release(dev);
	else
		dev->type->release(dev);
	kfree(name);
}

void put_device(struct device *dev)
{
	kref_put(&dev->kobj.kref, device_release);
}

static void root_release(struct device *dev)
{
	kfree(dev);
}

struct device *root_device_register(const char *name)
{
	struct device *dev = kzalloc(sizeof(*dev), GFP_KERNEL);
	int err;

	if (!dev)
		return ERR_PTR(-ENOMEM);
	dev->release = root_release;
	device_initialize(dev);
	err = dev_set_name(dev, "%s", name);
	if (!err)
		err = device_add(dev);
	if (!err)
		return dev;
	put_device(dev);
	return ERR_PTR(err);
}

void root_device_unregister(struct device *dev)
{
	device_unregister(dev);
}

int bus_register(const struct bus_type *bus)
{
	sim_check(!sim_world->bus);
	sim_world->bus = bus;
	return 0;
}

void bus_unregister(const struct bus_type *bus)
{
	sim_check(sim_world->bus == bus);
	sim_world->bus = NULL;
}

/* ---- attributes ---- */

struct device *sim_device_find(const char *name)
{
	struct device *dev;

	for (dev = sim_world->devices; dev; dev = dev->shim_next)
		if (!strcmp(dev_name(dev), name))
			return dev;
	return NULL;
}

/* @name: "ATTRIBUTE" or "GROUP/ATTRIBUTE". */
static bool attr_is(const struct attribute_group *group,
		    const struct attribute *attr, const char *name)
{
	size_t len = group->name ? strlen(group->name) : 0;

	if (len && (strncmp(group->name, name, len) || name[len++] != '/'))
		return false;
	return !strcmp(attr->name, name + len);
}

static struct attribute *groups_find(const struct attribute_group **groups,
				     const char *name)
{
	struct attribute **attr;

	for (; groups && *groups; groups++)
		for (attr = (*groups)->attrs; *attr; attr++)
			if (attr_is(*groups, *attr, name))
				return *attr;
	return NULL;
}

/* "DEVICE/NAME" becomes both; NULL: there is no such device, or attribute. */
static struct device_attribute *dev_attr_find(const char *path,
					      struct device **dev)
{
	const char *slash = strchr(path, '/');
	struct attribute *attr = NULL;
	char name[64];

	sim_check(slash && slash - path < (ptrdiff_t)sizeof(name));
	memcpy(name, path, slash - path);
	name[slash - path] = 0;
	*dev = sim_device_find(name);
	if (*dev)
		attr = groups_find((*dev)->groups, slash + 1);
	if (*dev && !attr && (*dev)->type)
		attr = groups_find((*dev)->type->groups, slash + 1);
	return attr ? container_of(attr, struct device_attribute, attr) : NULL;
}

ssize_t sim_attr_read(const char *path, char *buf)
{
	struct device_attribute *attr;
	struct device *dev;
	ssize_t len;

	attr = dev_attr_find(path, &dev);
	if (!attr)
		return -ENOENT;
	if (!attr->show)
		return -EACCES;
	len = attr->show(dev, attr, buf);
	if (len >= 0)
		buf[len] = 0;
	return len;
}

ssize_t sim_attr_write(const char *path, const char *text)
{
	struct device_attribute *attr;
	struct device *dev;

	attr = dev_attr_find(path, &dev);
	if (!attr)
		return -ENOENT;
	return attr->store ? attr->store(dev, attr, text, strlen(text)) :
	       -EACCES;
}

ssize_t sim_bus_write(const char *name, const char *text)
{
	const struct bus_type *bus = sim_world->bus;
	struct bus_attribute *battr;
	struct attribute *attr;

	attr = bus ? groups_find(bus->bus_groups, name) : NULL;
	if (!attr)
		return -ENOENT;
	battr = container_of(attr, struct bus_attribute, attr);
	return battr->store(bus, text, strlen(text));
}
