// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The segments that open and close connections as a pcapng file, each with its connection's id and verdict. */
#include <string.h>

#include "core/conn.h"
#include "core/record/ending_sentence.h"
#include "core/record/field.h"
#include "lib/human.h"
#include "sink/pcapng_write.h"
#include "options.h"
#include "sink/output.h"

struct pcapng_sink {
	struct output out;
	struct strbuf comment;
};

static int pcapng_open(struct sink *s, const char *arg)
{
	struct pcapng_sink *p = s->private;
	int err = output_open(&p->out, s, arg);

	if (!err)
		pcapng_write_begin(&p->out.buf, "tcplife-trace " TCPLIFE_VERSION);
	return err;
}

static const char *comment_of(struct pcapng_sink *p, const struct conn *c)
{
	struct value id;

	strbuf_reset(&p->comment);
	if (field_get(field_find("id"), c, &id))
		strbuf_printf(&p->comment, "%s: ", id.text);
	ending_sentence(c, HUMAN_UTF8, &p->comment);
	if (c->moments.dropped)
		strbuf_printf(&p->comment, " (%u step%s left out)", c->moments.dropped, human_s(c->moments.dropped));
	return strbuf_text(&p->comment);
}

/* Only when the connection is over, since there is no verdict before. */
static void pcapng_conn(struct sink *s, const struct conn *c, enum conn_change change, uint64_t now_ns)
{
	struct pcapng_sink *p = s->private;
	const char *comment = NULL;

	if (change != CONN_FINISHED)
		return;
	for (unsigned int i = 0; i < c->moments.count; i++) {
		const struct moment *m = &c->moments.list[i];

		if (m->kind != EVENT_SEGMENT)
			continue;
		comment = comment ?: comment_of(p, c);
		pcapng_write_segment(&p->out.buf, c, m, comment);
	}
	output_full(&p->out);
}

static void pcapng_tick(struct sink *s, uint64_t now_ns)
{
	struct pcapng_sink *p = s->private;

	output_flush(&p->out);
}

/* The new file needs a head of its own. */
static int pcapng_reopen(struct sink *s)
{
	struct pcapng_sink *p = s->private;
	int opened = output_reopen(&p->out);

	if (opened)
		pcapng_write_begin(&p->out.buf, "tcplife-trace " TCPLIFE_VERSION);
	return opened;
}

static int pcapng_close(struct sink *s)
{
	struct pcapng_sink *p = s->private;

	strbuf_free(&p->comment);
	return output_close(&p->out);
}

const struct sink_ops sink_pcapng = {
	.name = "pcapng",
	.help = "the segments that open and close each connection, for Wireshark (--pcap-out)",
	.arg_help = "FILE",
	.private_size = sizeof(struct pcapng_sink),
	.on_stdout = SINK_STDOUT_OWNS,
	.needs = output_needs,
	.open = pcapng_open,
	.conn = pcapng_conn,
	.tick = pcapng_tick,
	.reopen = pcapng_reopen,
	.close = pcapng_close,
};
