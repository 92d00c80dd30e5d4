/* SPDX-License-Identifier: GPL-2.0 */
/* Error numbers, those that never reach user space included. */
#ifndef SHIM_LINUX_ERRNO_H
#define SHIM_LINUX_ERRNO_H

#include_next <linux/errno.h>

#define ERESTARTSYS	512
#define ERESTARTNOINTR	513
#define ENOIOCTLCMD	515
#define EPROBE_DEFER	517
#define ENOTSUPP	524
#define EIOCBQUEUED	529

#endif /* SHIM_LINUX_ERRNO_H */
