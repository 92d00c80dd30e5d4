/* SPDX-License-Identifier: GPL-2.0 */
/* Addresses that fault, for links that must not be followed. */
#ifndef SHIM_LINUX_POISON_H
#define SHIM_LINUX_POISON_H

#define LIST_POISON1	((void *)0xdead000000000100ul)
#define LIST_POISON2	((void *)0xdead000000000122ul)
#define POISON_INUSE	0x5a
#define POISON_FREE	0x6b

#endif /* SHIM_LINUX_POISON_H */
