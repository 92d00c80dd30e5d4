/* SPDX-License-Identifier: GPL-2.0 */
/* Classes of ASCII characters. */
#ifndef SHIM_LINUX_CTYPE_H
#define SHIM_LINUX_CTYPE_H

#include <linux/types.h>

int isalpha(int c);
int isalnum(int c);
int isdigit(int c);
int isxdigit(int c);
int isspace(int c);
int isprint(int c);
int isgraph(int c);
int ispunct(int c);
int isupper(int c);
int islower(int c);
int iscntrl(int c);
int toupper(int c);
int tolower(int c);

#endif /* SHIM_LINUX_CTYPE_H */
