/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Operations of one atomic type; included once per type by linux/atomic.h,
 * which sets SHIM_ATOMIC_TYPE, _INT and _NAME().
 */
#define A_T	SHIM_ATOMIC_TYPE
#define A_I	SHIM_ATOMIC_INT
#define A_N	SHIM_ATOMIC_NAME

static inline A_I A_N(read)(const A_T *v)
{
	return __atomic_load_n(&v->counter, __ATOMIC_RELAXED);
}

static inline A_I A_N(read_acquire)(const A_T *v)
{
	return __atomic_load_n(&v->counter, __ATOMIC_ACQUIRE);
}

static inline void A_N(set)(A_T *v, A_I i)
{
	__atomic_store_n(&v->counter, i, __ATOMIC_RELAXED);
}

static inline void A_N(set_release)(A_T *v, A_I i)
{
	__atomic_store_n(&v->counter, i, __ATOMIC_RELEASE);
}

/* One fetch_x() per operation, with its ordered variants. */
#define SHIM_FETCH(op, builtin)						\
static inline A_I A_N(fetch_##op)(A_I i, A_T *v)			\
{									\
	shim_yield(SHIM_YIELD_ATOMIC);					\
	return builtin(&v->counter, i, __ATOMIC_SEQ_CST);		\
}									\
static inline A_I A_N(fetch_##op##_relaxed)(A_I i, A_T *v)		\
{									\
	return A_N(fetch_##op)(i, v);					\
}									\
static inline A_I A_N(fetch_##op##_acquire)(A_I i, A_T *v)		\
{									\
	return A_N(fetch_##op)(i, v);					\
}									\
static inline A_I A_N(fetch_##op##_release)(A_I i, A_T *v)		\
{									\
	return A_N(fetch_##op)(i, v);					\
}									\
static inline void A_N(op)(A_I i, A_T *v)				\
{									\
	A_N(fetch_##op)(i, v);						\
}

SHIM_FETCH(add, __atomic_fetch_add)
SHIM_FETCH(sub, __atomic_fetch_sub)
SHIM_FETCH(and, __atomic_fetch_and)
SHIM_FETCH(or, __atomic_fetch_or)
SHIM_FETCH(xor, __atomic_fetch_xor)

static inline A_I A_N(fetch_andnot)(A_I i, A_T *v)
{
	return A_N(fetch_and)(~i, v);
}

static inline void A_N(andnot)(A_I i, A_T *v)
{
	A_N(fetch_and)(~i, v);
}

/* x_return(): the new value, with its ordered variants. */
#define SHIM_RETURN(name, args, expr)					\
static inline A_I A_N(name) args					\
{									\
	return expr;							\
}									\
static inline A_I A_N(name##_relaxed) args				\
{									\
	return expr;							\
}									\
static inline A_I A_N(name##_acquire) args				\
{									\
	return expr;							\
}									\
static inline A_I A_N(name##_release) args				\
{									\
	return expr;							\
}

SHIM_RETURN(add_return, (A_I i, A_T *v), A_N(fetch_add)(i, v) + i)
SHIM_RETURN(sub_return, (A_I i, A_T *v), A_N(fetch_sub)(i, v) - i)
SHIM_RETURN(inc_return, (A_T *v), A_N(fetch_add)(1, v) + 1)
SHIM_RETURN(dec_return, (A_T *v), A_N(fetch_sub)(1, v) - 1)
SHIM_RETURN(fetch_inc, (A_T *v), A_N(fetch_add)(1, v))
SHIM_RETURN(fetch_dec, (A_T *v), A_N(fetch_sub)(1, v))
SHIM_RETURN(xchg, (A_T *v, A_I i), xchg(&v->counter, i))
SHIM_RETURN(cmpxchg, (A_T *v, A_I old, A_I new), cmpxchg(&v->counter, old, new))

static inline bool A_N(try_cmpxchg)(A_T *v, A_I *old, A_I new)
{
	A_I was = A_N(cmpxchg)(v, *old, new);
	bool done = was == *old;

	*old = was;
	return done;
}

#define SHIM_TRY_CMPXCHG(suffix)					\
static inline bool A_N(try_cmpxchg##suffix)(A_T *v, A_I *old, A_I new)	\
{									\
	return A_N(try_cmpxchg)(v, old, new);				\
}

SHIM_TRY_CMPXCHG(_relaxed)
SHIM_TRY_CMPXCHG(_acquire)
SHIM_TRY_CMPXCHG(_release)

static inline void A_N(inc)(A_T *v)
{
	A_N(fetch_add)(1, v);
}

static inline void A_N(dec)(A_T *v)
{
	A_N(fetch_sub)(1, v);
}

static inline bool A_N(inc_and_test)(A_T *v)
{
	return A_N(inc_return)(v) == 0;
}

static inline bool A_N(dec_and_test)(A_T *v)
{
	return A_N(dec_return)(v) == 0;
}

static inline bool A_N(sub_and_test)(A_I i, A_T *v)
{
	return A_N(sub_return)(i, v) == 0;
}

static inline bool A_N(add_negative)(A_I i, A_T *v)
{
	return A_N(add_return)(i, v) < 0;
}

static inline A_I A_N(fetch_add_unless)(A_T *v, A_I add, A_I unless)
{
	A_I old = A_N(read)(v);

	do {
		if (old == unless)
			break;
	} while (!A_N(try_cmpxchg)(v, &old, old + add));
	return old;
}

static inline bool A_N(add_unless)(A_T *v, A_I add, A_I unless)
{
	return A_N(fetch_add_unless)(v, add, unless) != unless;
}

static inline bool A_N(inc_not_zero)(A_T *v)
{
	return A_N(add_unless)(v, 1, 0);
}

static inline bool A_N(inc_unless_negative)(A_T *v)
{
	A_I old = A_N(read)(v);

	do {
		if (old < 0)
			return false;
	} while (!A_N(try_cmpxchg)(v, &old, old + 1));
	return true;
}

static inline bool A_N(dec_unless_positive)(A_T *v)
{
	A_I old = A_N(read)(v);

	do {
		if (old > 0)
			return false;
	} while (!A_N(try_cmpxchg)(v, &old, old - 1));
	return true;
}

static inline A_I A_N(dec_if_positive)(A_T *v)
{
	A_I old = A_N(read)(v);

	do {
		if (old <= 0)
			break;
	} while (!A_N(try_cmpxchg)(v, &old, old - 1));
	return old - 1;
}

#undef SHIM_FETCH
#undef SHIM_RETURN
#undef SHIM_TRY_CMPXCHG
#undef A_T
#undef A_I
#undef A_N
