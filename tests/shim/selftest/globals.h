/* SPDX-License-Identifier: GPL-2.0 */
/* Variables that belong to the world; see globals.c. */
#ifndef SHIM_SELFTEST_GLOBALS_H
#define SHIM_SELFTEST_GLOBALS_H

/* 1001, 1002, ... in each world. */
int shim_global_next(void);

#endif /* SHIM_SELFTEST_GLOBALS_H */
