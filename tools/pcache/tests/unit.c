// SPDX-License-Identifier: GPL-2.0
/*
 * Unit tests of what can be tested without a tree of files: sizes, numbers,
 * control strings, option parsing, the values of the JSON lists, identities.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../pcache.h"

#define KIB	1024ULL
#define MIB	(1024 * KIB)
#define GIB	(1024 * MIB)

/* ---- size.c ---- */

static void size_accepts(void **state)
{
	static const struct {
		const char *text;
		u64 bytes;
	} good[] = {
		{ "0", 0 }, { "1", 1 }, { "512", 512 }, { "007", 7 },
		{ "1K", KIB }, { "1k", KIB }, { "1KiB", KIB }, { "1kib", KIB },
		{ "400M", 400 * MIB }, { "400MiB", 400 * MIB },
		{ "50G", 50 * GIB }, { "50GIB", 50 * GIB },
		{ "2T", 2048 * GIB }, { "2TiB", 2048 * GIB },
		{ "1P", MIB * GIB }, { "1PiB", MIB * GIB },
		{ "18446744073709551615", UINT64_MAX },
		{ "16383P", 16383 * MIB * GIB },
	};
	u64 bytes;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(good); i++) {
		assert_int_equal(size_parse(good[i].text, &bytes), 0);
		assert_true(bytes == good[i].bytes);
	}
}

static void size_refuses(void **state)
{
	static const char * const bad[] = {
		"", " ", "K", "-1", "+1", " 1", "1 ", "1 K", "1.5G", "0x10",
		"1KB", "1MB", "1Ki", "1B", "1KiBs", "1KK", "1Q", "1,5G", "1e9",
		"M1", "1\n", "one",
	};
	u64 bytes = 42;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(size_parse(bad[i], &bytes), -EINVAL);
	assert_int_equal(size_parse("18446744073709551616", &bytes), -ERANGE);
	assert_int_equal(size_parse("16384P", &bytes), -ERANGE);
	assert_int_equal(size_parse("99999999999999999999K", &bytes), -ERANGE);
	assert_true(bytes == 42);
}

static void size_formats(void **state)
{
	char buf[32];

	(void)state;
	assert_string_equal(size_format(0, buf, sizeof(buf)), "0");
	assert_string_equal(size_format(1023, buf, sizeof(buf)), "1023");
	assert_string_equal(size_format(KIB, buf, sizeof(buf)), "1K");
	assert_string_equal(size_format(400 * MIB, buf, sizeof(buf)), "400M");
	assert_string_equal(size_format(GIB + GIB / 2, buf, sizeof(buf)),
			    "1.5G");
	assert_string_equal(size_format(GIB - 1, buf, sizeof(buf)), "1023.9M");
	assert_string_equal(size_format(2000 * MIB * GIB, buf, sizeof(buf)),
			    "2000P");
	assert_string_equal(size_format(UINT64_MAX, buf, sizeof(buf)),
			    "16383.9P");
}

static void numbers(void **state)
{
	u64 v = 42;

	(void)state;
	assert_int_equal(number_parse("1", 1, 128, &v), 0);
	assert_int_equal(v, 1);
	assert_int_equal(number_parse("128", 1, 128, &v), 0);
	assert_int_equal(v, 128);
	assert_int_equal(number_parse("0", 1, 128, &v), -ERANGE);
	assert_int_equal(number_parse("129", 1, 128, &v), -ERANGE);
	assert_int_equal(number_parse("", 1, 128, &v), -EINVAL);
	assert_int_equal(number_parse("1K", 1, 128, &v), -EINVAL);
	assert_int_equal(number_parse("-1", 0, 128, &v), -EINVAL);
	assert_int_equal(v, 128);
}

/* ---- control.c ---- */

static void control_strings(void **state)
{
	struct control c = { 0 };

	(void)state;
	control_add(&c, "op", "backing-start");
	control_addf(&c, "cache_size", "%d", 400);
	control_add(&c, "path", "/dev/disk/by-id/a=b c");
	assert_int_equal(c.error, 0);
	assert_string_equal(c.text,
			    "op=backing-start,cache_size=400,path=/dev/disk/by-id/a=b c");
	assert_int_equal(c.len, strlen(c.text));
}

static void control_refuses(void **state)
{
	static const char * const bad[] = { "", ",", "a,b", "a\n", "\n" };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		struct control c = { 0 };

		control_add(&c, "op", "x");
		control_add(&c, "path", bad[i]);
		assert_int_equal(c.error, -EINVAL);
		control_add(&c, "later", "y");
		assert_string_equal(c.text, "op=x");
	}
}

