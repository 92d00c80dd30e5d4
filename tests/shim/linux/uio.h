/* SPDX-License-Identifier: GPL-2.0 */
/* Directions of I/O. */
#ifndef SHIM_LINUX_UIO_H
#define SHIM_LINUX_UIO_H

#include <linux/types.h>

#define READ	0
#define WRITE	1

#endif /* SHIM_LINUX_UIO_H */
