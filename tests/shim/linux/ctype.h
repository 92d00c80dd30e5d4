/* SPDX-License-Identifier: GPL-2.0 */
/* Classes of ASCII characters: the C library's, in its C locale. */
#ifndef SHIM_LINUX_CTYPE_H
#define SHIM_LINUX_CTYPE_H

#include <ctype.h>

#endif /* SHIM_LINUX_CTYPE_H */
