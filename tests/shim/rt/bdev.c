// SPDX-License-Identifier: GPL-2.0
/*
 * Block devices by path: opening, holders, bad sectors; and the DAX side of pmem.
 *
 * Knows nothing of I/O; see disk.c.
 */
#include "rt.h"
#include "pmem.h"

#include <linux/libnvdimm.h>

struct sim_path {
	struct list_head node;
	char name[];
};

static u32 next_dev = 1;

void bdev_init(struct block_device *bdev, struct gendisk *disk, const char *path,
	       u64 start, u64 nr)
{
	memset(bdev, 0, sizeof(*bdev));
	bdev->bd_disk = disk;
	bdev->bd_queue = disk->queue;
	bdev->bd_start_sect = start;
	bdev->bd_nr_sectors = nr;
	bdev->bd_dev = MKDEV(259, next_dev++);
	strscpy(bdev->bd_path, path);
	list_add_tail(&bdev->bd_node, &sim_world->bdevs);
}

struct block_device *bdev_find(const char *path)
{
	struct block_device *bdev;

	list_for_each_entry(bdev, &sim_world->bdevs, bd_node)
		if (!strcmp(bdev->bd_path, path))
			return bdev;
	return NULL;
}

void sim_path_create(const char *path)
{
	size_t len = strlen(path) + 1;
	struct sim_path *p = malloc(sizeof(*p) + len);

	if (!p)
		abort();
	memcpy(p->name, path, len);
	list_add(&p->node, &sim_world->paths);
}

static bool path_exists(const char *path)
{
	struct sim_path *p;

	list_for_each_entry(p, &sim_world->paths, node)
		if (!strcmp(p->name, path))
			return true;
	return false;
}

/* ---- opening ---- */

int lookup_bdev(const char *path, dev_t *dev)
{
	struct block_device *bdev;

	shim_might_sleep("lookup_bdev");
	bdev = bdev_find(path);
	if (!bdev)
		return path_exists(path) ? -ENOTBLK : -ENOENT;
	*dev = bdev->bd_dev;
	return 0;
}

/* A partition cannot be claimed while the whole is, nor the other way round. */
static bool may_claim(struct block_device *bdev, const void *holder)
{
	struct block_device *other;

	if (bdev->bd_holder)
		return bdev->bd_holder == holder;
	list_for_each_entry(other, &sim_world->bdevs, bd_node)
		if (other != bdev && other->bd_disk == bdev->bd_disk &&
		    other->bd_holder && (!other->bd_partno || !bdev->bd_partno))
			return false;
	return true;
}

struct file *bdev_file_open_by_path(const char *path, blk_mode_t mode,
				    void *holder,
				    const struct blk_holder_ops *hops)
{
	struct block_device *bdev;
	struct file *file;
	dev_t dev;
	int err;

	err = lookup_bdev(path, &dev);
	if (err)
		return ERR_PTR(err);
	bdev = bdev_find(path);
	if (bdev->bd_disk->dead)
		return ERR_PTR(-ENXIO);
	if (holder && !may_claim(bdev, holder))
		return ERR_PTR(-EBUSY);
	if ((mode & BLK_OPEN_WRITE) && bdev->bd_read_only)
		return ERR_PTR(-EACCES);
	file = kzalloc(sizeof(*file), GFP_KERNEL);
	if (!file)
		return ERR_PTR(-ENOMEM);
	file->bdev = bdev;
	file->holder = holder;
	file->mode = mode;
	bdev->bd_openers++;
	if (holder) {
		bdev->bd_holder = holder;
		bdev->bd_holder_ops = hops;
	}
	return file;
}

void bdev_fput(struct file *file)
{
	struct block_device *bdev = file->bdev;

	shim_might_sleep("bdev_fput");
	bdev->bd_openers--;
	if (file->holder) {
		bdev->bd_holder = NULL;
		bdev->bd_holder_ops = NULL;
	}
	kfree(file);
}

void fput(struct file *file)
{
	bdev_fput(file);
}

struct block_device *file_bdev(struct file *file)
{
	return file->bdev;
}

/* There is no page cache in front of the devices. */
int sync_blockdev(struct block_device *bdev)
{
	shim_might_sleep("sync_blockdev");
	return 0;
}

