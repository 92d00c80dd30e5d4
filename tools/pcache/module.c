// SPDX-License-Identifier: GPL-2.0
/*
 * The driver itself: is it there, and if not, get it.
 *
 * Leaves the how to modprobe, which knows dependencies, options and aliases.
 * No shell is involved.
 */
#include <errno.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pcache.h"

static int modprobe_spawn(pid_t *pid)
{
	char name[] = "modprobe", module[] = "pcache";
	char *const argv[] = { name, module, NULL };
	int ret = posix_spawnp(pid, name, NULL, NULL, argv, environ);

	/* A root shell made with su may lack the directory in its PATH. */
	if (ret == ENOENT)
		ret = posix_spawn(pid, "/sbin/modprobe", NULL, NULL, argv,
				  environ);
	return -ret;
}

/**
 * module_load() - see to it that the driver is there
 *
 * Return: 0; -ENOPKG if modprobe failed (it has said why), else a negative
 * errno.
 */
int module_load(void)
{
	int status, ret;
	pid_t pid;

	if (sysfs_exists("bus/pcache"))
		return 0;
	ret = modprobe_spawn(&pid);
	if (ret)
		return ret;
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return -errno;
	}
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		return -ENOPKG;
	return sysfs_exists("bus/pcache") ? 0 : -ENOPKG;
}
