// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "source/kernel.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <time.h>

#include <bpf/btf.h>

#include "event.h"

__u32 kernel_tick_ns(void)
{
	struct timespec ts = { .tv_nsec = 4000000 };

	clock_getres(CLOCK_MONOTONIC_COARSE, &ts);
	return ts.tv_nsec;
}

bool kernel_limits_locked_memory(void)
{
	unsigned int major = 0, minor = 0;
	struct rlimit limit;
	struct utsname u;

	if (uname(&u) || getrlimit(RLIMIT_MEMLOCK, &limit))
		return false;
	sscanf(u.release, "%u.%u", &major, &minor);
	return (major < 5 || (major == 5 && minor < 11)) && limit.rlim_cur != RLIM_INFINITY;
}

/* The names of an enum of ours, in its order. */
struct our_names {
	const char *const *name;
	unsigned int count;
};

/* Fills map[kernel's number] with our number of the same name; what we do not have stays 0. */
static void map_by_name(const struct btf *btf, const char *kernel_enum, const char *prefix, struct our_names ours,
			__u8 *map, int size)
{
	int id = btf__find_by_name_kind(btf, kernel_enum, BTF_KIND_ENUM);
	const struct btf_type *type = id > 0 ? btf__type_by_id(btf, id) : NULL;
	size_t skip = strlen(prefix);

	for (int i = 0; type && i < btf_vlen(type); i++) {
		const struct btf_enum *e = &btf_enum(type)[i];
		const char *name = btf__name_by_offset(btf, e->name_off);

		if (e->val < 0 || e->val >= size || strncmp(name, prefix, skip) != 0)
			continue;
		for (unsigned int n = 1; n < ours.count; n++)
			if (!strcmp(ours.name[n], name + skip))
				map[e->val] = n;
	}
}

void kernel_read_reset_reasons(struct bpf_config *c, const struct btf *btf)
{
	static const char *const names[] = {
#define _(name) #name,
		RESET_REASONS(_)
#undef _
	};

	map_by_name(btf, "sk_rst_reason", "SK_RST_REASON_", (struct our_names) { names, RESET_REASON_COUNT },
		    c->reset_reason, CONFIG_MAX_RESET_REASONS);
}

void kernel_read_drop_reasons(struct bpf_config *c, const struct btf *btf)
{
	static const char *const names[] = {
#define _(name) #name,
		DROP_REASONS(_)
#undef _
	};

	map_by_name(btf, "skb_drop_reason", "SKB_DROP_REASON_", (struct our_names) { names, DROP_REASON_COUNT },
		    c->drop_reason, CONFIG_MAX_DROP_REASONS);
}
