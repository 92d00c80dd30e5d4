// SPDX-License-Identifier: GPL-2.0
/* The kernel log of a world: lines without their level, for tests to search. */
#include "rt.h"

#include <linux/kobject.h>

#define KLOG_MAX	(256u << 10)

/* The older half goes when there is no more room. */
static void klog_trim(struct world *w)
{
	size_t half = w->klog_len / 2;

	memmove(w->klog, w->klog + half, w->klog_len - half);
	w->klog_len -= half;
}

static void klog_add(struct world *w, const char *text, size_t len)
{
	if (w->klog_len + len + 1 > w->klog_size) {
		if (w->klog_size >= KLOG_MAX)
			klog_trim(w);
		else
			w->klog_size = max_t(size_t, w->klog_size * 2,
					     len + 4096);
		w->klog = realloc(w->klog, w->klog_size);
		if (!w->klog)
			abort();
	}
	memcpy(w->klog + w->klog_len, text, len);
	w->klog_len += len;
	w->klog[w->klog_len] = 0;
}

int _printk(const char *fmt, ...)
{
	struct world *w = sim_world;
	const char *text;
	char line[1024];
	va_list args;
	int n;

	va_start(args, fmt);
	n = vscnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	text = line[0] == KERN_SOH[0] && line[1] ? line + 2 : line;
	if (!w || w->opts.verbose)
		fprintf(stderr, "klog: %s", text);
	if (w && !w->dying)
		klog_add(w, text, strlen(text));
	return n;
}

void dump_stack(void)
{
}

int kobject_uevent(struct kobject *kobj, enum kobject_action action)
{
	return kobject_uevent_env(kobj, action, NULL);
}

int kobject_uevent_env(struct kobject *kobj, enum kobject_action action,
		       char *envp[])
{
	static const char * const names[] = {
		[KOBJ_ADD] = "add",
		[KOBJ_REMOVE] = "remove",
		[KOBJ_CHANGE] = "change",
	};
	int i;

	_printk("uevent: %s %s", names[action], kobject_name(kobj) ?: "?");
	for (i = 0; envp && envp[i]; i++)
		_printk(" %s", envp[i]);
	_printk("\n");
	return 0;
}

const char *sim_klog(void)
{
	return sim_world->klog ?: "";
}

bool sim_klog_has(const char *text)
{
	return !!strstr(sim_klog(), text);
}

void sim_klog_clear(void)
{
	sim_world->klog_len = 0;
	if (sim_world->klog)
		sim_world->klog[0] = 0;
}

void klog_free(struct world *w)
{
	free(w->klog);
}
