// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* What names stand for: the fields' own paths, those of objects, and short ones. */
#include <stdio.h>
#include <string.h>

#include "core/query/query_private.h"
#include "core/query/query_words.h"
#include "lib/near.h"

static const struct query_name NAMES[] = {
	{ "ending", "tcp.ending", "how it ended" },
	{ "closer", "tcp.ended_by", "who ended it: client, server, both, kernel, unknown" },
	{ "process",
	  "*.process.opener.name *.process.acceptor.name *.process.closer.name "
	  "*.process.opener.thread.name *.process.acceptor.thread.name *.process.closer.thread.name",
	  "the name of any process that opened, accepted or closed, or of its thread" },
	{ "pid", "*.process.opener.pid *.process.acceptor.pid *.process.closer.pid", "the process id of any of them" },
	{ "port", "*.port", "on either side" },
	{ "host", "*.address", "the address of either side" },
	{ "client", "client.address", "its address" },
	{ "server", "server.address", "its address" },
	{ "container", "*.container.name *.container.id", "its name or id (12 digits are enough), on either side" },
	{ "pod", "*.k8s.pod.name", "on either side" },
	{ "unit", "*.systemd.unit", "on either side" },
	{ "cgroup", "*.cgroup_path", "its path, on either side" },
	{ "netns", "*.netns", "the network namespace's inode number, on either side" },
	{ "uid", "*.user.id", "of either side's socket" },
	{ "handshake", "handshake.duration_ns", "how long it lasted" },
	{ "established", "established.duration_ns", "how long it lasted" },
	{ "teardown", "teardown.duration_ns", "how long it lasted" },
	{ "fin_wait2", "fin_wait2.duration_ns", "how long it lasted" },
	{ "time_wait", "time_wait.duration_ns", "how long it lasted" },
	{ "duration", "duration_ns", "from its first SYN to the end of its last socket" },
	{ "accept_delay", "handshake.accept_delay_ns", "established to accept()" },
	{ "close_delay", "teardown.close_delay_ns", "how long the second closer took to close" },
	{ "rtt", "tcp.srtt_ns", "smoothed round-trip time" },
	{ "bytes", "*.bytes", "payload that either side sent" },
	{ "retransmits", "*.retransmits", "segments that either side sent again" },
	{ "state", "tcp.last_state", "the socket's last state" },
	{ "error", "tcp.error *.error", "errno that an application got" },
	{ "reset_reason", "tcp.reset_reason", "the kernel's name of why a RST was sent" },
	{ "start", "start_time", "first SYN, or first sight" },
	{ "end", "end_time", "when its last socket closed" },
};

const struct query_name *query_name_at(size_t i)
{
	return i < sizeof(NAMES) / sizeof(NAMES[0]) ? &NAMES[i] : NULL;
}

static bool ends_in(const char *text, const char *end)
{
	size_t len = strlen(text), of = strlen(end);

	return len >= of && !strcmp(text + len - of, end);
}

static struct query_operand operand_of(const struct field *f)
{
	struct query_operand o = { .field = f, .type = QUERY_TEXT, .side = -1 };

	if (f->type == VALUE_BOOL)
		o.type = QUERY_BOOL;
	else if (f->type != VALUE_TEXT)
		o.type = QUERY_NUMBER;
	else if (ends_in(f->path, ".address") || ends_in(f->path, ".nat.ip") || ends_in(f->path, ".icmp.from"))
		o.type = QUERY_ADDRESS;
	else if (!strcmp(f->path, "start_time") || !strcmp(f->path, "end_time"))
		o.type = QUERY_TIME;
	else if (ends_in(f->path, ".user.id") || ends_in(f->path, ".socket_cookie") || ends_in(f->path, ".cgroup"))
		o.type = QUERY_NUMBER, o.digits = true;
	if (!strcmp(f->path, "client.address") || !strcmp(f->path, "server.address"))
		o.side = *f->path == 'c' ? CLIENT : SERVER;
	o.container = ends_in(f->path, ".container.id");
	if (!strcmp(f->unit, "ns"))
		o.unit = UNIT_NS;
	else if (!strcmp(f->unit, "bytes"))
		o.unit = UNIT_BYTES;
	return o;
}

