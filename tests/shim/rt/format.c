// SPDX-License-Identifier: GPL-2.0
/*
 * Formatted text: the C library's conversions, and the kernel's %pe, %pU, %pg,
 * %pV, %ph, %pS and %*pb.  Other pointers are printed as they are.
 */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/blkdev.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/uuid.h>

#undef snprintf
#undef sprintf
#undef vsnprintf
int snprintf(char *buf, size_t size, const char *fmt, ...);

/* Text goes to @buf as far as it fits; @len is what it would be. */
struct out {
	char *buf;
	size_t size;
	size_t len;
};

struct spec {
	char text[32];		/* from % up to the conversion, '*' resolved */
	int width;
	int longs;		/* number of l, L or ll; 2 also for z, t, j */
	int shorts;
	char conv;
};

static void put(struct out *o, const char *text, size_t len)
{
	size_t room = o->size > o->len ? o->size - o->len : 0;

	if (room > 1)
		memcpy(o->buf + o->len, text, min(len, room - 1));
	o->len += len;
}

static void put_padded(struct out *o, const struct spec *s, const char *text)
{
	char buf[300];

	snprintf(buf, sizeof(buf), s->width < 0 ? "%-*s" : "%*s",
		 abs(s->width), text);
	put(o, buf, strlen(buf));
}

static void put_number(struct out *o, struct spec *s, long long v)
{
	char buf[128];

	/* The value was widened; say so. */
	strcat(s->text, "ll");
	strncat(s->text, &s->conv, 1);
	snprintf(buf, sizeof(buf), s->text, v);
	put(o, buf, strlen(buf));
}

/* Everything up to the conversion; leaves the length modifiers out. */
static const char *parse_spec(const char *p, struct spec *s, va_list *args)
{
	size_t n = 0;

	memset(s, 0, sizeof(*s));
	s->text[n++] = '%';
	for (; *p && strchr("-+ #0", *p) && n < 8; p++)
		s->text[n++] = *p;
	if (*p == '*') {
		s->width = va_arg(*args, int);
		n += snprintf(s->text + n, 12, "%d", s->width);
		p++;
	} else {
		s->width = strtol(p, NULL, 10);
		if (s->text[1] == '-')
			s->width = -s->width;
		for (; isdigit(*p) && n < 20; p++)
			s->text[n++] = *p;
	}
	if (*p == '.') {
		s->text[n++] = *p++;
		if (*p == '*') {
			n += snprintf(s->text + n, 12, "%d", va_arg(*args, int));
			p++;
		}
		for (; isdigit(*p) && n < 28; p++)
			s->text[n++] = *p;
	}
	for (; *p && strchr("hlLqjzt", *p); p++) {
		s->shorts += *p == 'h';
		s->longs += *p == 'l' ? 1 : *p != 'h' ? 2 : 0;
	}
	s->conv = *p;
	return *p ? p + 1 : p;
}

static long long get_signed(const struct spec *s, va_list *args)
{
	int v;

	if (s->longs)
		return va_arg(*args, long long);
	v = va_arg(*args, int);
	return s->shorts == 1 ? (short)v : s->shorts ? (signed char)v : v;
}

static long long get_unsigned(const struct spec *s, va_list *args)
{
	unsigned int v;

	if (s->longs)
		return va_arg(*args, unsigned long long);
	v = va_arg(*args, unsigned int);
	return s->shorts == 1 ? (unsigned short)v :
	       s->shorts ? (unsigned char)v : v;
}

/* ---- pointers ---- */

static void put_error(struct out *o, const struct spec *s, const void *ptr)
{
	const char *name = NULL;
	char buf[32];

	if (IS_ERR(ptr))
		name = strerrorname_np(-PTR_ERR(ptr));
	if (!ptr)
		snprintf(buf, sizeof(buf), "0");
	else if (name)
		snprintf(buf, sizeof(buf), "-%s", name);
	else
		snprintf(buf, sizeof(buf), "%ld", (long)ptr);
	put_padded(o, s, buf);
}

static void put_uuid(struct out *o, const u8 *b, bool upper)
{
	char buf[UUID_STRING_LEN + 1];
	int i, n = 0;

	for (i = 0; i < UUID_SIZE; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			buf[n++] = '-';
		n += snprintf(buf + n, 3, upper ? "%02X" : "%02x", b[i]);
	}
	put(o, buf, n);
}

static void put_hex(struct out *o, const struct spec *s, const u8 *b, char sep)
{
	char buf[4];
	int i;

	for (i = 0; i < max(s->width, 1); i++) {
		if (i && sep)
			put(o, &sep, 1);
		snprintf(buf, sizeof(buf), "%02x", b[i]);
		put(o, buf, 2);
	}
}

static void put_bitmap(struct out *o, const struct spec *s,
		       const unsigned long *map, bool list)
{
	const char *sep = "";
	char buf[32];
	int i, end;

	for (i = 0; list && i < s->width; i = end + 1) {
		end = i;
		if (!test_bit(i, map))
			continue;
		while (end + 1 < s->width && test_bit(end + 1, map))
			end++;
		snprintf(buf, sizeof(buf), end > i ? "%s%d-%d" : "%s%d", sep, i,
			 end);
		put(o, buf, strlen(buf));
		sep = ",";
	}
	for (i = list ? -1 : (s->width - 1) / 4; i >= 0; i--) {
		snprintf(buf, sizeof(buf), "%x",
			 (unsigned int)(map[i / 16] >> i % 16 * 4 & 15));
		put(o, buf, 1);
	}
}

