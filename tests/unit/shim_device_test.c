// SPDX-License-Identifier: GPL-2.0
/* The simulation tested by itself: devices, their attributes, uevents. */
#include "unit/shim_test.h"

#include <linux/device.h>
#include <linux/slab.h>

static int level = 3;

static ssize_t level_show(struct device *dev, struct device_attribute *attr,
			  char *buf)
{
	return sysfs_emit(buf, "%s %d\n", dev_name(dev), level);
}

static ssize_t level_store(struct device *dev, struct device_attribute *attr,
			   const char *buf, size_t count)
{
	return kstrtoint(buf, 10, &level) ?: (ssize_t)count;
}
static DEVICE_ATTR_RW(level);

static ssize_t secret_store(struct device *dev, struct device_attribute *attr,
			    const char *buf, size_t count)
{
	return -EPERM;
}
static DEVICE_ATTR_WO(secret);

static struct attribute *plain_attrs[] = { &dev_attr_secret.attr, NULL };
ATTRIBUTE_GROUPS(plain);

static struct attribute *deep_attrs[] = { &dev_attr_level.attr, NULL };
static const struct attribute_group deep_group = {
	.name = "deep",
	.attrs = deep_attrs,
};

static const struct attribute_group *deep_groups[] = { &deep_group, NULL };

static int released;

static void release(struct device *dev)
{
	released++;
	kfree(dev);
}

static const struct device_type a_type = {
	.groups = deep_groups,
	.release = release,
};

static struct device *add(const char *name)
{
	struct device *dev = kzalloc(sizeof(*dev), GFP_KERNEL);

	dev->type = &a_type;
	dev->groups = plain_groups;
	device_initialize(dev);
	assert_int_equal(dev_set_name(dev, "%s", name), 0);
	assert_int_equal(device_add(dev), 0);
	return dev;
}

static void test_attributes(void **state)
{
	struct world *w = world_create(1, NULL);
	char buf[PAGE_SIZE + 1];
	struct device *one = add("one"), *two = add("two");

	level = 3;
	assert_int_equal(sim_attr_read("one/deep/level", buf), 6);
	assert_string_equal(buf, "one 3\n");
	assert_int_equal(sim_attr_write("two/deep/level", "44"), 2);
	sim_attr_read("two/deep/level", buf);
	assert_string_equal(buf, "two 44\n");
	assert_int_equal(sim_attr_write("two/deep/level", "x"), -EINVAL);
	assert_int_equal(sim_attr_write("one/secret", "x"), -EPERM);
	assert_int_equal(sim_attr_read("one/secret", buf), -EACCES);
	assert_int_equal(sim_attr_read("one/level", buf), -ENOENT);
	assert_int_equal(sim_attr_read("one/dee/level", buf), -ENOENT);
	assert_int_equal(sim_attr_read("one/deep/levels", buf), -ENOENT);
	assert_int_equal(sim_attr_read("three/deep/level", buf), -ENOENT);
	assert_int_equal(sim_bus_write("anything", "x"), -ENOENT);
	device_unregister(one);
	assert_int_equal(sim_attr_read("one/deep/level", buf), -ENOENT);
	device_unregister(two);
	assert_int_equal(world_destroy(w), 0);
}

static void test_life(void **state)
{
	struct world *w = world_create(1, NULL);
	struct device *dev = add("one"), *root;

	released = 0;
	root = root_device_register("one");
	assert_int_equal(PTR_ERR(root), -EEXIST);
	get_device(dev);
	device_unregister(dev);
	assert_null(sim_device_find("one"));
	assert_int_equal(released, 0);
	put_device(dev);
	assert_int_equal(released, 1);
	root = root_device_register("one");
	assert_ptr_equal(sim_device_find("one"), root);
	root_device_unregister(root);
	assert_int_equal(world_destroy(w), 0);
}

static void test_uevents(void **state)
{
	char *words[3] = {};
	struct world *w = world_create(1, NULL);
	struct device *dev = add("one");

	words[0] = "A=1";
	words[1] = "B=two";
	kobject_uevent_env(&dev->kobj, KOBJ_CHANGE, words);
	assert_true(sim_klog_has("uevent: change one A=1 B=two\n"));
	device_unregister(dev);
	assert_int_equal(world_destroy(w), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_attributes),
		cmocka_unit_test(test_life),
		cmocka_unit_test(test_uevents),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
