/* SPDX-License-Identifier: GPL-2.0 */
/* Scope-based release of locks and memory. */
#ifndef SHIM_LINUX_CLEANUP_H
#define SHIM_LINUX_CLEANUP_H

#include <linux/compiler.h>
#include <linux/err.h>

#define DEFINE_FREE(name, type, free)				\
static inline void __free_##name(void *p)			\
{								\
	type _T = *(type *)p;					\
								\
	free;							\
}

#define __free(name)	__cleanup(__free_##name)

#define no_free_ptr(p) ({					\
	typeof(p) __val = (p);					\
	(p) = NULL;						\
	__val; })
#define return_ptr(p)	return no_free_ptr(p)
#define retain_ptr(p)	((void)no_free_ptr(p))

#define DEFINE_CLASS(name, type, exit, init, init_args...)	\
typedef type class_##name##_t;					\
static inline __maybe_unused void class_##name##_destructor(type *p)	\
{								\
	type _T = *p;						\
								\
	exit;							\
}								\
static inline __maybe_unused type class_##name##_constructor(init_args)	\
{								\
	type t = init;						\
								\
	return t;						\
}

#define CLASS(name, var)					\
	class_##name##_t var __maybe_unused			\
		__cleanup(class_##name##_destructor) =		\
		class_##name##_constructor

/* Guards of things that one pointer names. */
#define DEFINE_GUARD(name, type, lock, unlock)			\
	DEFINE_CLASS(name, type, if (_T) { unlock; },		\
		     ({ lock; _T; }), type _T)			\
	static inline __maybe_unused void *class_##name##_lock_ptr(type *p)	\
	{							\
		return (void *)*p;				\
	}

#define DEFINE_GUARD_COND(name, ext, condlock)			\
	typedef class_##name##_t class_##name##ext##_t;		\
	static inline __maybe_unused void			\
	class_##name##ext##_destructor(class_##name##_t *p)	\
	{							\
		class_##name##_destructor(p);			\
	}							\
	static inline __maybe_unused class_##name##_t		\
	class_##name##ext##_constructor(class_##name##_t _T)	\
	{							\
		return (condlock) ? _T : NULL;			\
	}							\
	static inline __maybe_unused void *			\
	class_##name##ext##_lock_ptr(class_##name##_t *p)	\
	{							\
		return (void *)*p;				\
	}

/* Guards that keep more than a pointer, or nothing. */
#define DEFINE_LOCK_GUARD_1(name, type, lock_expr, unlock, ...)	\
typedef struct {						\
	type *lock;						\
	__VA_ARGS__;						\
} class_##name##_t;						\
static inline __maybe_unused void				\
class_##name##_destructor(class_##name##_t *_T)			\
{								\
	if (_T->lock) {						\
		unlock;						\
	}							\
}								\
static inline __maybe_unused class_##name##_t			\
class_##name##_constructor(type *l)				\
{								\
	class_##name##_t _t = { .lock = l }, *_T = &_t;		\
								\
	lock_expr;						\
	return _t;						\
}								\
static inline __maybe_unused void *				\
class_##name##_lock_ptr(class_##name##_t *_T)			\
{								\
	return _T->lock;					\
}

#define DEFINE_LOCK_GUARD_0(name, lock_expr, unlock, ...)	\
typedef struct {						\
	void *lock;						\
	__VA_ARGS__;						\
} class_##name##_t;						\
static inline __maybe_unused void				\
class_##name##_destructor(class_##name##_t *_T)			\
{								\
	if (_T->lock) {						\
		unlock;						\
	}							\
}								\
static inline __maybe_unused class_##name##_t			\
class_##name##_constructor(void)				\
{								\
	class_##name##_t _t = { .lock = (void *)1 },		\
		*_T __maybe_unused = &_t;			\
								\
	lock_expr;						\
	return _t;						\
}								\
static inline __maybe_unused void *				\
class_##name##_lock_ptr(class_##name##_t *_T)			\
{								\
	return _T->lock;					\
}

#define guard(name)		CLASS(name, __UNIQUE_ID(guard))
#define __guard_ptr(name)	class_##name##_lock_ptr
#define scoped_guard(name, args...)				\
	for (CLASS(name, scope)(args), *done = NULL;		\
	     __guard_ptr(name)(&scope) && !done;		\
	     done = (void *)1)
#define scoped_cond_guard(name, fail, args...)			\
	for (CLASS(name, scope)(args), *done = NULL; !done;	\
	     done = (void *)1)					\
		if (!__guard_ptr(name)(&scope))			\
			fail;					\
		else

#endif /* SHIM_LINUX_CLEANUP_H */
