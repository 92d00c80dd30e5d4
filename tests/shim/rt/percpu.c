// SPDX-License-Identifier: GPL-2.0
/*
 * Per-CPU memory.
 *
 * The copies of all objects lie in one area per CPU, all areas in one row: a
 * pointer, also into the middle of an object, moves by a fixed distance to
 * another CPU's copy.  Static variables are in a section of the program, which is
 * CPU 0's copy; those of the other CPUs are kept here.
 */
#include <sys/mman.h>

#include "rt.h"
#include "asan.h"

#include <linux/percpu.h>
#include <linux/percpu-refcount.h>

#define AREA_SIZE	(4u << 20)
#define MIN_SHIFT	4
#define MAX_SHIFT	16

extern char __start_shim_percpu[] __weak;
extern char __stop_shim_percpu[] __weak;

static char *areas;
static size_t area_used;
static char *static_copies;

/* Sizes are rounded up to powers of two; free objects are linked by index. */
struct object {
	struct object *next;
	struct world *world;
	char *ptr;
	size_t size;
	u32 shift;
};

static struct object *free_objects[MAX_SHIFT + 1];
static struct object *used_objects;

static void show_copies(char *ptr, size_t size, bool shown)
{
	u32 cpu;

	for (cpu = 0; cpu < NR_CPUS; cpu++) {
		if (shown)
			show(ptr + (size_t)cpu * AREA_SIZE, size);
		else
			hide(ptr + (size_t)cpu * AREA_SIZE, size);
	}
}

static void areas_init(void)
{
	areas = mmap(NULL, (size_t)AREA_SIZE * NR_CPUS, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (areas == MAP_FAILED)
		abort();
	hide(areas, (size_t)AREA_SIZE * NR_CPUS);
}

static struct object *object_get(u32 shift)
{
	struct object *obj = free_objects[shift];

	if (obj) {
		free_objects[shift] = obj->next;
		return obj;
	}
	area_used = round_up(area_used, 1ul << shift);
	if (area_used + (1ul << shift) > AREA_SIZE)
		return NULL;
	obj = calloc(1, sizeof(*obj));
	obj->ptr = areas + area_used;
	obj->shift = shift;
	area_used += 1ul << shift;
	return obj;
}

void *shim_alloc_percpu(size_t size, size_t align, gfp_t gfp)
{
	u32 shift = max_t(u32, order_base_2(max(size, align)), MIN_SHIFT);
	struct object *obj;
	u32 cpu;

	if (alloc_must_fail(gfp) || shift > MAX_SHIFT)
		return NULL;
	if (!areas)
		areas_init();
	obj = object_get(shift);
	if (!obj)
		return NULL;
	obj->world = sim_world;
	obj->size = size;
	obj->next = used_objects;
	used_objects = obj;
	show_copies(obj->ptr, size, true);
	for (cpu = 0; cpu < NR_CPUS; cpu++)
		memset(obj->ptr + (size_t)cpu * AREA_SIZE, 0, size);
	return obj->ptr;
}

static void object_put(struct object **link)
{
	struct object *obj = *link;

	*link = obj->next;
	show_copies(obj->ptr, obj->size, false);
	obj->next = free_objects[obj->shift];
	free_objects[obj->shift] = obj;
}

void free_percpu(void *ptr)
{
	struct object **link = &used_objects;

	if (!ptr)
		return;
	while (*link && (*link)->ptr != ptr)
		link = &(*link)->next;
	if (*link && (*link)->world == sim_world)
		object_put(link);
	else
		sim_fail(SIM_FAIL_MEMORY, "bad free of per-CPU memory");
}

static void *static_addr(size_t off, u32 cpu)
{
	size_t len = __stop_shim_percpu - __start_shim_percpu;

	if (!static_copies)
		static_copies = calloc(NR_CPUS, len);
	return static_copies + cpu * len + off;
}

void *shim_percpu_addr(const volatile void *ptr, unsigned int cpu)
{
	char *p = (char *)ptr;

	if (p >= __start_shim_percpu && p < __stop_shim_percpu)
		return cpu ? static_addr(p - __start_shim_percpu, cpu) : p;
	if (!areas || p < areas || p >= areas + AREA_SIZE)
		sim_fail(SIM_FAIL_CPU, "not a per-CPU pointer");
	return p + (size_t)cpu * AREA_SIZE;
}

int percpu_report_leaks(struct world *w)
{
	struct object *obj;
	int n = 0;

	for (obj = used_objects; obj; obj = obj->next) {
		if (obj->world != w)
			continue;
		fprintf(stderr, "sim: leak of %zu bytes of per-CPU memory\n",
			obj->size);
		n++;
	}
	return n;
}

void percpu_free_all(struct world *w)
{
	struct object **link = &used_objects;

	while (*link) {
		if ((*link)->world == w)
			object_put(link);
		else
			link = &(*link)->next;
	}
}

/* ---- references that can be closed ---- */

int percpu_ref_init(struct percpu_ref *ref, percpu_ref_func_t *release,
		    unsigned int flags, gfp_t gfp)
{
	if (alloc_must_fail(gfp))
		return -ENOMEM;
	memset(ref, 0, sizeof(*ref));
	ref->release = release;
	ref->dying = flags & PERCPU_REF_INIT_DEAD;
	atomic_long_set(&ref->count, ref->dying ? 0 : 1);
	return 0;
}

void percpu_ref_exit(struct percpu_ref *ref)
{
	ref->dying = true;
}

void percpu_ref_put_many(struct percpu_ref *ref, unsigned long nr)
{
	if (atomic_long_sub_and_test(nr, &ref->count))
		ref->release(ref);
}

static void ref_confirmed(struct rcu_head *rcu)
{
	struct percpu_ref *ref = container_of(rcu, struct percpu_ref, rcu);

	if (ref->confirm)
		ref->confirm(ref);
	percpu_ref_put(ref);
}

void percpu_ref_kill_and_confirm(struct percpu_ref *ref,
				 percpu_ref_func_t *confirm)
{
	WARN(ref->dying, "reference counter killed twice");
	ref->dying = true;
	ref->confirm = confirm;
	call_rcu(&ref->rcu, ref_confirmed);
}

void percpu_ref_resurrect(struct percpu_ref *ref)
{
	WARN(!ref->dying, "reference counter is not dead");
	ref->dying = false;
	percpu_ref_get(ref);
}

void percpu_ref_reinit(struct percpu_ref *ref)
{
	WARN(!percpu_ref_is_zero(ref), "reference counter is not zero");
	percpu_ref_resurrect(ref);
}
