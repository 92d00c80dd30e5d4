/* SPDX-License-Identifier: GPL-2.0 */
/* One node. */
#ifndef SHIM_LINUX_NUMA_H
#define SHIM_LINUX_NUMA_H

#define NUMA_NO_NODE	(-1)
#define MAX_NUMNODES	1
#define numa_node_id()	0
#define numa_mem_id()	0

#endif /* SHIM_LINUX_NUMA_H */
