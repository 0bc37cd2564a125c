// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* A sequence diagram of each connection when it is over, TIME_WAIT included: verdict, lifelines, phases. */
#include <unistd.h>

#include "options.h"
#include "sink/diagram/story.h"

struct timeline {
	struct text_out text_out;
	struct story story;
};

static int timeline_open(struct sink *s, const char *arg)
{
	struct timeline *t = s->private;

	text_open(&t->text_out, s, STDOUT_FILENO);
	return 0;
}

static void timeline_conn(struct sink *s, const struct conn *c, enum conn_change change, uint64_t now_ns)
{
	struct timeline *t = s->private;
	/* With --count tracing ends at the last one's close. */
	enum conn_change due = s->options->count && !s->options->whole ? CONN_CLOSED : CONN_FINISHED;

	/* One that existed before the tracer, and did nothing since, has nothing to draw. */
	if (change != due || !c->moments.count)
		return;
	story_draw(&t->story, &t->text_out, c, s->options->explain, now_ns);
}

static void timeline_tick(struct sink *s, uint64_t now_ns)
{
	struct timeline *t = s->private;

	output_flush(&t->text_out.out);
}

static int timeline_close(struct sink *s)
{
	struct timeline *t = s->private;

	story_free(&t->story);
	return text_close(&t->text_out);
}

const struct sink_ops sink_timeline = {
	.name = "timeline",
	.help = "a sequence diagram of each connection, when its TIME_WAIT is over",
	.private_size = sizeof(struct timeline),
	.on_stdout = SINK_STDOUT_SHARES,
	.open = timeline_open,
	.conn = timeline_conn,
	.tick = timeline_tick,
	.close = timeline_close,
};
