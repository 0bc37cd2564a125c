// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The segments that open and close connections as a pcapng file, each with its connection's id and verdict. */
#include "core/conn.h"
#include "sink/pcapng_write.h"
#include "options.h"
#include "sink/output.h"

struct pcapng_sink {
	struct output out;
};

static int pcapng_open(struct sink *s, const char *arg)
{
	struct pcapng_sink *p = s->private;
	int err = output_open(&p->out, s, arg);

	if (!err)
		pcapng_write_begin(&p->out.buf, "tcplife-trace " TCPLIFE_VERSION);
	return err;
}

/* Only when the connection is over, since there is no verdict before. */
static void pcapng_conn(struct sink *s, const struct conn *c, enum conn_change change, uint64_t now_ns)
{
	struct pcapng_sink *p = s->private;

	if (change != CONN_FINISHED)
		return;
	pcapng_write_connection(&p->out.buf, c);
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
