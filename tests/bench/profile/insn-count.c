// SPDX-License-Identifier: GPL-2.0
/*
 * QEMU plugin: how often each block of guest code was executed.
 *
 * Writes one line per block at the end: address, instructions in the block,
 * executions.  What belongs to which function, and what is left when a shorter
 * run is subtracted from a longer one, is the business of profile.py.
 *
 * Debian's QEMU has plugins enabled but no header for them, hence the
 * declarations (plugin API, version 1).
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint64_t plugin_id;
struct qemu_plugin_tb;
struct qemu_info;

#define EXPORT __attribute__((visibility("default")))

EXPORT int qemu_plugin_version = 1;

void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id id,
					   void (*cb)(plugin_id id,
						      struct qemu_plugin_tb *tb));
void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *tb, int op,
					      void *ptr, uint64_t imm);
void qemu_plugin_register_atexit_cb(plugin_id id,
				    void (*cb)(plugin_id id, void *arg),
				    void *arg);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);
EXPORT int qemu_plugin_install(plugin_id id, const struct qemu_info *info,
			       int argc, char **argv);

#define OP_ADD_U64	0
#define BUCKETS		(1 << 18)

struct block {
	struct block *next;
	uint64_t vaddr;
	uint64_t insns;
	uint64_t runs;
};

static struct block *buckets[BUCKETS];
static const char *out = "insn-count.out";

static struct block *block_get(uint64_t vaddr, uint64_t insns)
{
	struct block **bucket = &buckets[(vaddr >> 1 ^ vaddr >> 19) % BUCKETS];
	struct block *b;

	for (b = *bucket; b; b = b->next) {
		if (b->vaddr == vaddr && b->insns == insns)
			return b;
	}
	b = calloc(1, sizeof(*b));
	if (!b)
		abort();
	b->vaddr = vaddr;
	b->insns = insns;
	b->next = *bucket;
	*bucket = b;
	return b;
}

static void translated(plugin_id id, struct qemu_plugin_tb *tb)
{
	struct block *b = block_get(qemu_plugin_tb_vaddr(tb),
				    qemu_plugin_tb_n_insns(tb));

	(void)id;
	qemu_plugin_register_vcpu_tb_exec_inline(tb, OP_ADD_U64, &b->runs, 1);
}

static void finished(plugin_id id, void *arg)
{
	FILE *f = fopen(out, "w");
	struct block *b;
	int i;

	(void)id;
	(void)arg;
	for (i = 0; f && i < BUCKETS; i++) {
		for (b = buckets[i]; b; b = b->next)
			fprintf(f, "%llx %llu %llu\n",
				(unsigned long long)b->vaddr,
				(unsigned long long)b->insns,
				(unsigned long long)b->runs);
	}
	if (f)
		fclose(f);
}

int qemu_plugin_install(plugin_id id, const struct qemu_info *info, int argc,
			char **argv)
{
	int i;

	(void)info;
	for (i = 0; i < argc; i++) {
		if (!strncmp(argv[i], "out=", 4))
			out = strdup(argv[i] + 4);
	}
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	qemu_plugin_register_atexit_cb(id, finished, NULL);
	return 0;
}