static size_t add_path(struct query_operand *out, size_t n, const char *path)
{
	const struct field *f = field_find(path);

	if (f && n < QUERY_OPERANDS_MAX)
		out[n++] = operand_of(f);
	return n;
}

/* "*.port client.bytes": each path, '*' as both sides. */
static size_t add_paths(struct query_operand *out, const char *paths)
{
	size_t n = 0;

	while (*paths) {
		size_t len = strcspn(paths, " ");
		char path[128];

		if (*paths == '*') {
			snprintf(path, sizeof(path), "client%.*s", (int)len - 1, paths + 1);
			n = add_path(out, n, path);
			snprintf(path, sizeof(path), "server%.*s", (int)len - 1, paths + 1);
		} else {
			snprintf(path, sizeof(path), "%.*s", (int)len, paths);
		}
		n = add_path(out, n, path);
		paths += len + (paths[len] == ' ');
	}
	return n;
}

/* The fields of an object of that name; where there are too many the first ones, which are the plain ones. */
static size_t add_object(struct query_operand *out, const char *name)
{
	const struct field *f;
	size_t n = 0, len = strlen(name);

	for (size_t i = 0; (f = field_at(i)) && n < QUERY_OPERANDS_MAX; i++)
		if (!strncmp(f->path, name, len) && f->path[len] == '.')
			out[n++] = operand_of(f);
	return n;
}

size_t query_resolve(const char *name, struct query_operand out[QUERY_OPERANDS_MAX], bool present)
{
	char path[128];
	size_t n;

	if (!*name || strlen(name) > sizeof(path) - 4)
		return 0;
	n = add_path(out, 0, name);
	/* "client" alone asks for the object, as in JSON; compared, it is what the short name says. */
	if (!n && present)
		n = add_object(out, name);
	for (size_t i = 0; !n && query_name_at(i); i++)
		if (!strcmp(NAMES[i].name, name))
			n = add_paths(out, NAMES[i].paths);
	if (!n) {
		snprintf(path, sizeof(path), "%s_ns", name);
		n = add_path(out, 0, path);
	}
	return n;
}

/* ---- what is near ---- */

/* A whole part of a path is near, too. */
static unsigned int how_far(const char *name, const char *word)
{
	const char *dot = strrchr(name, '.');
	unsigned int d = near_distance(name, word), part = dot ? near_distance(dot + 1, word) : NEAR_NOT;

	return part + 1 < d ? part + 1 : d;
}

#define NEAREST 3

struct nearest {
	const char *name[NEAREST];
	unsigned int far[NEAREST];
};

static void consider(struct nearest *n, const char *name, const char *word)
{
	unsigned int far = how_far(name, word);
	int at = NEAREST;

	while (at > 0 && (!n->name[at - 1] || n->far[at - 1] > far))
		at--;
	if (far == NEAR_NOT || at == NEAREST)
		return;
	for (int i = NEAREST - 1; i > at; i--) {
		n->name[i] = n->name[i - 1];
		n->far[i] = n->far[i - 1];
	}
	n->name[at] = name;
	n->far[at] = far;
}

const char *query_nearest(const char *name, char *buf, size_t size)
{
	struct nearest n = { 0 };
	size_t len = 0;

	for (size_t i = 0; query_name_at(i); i++)
		consider(&n, NAMES[i].name, name);
	for (size_t i = 0; field_at(i); i++)
		consider(&n, field_at(i)->path, name);
	buf[0] = '\0';
	for (int i = 0; i < NEAREST && n.name[i]; i++)
		len += (size_t)snprintf(buf + len, len < size ? size - len : 0, "%s%s", i ? ", " : "", n.name[i]);
	return buf;
}

const char *query_nearest_word(const struct field *f, const char *word)
{
	struct nearest n = { 0 };
	const char *known;

	for (size_t i = 0; (known = query_word_at(f, i)); i++)
		consider(&n, known, word);
	return n.name[0];
}
