/* SPDX-License-Identifier: GPL-2.0 */
/* The end of the world. */
#ifndef SHIM_LINUX_PANIC_H
#define SHIM_LINUX_PANIC_H

#include <linux/compiler.h>

void panic(const char *fmt, ...) __printf(1, 2) __noreturn;

#endif /* SHIM_LINUX_PANIC_H */
