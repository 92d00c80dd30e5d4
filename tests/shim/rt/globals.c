// SPDX-License-Identifier: GPL-2.0
/*
 * The driver's global variables, one set per world.
 *
 * The object rule of shim.mk renames the driver's .data and .bss so that each is
 * one range in the program.  A world that is not current keeps its contents
 * aside; a new one starts with what the compiler put there.  Programs that were
 * linked without that rule have no such ranges, and nothing happens.
 */
#include "rt.h"

extern char __start_core_data[] __weak;
extern char __stop_core_data[] __weak;
extern char __start_core_bss[] __weak;
extern char __stop_core_bss[] __weak;

static void *pristine;

static size_t range_len(const char *start, const char *stop)
{
	return start ? (size_t)(stop - start) : 0;
}

#define DATA_LEN	range_len(__start_core_data, __stop_core_data)
#define BSS_LEN		range_len(__start_core_bss, __stop_core_bss)

/*
 * Byte by byte and unchecked: the address sanitizer's red zones lie between the
 * variables, and are copied with them.
 */
static __attribute__((__no_sanitize_address__)) void
copy_raw(volatile char *to, const volatile char *from, size_t len)
{
	const volatile u64 *from8 = (const volatile u64 *)from;
	volatile u64 *to8 = (volatile u64 *)to;
	size_t i;

	for (i = 0; i < len / 8; i++)
		to8[i] = from8[i];
	for (i = len & ~7ul; i < len; i++)
		to[i] = from[i];
}

static void save(char *to)
{
	copy_raw(to, __start_core_data, DATA_LEN);
	copy_raw(to + DATA_LEN, __start_core_bss, BSS_LEN);
}

static void restore(const char *from)
{
	copy_raw(__start_core_data, from, DATA_LEN);
	copy_raw(__start_core_bss, from + DATA_LEN, BSS_LEN);
}

bool world_has_globals(void)
{
	return DATA_LEN + BSS_LEN != 0;
}

void globals_init(struct world *w)
{
	size_t len = DATA_LEN + BSS_LEN;

	if (!len)
		return;
	if (!pristine) {
		pristine = malloc(len);
		save(pristine);
	}
	w->globals = malloc(len);
	if (!w->globals)
		abort();
	memcpy(w->globals, pristine, len);
}

void globals_swap_out(struct world *w)
{
	if (w->globals)
		save(w->globals);
}

void globals_swap_in(struct world *w)
{
	if (w->globals)
		restore(w->globals);
}

void globals_free(struct world *w)
{
	free(w->globals);
}
