/* SPDX-License-Identifier: GPL-2.0 */
/* Direct access to pmem; the devices are those of sim_pmem_create(). */
#ifndef SHIM_LINUX_DAX_H
#define SHIM_LINUX_DAX_H

#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/pfn_t.h>

struct dax_device;
struct block_device;

enum dax_access_mode {
	DAX_ACCESS,
	DAX_RECOVERY_WRITE,
};

struct dax_holder_operations {
	int (*notify_failure)(struct dax_device *dax_dev, u64 offset, u64 len,
			      int mf_flags);
};

struct dax_device *fs_dax_get_by_bdev(struct block_device *bdev,
				      u64 *start_off, void *holder,
				      const struct dax_holder_operations *ops);
void fs_put_dax(struct dax_device *dax_dev, void *holder);
long dax_direct_access(struct dax_device *dax_dev, pgoff_t pgoff,
		       long nr_pages, enum dax_access_mode mode, void **kaddr,
		       pfn_t *pfn);
bool dax_synchronous(struct dax_device *dax_dev);
bool dax_alive(struct dax_device *dax_dev);
void *dax_holder(struct dax_device *dax_dev);
void dax_flush(struct dax_device *dax_dev, void *addr, size_t size);
int dax_read_lock(void);
void dax_read_unlock(int id);

#endif /* SHIM_LINUX_DAX_H */
