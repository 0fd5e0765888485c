/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#include "src/analyze/tag_flight.h"
#include "src/base/xalloc.h"

struct slot {
	uint64_t sector;
	uint32_t device;
	uint32_t age; /* of the put; wraps */
	uint32_t tag;
	bool is_used;
};

struct tag_flight {
	uint32_t age;
	struct slot sets[TAG_FLIGHT_SETS][TAG_FLIGHT_WAYS];
};

struct tag_flight *tag_flight_new(void)
{
	return xcalloc(1, sizeof(struct tag_flight));
}

void tag_flight_free(struct tag_flight *flight)
{
	free(flight);
}

static size_t set_of(uint32_t device, uint64_t sector)
{
	uint64_t h = (sector ^ (uint64_t)device << 40) *
		     UINT64_C(0x9e3779b97f4a7c15);

	return (size_t)(h >> 40) & (TAG_FLIGHT_SETS - 1);
}

static bool is_it(const struct slot *s, uint32_t device, uint64_t sector)
{
	return s->is_used && s->sector == sector && s->device == device;
}

static struct slot *oldest(const struct tag_flight *flight, struct slot *set)
{
	struct slot *to = &set[0];

	for (size_t i = 1; i < TAG_FLIGHT_WAYS; i++)
		if (flight->age - set[i].age > flight->age - to->age)
			to = &set[i];
	return to;
}

void tag_flight_put(struct tag_flight *flight, uint32_t device,
		    uint64_t sector, uint32_t tag)
{
	struct slot *set = flight->sets[set_of(device, sector)];
	struct slot *to = NULL;

	flight->age++;
	for (size_t i = 0; i < TAG_FLIGHT_WAYS && !to; i++)
		if (is_it(&set[i], device, sector))
			to = &set[i];
	for (size_t i = 0; i < TAG_FLIGHT_WAYS && !to; i++)
		if (!set[i].is_used)
			to = &set[i];
	if (!to)
		to = oldest(flight, set);
	*to = (struct slot){
		.sector = sector,
		.device = device,
		.tag = tag,
		.age = flight->age,
		.is_used = true,
	};
}

static const struct slot *find(const struct tag_flight *flight,
			       uint32_t device, uint64_t sector)
{
	const struct slot *set = flight->sets[set_of(device, sector)];

	for (size_t i = 0; i < TAG_FLIGHT_WAYS; i++)
		if (is_it(&set[i], device, sector))
			return &set[i];
	return NULL;
}

int64_t tag_flight_get(const struct tag_flight *flight, uint32_t device,
		       uint64_t sector)
{
	const struct slot *s = find(flight, device, sector);

	return s ? (int64_t)s->tag : -1;
}

int64_t tag_flight_take(struct tag_flight *flight, uint32_t device,
			uint64_t sector)
{
	struct slot *s = (struct slot *)find(flight, device, sector);

	if (!s)
		return -1;
	s->is_used = false;
	return s->tag;
}
