// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * A sequence diagram of each connection: verdict, lifelines, phases. Live it is drawn at the close, and a line follows
 * when TIME_WAIT is over. With --whole it waits for that, and so it does where nobody waits: a recording, a capture.
 */
#include <unistd.h>

#include "options.h"
#include "sink/diagram/story.h"
#include "sink/text/older.h"
#include "sink/text/timewait_line.h"

struct timeline {
	struct text_out text_out;
	struct story story;
	struct older older;
	enum conn_change due;
};

static int timeline_open(struct sink *s, const char *arg)
{
	struct timeline *t = s->private;

	text_open(&t->text_out, s, STDOUT_FILENO);
	/* With --count tracing ends at the last one's close. */
	t->due =
		!s->options->whole && (s->options->count || !options_offline(s->options)) ? CONN_CLOSED : CONN_FINISHED;
	return 0;
}

static void timeline_conn(struct sink *s, const struct conn *c, enum conn_change change, uint64_t now_ns)
{
	struct timeline *t = s->private;

	/* One that existed before the tracer, and did nothing since, has nothing to draw. */
	if ((change != t->due && change != CONN_TIMEWAIT_OVER) || !c->moments.count ||
	    older_is_held_back(&t->older, s->options, c, change))
		return;
	if (change == CONN_TIMEWAIT_OVER && t->due == CONN_CLOSED)
		timewait_line(&t->text_out, c);
	else if (change == t->due)
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

	older_say(&t->older);
	story_free(&t->story);
	return text_close(&t->text_out);
}

const struct sink_ops sink_timeline = {
	.name = "timeline",
	.help = "a sequence diagram of each connection",
	.private_size = sizeof(struct timeline),
	.on_stdout = SINK_STDOUT_SHARES,
	.open = timeline_open,
	.conn = timeline_conn,
	.tick = timeline_tick,
	.close = timeline_close,
};
