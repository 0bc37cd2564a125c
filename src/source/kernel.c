// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "source/kernel.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <bpf/btf.h>

#include "event.h"
#include "lib/cleanup.h"

/* tcp_v6_rcv and friends may be split by the compiler: name.cold, name.part.0, name.constprop.0 count as name. */
static const struct {
	const char *name;
	enum stack_place place;
} wanted_symbols[] = {
	{ "tw_timer_handler", STACK_TIMER },
	{ "inet_twsk_deschedule_put", STACK_DESCHEDULE },
	{ "tcp_timewait_state_process", STACK_PROCESS },
	{ "tcp_v4_rcv", STACK_RECEIVE },
	{ "tcp_v6_rcv", STACK_RECEIVE },
	{ "__inet_check_established", STACK_CONNECT },
	{ "__inet6_check_established", STACK_CONNECT },
	{ "__inet_hash_connect", STACK_CONNECT },
	{ "inet_hash_connect", STACK_CONNECT },
	{ "inet6_hash_connect", STACK_CONNECT },
	{ "inet_twsk_purge", STACK_NETNS },
	{ "tcp_twsk_purge", STACK_NETNS },
	{ "tcp_abort", STACK_ABORT },
};

#define WANTED_SYMBOLS (sizeof(wanted_symbols) / sizeof(wanted_symbols[0]))
/* Where the next symbol is not known to be near: no function is longer. */
#define MAX_FUNCTION_LENGTH (1 << 16)

static void add_symbol(struct bpf_config *c, uint64_t address, const char *name)
{
	size_t base = strcspn(name, ".");

	for (size_t i = 0; i < WANTED_SYMBOLS; i++) {
		if (strlen(wanted_symbols[i].name) != base || strncmp(wanted_symbols[i].name, name, base))
			continue;
		if (c->stack_range_count == CONFIG_MAX_STACK_RANGES)
			return;
		c->stack_range[c->stack_range_count++] = (struct stack_range) {
			.start = address,
			.length = MAX_FUNCTION_LENGTH,
			.place = wanted_symbols[i].place,
		};
		if (!strcmp(name, "tw_timer_handler"))
			c->tw_timer_handler = address;
		return;
	}
}

/* A function ends where the next symbol begins. */
static void cut_ranges(struct bpf_config *c, uint64_t address)
{
	for (__u32 i = 0; i < c->stack_range_count; i++) {
		struct stack_range *r = &c->stack_range[i];

		if (address > r->start && address - r->start < r->length)
			r->length = address - r->start;
	}
}

/* Much faster than scanf on 200,000 lines: "ffffffff81000000 T name\t[module]". Returns the name, or NULL. */
static char *parse_symbol(char *line, uint64_t *address, char *type)
{
	uint64_t n = 0;
	char *p = line;

	for (; *p && *p != ' '; p++) {
		int digit = *p <= '9' ? *p - '0' : *p - 'a' + 10;

		if (digit < 0 || digit > 15)
			return NULL;
		n = n << 4 | digit;
	}
	if (p[0] != ' ' || !p[1] || p[2] != ' ')
		return NULL;
	*address = n;
	*type = p[1];
	p[3 + strcspn(p + 3, "\t\n ")] = '\0';
	return p + 3;
}

static int scan_symbols(struct bpf_config *c, bool add)
{
	_cleanup_fclose_ FILE *f = fopen("/proc/kallsyms", "re");
	char line[512], type, *name;
	uint64_t address;

	if (!f)
		return -errno;
	while (fgets(line, sizeof(line), f)) {
		name = parse_symbol(line, &address, &type);
		if (!name || !address || (type != 't' && type != 'T'))
			continue;
		cut_ranges(c, address);
		if (add)
			add_symbol(c, address, name);
	}
	return 0;
}

static bool all_ranges_cut(const struct bpf_config *c)
{
	for (__u32 i = 0; i < c->stack_range_count; i++)
		if (c->stack_range[i].length == MAX_FUNCTION_LENGTH)
			return false;
	return true;
}

int kernel_read_symbols(struct bpf_config *c)
{
	int err = scan_symbols(c, true);

	if (!err && !c->stack_range_count)
		return -EACCES; /* kptr_restrict: all addresses read 0 */
	/* Symbols of modules (IPv6 may be one) are not in order of address: their ends take a second look. */
	return err || all_ranges_cut(c) ? err : scan_symbols(c, false);
}

__u32 kernel_tick_ns(void)
{
	struct timespec ts = { .tv_nsec = 4000000 };

	clock_getres(CLOCK_MONOTONIC_COARSE, &ts);
	return ts.tv_nsec;
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