void invalidate_bdev(struct block_device *bdev)
{
	shim_might_sleep("invalidate_bdev");
}

void sim_bdev_set_read_only(struct block_device *bdev, bool read_only)
{
	bdev->bd_read_only = read_only;
}

void paths_free(struct world *w)
{
	struct sim_path *p, *n;

	list_for_each_entry_safe(p, n, &w->paths, node)
		free(p);
}

int bdevs_report(struct world *w)
{
	struct block_device *bdev;
	int n = 0;
	u32 i;

	for (i = 0; i < w->nr_pmem; i++) {
		if (!w->pmem[i]->dax.users)
			continue;
		fprintf(stderr, "sim: the DAX device of %s is still in use\n",
			w->pmem[i]->disk.disk_name);
		n++;
	}
	list_for_each_entry(bdev, &w->bdevs, bd_node) {
		if (!bdev->bd_openers)
			continue;
		fprintf(stderr, "sim: %s is still open\n", bdev->bd_path);
		n++;
	}
	return n;
}

/* ---- bad sectors ---- */

int badblocks_check(struct badblocks *bb, sector_t s, int sectors,
		    sector_t *first_bad, int *bad_sectors)
{
	sector_t start, end;
	int i, found = 0;

	*first_bad = 0;
	for (i = 0; i < bb->count; i++) {
		start = max(bb->ranges[i].start, s);
		end = min(bb->ranges[i].start + bb->ranges[i].len, s + sectors);
		if (start >= end || (found && start >= *first_bad))
			continue;
		*first_bad = start;
		*bad_sectors = end - start;
		found = 1;
	}
	return found;
}

/* 6.12: 0 is success. */
int badblocks_set(struct badblocks *bb, sector_t s, int sectors, int ack)
{
	if (bb->count == MAX_BADBLOCKS)
		return 1;
	bb->ranges[bb->count].start = s;
	bb->ranges[bb->count].len = sectors;
	bb->count++;
	return 0;
}

/* Whole ranges inside of the cleared one go, others stay. */
int badblocks_clear(struct badblocks *bb, sector_t s, int sectors)
{
	int i, kept = 0;

	for (i = 0; i < bb->count; i++)
		if (bb->ranges[i].start < s || bb->ranges[i].start +
		    bb->ranges[i].len > s + sectors)
			bb->ranges[kept++] = bb->ranges[i];
	bb->count = kept;
	return 0;
}

/* ---- pmem ---- */

static const struct block_device_operations pmem_fops;

void pmem_bdev_init(struct sim_pmem *pmem, const char *path)
{
	struct queue_limits *lim = &pmem->queue.limits;

	lim->features = BLK_FEAT_DAX | BLK_FEAT_SYNCHRONOUS;
	lim->logical_block_size = 512;
	lim->physical_block_size = 4096;
	lim->io_min = 4096;
	lim->max_hw_sectors = UINT_MAX;
	lim->max_sectors = BLK_DEF_MAX_SECTORS_CAP;
	lim->max_segments = BLK_MAX_SEGMENTS;
	pmem->queue.disk = &pmem->disk;
	pmem->disk.queue = &pmem->queue;
	pmem->disk.fops = &pmem_fops;
	pmem->disk.private_data = pmem;
	pmem->disk.bb = &pmem->bb;
	pmem->disk.part0 = &pmem->bdev;
	strscpy(pmem->disk.disk_name, kbasename(path));
	bdev_init(&pmem->bdev, &pmem->disk, path, 0, pmem->size >> SECTOR_SHIFT);
	pmem->dax.pmem = pmem;
	pmem->dax.synchronous = true;
}

void pmem_bdev_exit(struct sim_pmem *pmem)
{
	struct block_device *bdev, *n;

	list_for_each_entry_safe(bdev, n, &sim_world->bdevs, bd_node) {
		if (bdev->bd_disk != &pmem->disk)
			continue;
		list_del(&bdev->bd_node);
		if (bdev->bd_partno)
			free(bdev);
	}
}

struct sim_pmem *sim_pmem_find(const char *path)
{
	struct block_device *bdev = bdev_find(path);

	return bdev && bdev->bd_disk->fops == &pmem_fops ?
	       bdev->bd_disk->private_data : NULL;
}

