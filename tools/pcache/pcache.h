/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of the pcache tool show each other, one section per file,
 * lowest layer first; calls go down this list only.
 *
 * Functions that can fail return 0 or a negative errno, unless they say that
 * they return an exit status.  A function that reports a failure to the user
 * says so; all others leave the words to their caller.
 */
#ifndef PCACHE_TOOL_H
#define PCACHE_TOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/types.h>

#include <json-c/json.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define __printf(a, b)	\
	__attribute__((format(printf,	\
	a, b)))

/* Those of the kernel: u64 is always what %llu prints. */
typedef __u32 u32;
typedef __u64 u64;

/* Exit statuses; pcache(8) documents them. */
enum exit_status {
	STATUS_OK	= 0,
	STATUS_FAILED	= 1,
	STATUS_USAGE	= 2,
	STATUS_MISSING	= 3,	/* the device that was named is not there */
	STATUS_BUSY	= 4,	/* it is in use */
	STATUS_LOSS	= 5,	/* going on would lose data */
};

/* ---- size.c: numbers and sizes as people write them ------------------- */

int size_parse(const char *text, u64 *bytes);
const char *size_format(u64 bytes, char *buf, size_t len);
int number_parse(const char *text, u64 min, u64 max,
		 u64 *value);

/* ---- sysfs.c: attributes below the sysfs root ------------------------- */

#define SYSFS_VALUE_MAX	4096

int sysfs_path(char *buf, size_t len, const char *rel);
bool sysfs_exists(const char *rel);
int sysfs_read(const char *rel, char *buf, size_t len);
int sysfs_read_attr(const char *dir, const char *attr, char *buf, size_t len);
int sysfs_write(const char *rel, const char *value);
int sysfs_list_ids(const char *rel, const char *prefix,
		   unsigned int **ids, size_t *count);
bool sysfs_is_fake(void);

/* ---- control.c: the key=value strings that the control files take ----- */

/**
 * struct control - a control string that is being put together
 * @text: "key=value,key=value"
 * @len: its length
 * @error: the first thing that went wrong; nothing is added after it
 */
struct control {
	char text[SYSFS_VALUE_MAX];
	size_t len;
	int error;
};

bool control_value_ok(const char *value);
void control_add(struct control *c, const char *key, const char *value);
void control_addf(struct control *c, const char *key,
		  const char *fmt, ...) __printf(3, 4);

/* ---- report.c: everything that is said on stderr ---------------------- */

enum operation {
	OP_CACHE_START	= 1 << 0,
	OP_CACHE_STOP	= 1 << 1,
	OP_CACHE_LIST	= 1 << 2,
	OP_BACKING_START = 1 << 3,
	OP_BACKING_STOP	= 1 << 4,
	OP_BACKING_LIST	= 1 << 5,
	OP_PROBE	= 1 << 6,
	OP_BACKING_GIVE_UP = 1 << 7,
	OP_ALL		= (1 << 8) - 1,
};

/**
 * struct subject - what an operation was about, for the words of its failure
 * @op: the operation
 * @path: the device that was named, or NULL
 * @control: what was written, or NULL
 * @cache_id: the cache device
 * @backing_id: the backing device
 */
struct subject {
	enum operation op;
	const char *path;
	const char *control;
	unsigned int cache_id;
	unsigned int backing_id;
};

void report_command(const char *name);
void report(const char *fmt, ...) __printf(1, 2);
int report_usage(const char *fmt, ...) __printf(1, 2);
int report_errno(const struct subject *s, int error);

/* ---- options.c: the command line -------------------------------------- */

enum option_id {
	OPT_PATH,
	OPT_FORMAT,
	OPT_FORCE,
	OPT_LABEL,
	OPT_SEGMENT_SIZE,
	OPT_CACHE,
	OPT_BACKING,
	OPT_CACHE_SIZE,
	OPT_QUEUES,
	OPT_QUEUE_MODE,
	OPT_DATA_CRC,
	OPT_WRITEBACK_ORDER,
	OPT_FORCE_WHAT,
	OPT_KNOWN,
	OPT_MODE,
	OPT_PROGRESS,
	OPT_SECTOR,
	OPT_SECTORS,
	OPT_JSON,
	OPT_TABLE,
	OPT_UDEV,
	OPT_VERBOSE,
	OPT_HELP,
	OPT_VERSION,
	NR_OPTIONS,
};

