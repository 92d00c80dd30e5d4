// SPDX-License-Identifier: GPL-2.0
/*
 * A stand-in for the driver that misbehaves on request, so that the guest
 * runner can be seen to notice.  It has the module's name, a bus of the same
 * name, and one control file; it knows nothing about caches.
 */
#include <linux/completion.h>
#include <linux/device/bus.h>
#include <linux/module.h>

static const struct bus_type standin_bus = { .name = "pcache" };

static void wait_for_nobody(void)
{
	DECLARE_COMPLETION_ONSTACK(never);

	wait_for_completion(&never);
}

static ssize_t cache_dev_register_store(const struct bus_type *bus,
					const char *buf, size_t count)
{
	if (sysfs_streq(buf, "warn"))
		WARN(1, "asked for\n");
	else if (sysfs_streq(buf, "hang"))
		wait_for_nobody();
	else if (sysfs_streq(buf, "pin"))
		__module_get(THIS_MODULE);
	else if (sysfs_streq(buf, "die"))
		panic("asked for\n");
	else
		goto refuse;
	return count;

refuse:
	pr_err("pcache: what is '%.*s'?\n", (int)strcspn(buf, "\n"), buf);
	return -EINVAL;
}
static BUS_ATTR_WO(cache_dev_register);

static int __init standin_init(void)
{
	int ret = bus_register(&standin_bus);

	if (ret)
		return ret;
	ret = bus_create_file(&standin_bus, &bus_attr_cache_dev_register);
	if (ret)
		bus_unregister(&standin_bus);
	return ret;
}

static void __exit standin_exit(void)
{
	bus_remove_file(&standin_bus, &bus_attr_cache_dev_register);
	bus_unregister(&standin_bus);
}

module_init(standin_init);
module_exit(standin_exit);
MODULE_DESCRIPTION("Stand-in for pcache that misbehaves on request");
MODULE_LICENSE("GPL");
