// SPDX-License-Identifier: GPL-2.0
/*
 * A write to a control file that may take hours, with something to look at and
 * a way out.
 *
 * A second thread makes the write.  The main thread waits for three things at
 * once: the end of the write, the next tick of the progress, and a signal that
 * asks to stop.  A signal is passed on as SIGUSR1 to the writing thread, again
 * and again until the write has ended: one that comes just before the thread
 * enters the kernel would interrupt nothing.  So there is no moment at which
 * Ctrl-C is lost, and the kernel's answer is always waited for.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "pcache.h"

#define TICK_MS		1000
#define PRESS_MS	50	/* between two SIGUSR1 */

/**
 * struct drain - the write and what is known of it
 * @rel: the control file
 * @value: what is written
 * @result: 0 or negative errno; valid once @done_fd is readable
 * @done_fd: eventfd
 * @signal_fd: signalfd of what asks to stop
 * @thread: the writer
 * @dirty_attr: what is left to do, in bytes
 * @total: the most that was ever left
 * @progress: show it
 * @tty: in place
 * @stopping: a signal came
 */
struct drain {
	const char *rel;
	const char *value;
	int result;
	int done_fd;
	int signal_fd;
	pthread_t thread;
	const char *dirty_attr;
	u64 total;
	bool progress;
	bool tty;
	bool stopping;
};

static void press(int sig)
{
	(void)sig;
}

/* Signals that the caller of this process had ignored stay ignored. */
static void add_unless_ignored(sigset_t *set, int sig)
{
	struct sigaction action;

	if (!sigaction(sig, NULL, &action) && action.sa_handler != SIG_IGN)
		sigaddset(set, sig);
}

static void *writer(void *arg)
{
	struct drain *d = arg;
	u64 one = 1;
	sigset_t usr1;

	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	pthread_sigmask(SIG_UNBLOCK, &usr1, NULL);
	d->result = sysfs_write(d->rel, d->value);
	pthread_sigmask(SIG_BLOCK, &usr1, NULL);
	if (write(d->done_fd, &one, sizeof(one)) != sizeof(one))
		d->result = -EIO;
	return NULL;
}

static void progress_show(struct drain *d)
{
	char text[64], left[32], all[32];
	u64 dirty;

	if (!d->progress ||
	    sysfs_read(d->dirty_attr, text, sizeof(text)) ||
	    number_parse(text, 0, UINT64_MAX, &dirty))
		return;
	if (dirty > d->total)
		d->total = dirty;
	fprintf(stderr, "%sdraining: %s of %s left%s", d->tty ? "\r" : "",
		size_format(dirty, left, sizeof(left)),
		size_format(d->total, all, sizeof(all)),
		d->tty ? "\033[K" : "\n");
}

/* Returns true when the write has ended. */
static bool wait_once(struct drain *d)
{
	struct pollfd fds[] = {
		{ .fd = d->done_fd, .events = POLLIN },
		{ .fd = d->signal_fd, .events = POLLIN },
	};
	struct signalfd_siginfo info;

	if (poll(fds, ARRAY_SIZE(fds), d->stopping ? PRESS_MS : TICK_MS) < 0)
		return false;
	if (fds[0].revents)
		return true;
	if (fds[1].revents &&
	    read(d->signal_fd, &info, sizeof(info)) == sizeof(info))
		d->stopping = true;
	if (d->stopping)
		pthread_kill(d->thread, SIGUSR1);
	else
		progress_show(d);
	return false;
}

static int drain_watch(struct drain *d)
{
	int ret = -pthread_create(&d->thread, NULL, writer, d);

	if (ret)
		return ret;
	progress_show(d);
	while (!wait_once(d))
		;
	pthread_join(d->thread, NULL);
	if (d->progress && d->tty)
		fputs("\r\033[K", stderr);
	return d->result;
}

static int drain_open(struct drain *d, const sigset_t *stop)
{
	d->done_fd = eventfd(0, EFD_CLOEXEC);
	d->signal_fd = signalfd(-1, stop, SFD_CLOEXEC);
	return d->done_fd < 0 || d->signal_fd < 0 ? -errno : 0;
}

static void drain_close(struct drain *d)
{
	if (d->done_fd >= 0)
		close(d->done_fd);
	if (d->signal_fd >= 0)
		close(d->signal_fd);
}

/**
 * drain_write() - write to a control file, watch it, pass on signals
 * @rel: the control file
 * @value: what to write
 * @dirty_attr: attribute with the bytes that are left, for the progress
 * @progress: show it even if stderr is no terminal
 *
 * Return: 0 or a negative errno, the kernel's answer; -EINTR if SIGINT,
 * SIGTERM or SIGHUP ended it.
 */
int drain_write(const char *rel, const char *value, const char *dirty_attr,
		bool progress)
{
	const struct sigaction action = { .sa_handler = press };
	struct drain d = {
		.rel = rel,
		.value = value,
		.dirty_attr = dirty_attr,
		.tty = isatty(STDERR_FILENO),
	};
	sigset_t stop, blocked;
	int ret;

	d.progress = progress || d.tty;
	sigemptyset(&stop);
	add_unless_ignored(&stop, SIGINT);
	add_unless_ignored(&stop, SIGTERM);
	add_unless_ignored(&stop, SIGHUP);
	blocked = stop;
	sigaddset(&blocked, SIGUSR1);
	sigaction(SIGUSR1, &action, NULL);
	pthread_sigmask(SIG_BLOCK, &blocked, NULL);

	ret = drain_open(&d, &stop);
	if (!ret)
		ret = drain_watch(&d);
	drain_close(&d);
	return ret;
}