static void put_va_format(struct out *o, const struct va_format *vaf)
{
	char buf[512];
	va_list args;

	va_copy(args, *vaf->va);
	shim_vsnprintf(buf, sizeof(buf), vaf->fmt, args);
	va_end(args);
	put(o, buf, strlen(buf));
}

static void put_bdev(struct out *o, const struct block_device *bdev)
{
	char buf[48];

	if (bdev->bd_partno)
		snprintf(buf, sizeof(buf), "%sp%u", bdev->bd_disk->disk_name,
			 bdev->bd_partno);
	else
		snprintf(buf, sizeof(buf), "%s", bdev->bd_disk->disk_name);
	put(o, buf, strlen(buf));
}

static const char *put_pointer(struct out *o, const struct spec *s,
			       const char *p, const void *ptr)
{
	char buf[32];

	switch (*p) {
	case 'e':
		put_error(o, s, ptr);
		return p + 1;
	case 'U':
		put_uuid(o, ptr, p[1] == 'B' || p[1] == 'L');
		return p + (p[1] && strchr("bBlL", p[1]) ? 2 : 1);
	case 'h':
		put_hex(o, s, ptr, p[1] == 'C' ? ':' : p[1] == 'D' ? '-' :
				   p[1] == 'N' ? 0 : ' ');
		return p + (p[1] && strchr("CDN", p[1]) ? 2 : 1);
	case 'b':
		put_bitmap(o, s, ptr, p[1] == 'l');
		return p + (p[1] == 'l' ? 2 : 1);
	case 'g':
		put_bdev(o, ptr);
		return p + 1;
	case 'V':
		put_va_format(o, ptr);
		return p + 1;
	case 'S': case 's': case 'B': case 'x': case 'K':
		p++;
		break;
	}
	snprintf(buf, sizeof(buf), "%p", ptr);
	put_padded(o, s, buf);
	return p;
}

static const char *put_conversion(struct out *o, const char *p, va_list *args)
{
	char buf[512];
	struct spec s;

	p = parse_spec(p, &s, args);
	switch (s.conv) {
	case 'd': case 'i':
		put_number(o, &s, get_signed(&s, args));
		break;
	case 'u': case 'x': case 'X': case 'o':
		put_number(o, &s, get_unsigned(&s, args));
		break;
	case 'c':
		buf[0] = va_arg(*args, int);
		put(o, buf, 1);
		break;
	case 's': {
		const char *text = va_arg(*args, const char *) ?: "(null)";

		strcat(s.text, "s");
		snprintf(buf, sizeof(buf), s.text, text);
		if (strlen(buf) == sizeof(buf) - 1 && !strchr(s.text, '.'))
			put(o, text, strlen(text));
		else
			put(o, buf, strlen(buf));
		break;
	}
	case 'p':
		p = put_pointer(o, &s, p, va_arg(*args, const void *));
		break;
	default:
		put(o, &s.conv, s.conv ? 1 : 0);
	}
	return p;
}

int shim_vsnprintf(char *buf, size_t size, const char *fmt, va_list args)
{
	struct out o = { .buf = buf, .size = size };
	va_list copy;
	size_t n;

	va_copy(copy, args);
	while (*fmt) {
		n = strcspn(fmt, "%");
		put(&o, fmt, n);
		fmt += n;
		if (*fmt)
			fmt = put_conversion(&o, fmt + 1, &copy);
	}
	va_end(copy);
	if (size)
		buf[min(o.len, size - 1)] = 0;
	return o.len;
}

int shim_snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = shim_vsnprintf(buf, size, fmt, args);
	va_end(args);
	return n;
}

int shim_sprintf(char *buf, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = shim_vsnprintf(buf, INT_MAX, fmt, args);
	va_end(args);
	return n;
}

int vscnprintf(char *buf, size_t size, const char *fmt, va_list args)
{
	int n = shim_vsnprintf(buf, size, fmt, args);

	return size ? min_t(int, n, size - 1) : 0;
}

int scnprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vscnprintf(buf, size, fmt, args);
	va_end(args);
	return n;
}

char *kvasprintf(gfp_t gfp, const char *fmt, va_list args)
{
	int n = shim_vsnprintf(NULL, 0, fmt, args);
	char *buf = kmalloc(n + 1, gfp);

	if (buf)
		shim_vsnprintf(buf, n + 1, fmt, args);
	return buf;
}

char *kasprintf(gfp_t gfp, const char *fmt, ...)
{
	va_list args;
	char *buf;

	va_start(args, fmt);
	buf = kvasprintf(gfp, fmt, args);
	va_end(args);
	return buf;
}

int sysfs_emit(char *buf, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vscnprintf(buf, PAGE_SIZE, fmt, args);
	va_end(args);
	return n;
}

int sysfs_emit_at(char *buf, int at, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vscnprintf(buf + at, PAGE_SIZE - at, fmt, args);
	va_end(args);
	return n;
}