/* What does not fit is left out whole: half a path is another path. */
static void control_overflow(void **state)
{
	struct control c = { 0 };
	char big[SYSFS_VALUE_MAX];

	(void)state;
	memset(big, 'a', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	control_add(&c, "op", "x");
	control_add(&c, "path", big);
	assert_int_equal(c.error, -E2BIG);
	assert_string_equal(c.text, "op=x");
}

/* ---- options.c ---- */

static int parse(enum operation op, u32 required, struct options *o, int argc,
		 const char **argv)
{
	const struct command cmd = {
		.name = "test", .op = op, .required = required,
	};
	char *words[16] = { (char *)"test" };
	int i;

	for (i = 0; i < argc; i++)
		words[i + 1] = (char *)argv[i];
	return options_parse(&cmd, argc + 1, words, o);
}

#define PARSE(op, required, o, ...)					\
	parse(op, required, o,						\
	      ARRAY_SIZE(((const char *[]){ __VA_ARGS__ })),		\
	      (const char *[]){ __VA_ARGS__ })

static void options_of_the_rfc(void **state)
{
	struct options o;

	(void)state;
	assert_int_equal(PARSE(OP_CACHE_START, 1, &o, "-p", "/dev/pmem0", "-f",
			       "-F"), 0);
	assert_string_equal(o.value[OPT_PATH], "/dev/pmem0");
	assert_true(option_given(&o, OPT_FORMAT));
	assert_true(option_given(&o, OPT_FORCE));

	assert_int_equal(PARSE(OP_CACHE_START, 1, &o, "--path=/dev/pmem1",
			       "--format", "--force"), 0);
	assert_string_equal(o.value[OPT_PATH], "/dev/pmem1");

	assert_int_equal(PARSE(OP_BACKING_START, 1, &o, "-p", "/dev/vdh", "-s",
			       "50G", "-q16", "-x", "-c", "1"), 0);
	assert_true(o.number[OPT_CACHE_SIZE] == 50 * GIB);
	assert_int_equal(o.number[OPT_QUEUES], 16);
	assert_int_equal(o.number[OPT_CACHE], 1);
	assert_true(option_given(&o, OPT_DATA_CRC));

	assert_int_equal(PARSE(OP_BACKING_STOP, 0, &o, "-b", "3"), 0);
	assert_int_equal(o.number[OPT_CACHE], 0);
	assert_int_equal(o.number[OPT_BACKING], 3);
}

static void options_name_devices(void **state)
{
	struct options o;

	(void)state;
	assert_int_equal(PARSE(OP_BACKING_STOP, 0, &o, "-c", "cache_dev7",
			       "-b", "backing_dev9"), 0);
	assert_int_equal(o.number[OPT_CACHE], 7);
	assert_int_equal(o.number[OPT_BACKING], 9);
	assert_null(o.node);
	assert_int_equal(PARSE(OP_BACKING_STOP, 0, &o, "-b", "/dev/pcache4"), 0);
	assert_string_equal(o.node, "pcache4");
	assert_int_equal(PARSE(OP_BACKING_STOP, 0, &o, "-b", "pcache4p1"),
			 STATUS_USAGE);
	assert_int_equal(PARSE(OP_BACKING_STOP, 0, &o, "-b", "/dev/vda"),
			 STATUS_USAGE);
}

static void options_refuse(void **state)
{
	struct options o;

	(void)state;
	assert_int_equal(PARSE(OP_CACHE_START, 1, &o, "-f"), STATUS_USAGE);
	assert_int_equal(PARSE(OP_CACHE_START, 1, &o, "-p"), STATUS_USAGE);
	assert_int_equal(PARSE(OP_CACHE_START, 1, &o, "-p", ""), STATUS_USAGE);
	assert_int_equal(PARSE(OP_CACHE_START, 1, &o, "-p", "a,b"),
			 STATUS_USAGE);
	assert_int_equal(PARSE(OP_CACHE_START, 1, &o, "-p", "a", "-p", "b"),
			 STATUS_USAGE);
	assert_int_equal(PARSE(OP_CACHE_START, 1, &o, "-p", "a", "--format=1"),
			 STATUS_USAGE);
	assert_int_equal(PARSE(OP_CACHE_START, 1, &o, "-p", "a", "-f", "1"),
			 STATUS_USAGE);
	assert_int_equal(PARSE(OP_CACHE_START, 1, &o, "-p", "a", "-F"),
			 STATUS_USAGE);
	assert_int_equal(PARSE(OP_CACHE_START, 1, &o, "-p", "a", "-x"),
			 STATUS_USAGE);
	assert_int_equal(PARSE(OP_BACKING_START, 1, &o, "-p", "a", "-F"),
			 STATUS_USAGE);
	assert_int_equal(PARSE(OP_BACKING_START, 1, &o, "-p", "a", "--force"),
			 STATUS_USAGE);
	assert_int_equal(PARSE(OP_BACKING_START, 1, &o, "-p", "a",
			       "--force=discard"), STATUS_USAGE);
	assert_int_equal(PARSE(OP_CACHE_LIST, 0, &o, "--json", "--table"),
			 STATUS_USAGE);
}

static void options_force_says_what(void **state)
{
	struct options o;

	(void)state;
	assert_int_equal(PARSE(OP_BACKING_START, 1, &o, "-p", "a",
			       "--force=discard-dirty"), 0);
	assert_string_equal(o.value[OPT_FORCE_WHAT], "discard-dirty");
	assert_false(option_given(&o, OPT_FORCE));
}

/* ---- list.c ---- */

static void expect_json(enum attr_kind kind, const char *text,
			const char *json)
{
	json_object *value;

	assert_int_equal(list_value(kind, text, &value), 0);
	assert_string_equal(json_object_to_json_string_ext(value,
							   JSON_C_TO_STRING_NOSLASHESCAPE),
			    json);
	json_object_put(value);
}

static void json_values(void **state)
{
	(void)state;
	expect_json(ATTR_TEXT, "/dev/pmem0", "\"/dev/pmem0\"");
	expect_json(ATTR_TEXT, "", "\"\"");
	expect_json(ATTR_TEXT, "a\"b", "\"a\\\"b\"");
	expect_json(ATTR_NUMBER, "0", "0");
	expect_json(ATTR_NUMBER, "18446744073709551615",
		    "18446744073709551615");
	expect_json(ATTR_OWN_ID, "12", "12");
	expect_json(ATTR_HEX64, "0x65b05efa96c596ef",
		    "\"0x65b05efa96c596ef\"");
	expect_json(ATTR_HEX64, "0x1", "\"0x0000000000000001\"");
	expect_json(ATTR_HEX32, "0x00000001", "\"0x00000001\"");
	expect_json(ATTR_HEX32, "10", "\"0x00000010\"");
	expect_json(ATTR_BOOL, "1", "true");
	expect_json(ATTR_BOOL, "0", "false");
	expect_json(ATTR_NODE, "3", "\"/dev/pcache3\"");
	expect_json(ATTR_NODE, "none", "\"\"");
}

static void json_refuses(void **state)
{
	json_object *value;

	(void)state;
	assert_int_equal(list_value(ATTR_NUMBER, "", &value), -EPROTO);
	assert_int_equal(list_value(ATTR_NUMBER, "1 2", &value), -EPROTO);
	assert_int_equal(list_value(ATTR_NUMBER, "-1", &value), -EPROTO);
	assert_int_equal(list_value(ATTR_HEX64, "", &value), -EPROTO);
	assert_int_equal(list_value(ATTR_HEX64, "0x1g", &value), -EPROTO);
	assert_int_equal(list_value(ATTR_BOOL, "2", &value), -EPROTO);
	assert_int_equal(list_value(ATTR_NODE, "", &value), -EPROTO);
	assert_int_equal(list_value(ATTR_NODE, "pcache0", &value), -EPROTO);
	assert_null(value);
}

/* ---- identity.c ---- */

static void identity_cleans(void **state)
{
	char buf[128];

	(void)state;
	identity_fold("  t10.ATA     Disk\tX  ", buf, sizeof(buf));
	assert_string_equal(buf, "t10.ATA_Disk_X");
	identity_fold("a,b\x01\xff", buf, sizeof(buf));
	assert_string_equal(buf, "a_b__");
	identity_fold("   ", buf, sizeof(buf));
	assert_string_equal(buf, "");
}

/* Two long names with one start must stay two names. */
static void identity_folds_long(void **state)
{
	char one[256], two[256], a[128], b[128];

	(void)state;
	memset(one, 'n', 200);
	memcpy(one + 200, "1", 2);
	memset(two, 'n', 200);
	memcpy(two + 200, "2", 2);
	identity_fold(one, a, sizeof(a));
	identity_fold(two, b, sizeof(b));
	assert_int_equal(strlen(a), 127);
	assert_int_equal(strlen(b), 127);
	assert_memory_equal(a, one, 100);
	assert_string_not_equal(a, b);
	identity_fold(one, b, sizeof(b));
	assert_string_equal(a, b);

	one[127] = '\0';
	identity_fold(one, a, sizeof(a));
	assert_string_equal(a, one);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(size_accepts),
		cmocka_unit_test(size_refuses),
		cmocka_unit_test(size_formats),
		cmocka_unit_test(numbers),
		cmocka_unit_test(control_strings),
		cmocka_unit_test(control_refuses),
		cmocka_unit_test(control_overflow),
		cmocka_unit_test(options_of_the_rfc),
		cmocka_unit_test(options_name_devices),
		cmocka_unit_test(options_refuse),
		cmocka_unit_test(options_force_says_what),
		cmocka_unit_test(json_values),
		cmocka_unit_test(json_refuses),
		cmocka_unit_test(identity_cleans),
		cmocka_unit_test(identity_folds_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
