/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <stdbool.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "formats/blk.h"
#include "src/cmd/cmd.h"
#include "src/cmd/record_warn.h"
#include "src/record/kvm.h"

#define DEPTH_MAX	8	/* dm on md on dm ... */

/* Whether @device is @wanted, a part of it, or lies on it. */
static bool lies_on(uint32_t device, const struct dev *wanted,
		    unsigned int depth)
{
	struct dev dev;

	if (device == wanted->device)
		return true;
	if (!depth || dev_find_number("/sys", "", device, &dev, NULL))
		return false;
	if (dev.disk == wanted->device)
		return true;
	for (unsigned int i = 0; i < dev.nr_below; i++)
		if (lies_on(dev.below[i], wanted, depth - 1))
			return true;
	return false;
}

void record_warn_own_device(const char *dir, const struct dev *devs, size_t nr)
{
	struct stat st;
	uint32_t device;

	if (stat(dir, &st))
		return;
	device = blk_dev(major(st.st_dev), minor(st.st_dev));
	for (size_t i = 0; i < nr; i++)
		if (!kvm_is_dev(&devs[i]) && lies_on(device, &devs[i],
						     DEPTH_MAX))
			cmd_error("the trace is written to %s, which is"
				  " recorded: its own writes are in it (-D"
				  " another disk or a tmpfs, or -o -)",
				  devs[i].name);
}
