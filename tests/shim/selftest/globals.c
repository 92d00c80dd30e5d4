// SPDX-License-Identifier: GPL-2.0
/* Global variables, built as those of the driver are: one set per world. */
#include "globals.h"

static int in_data = 1000;
static int in_bss;

int shim_global_next(void)
{
	return in_data + ++in_bss;
}
