// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Reads kallsyms in a thread and decides which address ranges belong to the functions of enum stack_place. */
#include "source/symbols.h"

#include <errno.h>
#include <unistd.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

struct symbols {
	pthread_t thread;
	bool reading; /* the thread is to be joined */
	int err;
	uint64_t tw_timer_handler;
	struct stack_range range[CONFIG_MAX_STACK_RANGES];
	unsigned int range_count;
};

static void add_symbol(struct symbols *s, uint64_t address, const char *name)
{
	size_t base = strcspn(name, ".");

	for (size_t i = 0; i < WANTED_SYMBOLS; i++) {
		if (strlen(wanted_symbols[i].name) != base || strncmp(wanted_symbols[i].name, name, base))
			continue;
		if (s->range_count == CONFIG_MAX_STACK_RANGES)
			return;
		s->range[s->range_count++] = (struct stack_range) {
			.start = address,
			.length = MAX_FUNCTION_LENGTH,
			.place = wanted_symbols[i].place,
		};
		if (!strcmp(name, "tw_timer_handler"))
			s->tw_timer_handler = address;
		return;
	}
}

/* A function ends where the next symbol begins. */
static void cut_ranges(struct symbols *s, uint64_t address)
{
	for (unsigned int i = 0; i < s->range_count; i++) {
		struct stack_range *r = &s->range[i];

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

#define KALLSYMS "/proc/kallsyms"

/*
 * What it shows depends on who opened it: a service manager may have, and hands it over as standard input to a service
 * that has no CAP_SYSLOG.
 */
static FILE *open_symbols(void)
{
	char name[sizeof(KALLSYMS)];
	ssize_t len = readlink("/proc/self/fd/0", name, sizeof(name));
	FILE *f;
	int fd;

	if (len != sizeof(KALLSYMS) - 1 || memcmp(name, KALLSYMS, sizeof(KALLSYMS) - 1) != 0)
		return fopen(KALLSYMS, "re");
	fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	f = fd < 0 ? NULL : fdopen(fd, "r");
	if (f)
		rewind(f); /* for the second look: the offset is shared */
	return f;
}

static int scan_symbols(struct symbols *s, bool add)
{
	_cleanup_fclose_ FILE *f = open_symbols();
	char line[512], type, *name;
	uint64_t address;

	if (!f)
		return -errno;
	while (fgets(line, sizeof(line), f)) {
		name = parse_symbol(line, &address, &type);
		if (!name || !address || (type != 't' && type != 'T'))
			continue;
		cut_ranges(s, address);
		if (add)
			add_symbol(s, address, name);
	}
	return 0;
}

static bool all_ranges_cut(const struct symbols *s)
{
	for (unsigned int i = 0; i < s->range_count; i++)
		if (s->range[i].length == MAX_FUNCTION_LENGTH)
			return false;
	return true;
}

static int read_symbols(struct symbols *s)
{
	int err = scan_symbols(s, true);

	if (!err && !s->range_count)
		return -EACCES; /* kptr_restrict: all addresses read 0 */
	/* Symbols of modules (IPv6 may be one) are not in order of address: their ends take a second look. */
	return err || all_ranges_cut(s) ? err : scan_symbols(s, false);
}

static void *thread_main(void *arg)
{
	struct symbols *s = arg;

	s->err = read_symbols(s);
	return NULL;
}

struct symbols *symbols_start(void)
{
	struct symbols *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->reading = !pthread_create(&s->thread, NULL, thread_main, s);
	if (!s->reading)
		thread_main(s);
	return s;
}

static void wait_for_thread(struct symbols *s)
{
	if (s->reading)
		pthread_join(s->thread, NULL);
	s->reading = false;
}

int symbols_get(struct symbols *s, struct bpf_config *c)
{
	wait_for_thread(s);
	memcpy(c->stack_range, s->range, sizeof(s->range));
	c->stack_range_count = s->range_count;
	c->tw_timer_handler = s->tw_timer_handler;
	return s->err;
}

void symbols_free(struct symbols **s)
{
	if (*s)
		wait_for_thread(*s);
	free(*s);
	*s = NULL;
}
