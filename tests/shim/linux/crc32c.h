/* SPDX-License-Identifier: GPL-2.0 */
/* CRC-32C; neither end is inverted. */
#ifndef SHIM_LINUX_CRC32C_H
#define SHIM_LINUX_CRC32C_H

#include <linux/types.h>

u32 crc32c(u32 crc, const void *data, unsigned int len);

#endif /* SHIM_LINUX_CRC32C_H */
