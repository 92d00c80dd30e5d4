// SPDX-License-Identifier: GPL-2.0
/*
 * The key=value strings that the driver's control files take.
 *
 * Owns the one rule of that grammar: a value has no comma and no newline, for
 * there is no way to quote them.  A string that broke the rule, or did not
 * fit, carries its error and must not be written.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "pcache.h"

bool control_value_ok(const char *value)
{
	return *value && !strpbrk(value, ",\n");
}

void control_add(struct control *c, const char *key, const char *value)
{
	int n;

	if (c->error)
		return;
	if (!control_value_ok(value)) {
		c->error = -EINVAL;
		return;
	}
	n = snprintf(c->text + c->len, sizeof(c->text) - c->len, "%s%s=%s",
		     c->len ? "," : "", key, value);
	if (n < 0 || (size_t)n >= sizeof(c->text) - c->len) {
		c->text[c->len] = '\0';
		c->error = -E2BIG;
		return;
	}
	c->len += n;
}

void control_addf(struct control *c, const char *key, const char *fmt, ...)
{
	char value[SYSFS_VALUE_MAX];
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(value, sizeof(value), fmt, args);
	va_end(args);
	if (n < 0 || (size_t)n >= sizeof(value))
		c->error = -E2BIG;
	else
		control_add(c, key, value);
}
