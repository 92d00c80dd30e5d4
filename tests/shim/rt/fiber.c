// SPDX-License-Identifier: GPL-2.0
/*
 * Fibers: stacks, and the switch from one to another.
 *
 * Owns the pool of stacks.  Each stack has an inaccessible page below it, so
 * that an overflow faults.  The address sanitizer is told of every switch.
 * Decides nothing about who runs.
 */
#include <sys/mman.h>

#include "rt.h"
#include "asan.h"

#ifdef HAVE_ASAN
#define STACK_SIZE	(512u << 10)
#else
#define STACK_SIZE	(128u << 10)
#endif
#define GUARD_SIZE	4096u

/* Lies at the upper end of each stack's memory. */
struct slot {
	struct fiber fiber;
	struct slot *next;	/* while free */
};

#define SLOT_SIZE	round_up(sizeof(struct slot), 64)

static struct slot *spares;

#ifdef __x86_64__

/*
 * Saves what a function must preserve on the old stack, then takes it from the
 * new one.  A new stack looks as if fiber_entry() had called it.
 */
__asm__(".text\n"
	".globl sim_switch_stack\n"
	".type sim_switch_stack, @function\n"
	"sim_switch_stack:\n"
	"	pushq %rbp\n"
	"	pushq %rbx\n"
	"	pushq %r12\n"
	"	pushq %r13\n"
	"	pushq %r14\n"
	"	pushq %r15\n"
	"	movq %rsp, (%rdi)\n"
	"	movq %rsi, %rsp\n"
	"	popq %r15\n"
	"	popq %r14\n"
	"	popq %r13\n"
	"	popq %r12\n"
	"	popq %rbx\n"
	"	popq %rbp\n"
	"	ret\n"
	".size sim_switch_stack, . - sim_switch_stack\n");

void sim_switch_stack(void **save, void *load);

static void stack_prepare(struct fiber *f)
{
	u64 *sp = (u64 *)((char *)f->stack + f->stack_size);

	*--sp = 0;		/* no caller; also keeps the ABI's alignment */
	*--sp = (u64)(uintptr_t)fiber_entry;
	sp -= 6;
	memset(sp, 0, 6 * sizeof(*sp));
	f->sp = sp;
}

static void stack_switch(struct fiber *from, struct fiber *to)
{
	sim_switch_stack(&from->sp, to->sp);
}

#else
#include <ucontext.h>

/* Other machines: slow, but it works; the context is kept behind the stack. */
static ucontext_t *context_of(struct fiber *f)
{
	if (!f->sp)
		f->sp = calloc(1, sizeof(ucontext_t));
	return f->sp;
}

static void stack_prepare(struct fiber *f)
{
	ucontext_t *ctx = context_of(f);

	getcontext(ctx);
	ctx->uc_stack.ss_sp = (void *)f->stack;
	ctx->uc_stack.ss_size = f->stack_size;
	ctx->uc_link = NULL;
	makecontext(ctx, fiber_entry, 0);
}

static void stack_switch(struct fiber *from, struct fiber *to)
{
	swapcontext(context_of(from), context_of(to));
}
#endif

static struct slot *stack_map(void)
{
	char *base = mmap(NULL, GUARD_SIZE + STACK_SIZE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	struct slot *slot;

	if (base == MAP_FAILED || mprotect(base, GUARD_SIZE, PROT_NONE)) {
		fputs("sim: no memory for a stack\n", stderr);
		abort();
	}
	slot = (struct slot *)(base + GUARD_SIZE + STACK_SIZE - SLOT_SIZE);
	slot->fiber.stack = base + GUARD_SIZE;
	slot->fiber.stack_size = STACK_SIZE - SLOT_SIZE;
	return slot;
}

/* Stacks are given back in whatever state their world was left. */
struct fiber *fiber_alloc(void)
{
	struct slot *slot = spares;
	const void *stack;

	if (slot)
		spares = slot->next;
	else
		slot = stack_map();
	stack = slot->fiber.stack;
	show(stack, STACK_SIZE - SLOT_SIZE);
	memset(&slot->fiber, 0, offsetof(struct fiber, held));
	slot->fiber.stack = stack;
	slot->fiber.stack_size = STACK_SIZE - SLOT_SIZE;
	return &slot->fiber;
}

void fiber_free(struct fiber *f)
{
	struct slot *slot = container_of(f, struct slot, fiber);

#ifndef __x86_64__
	free(f->sp);
#endif
	slot->next = spares;
	spares = slot;
}

void fiber_prepare(struct fiber *f)
{
	stack_prepare(f);
}

#ifdef HAVE_ASAN

/* Who was left by the switch in progress. */
static struct fiber *left;

static void before_switch(struct fiber *from, struct fiber *to, bool dying)
{
	left = from;
	__sanitizer_start_switch_fiber(dying ? NULL : &from->fake_stack,
				       to->stack, to->stack_size);
}

/* The root task runs on the process's own stack; this is how its bounds show. */
void fiber_arrived(struct fiber *self)
{
	const void *bottom;
	size_t size;

	__sanitizer_finish_switch_fiber(self->fake_stack, &bottom, &size);
	if (left->root) {
		left->stack = bottom;
		left->stack_size = size;
	}
}

/* Tests abandon tasks whose frames are still alive: no fake stacks for them. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_stack_use_after_return=0:detect_leaks=1";
}

#else

static void before_switch(struct fiber *from, struct fiber *to, bool dying)
{
}

void fiber_arrived(struct fiber *self)
{
}

#endif

void fiber_switch(struct fiber *from, struct fiber *to)
{
	before_switch(from, to, false);
	stack_switch(from, to);
	fiber_arrived(from);
}

/* As above, but never returns: the fiber is done. */
void fiber_switch_dying(struct fiber *from, struct fiber *to)
{
	before_switch(from, to, true);
	stack_switch(from, to);
	unreachable();
}
