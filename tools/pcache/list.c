// SPDX-License-Identifier: GPL-2.0
/*
 * Rows of attributes, as JSON or as a table.
 *
 * Owns how an attribute becomes a JSON value.  Keys keep their order and their
 * types for ever: scripts read them.  The table is made from the same rows and
 * is for people; it may change.  Knows nothing of which keys there are.
 */
#include <errno.h>
#include <libsmartcols.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pcache.h"

static int hex_value(const char *text, int digits, json_object **value)
{
	char buf[32], *end;
	u64 number;

	errno = 0;
	number = strtoull(text, &end, 16);
	if (errno || end == text || *end)
		return -EPROTO;
	snprintf(buf, sizeof(buf), "0x%0*llx", digits, number);
	*value = json_object_new_string(buf);
	return 0;
}

static int number_value(const char *text, json_object **value)
{
	u64 number;

	if (number_parse(text, 0, UINT64_MAX, &number))
		return -EPROTO;
	*value = json_object_new_uint64(number);
	return 0;
}

static int bool_value(const char *text, json_object **value)
{
	u64 number;

	if (number_parse(text, 0, 1, &number))
		return -EPROTO;
	*value = json_object_new_boolean(number);
	return 0;
}

/* A backing that waits for its disk has no logic device: an empty string. */
static int node_value(const char *text, json_object **value)
{
	char buf[DEVICE_NAME_MAX] = "";
	u64 number;

	if (!number_parse(text, 0, UINT32_MAX, &number))
		snprintf(buf, sizeof(buf), "/dev/pcache%llu", number);
	else if (strcmp(text, "none"))
		return -EPROTO;
	*value = json_object_new_string(buf);
	return 0;
}

/**
 * list_value() - make a JSON value of what an attribute holds
 * @kind: what it should look like
 * @text: what it holds
 * @value: result
 *
 * Return: 0, -EPROTO if it looks otherwise, -ENOMEM.
 */
int list_value(enum attr_kind kind, const char *text, json_object **value)
{
	int ret = 0;

	*value = NULL;
	switch (kind) {
	case ATTR_TEXT:
		*value = json_object_new_string(text);
		break;
	case ATTR_NUMBER:
	case ATTR_OWN_ID:
		ret = number_value(text, value);
		break;
	case ATTR_HEX32:
		ret = hex_value(text, 8, value);
		break;
	case ATTR_HEX64:
		ret = hex_value(text, 16, value);
		break;
	case ATTR_BOOL:
		ret = bool_value(text, value);
		break;
	case ATTR_NODE:
		ret = node_value(text, value);
		break;
	}
	if (!ret && !*value)
		ret = -ENOMEM;
	return ret;
}

static int attr_read(const char *dir, unsigned int id,
		     const struct attr *attr, json_object **value)
{
	char text[SYSFS_VALUE_MAX];
	int ret;

	if (attr->kind == ATTR_OWN_ID) {
		snprintf(text, sizeof(text), "%u", id);
	} else {
		ret = sysfs_read_attr(dir, attr->file, text, sizeof(text));
		if (ret)
			return ret;
	}
	return list_value(attr->kind, text, value);
}

static void attr_report(const char *dir, const struct attr *attr, int error)
{
	if (error == -EPROTO)
		report("%s/%s: not what this tool expects; is it older than the driver?",
		       dir, attr->file);
	else
		report("%s/%s: %s%s", dir, attr->file, strerror(-error),
		       error == -EACCES ? " (this needs root)" : "");
}

/*
 * Reads one row; what fails has been reported and is -EIO.  *row stays NULL,
 * without an error, if the device goes away meanwhile: a list is of what is
 * there.
 */
static int row_read(const char *dir, unsigned int id,
		    const struct list_layout *layout, json_object **row)
{
	json_object *object = json_object_new_object();
	json_object *value;
	size_t i;
	int ret = object ? 0 : -ENOMEM;

	*row = NULL;
	for (i = 0; i < layout->nr_attrs && !ret; i++) {
		const struct attr *attr = &layout->attrs[i];

		ret = attr_read(dir, id, attr, &value);
		if (!ret)
			json_object_object_add(object, attr->key, value);
		else if (ret == -ENOENT && attr->optional)
			ret = 0;
		else if (sysfs_exists(dir))
			attr_report(dir, attr, ret);
	}
	if (ret || !sysfs_exists(dir)) {
		json_object_put(object);
		return sysfs_exists(dir) ? -EIO : 0;
	}
	*row = object;
	return 0;
}

