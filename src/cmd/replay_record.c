/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include "src/cmd/replay_record.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/base/cleanup.h"
#include "src/base/xalloc.h"
#include "src/cmd/cmd.h"
#include "src/cmd/record_report.h"
#include "src/record/recorder.h"

#define POLL_MS		10

static bool is_over(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) > 0;
}

/* Until the other process closes its end, also by dying. */
static int record(const struct recorder_options *opts, int ready, int stop)
{
	const struct sched_param param = { .sched_priority = 1 };
	struct recorder *rec = NULL;
	struct err err = { 0 };
	int status = CMD_OK, e;
	int r = recorder_new(opts, &rec, &err);

	if (r)
		return cmd_fail(&err);
	r = recorder_start(rec, &err);
	/* as iotape record does: who waits for a CPU loses events */
	(void)sched_setscheduler(0, SCHED_FIFO, &param);
	if (!r && write(ready, "", 1) != 1)
		r = err_set_errno(&err, -errno, "the recorder's pipe");
	while (!r && !is_over(stop))
		r = recorder_poll(rec, POLL_MS, &err);
	e = recorder_stop(rec, r ? NULL : &err);
	if (record_print_losses(rec))
		status = CMD_LOSS;
	if (r || e)
		status = cmd_fail(&err);
	recorder_free(rec);
	return status;
}

static int find_devices(struct dev *devs, const struct replay_map *map,
			struct err *err)
{
	for (size_t i = 0; i < map->nr_targets; i++) {
		const struct target *t = &map->targets[i];
		int r;

		if (!t->is_block)
			return err_set(err, -ENOTBLK, "--record: %s is a file;"
				       " block devices are recorded", t->path);
		r = dev_find("/sys", t->path, &devs[i], err);
		if (r)
			return r;
	}
	return 0;
}

int replay_record_start(struct replay_record *rec, const char *name,
			const struct replay_map *map, struct err *err)
{
	_cleanup_(freep) struct dev *devs = xcalloc(map->nr_targets,
						    sizeof(*devs));
	const struct recorder_options opts = {
		.devs = devs,
		.nr_devs = map->nr_targets,
		.name = name,
		.stream_fd = -1,
		.act_mask = BLK_TC_ALL_V7,
		.version = BLK_IO_TRACE_VERSION,
		.has_cmdline = true,
	};
	int r = find_devices(devs, map, err), ready[2], stop[2];
	char byte;

	if (r)
		return r;
	if (pipe(ready) || pipe(stop))
		return err_set_errno(err, -errno, "--record: pipe");
	(void)fflush(NULL);
	rec->pid = fork();
	if (!rec->pid) {
		(void)close(stop[1]);
		(void)close(ready[0]);
		r = record(&opts, ready[1], stop[0]);
		(void)fflush(NULL);
		_exit(r);
	}
	(void)close(stop[0]);
	(void)close(ready[1]);
	rec->stop = stop[1];
	r = rec->pid > 0 && read(ready[0], &byte, 1) == 1 ? 0 : -EIO;
	(void)close(ready[0]);
	return r ? err_set(err, r, "--record: the recorder did not begin") : 0;
}

int replay_record_stop(struct replay_record *rec)
{
	int status;

	if (rec->pid <= 0)
		return CMD_OK;
	(void)close(rec->stop);
	while (waitpid(rec->pid, &status, 0) < 0)
		if (errno != EINTR)
			return CMD_FAILED;
	rec->pid = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : CMD_FAILED;
}
