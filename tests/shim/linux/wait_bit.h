/* SPDX-License-Identifier: GPL-2.0 */
/* Waiting for a bit or a variable; all of a world share one queue. */
#ifndef SHIM_LINUX_WAIT_BIT_H
#define SHIM_LINUX_WAIT_BIT_H

#include <linux/bitops.h>
#include <linux/wait.h>

wait_queue_head_t *shim_var_waitqueue(void);

#define wait_var_event(var, condition)	\
	wait_event(*shim_var_waitqueue(), condition)
#define wake_up_var(var)		wake_up_all(shim_var_waitqueue())
#define wake_up_bit(word, bit)		wake_up_all(shim_var_waitqueue())

static inline int wait_on_bit(unsigned long *word, int bit, unsigned int mode)
{
	return SHIM_WAIT_STATE(*shim_var_waitqueue(), !test_bit(bit, word),
			       mode, 0) ? -EINTR : 0;
}

#define wait_on_bit_io(word, bit, mode)	wait_on_bit(word, bit, mode)

static inline int wait_on_bit_lock(unsigned long *word, int bit,
				   unsigned int mode)
{
	return SHIM_WAIT_STATE(*shim_var_waitqueue(),
			       !test_and_set_bit(bit, word), mode, 0) ?
	       -EINTR : 0;
}

static inline void clear_and_wake_up_bit(int bit, unsigned long *word)
{
	clear_bit_unlock(bit, word);
	wake_up_bit(word, bit);
}

#endif /* SHIM_LINUX_WAIT_BIT_H */
