// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "sink/sink.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/log.h"

#define _(name) extern const struct sink_ops sink_##name;
SINKS(_)
#undef _

static const struct sink_ops *const LIST[] = {
#define _(name) &sink_##name,
	SINKS(_)
#undef _
};

const struct sink_ops *sink_at(size_t i)
{
	return i < sizeof(LIST) / sizeof(LIST[0]) ? LIST[i] : NULL;
}

const struct sink_ops *sink_find(const char *name)
{
	const struct sink_ops *ops;

	for (size_t i = 0; (ops = sink_at(i)); i++)
		if (!strcmp(ops->name, name))
			return ops;
	return NULL;
}

int sink_open(struct sink *s, const struct sink_ops *ops, const char *arg)
{
	int err;

	s->ops = ops;
	s->private = calloc(1, ops->private_size ? ops->private_size : 1);
	if (!s->private)
		return log_errno(-ENOMEM, "output %s", ops->name);
	err = ops->open ? ops->open(s, arg) : 0;
	if (err) {
		free(s->private);
		s->private = NULL;
	}
	return err;
}

int sink_close(struct sink *s)
{
	int err = s->private && s->ops->close ? s->ops->close(s) : 0;

	free(s->private);
	s->private = NULL;
	return s->error ? s->error : err;
}
