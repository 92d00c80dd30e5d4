/* SPDX-License-Identifier: GPL-2.0 */
/* Log lines that start with a device's name. */
#ifndef SHIM_LINUX_DEV_PRINTK_H
#define SHIM_LINUX_DEV_PRINTK_H

#include <linux/printk.h>

struct device;

#define SHIM_DEV_PRINTK(level, dev, fmt, ...)	\
	printk(level "%s: " fmt, dev_name(dev), ##__VA_ARGS__)

#define dev_err(dev, fmt, ...)		\
	SHIM_DEV_PRINTK(KERN_ERR, dev, fmt, ##__VA_ARGS__)
#define dev_warn(dev, fmt, ...)		\
	SHIM_DEV_PRINTK(KERN_WARNING, dev, fmt, ##__VA_ARGS__)
#define dev_notice(dev, fmt, ...)	\
	SHIM_DEV_PRINTK(KERN_NOTICE, dev, fmt, ##__VA_ARGS__)
#define dev_info(dev, fmt, ...)		\
	SHIM_DEV_PRINTK(KERN_INFO, dev, fmt, ##__VA_ARGS__)
#define dev_dbg(dev, fmt, ...)		\
	SHIM_DEV_PRINTK(KERN_DEBUG, dev, fmt, ##__VA_ARGS__)
#define dev_err_ratelimited	dev_err
#define dev_warn_ratelimited	dev_warn
#define dev_info_ratelimited	dev_info

#endif /* SHIM_LINUX_DEV_PRINTK_H */
