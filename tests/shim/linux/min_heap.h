/* SPDX-License-Identifier: GPL-2.0 */
/* Heaps in arrays, with the interface that 6.12 has. */
#ifndef SHIM_LINUX_MIN_HEAP_H
#define SHIM_LINUX_MIN_HEAP_H

#include <linux/bug.h>
#include <linux/string.h>
#include <linux/types.h>

#define MIN_HEAP_PREALLOCATED(_type, _name, _nr)	\
struct _name {			\
	int nr;			\
	int size;		\
	_type *data;		\
	_type preallocated[_nr];	\
}

#define DEFINE_MIN_HEAP(_type, _name)	MIN_HEAP_PREALLOCATED(_type, _name, 0)

typedef DEFINE_MIN_HEAP(char, min_heap_char) min_heap_char;

struct min_heap_callbacks {
	bool (*less)(const void *lhs, const void *rhs, void *args);
	void (*swp)(void *lhs, void *rhs, void *args);
};

void shim_heap_init(min_heap_char *heap, void *data, int size);
void shim_heap_down(min_heap_char *heap, size_t pos, size_t elem_size,
		    const struct min_heap_callbacks *func, void *args);
void shim_heap_up(min_heap_char *heap, size_t pos, size_t elem_size,
		  const struct min_heap_callbacks *func, void *args);
void shim_heap_all(min_heap_char *heap, size_t elem_size,
		   const struct min_heap_callbacks *func, void *args);
bool shim_heap_pop(min_heap_char *heap, size_t elem_size,
		   const struct min_heap_callbacks *func, void *args);
void shim_heap_pop_push(min_heap_char *heap, const void *element,
			size_t elem_size,
			const struct min_heap_callbacks *func, void *args);
bool shim_heap_push(min_heap_char *heap, const void *element, size_t elem_size,
		    const struct min_heap_callbacks *func, void *args);
bool shim_heap_del(min_heap_char *heap, size_t elem_size, size_t pos,
		   const struct min_heap_callbacks *func, void *args);

#define SHIM_HEAP(h)		((min_heap_char *)(h))
#define SHIM_HEAP_ELEM(h)	sizeof((h)->data[0])

#define min_heap_init(h, data, size)	shim_heap_init(SHIM_HEAP(h), data, size)
#define min_heap_peek(h)	((h)->nr ? &(h)->data[0] : NULL)
#define min_heap_full(h)	((h)->nr == (h)->size)
#define min_heap_sift_down(h, pos, func, args)	\
	shim_heap_down(SHIM_HEAP(h), pos, SHIM_HEAP_ELEM(h), func, args)
#define min_heap_sift_up(h, pos, func, args)	\
	shim_heap_up(SHIM_HEAP(h), pos, SHIM_HEAP_ELEM(h), func, args)
#define min_heapify_all(h, func, args)	\
	shim_heap_all(SHIM_HEAP(h), SHIM_HEAP_ELEM(h), func, args)
#define min_heap_pop(h, func, args)	\
	shim_heap_pop(SHIM_HEAP(h), SHIM_HEAP_ELEM(h), func, args)
#define min_heap_pop_push(h, element, func, args)	\
	shim_heap_pop_push(SHIM_HEAP(h), element, SHIM_HEAP_ELEM(h), func, args)
#define min_heap_push(h, element, func, args)	\
	shim_heap_push(SHIM_HEAP(h), element, SHIM_HEAP_ELEM(h), func, args)
#define min_heap_del(h, pos, func, args)	\
	shim_heap_del(SHIM_HEAP(h), SHIM_HEAP_ELEM(h), pos, func, args)

#endif /* SHIM_LINUX_MIN_HEAP_H */
