// SPDX-License-Identifier: GPL-2.0
/*
 * A stand-in for the driver, preloaded into the tool.
 *
 * Catches each write() to a control file below bus/pcache and runs the
 * program FAKE_DRIVER with the file's path and the text that was written.  Its
 * exit status is the driver's answer: 0, or an errno.  While it runs, the
 * write blocks, as the real one does; a signal that interrupts the wait kills
 * the program and gives EINTR.  The tool knows nothing of it.
 */
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATH_LEN	4096
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

typedef ssize_t (*write_fn)(int fd, const void *buf, size_t len);

static bool control_file(int fd, char *path)
{
	static const char * const names[] = {
		"/cache_dev_register", "/cache_dev_unregister", "/adm",
	};
	const char *base;
	char link[64];
	ssize_t n;
	size_t i;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, PATH_LEN - 1);
	if (n < 0)
		return false;
	path[n] = '\0';
	base = strrchr(path, '/');
	if (!base || !strstr(path, "/bus/pcache/"))
		return false;
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		if (!strcmp(base, names[i]))
			return true;
	}
	return false;
}

/* The program is a group of its own: killed with all that it started. */
static int spawn(pid_t *pid, char *program, char *path, char *text)
{
	char *const argv[] = { program, path, text, NULL };
	posix_spawnattr_t attr;
	sigset_t none;
	int ret;

	sigemptyset(&none);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETPGROUP |
				 POSIX_SPAWN_SETSIGMASK);
	posix_spawnattr_setsigmask(&attr, &none);
	ret = posix_spawn(pid, program, NULL, &attr, argv, environ);
	posix_spawnattr_destroy(&attr);
	return ret;
}

static int answer(char *program, char *path, char *text)
{
	int status, ret;
	pid_t pid;

	ret = spawn(&pid, program, path, text);
	if (ret)
		return ret;
	if (waitpid(pid, &status, 0) == pid)
		return WIFEXITED(status) ? WEXITSTATUS(status) : EFAULT;
	ret = errno;
	kill(-pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return ret;
}

ssize_t write(int fd, const void *buf, size_t len);

ssize_t write(int fd, const void *buf, size_t len)
{
	char *program = getenv("FAKE_DRIVER");
	char path[PATH_LEN], *text;
	write_fn real;
	int ret;

	if (!program || !control_file(fd, path)) {
		real = (write_fn)dlsym(RTLD_NEXT, "write");
		return real(fd, buf, len);
	}
	text = strndup(buf, len);
	ret = text ? answer(program, path, text) : ENOMEM;
	free(text);
	if (!ret)
		return len;
	errno = ret;
	return -1;
}

/* Programs that the tool or this file starts have a write() of their own. */
__attribute__((constructor)) static void keep_to_this_process(void)
{
	unsetenv("LD_PRELOAD");
}
