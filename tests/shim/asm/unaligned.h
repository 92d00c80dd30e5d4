/* SPDX-License-Identifier: GPL-2.0 */
/* Kept for its old name. */
#ifndef SHIM_ASM_UNALIGNED_H
#define SHIM_ASM_UNALIGNED_H

#include <linux/unaligned.h>

#endif /* SHIM_ASM_UNALIGNED_H */
