/* SPDX-License-Identifier: GPL-2.0 */
/* No lock checker here. */
#ifndef BENCH_LINUX_LOCKDEP_H
#define BENCH_LINUX_LOCKDEP_H

#define lock_is_held(map)		1
#define lockdep_is_held(lock)		((void)(lock), 1)
#define lockdep_assert_held(lock)	((void)(lock))

#endif /* BENCH_LINUX_LOCKDEP_H */
