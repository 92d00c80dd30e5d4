/* SPDX-License-Identifier: GPL-2.0 */
/* Page frame numbers. */
#ifndef SHIM_LINUX_PFN_H
#define SHIM_LINUX_PFN_H

#include <asm/page.h>

#endif /* SHIM_LINUX_PFN_H */
