/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel log: kept per world, for tests to look into. */
#ifndef SHIM_LINUX_PRINTK_H
#define SHIM_LINUX_PRINTK_H

#include <stdarg.h>
#include <linux/kern_levels.h>
#include <linux/types.h>

struct va_format {
	const char *fmt;
	va_list *va;
};

int _printk(const char *fmt, ...) __printf(1, 2);
#define printk(fmt, ...)	_printk(fmt, ##__VA_ARGS__)
#define printk_deferred(fmt, ...)	_printk(fmt, ##__VA_ARGS__)

static inline __printf(1, 2) int no_printk(const char *fmt, ...)
{
	return 0;
}

#ifndef pr_fmt
#define pr_fmt(fmt)	fmt
#endif

#define pr_emerg(fmt, ...)	printk(KERN_EMERG pr_fmt(fmt), ##__VA_ARGS__)
#define pr_alert(fmt, ...)	printk(KERN_ALERT pr_fmt(fmt), ##__VA_ARGS__)
#define pr_crit(fmt, ...)	printk(KERN_CRIT pr_fmt(fmt), ##__VA_ARGS__)
#define pr_err(fmt, ...)	printk(KERN_ERR pr_fmt(fmt), ##__VA_ARGS__)
#define pr_warn(fmt, ...)	printk(KERN_WARNING pr_fmt(fmt), ##__VA_ARGS__)
#define pr_notice(fmt, ...)	printk(KERN_NOTICE pr_fmt(fmt), ##__VA_ARGS__)
#define pr_info(fmt, ...)	printk(KERN_INFO pr_fmt(fmt), ##__VA_ARGS__)
#define pr_cont(fmt, ...)	printk(KERN_CONT fmt, ##__VA_ARGS__)
#define pr_debug(fmt, ...)	printk(KERN_DEBUG pr_fmt(fmt), ##__VA_ARGS__)
#define pr_devel(fmt, ...)	no_printk(pr_fmt(fmt), ##__VA_ARGS__)

#define SHIM_ONCE(func, fmt, ...) ({		\
	static bool __printed;			\
	bool __print = !__printed;		\
	__printed = true;			\
	if (__print)				\
		func(fmt, ##__VA_ARGS__);	\
	__print; })

#define pr_err_once(fmt, ...)	SHIM_ONCE(pr_err, fmt, ##__VA_ARGS__)
#define pr_warn_once(fmt, ...)	SHIM_ONCE(pr_warn, fmt, ##__VA_ARGS__)
#define pr_info_once(fmt, ...)	SHIM_ONCE(pr_info, fmt, ##__VA_ARGS__)

/* Tests want every line. */
#define pr_emerg_ratelimited	pr_emerg
#define pr_err_ratelimited	pr_err
#define pr_warn_ratelimited	pr_warn
#define pr_notice_ratelimited	pr_notice
#define pr_info_ratelimited	pr_info
#define pr_debug_ratelimited	pr_debug
#define printk_ratelimited	printk
#define printk_ratelimit()	true

void dump_stack(void);

#define print_hex_dump_bytes(prefix, type, buf, len)	do { } while (0)

#endif /* SHIM_LINUX_PRINTK_H */
