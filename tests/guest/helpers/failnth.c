// SPDX-License-Identifier: GPL-2.0
/*
 * Does one thing while one allocation of it fails; for kernels with fault
 * injection:
 *
 *	failnth N write FILE TEXT	one write() to a control file
 *	failnth N load FILE		load a module
 *
 * The N-th allocation that may fail, as the filters of failslab and
 * fail_page_alloc have it, does.  Prints the error (a number, 0 if there was
 * none) and how many allocations were still to go: 0 means that one has failed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "util.h"

static int control;

static int open_or_die(const char *path, int flags)
{
	int fd = open(path, flags);

	if (fd < 0)
		die("open %s", path);
	return fd;
}

static void arm(const char *nth)
{
	if (pwrite(control, nth, strlen(nth), 0) < 0)
		die("fail-nth");
}

static u64 disarm(void)
{
	char text[32] = "";

	if (pread(control, text, sizeof(text) - 1, 0) < 0)
		die("fail-nth");
	arm("0");
	return strtoull(text, NULL, 10);
}

static int run(const char *nth, const char *path, const char *text, u64 *left)
{
	int fd = open_or_die(path, text ? O_WRONLY : O_RDONLY), err = 0;
	struct stat st;
	void *image = NULL;

	if (!text) {
		if (fstat(fd, &st))
			die("stat %s", path);
		image = zeroed(st.st_size);
		if (!read_fully(fd, image, st.st_size))
			die("read %s", path);
	}
	arm(nth);
	if (text ? write(fd, text, strlen(text)) < 0 :
		   syscall(SYS_init_module, image, st.st_size, "") < 0)
		err = errno;
	*left = disarm();
	free(image);
	close(fd);
	return err;
}

int main(int argc, char **argv)
{
	bool load = argc == 4 && !strcmp(argv[2], "load");
	u64 left;
	int err;

	if (!load && (argc != 5 || strcmp(argv[2], "write")))
		die("usage: failnth N write FILE TEXT, or failnth N load FILE");
	control = open_or_die("/proc/thread-self/fail-nth", O_RDWR);
	err = run(argv[1], argv[3], load ? NULL : argv[4], &left);
	printf("%d %llu\n", err, (unsigned long long)left);
	return 0;
}