struct block_device *sim_pmem_bdev(struct sim_pmem *pmem)
{
	return &pmem->bdev;
}

struct block_device *sim_pmem_partition(struct sim_pmem *pmem, const char *path,
					u64 start, u64 nr)
{
	struct block_device *bdev = malloc(sizeof(*bdev));
	struct block_device *other;
	u8 partno = 1;

	if (!bdev)
		abort();
	list_for_each_entry(other, &sim_world->bdevs, bd_node)
		if (other->bd_disk == &pmem->disk)
			partno = max_t(u8, partno, other->bd_partno + 1);
	bdev_init(bdev, &pmem->disk, path, start, nr);
	bdev->bd_partno = partno;
	return bdev;
}

void sim_pmem_badblocks(struct sim_pmem *pmem, u64 sector, u64 nr)
{
	badblocks_set(&pmem->bb, sector, nr, 1);
	sim_pmem_poison(pmem, sector << SECTOR_SHIFT, nr << SECTOR_SHIFT);
}

void sim_pmem_set_sync(struct sim_pmem *pmem, bool synchronous)
{
	pmem->dax.synchronous = synchronous;
}

void sim_pmem_set_dax(struct sim_pmem *pmem, bool dax)
{
	if (dax)
		pmem->queue.limits.features |= BLK_FEAT_DAX;
	else
		pmem->queue.limits.features &= ~BLK_FEAT_DAX;
}

/* ---- DAX ---- */

struct dax_device *fs_dax_get_by_bdev(struct block_device *bdev,
				      u64 *start_off, void *holder,
				      const struct dax_holder_operations *ops)
{
	u64 size = bdev_nr_bytes(bdev);
	struct sim_pmem *pmem;

	if (!blk_queue_dax(bdev->bd_disk->queue))
		return NULL;
	*start_off = get_start_sect(bdev) << SECTOR_SHIFT;
	if (*start_off % PAGE_SIZE || size % PAGE_SIZE) {
		pr_info("%pg: unaligned partition for dax\n", bdev);
		return NULL;
	}
	pmem = bdev->bd_disk->private_data;
	if (holder && pmem->dax.holder)
		return NULL;
	if (holder) {
		pmem->dax.holder = holder;
		pmem->dax.ops = ops;
	}
	pmem->dax.users++;
	return &pmem->dax;
}

void fs_put_dax(struct dax_device *dax, void *holder)
{
	if (!dax)
		return;
	if (holder && dax->holder == holder) {
		dax->holder = NULL;
		dax->ops = NULL;
	}
	if (!dax->users--)
		sim_fail(SIM_FAIL_BLOCK, "DAX device put more often than taken");
}

long dax_direct_access(struct dax_device *dax, pgoff_t pgoff, long nr_pages,
		       enum dax_access_mode mode, void **kaddr, pfn_t *pfn)
{
	struct sim_pmem *pmem = dax->pmem;
	long avail = (pmem->size >> PAGE_SHIFT) - pgoff;
	sector_t bad;
	int nr_bad;

	if (nr_pages < 0)
		return -EINVAL;
	if (avail <= 0)
		return -ERANGE;
	if (kaddr)
		*kaddr = pmem->mem + (pgoff << PAGE_SHIFT);
	if (pfn)
		pfn->val = pgoff;
	if (badblocks_check(&pmem->bb, pgoff << 3, nr_pages << 3, &bad,
			    &nr_bad)) {
		if (mode != DAX_RECOVERY_WRITE)
			return -EHWPOISON;
		/* What comes before the bad page; or that one. */
		nr_pages = max_t(long, 1, (long)(bad >> 3) - (long)pgoff);
	}
	return min(avail, nr_pages);
}

bool dax_synchronous(struct dax_device *dax)
{
	return dax->synchronous;
}

bool dax_alive(struct dax_device *dax)
{
	return !dax->pmem->disk.dead;
}

void *dax_holder(struct dax_device *dax)
{
	return dax->holder;
}

void dax_flush(struct dax_device *dax, void *addr, size_t size)
{
	arch_wb_cache_pmem(addr, size);
}

/* SRCU in the kernel: sleeping is allowed. */
int dax_read_lock(void)
{
	return 0;
}

void dax_read_unlock(int id)
{
}
