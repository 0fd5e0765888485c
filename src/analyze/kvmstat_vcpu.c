/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "src/analyze/kvmstat.h"
#include "src/analyze/kvmstat_vcpu.h"
#include "src/base/xalloc.h"

static uint64_t *find(struct kvmstat_vcpus *v,
		      const struct kvmstat_reason *reason, uint32_t vm,
		      uint32_t vcpu)
{
	uint64_t key = (uint64_t)vm << 32 | vcpu;
	uint64_t *number = map64_get(&v->vcpus, key);

	if (number)
		return map64_get(&v->index,
				 (uint64_t)reason->id << 32 | *number);
	return NULL;
}

/* Its number, a new one if need be. */
static uint64_t number_of(struct kvmstat_vcpus *v, uint32_t vm, uint32_t vcpu)
{
	uint64_t *number = map64_put(&v->vcpus, (uint64_t)vm << 32 | vcpu);

	if (!*number)
		*number = v->vcpus.nr;
	return *number;
}

struct kvmstat_vcpu *kvmstat_vcpus_get(struct kvmstat_vcpus *v,
				       const struct kvmstat_reason *reason,
				       uint32_t vm, uint32_t vcpu)
{
	uint64_t *i = find(v, reason, vm, vcpu);
	struct kvmstat_vcpu *new;

	if (i)
		return v->list[*i - 1];
	if (v->left ? !*v->left : v->nr == KVMSTAT_VCPU_TIMES) {
		v->left_out++;
		return NULL;
	}
	if (v->left)
		--*v->left;
	new = xcalloc(1, sizeof(*new));
	new->reason = reason;
	new->vm = vm;
	new->vcpu = vcpu;
	v->list = xgrow(v->list, v->nr, &v->cap, sizeof(struct kvmstat_vcpu *));
	v->list[v->nr++] = new;
	*map64_put(&v->index, (uint64_t)reason->id << 32 |
			      number_of(v, vm, vcpu)) = v->nr;
	return new;
}

static int compare(const void *a, const void *b)
{
	const struct kvmstat_vcpu *x = *(const struct kvmstat_vcpu *const *)a;
	const struct kvmstat_vcpu *y = *(const struct kvmstat_vcpu *const *)b;
	uint64_t x_nr = x->times.nr + x->nr_unpaired;
	uint64_t y_nr = y->times.nr + y->nr_unpaired;
	int events;

	if (x->vm != y->vm)
		return x->vm < y->vm ? -1 : 1;
	if (x->vcpu != y->vcpu)
		return x->vcpu < y->vcpu ? -1 : 1;
	events = strcmp(x->reason->event, y->reason->event);
	if (events)
		return events;
	if (x_nr != y_nr)
		return x_nr > y_nr ? -1 : 1;
	return x->reason->id < y->reason->id ? -1 :
	       x->reason->id > y->reason->id;
}

size_t kvmstat_vcpus_sorted(struct kvmstat_vcpus *v,
			    const struct kvmstat_vcpu *const **ret)
{
	v->view = xreallocarray(v->view, v->nr + 1, sizeof(*v->view));
	for (size_t i = 0; i < v->nr; i++)
		v->view[i] = v->list[i];
	qsort(v->view, v->nr, sizeof(*v->view), compare);
	*ret = v->view;
	return v->nr;
}

void kvmstat_vcpus_release(struct kvmstat_vcpus *v)
{
	for (size_t i = 0; i < v->nr; i++)
		free(v->list[i]);
	free(v->list);
	free(v->view);
	map64_release(&v->vcpus);
	map64_release(&v->index);
	*v = (struct kvmstat_vcpus){ 0 };
}
