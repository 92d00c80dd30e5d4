// SPDX-License-Identifier: GPL-2.0
/*
 * Fuzz target: what is written to the driver's control files.  The first two
 * bytes choose the command's options; the rest is the text.
 */
#include "fuzz/fuzz.h"

#include "pcache_node.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	fuzz_ground(SZ_1M);
	return 0;
}

/* The text, as far as a string reaches, without the newline of echo. */
static size_t text_of(const u8 *data, size_t size, char *text, size_t room)
{
	size_t len = size < room ? size : room - 1;

	memcpy(text, data, len);
	text[len] = 0;
	len = strlen(text);
	if (len && text[len - 1] == '\n')
		text[--len] = 0;
	return len;
}

/* Each value lies behind its name and "=" in the text, ended by "," or its end. */
static void check_values(const struct pcache_opts *opts, const char *text)
{
	size_t total = 0, nr = 0;
	const char *v, *at;
	u32 i;

	for (i = 0; i < PCACHE_NR_OPTS; i++) {
		v = opts->value[i];
		if (!v)
			continue;
		fuzz_check(*v && !strpbrk(v, ",\n"));
		fuzz_check(v > opts->buf + 1 && !v[-1]);
		at = text + (v - opts->buf);
		fuzz_check(at[-1] == '=' && !strncmp(at, v, strlen(v)));
		fuzz_check(!at[strlen(v)] || at[strlen(v)] == ',');
		total += strlen(v);
		nr++;
	}
	fuzz_check(nr && total + 2 * nr <= strlen(text) + 1);
}

/* A number is what strtoull() makes of digits alone. */
static void check_number(const struct pcache_opts *opts, u32 opt)
{
	const char *v = opts->value[opt], *digits;
	u64 value = 77, want;
	bool fits;
	int err;

	err = pcache_opts_number(opts, opt, 3, 1000000, &value);
	if (!v) {
		fuzz_check(!err && value == 77);
		return;
	}
	digits = *v == '+' ? v + 1 : v;
	want = strtoull(digits, NULL, 10);
	fits = *digits && digits[strspn(digits, "0123456789")] == 0 &&
	       want >= 3 && want <= 1000000;
	fuzz_check(!err == fits);
	fuzz_check(value == (fits ? want : 77));
}

static void check_others(const struct pcache_opts *opts, u32 opt)
{
	static const char * const words[] = { "drain", "keep", "mq" };
	const char *text = "unset";
	u32 choice = 9;
	bool on = true;
	int err;

	err = pcache_opts_choice(opts, opt, words, ARRAY_SIZE(words), &choice);
	fuzz_check(err ? choice == 9 : !opts->value[opt] || choice < 3);
	if (choice < 3)
		fuzz_check(!strcmp(opts->value[opt], words[choice]));
	err = pcache_opts_bool(opts, opt, &on);
	fuzz_check(!err || on);
	err = pcache_opts_text(opts, opt, 12, &text);
	fuzz_check(err ? strlen(opts->value[opt]) >= 12 : strlen(text) < 12);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct fuzz_in in = { data, size };
	struct pcache_opts opts;
	char text[4096];
	u32 allowed, i;
	int err;

	sim_klog_clear();
	allowed = ~(u32)fuzz_u16(&in);
	text_of(in.next, in.left, text, sizeof(text));
	err = pcache_opts_parse(&opts, (const char *)in.next,
				min(in.left, sizeof(text) - 1), allowed);
	fuzz_check(!err || err == -EINVAL);
	if (err)
		return 0;
	check_values(&opts, text);
	for (i = 0; i < PCACHE_NR_OPTS; i++) {
		fuzz_check(!opts.value[i] || allowed >> i & 1);
		check_number(&opts, i);
		check_others(&opts, i);
	}
	pcache_opts_free(&opts);
	return 0;
}