/**
 * struct options - a parsed command line
 * @given: bit per enum option_id
 * @value: what text options were given, by enum option_id
 * @number: the same for sizes and numbers
 * @node: OPT_BACKING was given as a logic device: its name, else NULL
 */
struct options {
	u32 given;
	const char *value[NR_OPTIONS];
	u64 number[NR_OPTIONS];
	const char *node;
};

/**
 * struct command - one row of the command table
 * @name: the first word of the command line
 * @op: its bit in the option table
 * @summary: one line for --help
 * @required: mask of the options that it can't do without
 * @run: does it; returns an exit status
 */
struct command {
	const char *name;
	enum operation op;
	const char *summary;
	u32 required;
	int (*run)(const struct options *o);
};

int options_parse(const struct command *cmd, int argc, char **argv,
		  struct options *o);
void options_help(const struct command *cmd);

static inline bool option_given(const struct options *o, enum option_id id)
{
	return o->given & (1U << id);
}

/* ---- device.c: which node, which sysfs directory, which disk ---------- */

#define DEVICE_NAME_MAX	64
#define DEVICE_PATH_MAX	4096

int device_resolve(const char *path, char *buf, size_t len);
bool device_same(const char *a, const char *b);
void device_cache_dir(char *buf, unsigned int cache_id);
void device_backing_dir(char *buf, unsigned int cache_id,
			unsigned int backing_id);
void device_node(const char *name, char *buf, size_t len);
int device_find_cache(const char *path, unsigned int *cache_id);
int device_find_backing(unsigned int cache_id, const char *path,
			unsigned int *backing_id);
int device_find_logic(const char *name, unsigned int *cache_id,
		      unsigned int *backing_id);
int device_wait_node(unsigned int cache_id, unsigned int backing_id,
		     char *buf, size_t len);

/* ---- identity.c: a name for a disk that stays the same ---------------- */

int identity_of(const char *path, char *buf, size_t len);
void identity_fold(const char *text, char *buf, size_t len);

/* ---- signature.c: what a device holds --------------------------------- */

bool signature_of(const char *path, char *buf, size_t len);

/* ---- list.c: rows of attributes as JSON or as a table ----------------- */

enum attr_kind {
	ATTR_TEXT,
	ATTR_NUMBER,
	ATTR_HEX32,	/* "0x%08x" */
	ATTR_HEX64,	/* "0x%016x" */
	ATTR_BOOL,	/* 0 or 1 */
	ATTR_NODE,	/* number of a logic device, or "none" */
	ATTR_OWN_ID,	/* number in the directory's name; no file */
};

/**
 * struct attr - one key of a row
 * @key: its name in the JSON object
 * @file: the attribute that it comes from
 * @kind: what the attribute looks like
 * @optional: a driver that doesn't have it is no error; the key is left out
 */
struct attr {
	const char *key;
	const char *file;
	enum attr_kind kind;
	bool optional;
};

/**
 * struct column - one column of the table
 * @title: its heading
 * @key: the key of the row that it shows
 * @right: numbers go to the right
 * @bytes: show as a size
 */
struct column {
	const char *title;
	const char *key;
	bool right;
	bool bytes;
};

struct list_layout {
	const struct attr *attrs;
	size_t nr_attrs;
	const struct column *columns;
	size_t nr_columns;
};

int list_value(enum attr_kind kind, const char *text, json_object **value);
int list_read(const char *dir, const char *prefix,
	      const struct list_layout *layout, json_object **rows);
int list_print(json_object *rows, const struct list_layout *layout,
	       bool table);	/* exit status; puts the rows */

/* ---- drain.c: a write that takes long, watched ------------------------ */

int drain_write(const char *rel, const char *value, const char *dirty_attr,
		bool progress);

/* ---- known.c: backings that wait for their disk; exit statuses -------- */

int known_attach(unsigned int cache_id, bool verbose);
int known_attach_disk(const struct options *o);
int known_attach_all(const struct options *o);

/* ---- module.c: the driver itself -------------------------------------- */

int module_load(void);

/* ---- probe.c: superblocks -------------------------------------------- */

struct pcache_super_ondisk;

bool super_valid(const struct pcache_super_ondisk *super, u64 location);

/* ---- cache.c, backing.c, probe.c: the commands; exit statuses --------- */

int cache_start(const struct options *o);
int cache_stop(const struct options *o);
int cache_list(const struct options *o);

int backing_start(const struct options *o);
int backing_stop(const struct options *o);
int backing_give_up(const struct options *o);
int backing_list(const struct options *o);

int probe(const struct options *o);

#endif /* PCACHE_TOOL_H */
