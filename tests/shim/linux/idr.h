/* SPDX-License-Identifier: GPL-2.0 */
/* Small numbers that are not in use. */
#ifndef SHIM_LINUX_IDR_H
#define SHIM_LINUX_IDR_H

#include <linux/xarray.h>

struct ida {
	struct xarray xa;
};

#define IDA_INIT(name)		{ .xa = XARRAY_INIT(name, XA_FLAGS_ALLOC) }
#define DEFINE_IDA(name)	struct ida name = IDA_INIT(name)
#define ida_init(ida)		xa_init_flags(&(ida)->xa, XA_FLAGS_ALLOC)

int ida_alloc_range(struct ida *ida, unsigned int min, unsigned int max,
		    gfp_t gfp);
void ida_free(struct ida *ida, unsigned int id);
void ida_destroy(struct ida *ida);

#define ida_alloc(ida, gfp)		ida_alloc_range(ida, 0, INT_MAX, gfp)
#define ida_alloc_min(ida, min, gfp)	ida_alloc_range(ida, min, INT_MAX, gfp)
#define ida_alloc_max(ida, max, gfp)	ida_alloc_range(ida, 0, max, gfp)

static inline bool ida_is_empty(const struct ida *ida)
{
	return xa_empty(&ida->xa);
}

#endif /* SHIM_LINUX_IDR_H */
