// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "source/source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/log.h"

#define _(name) extern const struct source_ops source_##name;
SOURCES(_)
#undef _

static const struct source_ops *const LIST[] = {
#define _(name) &source_##name,
	SOURCES(_)
#undef _
};

const struct source_ops *source_at(size_t i)
{
	return i < sizeof(LIST) / sizeof(LIST[0]) ? LIST[i] : NULL;
}

const struct source_ops *source_find(const char *name)
{
	const struct source_ops *ops;

	for (size_t i = 0; (ops = source_at(i)); i++)
		if (!strcmp(ops->name, name))
			return ops;
	return NULL;
}

int source_open(struct source *s, const struct source_ops *ops, const char *arg)
{
	int err;

	s->ops = ops;
	s->private = calloc(1, ops->private_size ? ops->private_size : 1);
	if (!s->private)
		return log_errno(-ENOMEM, "source %s", ops->name);
	if (gethostname(s->origin.host, sizeof(s->origin.host) - 1))
		s->origin.host[0] = '\0';
	err = ops->open(s, arg);
	if (err) {
		free(s->private);
		s->private = NULL;
	}
	return err;
}

void source_drain(struct source *s)
{
	if (s->private)
		s->ops->drain(s);
}

void source_close(struct source *s)
{
	if (!s->private)
		return;
	s->ops->close(s);
	free(s->private);
	s->private = NULL;
}
