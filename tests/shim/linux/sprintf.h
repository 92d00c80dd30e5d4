/* SPDX-License-Identifier: GPL-2.0 */
/* Formatted text with the kernel's own %p conversions (see rt/format.c). */
#ifndef SHIM_LINUX_SPRINTF_H
#define SHIM_LINUX_SPRINTF_H

#include <stdarg.h>
#include <linux/types.h>

int shim_vsnprintf(char *buf, size_t size, const char *fmt, va_list args);
int shim_snprintf(char *buf, size_t size, const char *fmt, ...) __printf(3, 4);
int shim_sprintf(char *buf, const char *fmt, ...) __printf(2, 3);

/* The C library's functions of the same names do not know %pe, %pU, ... */
#define vsnprintf	shim_vsnprintf
#define snprintf	shim_snprintf
#define sprintf		shim_sprintf

int vscnprintf(char *buf, size_t size, const char *fmt, va_list args);
int scnprintf(char *buf, size_t size, const char *fmt, ...) __printf(3, 4);
char *kvasprintf(gfp_t gfp, const char *fmt, va_list args);
char *kasprintf(gfp_t gfp, const char *fmt, ...) __printf(2, 3);

int sscanf(const char *buf, const char *fmt, ...)
	__attribute__((__format__(scanf, 2, 3)));

#endif /* SHIM_LINUX_SPRINTF_H */
