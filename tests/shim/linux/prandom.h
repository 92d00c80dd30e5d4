/* SPDX-License-Identifier: GPL-2.0 */
/* Kept for its name; see linux/random.h. */
#ifndef SHIM_LINUX_PRANDOM_H
#define SHIM_LINUX_PRANDOM_H

#include <linux/random.h>

#endif /* SHIM_LINUX_PRANDOM_H */
