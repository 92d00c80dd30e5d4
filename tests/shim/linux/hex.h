/* SPDX-License-Identifier: GPL-2.0 */
/* Hexadecimal text. */
#ifndef SHIM_LINUX_HEX_H
#define SHIM_LINUX_HEX_H

#include <linux/types.h>

extern const char * const hex_asc;

int hex_to_bin(unsigned char ch);
int hex2bin(u8 *dst, const char *src, size_t count);
char *bin2hex(char *dst, const void *src, size_t count);

#endif /* SHIM_LINUX_HEX_H */
