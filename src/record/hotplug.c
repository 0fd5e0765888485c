/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "src/record/hotplug.h"

#define UEVENT_GROUP	1	/* of the kernel; 2 is udev's */
#define UEVENT_MAX	8192
#define SCAN_NS		2000000000ull

void hotplug_open(struct hotplug *h)
{
	const struct sockaddr_nl addr = { .nl_family = AF_NETLINK,
					  .nl_groups = UEVENT_GROUP };

	*h = (struct hotplug){ 0 };
	h->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
		       NETLINK_KOBJECT_UEVENT);
	if (h->fd >= 0 &&
	    bind(h->fd, (const struct sockaddr *)&addr, sizeof(addr)))
		hotplug_close(h);
}

void hotplug_close(struct hotplug *h)
{
	if (h->fd >= 0)
		(void)close(h->fd);
	h->fd = -1;
}

/* "ACTION@PATH", then words with NULs between them: one says the subsystem. */
static bool is_about_disk(const char *text, size_t len)
{
	static const char word[] = "SUBSYSTEM=block";

	return memmem(text, len, word, sizeof(word)) != NULL;
}

bool hotplug_is_due(struct hotplug *h, uint64_t now)
{
	bool is_due = now - h->last >= SCAN_NS;
	char text[UEVENT_MAX];
	ssize_t n;

	while (h->fd >= 0 &&
	       (n = recv(h->fd, text, sizeof(text), MSG_DONTWAIT)) > 0)
		is_due |= is_about_disk(text, (size_t)n);
	if (is_due)
		h->last = now;
	return is_due;
}
