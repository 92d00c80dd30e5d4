/* SPDX-License-Identifier: GPL-2.0 */
/* UUIDs. */
#ifndef SHIM_LINUX_UUID_H
#define SHIM_LINUX_UUID_H

#include <linux/string.h>
#include <linux/types.h>

#define UUID_SIZE	16
#define UUID_STRING_LEN	36

typedef struct {
	u8 b[UUID_SIZE];
} uuid_t;

typedef struct {
	u8 b[UUID_SIZE];
} guid_t;

extern const uuid_t uuid_null;

void generate_random_uuid(unsigned char uuid[16]);
int uuid_parse(const char *text, uuid_t *uuid);
bool uuid_is_valid(const char *text);

static inline void uuid_gen(uuid_t *uuid)
{
	generate_random_uuid(uuid->b);
}

static inline bool uuid_equal(const uuid_t *a, const uuid_t *b)
{
	return !memcmp(a, b, sizeof(*a));
}

static inline void uuid_copy(uuid_t *dst, const uuid_t *src)
{
	*dst = *src;
}

static inline bool uuid_is_null(const uuid_t *uuid)
{
	return uuid_equal(uuid, &uuid_null);
}

static inline void import_uuid(uuid_t *dst, const u8 *src)
{
	memcpy(dst, src, sizeof(*dst));
}

static inline void export_uuid(u8 *dst, const uuid_t *src)
{
	memcpy(dst, src, sizeof(*src));
}

#endif /* SHIM_LINUX_UUID_H */