static int rows_read(const char *dir, const char *prefix,
		     const struct list_layout *layout, json_object *rows,
		     const unsigned int *ids, size_t count)
{
	char sub[DEVICE_NAME_MAX];
	json_object *row;
	size_t i;
	int ret;

	for (i = 0; i < count; i++) {
		snprintf(sub, sizeof(sub), "%s/%s%u", dir, prefix, ids[i]);
		ret = row_read(sub, ids[i], layout, &row);
		if (ret)
			return ret;
		if (row)
			json_object_array_add(rows, row);
	}
	return 0;
}

/**
 * list_read() - read the attributes of all entries "prefixN" of a directory
 * @dir: the directory
 * @prefix: what comes before the number
 * @layout: which attributes
 * @rows: result: an array of objects; the caller puts it
 *
 * Return: 0; -ENOENT if there is no such directory, and no word about it; else
 * a negative errno, and the failure has been reported.
 */
int list_read(const char *dir, const char *prefix,
	      const struct list_layout *layout, json_object **rows)
{
	unsigned int *ids;
	size_t count;
	int ret;

	ret = sysfs_list_ids(dir, prefix, &ids, &count);
	if (ret == -ENOENT)
		return ret;
	if (ret) {
		report("%s: %s", dir, strerror(-ret));
		return ret;
	}
	*rows = json_object_new_array();
	ret = *rows ? rows_read(dir, prefix, layout, *rows, ids, count) :
		      -ENOMEM;
	free(ids);
	if (ret) {
		json_object_put(*rows);
		*rows = NULL;
	}
	return ret;
}

static int json_print(json_object *rows)
{
	const char *text;

	if (!json_object_array_length(rows)) {
		puts("[]");
		return 0;
	}
	text = json_object_to_json_string_ext(rows, JSON_C_TO_STRING_PRETTY |
					      JSON_C_TO_STRING_SPACED |
					      JSON_C_TO_STRING_NOSLASHESCAPE);
	if (!text)
		return -ENOMEM;
	puts(text);
	return 0;
}

static int cell_print(struct libscols_line *line, size_t nr,
		      const struct column *column, json_object *row)
{
	char buf[DEVICE_NAME_MAX];
	json_object *value;
	const char *text;

	if (!json_object_object_get_ex(row, column->key, &value))
		return 0;
	if (column->bytes)
		text = size_format(json_object_get_uint64(value), buf,
				   sizeof(buf));
	else
		text = json_object_get_string(value);
	return scols_line_set_data(line, nr, text);
}

static int table_columns(struct libscols_table *table,
			 const struct list_layout *layout)
{
	size_t i;

	for (i = 0; i < layout->nr_columns; i++) {
		const struct column *column = &layout->columns[i];

		if (!scols_table_new_column(table, column->title, 0,
					    column->right ? SCOLS_FL_RIGHT : 0))
			return -ENOMEM;
	}
	return 0;
}

static int table_rows(struct libscols_table *table, json_object *rows,
		      const struct list_layout *layout)
{
	size_t i, k;
	int ret = 0;

	for (i = 0; i < json_object_array_length(rows) && !ret; i++) {
		json_object *row = json_object_array_get_idx(rows, i);
		struct libscols_line *line = scols_table_new_line(table, NULL);

		if (!line)
			return -ENOMEM;
		for (k = 0; k < layout->nr_columns && !ret; k++)
			ret = cell_print(line, k, &layout->columns[k], row);
	}
	return ret;
}

static int table_print(json_object *rows, const struct list_layout *layout)
{
	struct libscols_table *table;
	int ret;

	scols_init_debug(0);
	table = scols_new_table();
	if (!table)
		return -ENOMEM;
	ret = table_columns(table, layout);
	if (!ret)
		ret = table_rows(table, rows, layout);
	if (!ret)
		ret = scols_print_table(table);
	scols_unref_table(table);
	return ret;
}

/**
 * list_print() - print rows and let go of them
 * @rows: what list_read() gave; NULL: none
 * @layout: the columns of the table
 * @table: for people
 *
 * Return: exit status.
 */
int list_print(json_object *rows, const struct list_layout *layout, bool table)
{
	int ret;

	if (!rows)
		rows = json_object_new_array();
	if (!rows)
		ret = -ENOMEM;
	else
		ret = table ? table_print(rows, layout) : json_print(rows);
	json_object_put(rows);
	if (!ret)
		return STATUS_OK;
	report("the list can't be printed: %s", strerror(-ret));
	return STATUS_FAILED;
}
