// SPDX-License-Identifier: GPL-2.0
/* Global variables, built as those of the driver are: one set per world. */
int shim_global_data = 1000;
int shim_global_bss;

int shim_global_next(void);

int shim_global_next(void)
{
	return shim_global_data + ++shim_global_bss;
}
