/* SPDX-License-Identifier: GPL-2.0 */
/* Static branches are ordinary ones. */
#ifndef SHIM_LINUX_JUMP_LABEL_H
#define SHIM_LINUX_JUMP_LABEL_H

#include <linux/types.h>

struct static_key_false {
	bool on;
};

struct static_key_true {
	bool on;
};

#define DEFINE_STATIC_KEY_FALSE(name)	\
	struct static_key_false name = { .on = false }
#define DEFINE_STATIC_KEY_TRUE(name)	\
	struct static_key_true name = { .on = true }
#define DECLARE_STATIC_KEY_FALSE(name)	extern struct static_key_false name
#define DECLARE_STATIC_KEY_TRUE(name)	extern struct static_key_true name
#define static_branch_likely(key)	likely((key)->on)
#define static_branch_unlikely(key)	unlikely((key)->on)
#define static_branch_enable(key)	((key)->on = true)
#define static_branch_disable(key)	((key)->on = false)

#endif /* SHIM_LINUX_JUMP_LABEL_H */
